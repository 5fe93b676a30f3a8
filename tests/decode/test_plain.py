"""`shipper.call/1`: calls of any program."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from shipper.decode.plain_reading import read_usual
from shipper.mapping.call_facts import to_facts
from shipper.records import Exchange, Observation, Usage
from tests.decode.examples import call, parsed, plain, rejected

START = datetime(2026, 11, 23, 9, 18, 36, 500000, UTC)


def observation(**fields: Any) -> Observation:
    return call(plain(**fields)).observation


def test_id_and_times_are_the_records() -> None:
    found = observation(first_token_time="2026-11-23T09:18:37Z")
    assert (found.id, found.type) == ("p-1", "generation")
    assert (found.start, found.end) == (START, START.replace(second=37))
    assert found.first_token == START.replace(second=37, microsecond=0)


@pytest.mark.parametrize("fields", [{"id": ...}, {"id": ""}, {"id": []}, {"start_time": ...}, {"start_time": "today"}])
def test_required_fields_are_required(fields: dict[str, Any]) -> None:
    assert rejected(plain(**fields)).reason == "wrong_type"


def test_start_that_no_calendar_holds_is_out_of_range() -> None:
    for odd in (1e300, 1795425516500, 1795425516500000):  # milliseconds, microseconds
        refused = rejected(plain(start_time=odd))
        assert (refused.reason, "seconds" in refused.detail) == ("out_of_range", True)


def test_local_start_time_is_refused() -> None:
    assert rejected(plain(start_time="2026-11-23T09:18:36")).reason == "wrong_type"


def test_unusable_end_is_left_out_and_noted() -> None:
    record = call(plain(end_time="later"))
    assert (record.observation.end, record.repairs) == (None, ("end_time",))


def test_unknown_type_is_a_generation_and_noted() -> None:
    record = call(plain(type="dance"))
    assert (record.observation.type, record.repairs) == ("generation", ("type",))


def test_chat_request_and_response() -> None:
    found = observation()
    assert parsed(found.input) == {"messages": [{"role": "user", "content": "hi"}]}
    assert parsed(found.output) == {"role": "assistant", "content": "hello"}
    assert parsed(found.parameters) == {"temperature": 0.2}
    assert found.usage == Usage(input=10, output=5, prompt=10, completion=5)


def test_anthropic_request_and_response() -> None:
    found = observation(
        request={"model": "claude", "system": "s", "messages": [1], "max_tokens": 9, "tools": [{"name": "t"}]},
        response={
            "model": "claude-1",
            "content": [{"type": "text", "text": "a"}],
            "usage": {"input_tokens": 5, "output_tokens": 2, "cache_read_input_tokens": 3},
        },
    )
    assert parsed(found.input) == {"messages": [1], "system": "s", "tools": [{"name": "t"}]}
    assert parsed(found.output) == [{"type": "text", "text": "a"}]
    assert parsed(found.parameters) == {"max_tokens": 9}
    assert found.usage == Usage(5, 2, 3, 0, 0, 8, 2)


@pytest.mark.parametrize("key", ["input", "prompt"])
def test_input_or_prompt_of_the_request_is_the_input(key: str) -> None:
    found = observation(request={"model": "m", key: "text"})
    assert parsed(found.input) == "text"
    assert parsed(found.parameters) == {}


def test_unknown_request_and_response_are_shown_whole() -> None:
    found = observation(request={"question": 1}, response={"answer": 2})
    assert (parsed(found.input), parsed(found.output)) == ({"question": 1}, {"answer": 2})
    found = observation(request="q", response=[2])
    assert (parsed(found.input), parsed(found.output)) == ("q", [2])


def test_embedding_shows_no_vectors() -> None:
    found = observation(type="embedding", response={"data": [{"embedding": [0.1]}], "usage": {"prompt_tokens": 3}})
    assert found.output is None
    assert found.usage is not None


def test_span_is_shown_whole() -> None:
    found = observation(type="tool", request={"input": 1, "temperature": 2}, response={"content": 3})
    assert (found.type, parsed(found.input), parsed(found.output)) == (
        "tool",
        {"input": 1, "temperature": 2},
        {"content": 3},
    )
    assert (found.parameters, found.usage) == (None, None)


def test_model_is_the_records_then_the_responses_then_the_requests() -> None:
    assert observation().model == "gpt-4o"
    assert observation(model=...).model == "gpt-4o-2024-08-06"
    assert observation(model=..., response=...).model == "gpt-4o"


def test_billing_looks_up_the_served_model_first() -> None:
    found = call(plain()).billing
    assert (found.models, found.provider) == (("gpt-4o-2024-08-06", "gpt-4o"), "openai")


@pytest.mark.parametrize(("cost", "known"), [(0.5, 0.5), ({"total": 0.5}, 0.5), (0, 0.0), (None, None)])
def test_cost_is_the_records(cost: Any, known: float | None) -> None:
    assert call(plain(cost=cost)).billing.recorded_cost == known


def test_negative_cost_is_unknown_and_noted() -> None:
    record = call(plain(cost=-1))
    assert (record.billing.recorded_cost, record.repairs) == (None, ("cost",))


@pytest.mark.parametrize(("error", "text"), [({"message": "m", "type": "t"}, "m"), ({"code": 429}, "429"), ("e", "e")])
def test_error_sets_level_and_status(error: Any, text: str) -> None:
    record = call(plain(error=error))
    assert (record.observation.level, record.observation.status_message) == ("ERROR", text)
    assert record.billing.failed


def test_trace_is_the_records_own_then_traceparents_then_the_call() -> None:
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    assert call(plain(trace={"id": "t"}, traceparent=parent)).trace.id == "t"
    assert call(plain(traceparent=parent)).trace.id == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert call(plain(traceparent="garbage")).trace.id == "p-1"


def test_a_traceparent_names_the_span_that_the_call_was_made_in_if_that_is_of_its_trace() -> None:
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    assert call(plain(traceparent=parent)).trace.parent_span == "00f067aa0ba902b7"
    same = {"id": "4BF92F35-77B3-4DA6-A3CE-929D0E0E4736"}
    assert call(plain(trace=same, traceparent=parent)).trace.parent_span == "00f067aa0ba902b7"
    assert call(plain(trace={"id": "t"}, traceparent=parent)).trace.parent_span is None
    assert call(plain(traceparent="garbage")).trace.parent_span is None


def test_trace_fields() -> None:
    about = {
        "id": "t", "name": "n", "session_id": "s", "user_id": "u", "tags": ["a"], "metadata": {"k": 1},
        "release": "r", "version": "v", "environment": "e", "public": True,
    }  # fmt: skip
    found = call(plain(trace=about)).trace
    assert (found.name, found.session_id, found.user_id, found.tags) == ("n", "s", "u", ("a",))
    assert (found.release, found.version, found.environment, found.public) == ("r", "v", "e", True)
    assert parsed(found.metadata) == {"k": 1}


def test_root_call_is_shown_on_its_trace_and_a_child_is_not() -> None:
    root = call(plain(name="root")).trace
    assert (root.name, parsed(root.output)) == ("root", {"role": "assistant", "content": "hello"})
    child = call(plain(name="child", parent_id="p-0", trace={"id": "t"}))
    assert child.observation.parent_id == "p-0"
    assert (child.trace.name, child.trace.input, child.trace.output) == (None, None, None)


STOPPED = {"choices": [{"message": {"content": "a"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 1}}


@pytest.mark.parametrize(
    ("metadata", "shown"),
    [
        (..., {"finish_reason": "stop"}),
        (None, {"finish_reason": "stop"}),
        ({}, {"finish_reason": "stop"}),
        ({"a": 1}, {"finish_reason": "stop", "a": 1}),
        ({"finish_reason": "mine"}, {"finish_reason": "mine"}),
        (["a"], ["a"]),
        ("a", "a"),
    ],
    ids=str,
)
def test_why_the_answer_ended_stands_in_the_metadata(metadata: Any, shown: Any) -> None:
    found = observation(response=STOPPED, metadata=metadata)
    assert parsed(found.metadata) == shown


@pytest.mark.parametrize("written", [b"{ }", b'{\n"a": 1}', b'{ "finish_reason" : "mine"}'])
def test_blanks_in_the_metadata_do_not_matter(written: bytes) -> None:
    value = json.dumps(plain(response=STOPPED, metadata={"K": 1})).encode().replace(b'{"K": 1}', written)
    assert parsed(call(value).observation.metadata) == {"finish_reason": "stop", **json.loads(written)}


def test_metadata_keeps_the_bytes_that_it_was_written_with() -> None:
    value = json.dumps(plain(response=STOPPED, metadata={"K": 1})).encode().replace(b'{"K": 1}', b'{"\\u00e9" : 1.0 }')
    found = call(value).observation.metadata
    assert found is not None
    assert bytes(found) == b'{"finish_reason":"stop","\\u00e9" : 1.0 }'


def test_scores_have_ids_of_their_own() -> None:
    scores = [
        {"name": "good", "value": 1},
        {"name": "tone", "value": "kind", "data_type": "CATEGORICAL", "comment": "c"},
    ]
    found = call(plain(scores=scores)).scores
    assert [(score.name, score.value) for score in found] == [("good", 1.0), ("tone", "kind")]
    assert len({score.id for score in found}) == 2
    assert [score.id for score in call(plain(scores=scores)).scores] == [score.id for score in found]


def test_a_flag_is_a_score_of_one_or_zero() -> None:
    scores = [
        {"name": "a", "value": True},
        {"name": "b", "value": False, "data_type": "BOOLEAN"},
        {"name": "c", "value": True, "data_type": "NUMERIC"},
    ]
    found = call(plain(scores=scores))
    assert [(score.value, score.data_type) for score in found.scores] == [
        (1.0, "BOOLEAN"),
        (0.0, "BOOLEAN"),
        (1.0, "NUMERIC"),
    ]
    assert not found.repairs


def test_odd_score_leaves_the_others() -> None:
    record = call(plain(scores=[{"name": "good", "value": 1}, {"value": 2}]))
    assert [score.name for score in record.scores] == ["good"]
    assert record.repairs == ("scores",)


def test_credentials_in_the_request_are_left_out() -> None:
    record = call(plain(request={"messages": [], "api_key": "sk"}))
    assert parsed(record.observation.parameters) == {}
    assert record.repairs == ("secret_parameter",)


CHUNKS = [
    {"object": "chat.completion.chunk", "model": "gpt-4o-1", "choices": [{"delta": {"content": "he"}}], "usage": None},
    {"object": "chat.completion.chunk", "model": "gpt-4o-2", "choices": [{"delta": {"content": "llo"}}]},
    {
        "object": "chat.completion.chunk",
        "model": "gpt-4o-3",
        "choices": [],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    },
]


def test_chunks_are_put_together_where_there_is_no_response() -> None:
    assert parsed(observation(response=..., chunks=CHUNKS).output) == {"content": "hello"}
    assert parsed(observation(response=None, chunks=CHUNKS).output) == {"content": "hello"}
    assert parsed(observation(chunks=CHUNKS).output) == {"role": "assistant", "content": "hello"}
    assert parsed(observation(response=..., chunks=CHUNKS, type="tool").output) == CHUNKS


def test_model_and_usage_of_a_stream_are_its_last_billed_chunks() -> None:
    record = call(plain(response=..., chunks=CHUNKS, model=...))
    assert record.observation.usage == Usage(input=3, output=2, prompt=3, completion=2)
    assert (record.observation.model, record.billing.models) == ("gpt-4o-3", ("gpt-4o-3", "gpt-4o"))
    late = call(plain(response=..., chunks=[CHUNKS[2], CHUNKS[0]]))
    assert late.observation.usage == record.observation.usage


@pytest.mark.parametrize(
    "chunks",
    [
        [{"type": "note", "usage": {"input_tokens": 9, "output_tokens": 1}}],
        [{"choices": [], "usage": "odd"}],
        [7, "x", None],
        [],
        {"usage": {"prompt_tokens": 1}},
        "data: [DONE]",
    ],
)
def test_chunks_of_no_known_stream_are_shown_and_not_billed(chunks: Any) -> None:
    found = observation(response=..., chunks=chunks)
    assert parsed(found.output) == chunks
    assert found.usage is None


def test_chunks_of_an_embedding_are_not_shown() -> None:
    assert observation(type="embedding", response=..., chunks=CHUNKS).output is None


# What the quick way does not take; the rest of the record must not notice.
UNUSUAL: list[dict[str, Any]] = [{"end_time": "1795425517.5"}, {"first_token_time": "soon"}, {"trace": {"id": 7}}]


@pytest.mark.parametrize("change", UNUSUAL, ids=str)
def test_both_ways_of_reading_read_the_same(change: dict[str, Any]) -> None:
    value = json.dumps(plain(**change)).encode()
    assert read_usual(value) is None
    usual, unusual = call(plain()), call(value)
    assert unusual.observation == usual.observation
    assert unusual.billing == usual.billing


@pytest.mark.parametrize("change", [{}, {"start_time": 1795425516.5}, {"error": "e", "cost": 0.5, "parent_id": "p"}])
def test_the_usual_call_is_read_the_quick_way(change: dict[str, Any]) -> None:
    assert read_usual(json.dumps(plain(**change)).encode()) is not None


def test_schema_may_be_written_with_escapes() -> None:
    value = json.dumps(plain()).encode()
    usual, other = call(value), call(value.replace(b"shipper.call/1", b"shipper.call\\/1"))
    # How the answer ended is kept by each way as it was read.
    assert replace(other, exchange=Exchange()) == replace(usual, exchange=Exchange())
    assert to_facts(other) == to_facts(usual)


def exchange(**fields: Any) -> Exchange:
    return call(plain(**fields)).exchange


def test_the_call_is_told_by_the_names_of_both_sides() -> None:
    response = {
        "id": "r",
        "model": "gpt-4o-1",
        "service_tier": "flex",
        "choices": [{"message": {}, "finish_reason": "stop"}],
    }
    told = call(plain(response=response, request={"model": "gpt-4o", "messages": [], "stop": ["a"]}, model="other"))
    found = told.exchange
    assert (found.call_id, found.response_id, found.service_tier) == (None, "r", "flex")
    assert (found.request_model, found.response_model) == ("gpt-4o", "gpt-4o-1")
    assert to_facts(told).reasons == ("stop",)
    assert found.shaped is not None
    assert parsed(found.shaped["stop"]) == ["a"]
    assert exchange(request={"messages": []}).request_model == "gpt-4o"


def test_a_response_that_the_usual_rules_do_not_know_is_there_whole() -> None:
    response = {"candidates": [{"finishReason": "STOP"}], "modelVersion": "gemini-2", "responseId": "r"}
    found = exchange(request={"contents": []}, response=response)
    assert (found.endings, found.response_id, found.response_model) == (None, "r", "gemini-2")
    assert found.response is not None
    assert "candidates" in found.response
    assert exchange().response is None


@pytest.mark.parametrize("name", ["id", "responseId", "response_id"])
def test_a_response_has_its_id_by_any_name(name: str) -> None:
    assert exchange(request={"message": "q"}, response={"text": "a", name: "r-1"}).response_id == "r-1"


def test_anthropics_reason_is_the_responses() -> None:
    response = {
        "id": "m",
        "content": [{"type": "text", "text": "a"}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 1},
    }
    found = exchange(response=response)
    assert (bytes(found.stop_reason), found.response) == (b'"end_turn"', None)


@pytest.mark.parametrize(
    ("error", "kind"),
    [({"message": "m", "type": "t", "code": 5}, "t"), ({"code": 5}, "5"), ({"message": "m"}, None), ("text", None)],
)
def test_an_error_has_its_type_else_its_code(error: Any, kind: str | None) -> None:
    assert exchange(error=error).error_type == kind
    assert exchange(error=error, type="tool").error_type == kind
