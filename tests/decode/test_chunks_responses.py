"""Events of OpenAI's responses API, as its reference shows them."""

from __future__ import annotations

from typing import Any

from shipper.records import Usage
from tests.decode.examples import Json, parsed
from tests.decode.streams import answer, streamed

BEGUN: Json = {"id": "resp_1", "object": "response", "status": "in_progress", "model": "gpt-4.1-2025", "output": []}
MESSAGE: Json = {
    "id": "msg_1", "type": "message", "status": "completed", "role": "assistant",
    "content": [{"type": "output_text", "text": "Hi there!", "annotations": []}],
}  # fmt: skip
USAGE = {"input_tokens": 37, "output_tokens": 11, "total_tokens": 48, "input_tokens_details": {"cached_tokens": 0}}
CREATED = {"type": "response.created", "sequence_number": 0, "response": BEGUN}
ADDED = {
    "type": "response.output_item.added", "output_index": 0,
    "item": {"id": "msg_1", "type": "message", "status": "in_progress", "role": "assistant", "content": []},
}  # fmt: skip
DONE = {"type": "response.output_item.done", "output_index": 0, "item": MESSAGE}


def delta(kind: str, text: str, index: int = 0, **more: Any) -> Json:
    return {"type": f"response.{kind}.delta", "item_id": "x", "output_index": index, "delta": text, **more}


TEXT = [delta("output_text", part, content_index=0) for part in ("Hi", " there")]
ENDED = {**BEGUN, "status": "completed", "output": [MESSAGE], "usage": USAGE}


def test_the_last_event_has_all() -> None:
    record = streamed([CREATED, ADDED, *TEXT, DONE, {"type": "response.completed", "response": ENDED}], model=...)
    assert parsed(record.observation.output) == [MESSAGE]
    assert record.observation.usage == Usage(37, 11, prompt=37, completion=11)
    assert record.observation.model == "gpt-4.1-2025"


def test_an_incomplete_response_has_all_that_it_has() -> None:
    cut = {**ENDED, "status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
    record = streamed([CREATED, {"type": "response.incomplete", "response": cut}])
    assert (parsed(record.observation.output), record.observation.level) == ([MESSAGE], None)


def test_a_failed_response_is_an_error_and_keeps_what_came() -> None:
    failed = {**BEGUN, "status": "failed", "error": {"code": "server_error", "message": "The model failed"}}
    record = streamed([CREATED, DONE, {"type": "response.failed", "response": failed}])
    assert (record.observation.level, record.observation.status_message) == ("ERROR", "The model failed")
    assert parsed(record.observation.output) == [MESSAGE]


def test_an_error_event_is_the_calls_error() -> None:
    record = streamed([CREATED, {"type": "error", "code": "ERR", "message": "Something went wrong", "param": None}])
    assert (record.observation.level, record.observation.status_message) == ("ERROR", "Something went wrong")


def test_items_that_are_done_are_whole_where_the_stream_broke_off() -> None:
    record = streamed([CREATED, ADDED, *TEXT, DONE], model=...)
    assert (parsed(record.observation.output), record.observation.model) == ([MESSAGE], "gpt-4.1-2025")


def test_deltas_are_put_together_where_the_stream_broke_off() -> None:
    assert answer([CREATED, ADDED, *TEXT]) == [
        {**ADDED["item"], "content": [{"type": "output_text", "text": "Hi there"}]}  # type: ignore[dict-item]
    ]
    assert answer(TEXT) == [{"type": "message", "content": [{"type": "output_text", "text": "Hi there"}]}]


def test_reasoning_and_arguments_are_put_together() -> None:
    added = {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": ""}
    events = [
        *(delta("reasoning_summary_text", part, summary_index=0) for part in ("**Think", "ing**")),
        delta("reasoning_summary_text", "More", summary_index=1),
        {"type": "response.output_item.added", "output_index": 1, "item": added},
        *(delta("function_call_arguments", part, 1) for part in ('{"city":', '"Bern"}')),
    ]
    assert answer(events) == [
        {
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": "**Thinking**"}, {"type": "summary_text", "text": "More"}],
        },
        {**added, "arguments": '{"city":"Bern"}'},
    ]


def test_refusal_is_put_together() -> None:
    found = answer([ADDED, delta("refusal", "I can", content_index=0), delta("refusal", "not.", content_index=0)])
    assert found[0]["content"] == [{"type": "refusal", "refusal": "I cannot."}]
