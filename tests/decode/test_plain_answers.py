"""What was answered, as each API's reference shows a response."""

from __future__ import annotations

from typing import Any

import pytest

from shipper.mapping.call_facts import to_facts
from tests.decode.examples import call, parsed, plain

PARTS = {"role": "model", "parts": [{"text": "AI learns."}]}
REPLY = {"role": "assistant", "content": [{"text": "Here are songs."}]}
OUTPUT = [
    {"id": "rs_1", "type": "reasoning", "summary": []},
    {"id": "msg_1", "type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]},
]
RANKED = [{"index": 3, "relevance_score": 0.999071}, {"index": 4, "relevance_score": 0.7867867}]
JUDGED = [{"flagged": True, "categories": {"violence": True}, "category_scores": {"violence": 0.9}}]
CALLS = [{"name": "query_sales", "parameters": {"day": "2023-09-29"}}]


@pytest.mark.parametrize(
    ("response", "output"),
    [
        pytest.param(
            {"candidates": [{"content": PARTS, "finishReason": "STOP"}], "modelVersion": "g"},
            PARTS,
            id="gemini-candidates-content",
        ),
        pytest.param(
            {"candidates": [{"content": PARTS}, {"content": PARTS, "finishReason": "STOP"}]},
            [PARTS, PARTS],
            id="gemini-several-candidates",
        ),
        pytest.param(
            {"candidates": [{"finishReason": "SAFETY", "index": 0}]},
            {"finishReason": "SAFETY", "index": 0},
            id="gemini-candidate-without-content-says-why",
        ),
        pytest.param(
            {"promptFeedback": {"blockReason": "SAFETY"}},
            {"promptFeedback": {"blockReason": "SAFETY"}},
            id="gemini-blocked-prompt-is-shown-whole",
        ),
        pytest.param(
            {"output": {"message": REPLY}, "stopReason": "end_turn", "usage": {"inputTokens": 30, "outputTokens": 628}},
            REPLY,
            id="converse-message",
        ),
        pytest.param(
            {"id": "resp_1", "object": "response", "error": None, "output": OUTPUT, "usage": {"input_tokens": 3}},
            OUTPUT,
            id="responses-output",
        ),
        pytest.param(
            {"id": "c", "message": REPLY, "finish_reason": "COMPLETE", "usage": {"billed_units": {"input_tokens": 5}}},
            REPLY,
            id="cohere-2-message",
        ),
        pytest.param(
            {"text": "Isaac Newton", "generation_id": "g", "chat_history": [], "finish_reason": "COMPLETE"},
            "Isaac Newton",
            id="cohere-1-text",
        ),
        pytest.param(
            {"text": "", "generation_id": "g", "tool_calls": CALLS},
            {"text": "", "tool_calls": CALLS},
            id="cohere-1-text-with-the-tools-it-wants",
        ),
        pytest.param({"id": "r", "results": RANKED, "meta": {}}, RANKED, id="rerank-results"),
        pytest.param({"object": "list", "data": RANKED}, RANKED, id="rerank-of-voyage"),
        pytest.param({"id": "modr-1", "model": "omni", "results": JUDGED}, JUDGED, id="moderation-results"),
        pytest.param(
            {"created": 1, "data": [{"url": "https://x/1.png", "revised_prompt": "otter"}]},
            [{"url": "https://x/1.png", "revised_prompt": "otter"}],
            id="images",
        ),
        pytest.param({"text": "Imagine the wildest idea.", "usage": {"type": "tokens"}}, "Imagine the wildest idea.",
                     id="transcription-text"),
        pytest.param(
            {"model": "llama3.2", "message": {"role": "assistant", "content": "Hello!"}, "done": True},
            {"role": "assistant", "content": "Hello!"},
            id="ollama-chat-message",
        ),
        pytest.param(
            {"model": "llama3.2", "response": "The sky is blue.", "done": True, "context": [1, 2, 3]},
            "The sky is blue.",
            id="ollama-generate-response",
        ),
        pytest.param(
            {"response": "Blue.", "thinking": "Hm.", "done": True},
            {"thinking": "Hm.", "response": "Blue."},
            id="ollama-generate-with-its-thoughts",
        ),
        pytest.param(
            {"choices": [{"index": 0, "message": {"role": "assistant", "content": "a"}}]},
            {"role": "assistant", "content": "a"},
            id="mistral-choice",
        ),
        pytest.param(
            {"choices": [{"message": {"role": "assistant", "content": "a"}}, {"message": {"content": "b"}}]},
            [{"role": "assistant", "content": "a"}, {"content": "b"}],
            id="several-choices-are-all-shown",
        ),
        pytest.param({"choices": [{"text": "a"}, {"text": "b"}, {}]}, ["a", "b"], id="several-texts-are-all-shown"),
        pytest.param(
            {"object": "text_completion", "choices": [{"text": "\n\nThis is a test", "index": 0}]},
            "\n\nThis is a test",
            id="completion-text",
        ),
        pytest.param({"inputTextTokenCount": 5, "results": [{"outputText": "Hi", "tokenCount": 2}]}, "Hi", id="titan"),
        pytest.param({"generation": "Hi", "stop_reason": "stop"}, "Hi", id="llama-on-bedrock"),
        pytest.param({"pages": [{"index": 0, "markdown": "# T"}], "usage_info": {"pages_processed": 1}},
                     [{"index": 0, "markdown": "# T"}], id="ocr-pages"),
        pytest.param(
            {"object": "conversation.response", "outputs": [{"type": "message.output", "content": "Hello"}]},
            [{"type": "message.output", "content": "Hello"}],
            id="mistral-conversation",
        ),
        pytest.param({"outputs": [{"text": "Hi", "stop_reason": "stop"}]}, "Hi", id="mistral-on-bedrock"),
        pytest.param(
            {"steps": [{"type": "user_input", "content": []}, {"type": "thought"}, {"type": "model_output"}]},
            [{"type": "thought"}, {"type": "model_output"}],
            id="what-an-interaction-made-without-what-was-asked",
        ),
        pytest.param(
            {"outputs": [{"type": "text", "text": "Hi"}, {"type": "function_call", "name": "f"}]},
            [{"type": "text", "text": "Hi"}, {"type": "function_call", "name": "f"}],
            id="all-outputs-of-an-interaction",
        ),
        pytest.param({"steps": ["a", 5]}, {"steps": ["a", 5]}, id="steps-of-somebody-else"),
        pytest.param({"answer": 2}, {"answer": 2}, id="what-no-rule-knows-is-shown-whole"),
        pytest.param({"response": "x"}, {"response": "x"}, id="response-without-done-is-not-ollamas"),
        pytest.param({"results": [{"title": "t"}]}, {"results": [{"title": "t"}]}, id="results-of-a-search"),
        pytest.param({"output": [], "status": "completed"}, {"output": [], "status": "completed"}, id="empty-output"),
    ],
)  # fmt: skip
def test_what_each_api_answered(response: Any, output: Any) -> None:
    found = call(plain(response=response)).observation
    assert parsed(found.output) == output
    assert found.level is None


@pytest.mark.parametrize(
    "response",
    [
        pytest.param({"object": "list", "data": [{"object": "embedding", "embedding": [0.1]}]}, id="openai"),
        pytest.param({"id": "e", "embeddings": {"float": [[0.1]]}, "texts": ["a"]}, id="cohere"),
        pytest.param({"embedding": {"values": [0.1]}}, id="gemini"),
        pytest.param({"embedding": [0.1], "inputTextTokenCount": 3}, id="titan"),
        pytest.param({"model": "all-minilm", "embeddings": [[0.1]], "prompt_eval_count": 8}, id="ollama"),
        pytest.param({"predictions": [{"embeddings": {"values": [0.1]}}]}, id="vertex"),
    ],
)
@pytest.mark.parametrize("kind", ["generation", "embedding"])
def test_vectors_are_not_shown(response: Any, kind: str) -> None:
    assert call(plain(response=response, type=kind)).observation.output is None


USAGE = {"prompt_tokens": 3, "completion_tokens": 2}


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        ({"choices": [{"message": {"content": "a"}, "finish_reason": "length"}], "usage": USAGE}, "length"),
        ({"choices": [{"text": "a", "finish_reason": "stop"}]}, "stop"),
        ({"content": [{"type": "text"}], "stop_reason": "end_turn", "usage": {"input_tokens": 3}}, "end_turn"),
        ({"candidates": [{"content": PARTS, "finishReason": "MAX_TOKENS"}]}, "MAX_TOKENS"),
        ({"candidates": [{"content": PARTS, "finish_reason": "STOP"}]}, "STOP"),
        ({"output": {"message": REPLY}, "stopReason": "guardrail_intervened"}, "guardrail_intervened"),
        ({"object": "response", "status": "completed", "output": OUTPUT}, "completed"),
        (
            {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}, "output": OUTPUT},
            "max_output_tokens",
        ),
        ({"message": REPLY, "finish_reason": "COMPLETE"}, "COMPLETE"),
        ({"text": "a", "finish_reason": "MAX_TOKENS"}, "MAX_TOKENS"),
        ({"message": REPLY, "done": True, "done_reason": "stop"}, "stop"),
        ({"results": [{"outputText": "Hi", "completionReason": "FINISH"}]}, "FINISH"),
        ({"outputs": [{"text": "Hi", "stop_reason": "stop"}]}, "stop"),
        ({"choices": [{"message": {"content": "a"}, "finish_reason": None}], "usage": USAGE}, None),
        ({"status": "done", "answer": 1}, None),
    ],
    ids=str,
)
def test_why_the_answer_ended_is_found(response: Any, reason: str | None) -> None:
    found = call(plain(response=response))
    assert parsed(found.observation.metadata) == (None if reason is None else {"finish_reason": reason})
    assert to_facts(found).reasons == (() if reason is None else (reason,))


def test_speech_has_no_answer_in_json() -> None:
    assert call(plain(request={"input": "Hi", "voice": "alloy"}, response=...)).observation.output is None


def test_gemini_is_priced_by_the_version_that_served() -> None:
    response = {"candidates": [{"content": PARTS}], "modelVersion": "gemini-2.5-flash-001"}
    record = call(plain(response=response, model=..., request={"contents": []}))
    assert record.observation.model == "gemini-2.5-flash-001"


def test_converse_answers_without_a_model_so_that_it_is_the_records() -> None:
    record = call(plain(response={"output": {"message": REPLY}}, model="anthropic.claude", request={"messages": []}))
    assert (record.observation.model, record.billing.models) == ("anthropic.claude", ("anthropic.claude",))
