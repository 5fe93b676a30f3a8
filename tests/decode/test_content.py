"""Input and output of a LiteLLM call, by call type."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import Raw

from shipper.decode.content import to_input
from tests.decode.examples import call, litellm, parsed

NULL_FIELDS = {"provider_specific_fields": None}


def output(response: Any, call_type: str = "acompletion") -> Any:
    return parsed(call(litellm({"response": response, "call_type": call_type})).observation.output)


def test_chat_output_is_the_first_choices_message() -> None:
    choices = [{"message": {"role": "assistant", "content": "a"}}, {"message": {"content": "b"}}]
    assert output({"choices": choices}) == {"role": "assistant", "content": "a", **NULL_FIELDS}


def test_message_gets_the_null_that_litellms_payload_leaves_out() -> None:
    assert output({"choices": [{"message": {}}]}) == NULL_FIELDS
    tool_calls = [{"id": "1", "provider_specific_fields": {"signature": "s"}}]
    message = {"content": None, "tool_calls": tool_calls}
    assert output({"choices": [{"message": message}]}) == {**message, **NULL_FIELDS}


def test_message_keeps_its_own_provider_fields() -> None:
    message = {"content": "a", "provider_specific_fields": {"refusal": None}}
    assert output({"choices": [{"message": message}]}) == message


def test_no_choices_is_no_output() -> None:
    assert output({"choices": []}) is None


def test_text_completion_output_is_its_text() -> None:
    assert output({"choices": [{"text": "t"}]}, "atext_completion") == "t"


@pytest.mark.parametrize("call_type", ["embedding", "aembedding"])
def test_embedding_has_no_output(call_type: str) -> None:
    assert output({"data": [{"embedding": [0.1]}]}, call_type) is None


def test_a_realtime_session_shows_its_events_and_nothing_that_went_in() -> None:
    """LiteLLM's callback (`_get_langfuse_input_output_content`) gets the list that the payload has as results."""
    events = [{"type": "session.created"}, {"type": "response.done", "response": {"output": []}}]
    response = {"results": events, "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}}
    shown = call(litellm({"response": response, "call_type": "_arealtime"}))
    for one in (shown.observation, shown.trace):
        assert (one.input, parsed(one.output)) == (None, events)


def test_rerank_output_is_its_results() -> None:
    assert output({"id": "r", "results": [{"index": 1}], "meta": {}}, "arerank") == [{"index": 1}]


def test_responses_output_is_its_list_unless_empty() -> None:
    text = {"format": {"type": "text"}}
    assert output({"output": [{"type": "message"}], "text": text}, "aresponses") == [{"type": "message"}]
    assert output({"output": [], "text": text}, "aresponses") is None


@pytest.mark.parametrize("call_type", ["image_generation", "aimage_generation", "aimage_edit"])
def test_image_output_is_its_data_with_the_null_that_litellms_payload_leaves_out(call_type: str) -> None:
    assert output({"created": 1, "data": [{"url": "u"}]}, call_type) == [{"url": "u", **NULL_FIELDS}]
    assert output({"data": ["odd"]}, call_type) == ["odd"]


def test_reasoning_item_gets_the_nulls_that_litellms_payload_leaves_out() -> None:
    thought, message = {"id": "rs_1", "type": "reasoning", "summary": []}, {"id": "m", "type": "message"}
    nulls = {"content": None, "encrypted_content": None, "status": None}
    assert output({"output": [thought, message]}, "aresponses") == [{**thought, **nulls}, message]
    kept = {**thought, "encrypted_content": "x", "content": [], "status": "done"}
    assert output({"output": [kept]}, "aresponses") == [kept]
    assert output({"output": ["reasoning"]}, "aresponses") == ["reasoning"]


@pytest.mark.parametrize(
    ("call_type", "response"),
    [
        ("amoderation", {"id": "m", "results": [{"flagged": True}]}),
        ("acreate_file", {"id": "file-1", "object": "file"}),
        ("avector_store_search", {"data": [{"score": 0.5}]}),
        ("asearch", {"results": [{"url": "u"}]}),
    ],
)
def test_neither_input_nor_output_of_calls_whose_answers_litellm_does_not_know(call_type: str, response: Any) -> None:
    shown = call(litellm({"response": response, "call_type": call_type}))
    assert (shown.observation.input, shown.observation.output) == (None, None)
    assert (shown.trace.input, shown.trace.output) == (None, None)


@pytest.mark.parametrize(
    ("call_type", "response"),
    [
        ("atranscription", {"text": None, "usage": None}),
        ("aimage_generation", {"created": 1, "data": None}),
        ("arerank", {"id": "r", "results": None}),
    ],
)
def test_a_call_that_gave_nothing_shows_its_input(call_type: str, response: Any) -> None:
    shown = call(litellm({"response": response, "call_type": call_type}))
    assert parsed(shown.observation.input) == {"messages": [{"role": "user", "content": "hi"}]}
    assert (shown.observation.output, shown.trace.output) == (None, None)


def test_failed_call_shows_input_and_error_whatever_its_type() -> None:
    shown = call(litellm({"status": "failure", "error_str": "no", "call_type": "amoderation", "response": {}}))
    assert parsed(shown.observation.input) == {"messages": [{"role": "user", "content": "hi"}]}
    assert parsed(shown.observation.output) == "no"


def test_mask_shows_on_calls_whose_answers_litellm_does_not_know() -> None:
    value = litellm({"response": {"results": []}, "call_type": "moderation"}, metadata={"mask_output": True})
    assert parsed(call(value).observation.output) == "redacted-by-litellm"


@pytest.mark.parametrize("call_type", ["aimage_generation", "atranscription", "arerank", "aspeech", "aresponses"])
def test_neither_input_nor_output_of_an_answer_that_litellm_redacted_whole(call_type: str) -> None:
    redacted = [{"role": "user", "content": "redacted-by-litellm"}]
    value = litellm({"response": {"text": "redacted-by-litellm"}, "call_type": call_type}, messages=redacted)
    shown = call(value)
    assert (shown.observation.input, shown.observation.output) == (None, None)


def test_text_of_a_redacted_text_completion_is_not_shown() -> None:
    """LiteLLM redacts its messages, but leaves the text in the payload."""
    response = {"choices": [{"text": "secret"}]}
    redacted = [{"role": "user", "content": "redacted-by-litellm"}]
    for messages in (redacted, json.loads(json.dumps(redacted))):
        shown = call(litellm({"response": response, "call_type": "atext_completion"}, messages=messages))
        assert (shown.observation.input, shown.observation.output) == (None, None)
    asked = litellm({"response": response, "call_type": "atext_completion"})
    assert parsed(call(asked).observation.output) == "secret"


def test_chat_without_a_response_shows_what_was_asked() -> None:
    shown = call(litellm({"response": {}}))
    assert parsed(shown.observation.input) == {"messages": [{"role": "user", "content": "hi"}]}
    assert shown.observation.output is None


def test_transcription_output_is_its_text() -> None:
    assert output({"text": "words", "usage": {"seconds": 2.0}}, "atranscription") == "words"


def test_speech_output_is_a_word_for_it() -> None:
    assert output(None, "aspeech") == "speech-output"


@pytest.mark.parametrize("call_type", ["speech", "aspeech", "afile_content"])
def test_binary_output_is_speech_to_litellm(call_type: str) -> None:
    assert output({}, call_type) == "speech-output"


def test_pass_through_output_is_its_response() -> None:
    assert output({"response": {"a": 1}}, "pass_through_endpoint") == {"a": 1}


def test_response_that_is_a_text_is_the_output() -> None:
    assert output("redacted-by-litellm") == "redacted-by-litellm"


def test_input_without_messages_says_null() -> None:
    assert parsed(to_input(Raw(b""))) == {"messages": None}


def test_null_beside_the_messages_is_left_out() -> None:
    assert parsed(to_input(Raw(b"[1]"), Raw(b"null"), Raw(b"null"))) == {"messages": [1]}


def test_message_that_is_no_object_is_no_output() -> None:
    assert output({"choices": [{"message": "text"}]}) is None


def test_values_of_a_message_are_left_as_they_were_written() -> None:
    value = json.dumps(litellm({"response": {"choices": [{"message": "here"}]}})).encode()
    decoded = call(value.replace(b'"here"', b'{"content": "\\u00e9\\ud83d\\ude00", "n": [ 1.50 ]}'))
    assert b'"content":"\\u00e9\\ud83d\\ude00"' in bytes(decoded.observation.output or b"")
    assert b"[ 1.50 ]" in bytes(decoded.observation.output or b"")
