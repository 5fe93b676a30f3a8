"""Calls through LiteLLM's SDK that are no chat, and calls that fail."""

from __future__ import annotations

import base64
from typing import Any

from tests.parity.cases_chat import PNG, SCHEMA, case
from tests.parity.replies import (
    answer,
    anthropic,
    chat,
    completion,
    embeddings,
    error,
    events,
    responses,
    responses_body,
    responses_stream,
)

Json = dict[str, Any]

NO_PROMPT: Json = {"messages": ...}
MP3 = {"$file": "speech.mp3", "base64": base64.b64encode(b"ID3 not really a sound").decode()}
PICTURE = {"$file": "cat.png", "base64": PNG}


def _texts() -> list[Json]:
    text = {"function": "atext_completion", "model": "text-completion-openai/gpt-3.5-turbo-instruct", **NO_PROMPT}
    pieces = [
        {"id": "cmpl-2", "object": "text_completion", "created": 1, "model": "gpt-3.5-turbo-instruct", "choices": [
            {"index": 0, "text": word, "finish_reason": None, "logprobs": None}]}
        for word in ("Once", " upon")
    ]  # fmt: skip
    return [
        case("text", completion("Once upon a time"), prompt="Tell", max_tokens=9, **text),
        case("text_sync", completion("Once"), prompt="Tell", **(text | {"function": "text_completion"})),
        case("text_choices", completion("A", "B"), prompt="Tell", n=2, echo=True, **text),
        case("text_prompts", completion("A", "B"), prompt=["Tell", "Sell"], **text),
        case("text_stream", events(*pieces), prompt="Tell", stream=True, **text),
        case("text_by_chat", chat(), prompt="Tell", function="atext_completion", **NO_PROMPT),
        case("text_failure", error(500), prompt="Tell", num_retries=0, **text),
    ]


def _embeddings() -> list[Json]:
    small = {"function": "aembedding", "model": "openai/text-embedding-3-small", **NO_PROMPT}
    cohere = {"id": "e1", "embeddings": [[0.1]], "texts": ["a"], "response_type": "embeddings_floats",
              "meta": {"billed_units": {"input_tokens": 3}}}  # fmt: skip
    gemini_vectors = {"embeddings": [{"values": [0.1, 0.2]}]}
    return [
        case("embedding", embeddings(), input="one", **small),
        case("embedding_sync", embeddings(2), input=["one", "two"], dimensions=2, **(small | {
             "function": "embedding"})),
        case("embedding_tokens", embeddings(), input=[[1, 2, 3]], encoding_format="float", **small),
        case("embedding_cohere", answer(cohere), input=["a"], function="aembedding", model="cohere/embed-v4.0",
             path="/v2/embed", **NO_PROMPT),
        case("embedding_gemini", answer(gemini_vectors), input=["a"], function="aembedding", path="",
             model="gemini/gemini-embedding-001", **NO_PROMPT),
        case("embedding_failure", error(400, "too long", "invalid_request_error"), input=["x"], num_retries=0, **small),
    ]  # fmt: skip


def _media() -> list[Json]:
    picture = {"created": 1747000000, "data": [{"url": "https://example.org/i.png", "revised_prompt": "A cat"}]}
    encoded = {"created": 1747000000, "data": [{"b64_json": PNG}], "output_format": "png", "quality": "low",
               "size": "1024x1024", "usage": {"input_tokens": 13, "output_tokens": 272, "total_tokens": 285,
               "input_tokens_details": {"text_tokens": 13, "image_tokens": 0}}}  # fmt: skip
    spoken = {"text": "Guten Tag", "task": "transcribe", "language": "german", "duration": 1.5, "segments": [],
              "words": [{"word": "Guten", "start": 0.0, "end": 0.4}]}  # fmt: skip
    counted = {"text": "Guten Tag", "usage": {"type": "tokens", "input_tokens": 14, "output_tokens": 5,
               "total_tokens": 19, "input_token_details": {"audio_tokens": 14, "text_tokens": 0}}}  # fmt: skip
    image = {"function": "aimage_generation", "prompt": "a cat", **NO_PROMPT}
    sound = {"function": "atranscription", "file": MP3, **NO_PROMPT}
    speech = {"function": "aspeech", "input": "Guten Tag", "voice": "alloy", **NO_PROMPT}
    mp3 = {"type": "audio/mpeg", "base64": MP3["base64"]}
    return [
        case("image", answer(picture), model="openai/dall-e-3", size="1024x1024", quality="hd", **image),
        case("image_sync", answer(picture), model="openai/dall-e-2", n=1, **(image | {"function": "image_generation"})),
        case("image_tokens", answer(encoded), model="openai/gpt-image-1", quality="low", **image),
        case("image_edit", answer(encoded), model="openai/gpt-image-1", image=PICTURE, **(image | {
             "function": "aimage_edit"})),
        case("image_failure", error(400, "moderation_blocked", "image_generation_user_error"), model="openai/dall-e-3",
             num_retries=0, **image),
        case("transcription", answer({"text": "Guten Tag"}), model="openai/whisper-1", language="de", **sound),
        case("transcription_sync", answer({"text": "Guten Tag"}), model="openai/whisper-1",
             **(sound | {"function": "transcription"})),
        case("transcription_verbose", answer(spoken), model="openai/whisper-1", response_format="verbose_json",
             timestamp_granularities=["word"], temperature=0.1, **sound),
        case("transcription_tokens", answer(counted), model="openai/gpt-4o-transcribe", prompt="names", **sound),
        case("transcription_text", {"type": "text/plain", "text": "Guten Tag\n"}, model="openai/whisper-1",
             response_format="text", **sound),
        case("transcription_failure", error(400, "bad file"), model="openai/whisper-1", num_retries=0, **sound),
        case("speech", mp3, model="openai/tts-1", **speech),
        case("speech_sync", mp3, model="openai/tts-1-hd", speed=1.5, **(speech | {"function": "speech"})),
        case("speech_failure", error(500), model="openai/tts-1", num_retries=0, **speech),
    ]  # fmt: skip


def _judged() -> list[Json]:
    flagged = {"id": "modr-1", "model": "omni-moderation-latest", "results": [
               {"flagged": True, "categories": {"hate": True}, "category_scores": {"hate": 0.9},
                "category_applied_input_types": {"hate": ["text"]}}]}  # fmt: skip
    ranked = {"id": "rr-1", "results": [{"index": 1, "relevance_score": 0.9}, {"index": 0, "relevance_score": 0.1}],
              "meta": {"api_version": {"version": "2"}, "billed_units": {"search_units": 1}}}  # fmt: skip
    jina = {"model": "jina-reranker-v2-base-multilingual", "usage": {"total_tokens": 15}, "results": [
            {"index": 0, "relevance_score": 0.7, "document": {"text": "Bern"}}]}  # fmt: skip
    rank = {"function": "arerank", "query": "capital", "documents": ["Zug", {"text": "Bern"}], "top_n": 2, **NO_PROMPT}
    ask = {"function": "amoderation", "input": "hate", "model": "omni-moderation-latest", **NO_PROMPT}
    return [
        case("moderation", answer(flagged), **ask),
        case("moderation_sync", answer(flagged), **(ask | {"function": "moderation"})),
        case("moderation_failure", error(500), **ask),
        case("rerank", answer(ranked), model="cohere/rerank-v3.5", path="", **rank),
        case("rerank_sync", answer(ranked), model="cohere/rerank-v3.5", path="", **(rank | {"function": "rerank"})),
        case("rerank_jina", answer(jina), model="jina_ai/jina-reranker-v2-base-multilingual", return_documents=True,
             **rank),
        case("rerank_failure", answer({"message": "bad"}, 400), model="cohere/rerank-v3.5", path="", **rank),
    ]  # fmt: skip


def _responses() -> list[Json]:
    ask = {"function": "aresponses", "input": "Grüezi", **NO_PROMPT}
    text = {
        "type": "output_text",
        "text": "Bern",
        "annotations": [
            {"type": "url_citation", "start_index": 0, "end_index": 4, "url": "https://example.org", "title": "B"}
        ],
    }
    message = {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": [text]}
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {
              "type": "search", "query": "capital"}}  # fmt: skip
    thought = {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm."}]}
    call = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "get_weather", "arguments": "{}",
            "status": "completed"}  # fmt: skip
    started = {"type": "response.created", "response": responses_body(status="in_progress", output=[]),
               "sequence_number": 0}  # fmt: skip
    delta = {"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "content_index": 0,
             "delta": "Salut", "sequence_number": 1, "logprobs": []}  # fmt: skip
    ended = {"type": "response.completed", "response": responses_body(), "sequence_number": 2}
    broken = {"type": "response.failed", "sequence_number": 2, "response": responses_body(
              status="failed", output=[], error={"code": "server_error", "message": "ill"})}  # fmt: skip
    items = [{"role": "user", "content": [{"type": "input_text", "text": "Wer bist du?"}]}, call,
             {"type": "function_call_output", "call_id": "call_1", "output": "7"}]  # fmt: skip
    function = {"type": "function", "name": "get_weather", "parameters": SCHEMA, "strict": True}
    return [
        case("responses", responses(), **ask),
        case("responses_sync", responses(), temperature=0.5, **(ask | {"function": "responses"})),
        case("responses_items", responses(), **(ask | {"input": items})),
        case("responses_settings", responses(message), instructions="Be brief.", max_output_tokens=99, store=False,
             previous_response_id="resp_0", metadata={"trace_id": "tr-r", "k": "v"}, user="u", truncation="auto",
             reasoning={"effort": "low", "summary": "auto"}, include=["reasoning.encrypted_content"], **ask),
        case("responses_tools", responses(thought, call), tools=[function], tool_choice="required",
             parallel_tool_calls=False, **ask),
        case("responses_web_search", responses(search, message), tools=[{"type": "web_search_preview"}], **ask),
        case("responses_schema", responses(message), text={"format": {
             "type": "json_schema", "name": "Ok", "schema": SCHEMA, "strict": True}}, **ask),
        case("responses_empty", responses(output=[], status="incomplete", incomplete_details={
             "reason": "max_output_tokens"}), **ask),
        case("responses_stream", responses_stream(started, delta, ended), stream=True, **ask),
        case("responses_stream_sync", responses_stream(started, delta, ended), stream=True,
             **(ask | {"function": "responses"})),
        case("responses_stream_failed", responses_stream(started, broken), stream=True, **ask),
        case("responses_stream_abandoned", responses_stream(started, delta, ended), stream=True, take=2, **ask),
        case("responses_failure", error(400, "bad", "invalid_request_error"), **ask),
        case("responses_by_chat", anthropic(), **(ask | {"model": "anthropic/claude-sonnet-4-5", "path": ""})),
        case("chat_by_responses", responses(thought, message), model="openai/responses/gpt-4o"),
        case("chat_by_responses_stream", responses_stream(started, delta, ended), model="openai/responses/gpt-4o",
             stream=True),
    ]  # fmt: skip


def _failures() -> list[Json]:
    status = {400: "invalid_request_error", 401: "invalid_api_key", 403: "forbidden", 404: "not_found",
              422: "unprocessable", 429: "rate_limit_error", 500: "server_error", 503: "overloaded"}  # fmt: skip
    once = {"num_retries": 0, "max_retries": 0}
    return [
        *(case(f"failure_{code}", error(code, f"no {code}", kind), **once) for code, kind in status.items()),
        case("failure_sync", error(429, "slow down", "rate_limit_error"), function="completion", **once),
        case("failure_stream", error(500), stream=True, **once),
        case("failure_context", error(400, "This model's maximum context length is 8 tokens", "invalid_request_error",
             code="context_length_exceeded"), **once),
        case("failure_policy", error(400, "content_policy_violation: no", "invalid_request_error",
             code="content_policy_violation"), **once),
        case("failure_timeout", {**chat(), "delay_s": 1.5}, timeout=0.3, **once),
        case("failure_refused", api_base="http://127.0.0.1:9/v1", **once),
        case("failure_not_json", {"text": "<html>bad gateway</html>", "type": "text/html", "status": 502}, **once),
        case("failure_provider", model="nobody/knows", api_base=..., **once),
        case("failure_parameter", response_format={"type": "nonsense"}, model="anthropic/claude-sonnet-4-5", path="",
             logprobs=True, **once),
        case("failure_retried", error(500), num_retries=2, max_retries=0),
        case("failure_then_well", error(500), chat(), num_retries=2, max_retries=0),
        case("failure_masked", error(400, "bad"), metadata={
             "mask_input": True, "mask_output": True, "trace_id": "tr-fm"}, **once),
        case("failure_unicode", error(400, "„schlecht“ \u2028 🌧 \\u0000"), **once),
    ]  # fmt: skip


CASES = [*_texts(), *_embeddings(), *_media(), *_judged(), *_responses(), *_failures()]
