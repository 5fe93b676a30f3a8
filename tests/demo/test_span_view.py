"""What Langfuse shows of a span."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from shipper.demo import otlp_protobuf
from shipper.demo.ingestion import Event
from shipper.demo.span_view import view
from tests.demo.spans import OWN, SPAN_ID, TRACE_ID, export, generation, span

PARENT = bytes.fromhex("00f067aa0ba902b7")


def seen(one: Span, **around: Any) -> Event:
    return view(otlp_protobuf.read(export(one, **around).SerializeToString())[0])


def of(attributes: dict[str, Any], **around: Any) -> dict[str, Any]:
    return seen(span(attributes=attributes), **around).body


def trace_of(attributes: dict[str, Any], **given: Any) -> dict[str, Any]:
    return seen(span(attributes=attributes, **given)).trace


def test_a_complete_call_is_seen_as_it_would_be_by_the_other_wire() -> None:
    event = seen(
        generation(
            model__name="gpt-4o",
            model__parameters='{"temperature":0.2}',
            input='{"messages":[{"role":"user","content":"hi"}]}',
            output="yes",
            usage_details='{"input":3,"output":4,"total":7}',
            cost_details='{"total":0.5}',
            completion_start_time='"2026-05-01T12:00:00.300Z"',
            level="WARNING",
            status_message="slow",
            prompt__name="p",
            prompt__version=2,
            metadata__team="a",
        )
    )
    assert (event.id, event.type, event.kind) == (SPAN_ID, "GENERATION", "span")
    assert event.body == {
        "id": SPAN_ID,
        "traceId": TRACE_ID,
        "name": "answer",
        "startTime": "2026-05-01T12:00:00.123Z",
        "endTime": "2026-05-01T12:00:00.623Z",
        "completionStartTime": "2026-05-01T12:00:00.300Z",
        "environment": "default",
        "level": "WARNING",
        "statusMessage": "slow",
        "model": "gpt-4o",
        "modelParameters": {"temperature": 0.2},
        "usageDetails": {"input": 3, "output": 4, "total": 7},
        "costDetails": {"total": 0.5},
        "promptName": "p",
        "promptVersion": 2,
        "input": {"messages": [{"role": "user", "content": "hi"}]},
        "output": "yes",
        "metadata": {"scopeAttributes": {"public_key": "pk-lf-demo"}, "team": "a"},
    }


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        *(
            ({OWN + "type": kind, "openinference.span.kind": "LLM"}, kind.upper())
            for kind in (
                "span", "generation", "event", "embedding", "agent",
                "tool", "chain", "retriever", "guardrail", "evaluator",
            )
        ),
        ({OWN + "type": "nonsense", "openinference.span.kind": "TOOL"}, "TOOL"),
        ({"openinference.span.kind": "LLM", "gen_ai.operation.name": "embeddings"}, "GENERATION"),
        ({"openinference.span.kind": "EMBEDDING"}, "EMBEDDING"),
        *(({"gen_ai.operation.name": name}, "GENERATION") for name in ("chat", "text_completion", "generate_content")),
        ({"gen_ai.operation.name": "embeddings"}, "EMBEDDING"),
        ({"gen_ai.operation.name": "invoke_agent"}, "AGENT"),
        ({"gen_ai.operation.name": "execute_tool"}, "TOOL"),
        ({"gen_ai.tool.name": "t"}, "TOOL"),
        ({"gen_ai.request.model": "m"}, "GENERATION"),
        ({}, "SPAN"),
    ],
)  # fmt: skip
def test_the_type_is_langfuses_own_and_else_what_others_call_it(attributes: dict[str, Any], expected: str) -> None:
    assert seen(span(attributes=attributes)).type == expected


MODELS = [OWN + "model.name", "gen_ai.response.model", "ai.model.id", "gen_ai.request.model", "llm.model_name"]


@pytest.mark.parametrize("first", range(len(MODELS)))
def test_the_model_has_an_order_of_precedence(first: int) -> None:
    assert of({name: name for name in MODELS[first:]})["model"] == MODELS[first]


BODIES = [
    (OWN + "input", OWN + "output"),
    ("input.value", "output.value"),
    ("gen_ai.input.messages", "gen_ai.output.messages"),
    ("gen_ai.tool.call.arguments", "gen_ai.tool.call.result"),
]


@pytest.mark.parametrize("first", range(len(BODIES)))
def test_input_and_output_come_from_the_first_pair_of_which_one_is_there(first: int) -> None:
    given = {name: name for pair in BODIES[first:] for name in pair}
    assert (of(given)["input"], of(given)["output"]) == BODIES[first]
    del given[BODIES[first][1]]
    assert of(given)["input"] == BODIES[first][0]
    assert "output" not in of(given)


@pytest.mark.parametrize(
    ("sent", "shown"), [('{"a":1}', {"a": 1}), ('["a"]', ["a"]), ("{text", "{text"), ("3", "3"), ('"x"', '"x"')]
)
def test_json_of_objects_and_lists_is_shown_as_such(sent: str, shown: Any) -> None:
    assert of({OWN + "input": sent})["input"] == shown


def test_level_and_message_come_from_the_attributes_and_else_from_the_status() -> None:
    failed = Status(code=Status.STATUS_CODE_ERROR, message="boom")
    body = seen(span(status=failed)).body
    assert (body["level"], body["statusMessage"]) == ("ERROR", "boom")
    told = {OWN + "level": "DEFAULT", OWN + "status_message": "fine"}
    body = seen(span(status=failed, attributes=told)).body
    assert (body["level"], body["statusMessage"]) == ("DEFAULT", "fine")
    assert "statusMessage" not in of({})


@pytest.mark.parametrize(
    ("given", "start", "end"),
    [
        ({"start_time_unix_nano": 0}, "2026-05-01T12:00:00.623Z", "2026-05-01T12:00:00.623Z"),
        ({"end_time_unix_nano": 0}, "2026-05-01T12:00:00.123Z", "2026-05-01T12:00:00.123Z"),
        ({"start_time_unix_nano": 0, "end_time_unix_nano": 0}, None, None),
        ({"start_time_unix_nano": 2**64 - 1}, "2554-07-21T23:34:33.709Z", "2026-05-01T12:00:00.623Z"),
    ],
)
def test_a_missing_edge_is_the_other(given: dict[str, int], start: str | None, end: str | None) -> None:
    body = seen(span(**given)).body
    assert (body.get("startTime"), body.get("endTime")) == (start, end)


@pytest.mark.parametrize("given", ["2026-05-01T12:00:00Z", '"2026-05-01T12:00:00Z"'])
def test_the_first_token_may_be_in_quotes(given: str) -> None:
    assert of({OWN + "completion_start_time": given})["completionStartTime"] == "2026-05-01T12:00:00Z"
    assert "completionStartTime" not in of({OWN + "completion_start_time": "soon"})


def test_metadata_is_of_the_observation_and_of_the_trace() -> None:
    sent = {
        OWN + "metadata": '{"whole":1,"both":1}',
        OWN + "metadata.both": '{"x":[1]}',
        OWN + "metadata.with.dot": True,
        "langfuse.trace.metadata.t": "text",
        "other": 5,
    }
    own = {"whole": 1, "both": {"x": [1]}, "with.dot": True, "t": "text"}
    scope = {"scopeAttributes": {"public_key": "pk-lf-demo"}}
    assert of(sent)["metadata"] == own | scope
    assert of({OWN + "metadata": "words"})["metadata"] == {"metadata": "words"} | scope
    with_resource = of(sent, resource={"service.name": "s"})["metadata"]
    assert with_resource == own | scope | {"resourceAttributes": {"service.name": "s"}}


def test_of_a_scope_that_is_not_langfuses_every_other_attribute_is_stored_again() -> None:
    sent = {OWN + "level": "DEBUG", OWN + "metadata.k": 1, OWN + "input": "i", "input.value": "i", "other": 5}
    metadata = of(sent, scope="shipper", public_key=None)["metadata"]
    assert metadata == {"k": 1, "attributes": {OWN + "level": "DEBUG", "other": 5}}


@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("userId", ["langfuse.user.id", "user.id"]),
        ("sessionId", ["langfuse.session.id", "session.id", "gen_ai.conversation.id"]),
        ("environment", ["langfuse.environment", "deployment.environment.name", "deployment.environment"]),
        ("name", ["langfuse.trace.name"]),
        ("release", ["langfuse.release"]),
        ("version", ["langfuse.version"]),
    ],
)
def test_what_is_of_the_trace_has_an_order_of_precedence(field: str, names: list[str]) -> None:
    for first in range(len(names)):
        assert trace_of({name: name for name in names[first:]})[field] == names[first]


def test_environment_release_and_version_may_stand_on_the_resource() -> None:
    resource = {"deployment.environment": "prod", "langfuse.release": "r", "service.version": "v"}
    event = seen(span(), resource=resource)
    assert (event.body["environment"], event.body["version"]) == ("prod", "v")
    assert [event.trace[key] for key in ("environment", "release", "version")] == ["prod", "r", "v"]


@pytest.mark.parametrize(
    ("sent", "tags"),
    [(["b", "a"], ["b", "a"]), ('["b",1]', ["b", "1"]), ("b, a", ["b", "a"]), ("a", ["a"]), (["a", 2], ["a", "2"])],
)
def test_tags_are_a_list_the_json_of_one_or_words_between_commas(sent: Any, tags: list[str]) -> None:
    assert trace_of({"langfuse.trace.tags": sent})["tags"] == tags
    assert "tags" not in trace_of({})


@pytest.mark.parametrize(("sent", "public"), [(True, True), ("true", True), (False, False), ("yes", False)])
def test_public_is_true_or_not(sent: Any, public: bool) -> None:
    assert trace_of({"langfuse.trace.public": sent})["public"] is public
    assert "public" not in trace_of({})


def test_the_root_names_its_trace_and_lends_it_its_bodies_and_a_child_does_not() -> None:
    sent = {OWN + "input": "i", OWN + "output": "o"}
    root, child = trace_of(sent), trace_of(sent, parent_span_id=PARENT)
    assert (root["name"], root["input"], root["output"]) == ("answer", "i", "o")
    assert not {"name", "input", "output"} & child.keys()
    told = {"langfuse.trace.input": "I", "langfuse.trace.output": "O", "langfuse.trace.metadata.k": 1}
    child = trace_of(sent | told, parent_span_id=PARENT)
    assert (child["input"], child["output"], child["metadata"]) == ("I", "O", {"k": 1})
    assert seen(span(parent_span_id=PARENT)).body["parentObservationId"] == PARENT.hex()
