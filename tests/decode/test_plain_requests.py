"""What was asked, as each API's reference shows a request; the rest are settings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shipper.records import CallRecord
from tests.decode.examples import call, parsed, plain

PARTS = [{"role": "user", "parts": [{"text": "Explain how AI works"}]}]
GREETING = [{"role": "user", "content": [{"text": "Write a list of songs."}]}]
DOCUMENTS = ["Carson City is the capital city of Nevada.", "Washington, D.C. is the capital of the United States."]


def asked(request: Any, **fields: Any) -> CallRecord:
    """A call that was answered by nothing that a rule knows."""
    return call(plain(request=request, response={"odd": 1}, **fields))


@pytest.mark.parametrize(
    ("request_", "input_", "settings"),
    [
        pytest.param(
            {
                "contents": PARTS,
                "systemInstruction": {"parts": [{"text": "You are a cat."}]},
                "tools": [{"googleSearch": {}}],
                "generationConfig": {"temperature": 1.0, "topK": 10, "stopSequences": ["Title"]},
                "safetySettings": [{"category": "HARM_CATEGORY_DANGEROUS_CONTENT", "threshold": "BLOCK_ONLY_HIGH"}],
                "cachedContent": "cachedContents/1",
            },
            {
                "contents": PARTS,
                "systemInstruction": {"parts": [{"text": "You are a cat."}]},
                "tools": [{"googleSearch": {}}],
            },
            {
                "temperature": 1.0,
                "topK": 10,
                "stopSequences": '["Title"]',
                "safetySettings": '[{"category":"HARM_CATEGORY_DANGEROUS_CONTENT","threshold":"BLOCK_ONLY_HIGH"}]',
                "cachedContent": "cachedContents/1",
            },
            id="gemini-generation-config-is-settings",
        ),
        pytest.param(
            {"model": "gemini-2.5-flash", "contents": "Hi", "config": {"system_instruction": "Be brief.", "seed": 7}},
            {"contents": "Hi", "system_instruction": "Be brief."},
            {"seed": 7},
            id="gemini-by-its-python-sdk",
        ),
        pytest.param(
            {
                "modelId": "anthropic.claude-3-sonnet-20240229-v1:0",
                "messages": GREETING,
                "system": [{"text": "You create playlists."}],
                "toolConfig": {"tools": [{"toolSpec": {"name": "top_song"}}], "toolChoice": {"auto": {}}},
                "inferenceConfig": {"maxTokens": 512, "temperature": 0.5, "stopSequences": ["x"]},
                "additionalModelRequestFields": {"top_k": 200},
            },
            {
                "messages": GREETING,
                "tools": [{"toolSpec": {"name": "top_song"}}],
                "system": [{"text": "You create playlists."}],
            },
            {"maxTokens": 512, "temperature": 0.5, "stopSequences": '["x"]', "top_k": 200, "toolChoice": '{"auto":{}}'},
            id="converse-inference-config-is-settings-and-tools-come-out-of-their-config",
        ),
        pytest.param(
            {"model": "command-r", "message": "What year was he born?", "chat_history": [], "preamble": "p", "seed": 1},
            {"message": "What year was he born?", "chat_history": [], "preamble": "p"},
            {"seed": 1},
            id="cohere-1-message-with-its-history",
        ),
        pytest.param({"model": "command-r", "message": "Hi"}, "Hi", {}, id="cohere-1-message-alone"),
        pytest.param(
            {"model": "command-a", "messages": [{"role": "user", "content": "Hi"}], "documents": DOCUMENTS},
            {"messages": [{"role": "user", "content": "Hi"}], "documents": DOCUMENTS},
            {},
            id="cohere-2-messages-with-documents",
        ),
        pytest.param(
            {"model": "rerank-v3.5", "query": "What is the capital?", "documents": DOCUMENTS, "top_n": 3},
            {"query": "What is the capital?", "documents": DOCUMENTS},
            {"top_n": 3},
            id="rerank-query-with-documents",
        ),
        pytest.param(
            {"model": "embed-v4.0", "texts": ["hello", "goodbye"], "input_type": "classification"},
            ["hello", "goodbye"],
            {"input_type": "classification"},
            id="cohere-embed-texts",
        ),
        pytest.param(
            {
                "model": "gpt-4.1",
                "input": [{"role": "user", "content": "Hi"}],
                "instructions": "Be brief.",
                "tools": [{"type": "web_search_preview"}],
                "reasoning": {"effort": "high"},
                "max_output_tokens": 99,
            },
            {
                "input": [{"role": "user", "content": "Hi"}],
                "instructions": "Be brief.",
                "tools": [{"type": "web_search_preview"}],
            },
            {"reasoning": '{"effort":"high"}', "max_output_tokens": 99},
            id="responses-input-with-instructions-and-tools",
        ),
        pytest.param({"model": "omni-moderation-latest", "input": "I want to"}, "I want to", {}, id="moderation-input"),
        pytest.param(
            {"model": "gpt-4o-mini-tts", "input": "The quick fox", "voice": "alloy", "instructions": "Cheerful."},
            "The quick fox",
            {"voice": "alloy", "instructions": "Cheerful."},
            id="speech-text-alone-and-how-to-speak-it-is-a-setting",
        ),
        pytest.param(
            {"model": "whisper-1", "file": "speech.mp3", "prompt": "ZyntriQix", "language": "en"},
            {"file": "speech.mp3", "prompt": "ZyntriQix"},
            {"language": "en"},
            id="transcription-file-with-its-hint",
        ),
        pytest.param(
            {"model": "gpt-image-1", "prompt": "A cute baby sea otter", "n": 1, "size": "1024x1024"},
            "A cute baby sea otter",
            {"n": 1, "size": "1024x1024"},
            id="image-prompt",
        ),
        pytest.param(
            {"model": "codestral-latest", "prompt": "def f(", "suffix": "return a+b", "temperature": 0},
            {"prompt": "def f(", "suffix": "return a+b"},
            {"temperature": 0},
            id="mistral-fill-in-prompt-with-suffix",
        ),
        pytest.param(
            {
                "model": "llama3.2",
                "messages": [{"role": "user", "content": "why is the sky blue?"}],
                "options": {"temperature": 0.8, "num_ctx": 1024, "stop": ["\n"]},
                "stream": False,
            },
            {"messages": [{"role": "user", "content": "why is the sky blue?"}]},
            {"stream": False, "temperature": 0.8, "num_ctx": 1024, "stop": '["\\n"]'},
            id="ollama-options-are-settings",
        ),
        pytest.param(
            {"model": "llama3.2", "prompt": "Why?", "system": "Be brief.", "context": [1, 2, 3]},
            {"prompt": "Why?", "system": "Be brief."},
            {},
            id="ollama-generate-prompt-with-system",
        ),
        pytest.param(
            {"model": "llava", "prompt": "What is it?", "images": ["iVBO"]},
            {"prompt": "What is it?", "images": ["iVBO"]},
            {},
            id="ollama-generate-prompt-with-images",
        ),
        pytest.param(
            {"model": "gpt-5", "input": "Paris", "prompt": {"id": "pmpt_1", "version": "2"}},
            {"input": "Paris", "prompt": {"id": "pmpt_1", "version": "2"}},
            {},
            id="responses-input-with-a-stored-prompt",
        ),
        pytest.param(
            {"model": "dall-e-2", "image": "otter.png", "n": 1}, "otter.png", {"n": 1}, id="image-to-be-varied"
        ),
        pytest.param(
            {"model": "gpt-image-1", "image": ["a.png"], "prompt": "Add a hat.", "mask": "m.png"},
            {"prompt": "Add a hat.", "image": ["a.png"], "mask": "m.png"},
            {},
            id="image-to-be-edited-with-its-prompt",
        ),
        pytest.param(
            {
                "model": "mistral-medium-latest",
                "inputs": [{"role": "user", "content": "Hi"}],
                "instructions": "Be brief.",
                "tools": [{"type": "web_search"}],
                "completion_args": {"temperature": 0.3},
            },
            {
                "inputs": [{"role": "user", "content": "Hi"}],
                "instructions": "Be brief.",
                "tools": [{"type": "web_search"}],
            },
            {"temperature": 0.3},
            id="mistral-conversation",
        ),
        pytest.param(
            {
                "model": "claude-sonnet-4",
                "messages": GREETING,
                "thinking": {"type": "enabled", "budget_tokens": 1024},
                "metadata": {"user_id": "u-1"},
                "stop_sequences": ["END"],
            },
            {"messages": GREETING},
            {
                "thinking": '{"type":"enabled","budget_tokens":1024}',
                "metadata": '{"user_id":"u-1"}',
                "stop_sequences": '["END"]',
            },
            id="settings-that-are-no-scalars-become-their-json",
        ),
        pytest.param(
            {"inputText": "Hi", "textGenerationConfig": {"maxTokenCount": 9}}, "Hi", {"maxTokenCount": 9}, id="titan"
        ),
        pytest.param(
            {"model": "mistral-ocr-latest", "document": {"type": "document_url", "document_url": "https://x/y.pdf"}},
            {"type": "document_url", "document_url": "https://x/y.pdf"},
            {},
            id="mistral-ocr-document",
        ),
        pytest.param(
            {
                "model": "gemini-3",
                "input": "Hi",
                "system_instruction": "Be brief.",
                "generation_config": {"temperature": 1},
            },
            {"input": "Hi", "system_instruction": "Be brief."},
            {"temperature": 1},
            id="google-interaction",
        ),
        pytest.param({"question": 1}, {"question": 1}, {"question": 1}, id="what-no-rule-knows-is-shown-whole"),
    ],
)
def test_what_was_asked_of_each_api(request_: Any, input_: Any, settings: Any) -> None:
    found = asked(request_).observation
    assert (parsed(found.input), parsed(found.parameters)) == (input_, settings)


@pytest.mark.parametrize(
    "body", [{"messages": GREETING, "max_tokens": 9}, '{"messages": [1], "max_tokens": 9}'], ids=str
)
def test_what_an_invoked_model_was_asked_stands_in_the_body(body: Any) -> None:
    record = asked({"modelId": "anthropic.claude-v1", "contentType": "application/json", "body": body}, model=...)
    assert parsed(record.observation.input) == {"messages": GREETING if isinstance(body, dict) else [1]}
    assert parsed(record.observation.parameters) == {"contentType": "application/json", "max_tokens": 9}
    assert record.billing.models == ("anthropic.claude-v1",)


@pytest.mark.parametrize("body", ["no JSON", "[1]", {"body": {"body": 1}}, None, {"body": None}], ids=str)
def test_an_odd_body_is_shown_whole(body: Any) -> None:
    request = {"modelId": "m", "body": body}
    assert parsed(asked(request).observation.input) == request


def test_a_long_structure_is_no_setting() -> None:
    schema = {"properties": {f"field_{number}": {"type": "string"} for number in range(200)}}
    found = asked({"messages": [], "response_format": schema, "seed": 1}).observation
    assert parsed(found.parameters) == {"seed": 1}


def test_credentials_inside_a_setting_are_left_out() -> None:
    record = asked({"messages": [], "extra_headers": {"authorization": "Bearer x", "x-team": "a"}})
    assert parsed(record.observation.parameters) == {"extra_headers": '{"x-team":"a"}'}
    assert record.repairs == ("secret_parameter",)


def test_a_setting_nested_too_deep_costs_only_itself() -> None:
    record = asked({"messages": [], "odd": json.loads("[" * 900 + "]" * 900), "seed": 1})
    assert parsed(record.observation.parameters) == {"seed": 1}
    assert record.repairs == ("parameter_out_of_range",)


def test_a_setting_wins_over_a_nested_one_of_its_name() -> None:
    found = asked({"prompt": "p", "temperature": 1, "options": {"temperature": 2}}).observation
    assert parsed(found.parameters) == {"temperature": 1}


def test_a_credential_among_nested_settings_is_left_out() -> None:
    record = asked({"contents": PARTS, "config": {"api_key": "k", "seed": 1}})
    assert parsed(record.observation.parameters) == {"seed": 1}
    assert record.repairs == ("secret_parameter",)


def test_prompts_go_through_as_they_were_written() -> None:
    value = (
        b'{"schema": "shipper.call/1", "id": "1", "start_time": 1.5, "request": {"contents": [ {"parts":[{"text" : '
        b'"\\u00e9 \\/ 1.0"}]} ]}, "response": {"candidates": [{"content": {"parts" : [ {"text": "\\u00e9"}]}}]}}'
    )
    found = call(value).observation
    assert found.input is not None
    assert found.output is not None
    assert bytes(found.input) == b'{"contents":[ {"parts":[{"text" : "\\u00e9 \\/ 1.0"}]} ]}'
    assert bytes(found.output) == b'{"parts" : [ {"text": "\\u00e9"}]}'


def test_a_tool_of_the_same_shape_is_shown_whole() -> None:
    found = asked({"contents": 1, "query": 2}, type="tool").observation
    assert (parsed(found.input), found.parameters) == ({"contents": 1, "query": 2}, None)


def test_a_usual_answer_leaves_the_question_as_it_is() -> None:
    # What is asked is read alike whether the answer is of the usual kind or not.
    request = {"model": "codestral", "prompt": "def f(", "suffix": "return a+b", "temperature": 0}
    usual = call(plain(request=request)).observation
    assert parsed(usual.input) == {"prompt": "def f(", "suffix": "return a+b"}
    assert (usual.input, usual.parameters) == (asked(request).observation.input, asked(request).observation.parameters)


def test_settings_nested_in_a_request_that_no_rule_knows_stay_there() -> None:
    found = asked({"question": 1, "config": {"a": 1}, "options": {"b": 2}}).observation
    assert parsed(found.input) == {"question": 1, "config": {"a": 1}, "options": {"b": 2}}
    assert parsed(found.parameters) == {"question": 1}
