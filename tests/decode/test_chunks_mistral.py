"""Events of Mistral's conversations, as its reference shows them."""

from __future__ import annotations

from typing import Any

from shipper.records import Usage
from tests.decode.examples import Json, parsed
from tests.decode.streams import answer, streamed

START = {"type": "conversation.response.started", "created_at": "2026-11-23T09:18:36Z", "conversation_id": "conv-1"}
DONE = {
    "type": "conversation.response.done",
    "usage": {"prompt_tokens": 18, "completion_tokens": 7, "total_tokens": 25, "connector_tokens": None},
}


def said(content: Any) -> Json:
    return {
        "type": "message.output.delta", "created_at": "2026-11-23T09:18:37Z", "output_index": 1, "id": "msg-1",
        "content_index": 0, "model": "mistral-medium-latest", "role": "assistant", "content": content,
    }  # fmt: skip


def called(arguments: str) -> Json:
    return {
        "type": "function.call.delta", "id": "fc-1", "name": "weather", "tool_call_id": "t-1", "arguments": arguments
    }  # fmt: skip


CONVERSATION = [START, called("{"), called("}"), said("Sun"), said("ny."), DONE]


def test_a_message_is_put_together_and_its_tokens_counted() -> None:
    found = streamed([START, said("Sun"), said("ny."), DONE]).observation
    message = {"type": "message.output", "id": "msg-1", "model": "mistral-medium-latest", "role": "assistant"}
    assert parsed(found.output) == [{**message, "content": "Sunny."}]
    assert found.usage == Usage(18, 7, prompt=18, completion=7)


def test_the_arguments_of_a_function_are_put_together() -> None:
    call = {"type": "function.call", "id": "fc-1", "name": "weather", "tool_call_id": "t-1"}
    assert answer([START, called('{"city":'), called(' "Bern"}')]) == [{**call, "arguments": '{"city": "Bern"}'}]


def test_what_the_server_did_itself_stands_before_what_it_said() -> None:
    tool = {"id": "tool-1", "name": "web_search", "arguments": ""}
    found = answer([
        START, {"type": "tool.execution.started", **tool}, {"type": "tool.execution.done", **tool, "info": {"n": 1}},
        said("Sunny."),
    ])  # fmt: skip
    assert [entry["type"] for entry in found] == ["tool.execution", "message.output"]
    assert found[0] == {"type": "tool.execution", **tool, "info": {"n": 1}}


def test_a_reference_among_the_texts_makes_a_list_of_them() -> None:
    reference = {"type": "tool_reference", "tool": "web_search", "title": "Bern"}
    found = answer([START, said("It is"), said(" sunny"), said(reference), said("."), DONE])
    assert found[0]["content"] == [{"type": "text", "text": "It is sunny"}, reference, {"type": "text", "text": "."}]


def test_a_stream_that_broke_off_keeps_what_came() -> None:
    assert answer([START, said("Sun")])[0]["content"] == "Sun"


def test_an_error_ends_it() -> None:
    found = streamed([START, said("Sun"), {"type": "conversation.response.error", "message": "late", "code": 500}])
    assert (found.observation.level, found.observation.status_message) == ("ERROR", "late")
