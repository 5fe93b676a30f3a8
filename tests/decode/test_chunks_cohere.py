"""Events of Cohere's chat APIs, as its reference shows them."""

from __future__ import annotations

from shipper.records import Usage
from tests.decode.examples import Json, parsed
from tests.decode.streams import answer, streamed

START = {
    "type": "message-start", "id": "c-1",
    "delta": {"message": {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}},
}  # fmt: skip
END = {
    "type": "message-end",
    "delta": {"finish_reason": "COMPLETE", "usage": {"billed_units": {"input_tokens": 3, "output_tokens": 26}}},
}


def event(kind: str, index: int, **message: object) -> Json:
    return {"type": kind, "index": index, "delta": {"message": message}}


TEXT = [
    event("content-start", 0, content={"type": "text", "text": ""}),
    event("content-delta", 0, content={"text": "Hello"}),
    event("content-delta", 0, content={"text": "!"}),
    {"type": "content-end", "index": 0},
]


def test_content_is_put_together() -> None:
    record = streamed([START, *TEXT, END])
    assert parsed(record.observation.output) == {"role": "assistant", "content": [{"type": "text", "text": "Hello!"}]}
    assert record.observation.usage == Usage(3, 26, prompt=3, completion=26)
    assert record.exchange.response_id == "c-1"


def test_plan_and_tool_calls_are_put_together() -> None:
    begin = {"id": "f_1", "type": "function", "function": {"name": "day", "arguments": ""}}
    events = [
        START,
        {"type": "tool-plan-delta", "delta": {"message": {"tool_plan": "I will"}}},
        {"type": "tool-plan-delta", "delta": {"message": {"tool_plan": " look."}}},
        event("tool-call-start", 0, tool_calls=begin),
        event("tool-call-delta", 0, tool_calls={"function": {"arguments": '{"d":'}}),
        event("tool-call-delta", 0, tool_calls={"function": {"arguments": "1}"}}),
        END,
    ]
    call = {"id": "f_1", "type": "function", "function": {"name": "day", "arguments": '{"d":1}'}}
    assert answer(events) == {"role": "assistant", "tool_plan": "I will look.", "tool_calls": [call]}


def test_thoughts_and_citations_are_put_together() -> None:
    cited = {"start": 0, "end": 5, "text": "Hello", "sources": []}
    events = [
        event("content-start", 0, content={"type": "thinking", "thinking": "H"}),
        event("content-delta", 0, content={"thinking": "m"}),
        event("citation-start", 0, citations=cited),
    ]
    assert answer(events) == {"content": [{"type": "thinking", "thinking": "Hm"}], "citations": [cited]}


def test_an_error_at_the_end_is_the_calls() -> None:
    record = streamed([START, *TEXT, {"type": "message-end", "delta": {"finish_reason": "ERROR", "error": "broken"}}])
    assert (record.observation.level, record.observation.status_message) == ("ERROR", "broken")


def test_the_end_of_version_1_has_the_whole_response() -> None:
    whole = {"text": "Newton", "generation_id": "g", "meta": {"billed_units": {"input_tokens": 5, "output_tokens": 1}}}
    record = streamed(
        [
            {"event_type": "stream-start", "generation_id": "g"},
            {"event_type": "text-generation", "text": "New"},
            {"event_type": "stream-end", "finish_reason": "COMPLETE", "response": whole},
        ]
    )
    assert parsed(record.observation.output) == "Newton"
    assert record.observation.usage == Usage(5, 1, prompt=5, completion=1)


def test_an_abandoned_stream_of_version_1_keeps_what_came() -> None:
    assert answer([{"event_type": "text-generation", "text": text} for text in ("New", "ton")]) == "Newton"
    calls = [{"name": "f", "parameters": {}}]
    assert answer([{"event_type": "tool-calls-generation", "tool_calls": calls}]) == {"text": "", "tool_calls": calls}
