"""Caches, redaction and rare inputs of calls that are no chat."""

from __future__ import annotations

import base64
from typing import Any

from tests.parity.cases_chat import HELLO, PNG, TOOL, case
from tests.parity.cases_mixed import ENTRY
from tests.parity.cases_other import MP3, NO_PROMPT, PICTURE
from tests.parity.replies import (
    TOOL_CALL,
    answer,
    anthropic,
    anthropic_stream,
    chat,
    completion,
    embeddings,
    error,
    events,
    gemini,
    responses_body,
    responses_stream,
)

Json = dict[str, Any]

MODERATED = {"id": "m", "model": "omni-moderation-latest", "results": [
             {"flagged": False, "categories": {}, "category_scores": {}}]}  # fmt: skip


def _media() -> list[Json]:
    vector = base64.b64encode(b"\x00\x00\x80?\x00\x00\x00@").decode()
    encoded = {"object": "list", "model": "text-embedding-3-small", "data": [
               {"object": "embedding", "index": index, "embedding": vector} for index in range(3)],
               "usage": {"prompt_tokens": 8, "total_tokens": 8}}  # fmt: skip
    two = {"created": 1747000000, "data": [{"b64_json": PNG, "revised_prompt": "c"}, {"b64_json": PNG}],
           "background": "opaque", "usage": {"input_tokens": 313, "output_tokens": 544, "total_tokens": 857,
           "input_tokens_details": {"text_tokens": 13, "image_tokens": 300}}}  # fmt: skip
    spoken = {"prompt_tokens": 40, "completion_tokens": 60, "total_tokens": 100,
              "prompt_tokens_details": {"audio_tokens": 30, "text_tokens": 10, "cached_tokens": 0},
              "completion_tokens_details": {"audio_tokens": 50, "text_tokens": 10}}  # fmt: skip
    audio = {"id": "audio_2", "data": PNG, "expires_at": 1747003600, "transcript": "Hello"}
    heard = [{"role": "user", "content": [{"type": "text", "text": "Was?"},
             {"type": "input_audio", "input_audio": {"data": PNG, "format": "mp3"}}]},
             {"role": "assistant", "audio": {"id": "audio_1"}}]  # fmt: skip
    text: Json = {"function": "atext_completion", "model": "text-completion-openai/gpt-3.5-turbo-instruct", **NO_PROMPT}
    pieces = [
        {"id": "cmpl-2", "object": "text_completion", "created": 1, "model": "gpt-3.5-turbo-instruct", "choices": [
            {"index": index, "text": word, "finish_reason": end, "logprobs": None}]}
        for index, word, end in ((0, "A", None), (1, "B", None), (0, "a", "stop"), (1, "b", "length"))
    ]  # fmt: skip
    ended = completion("Tell A", "Tell B")
    ended["json"]["choices"][0]["logprobs"] = {"tokens": ["A"], "token_logprobs": [-0.1], "top_logprobs": None,
                                               "text_offset": [0]}  # fmt: skip
    cache = {"cache": {"$python": "litellm.Cache(type='local')"}}
    small: Json = {"function": "aembedding", "model": "openai/text-embedding-3-small", **NO_PROMPT}
    partly = case("mixed_cache_partly", embeddings(2), embeddings(1), input=["a", "b"], caching=True, settings=cache,
                  **small)  # fmt: skip
    again = {**partly["calls"][0], "arguments": {**partly["calls"][0]["arguments"], "input": ["a", "c", "b"]}}
    partly["calls"].append(again)
    started = {"type": "response.created", "response": responses_body(status="in_progress", output=[]),
               "sequence_number": 0}  # fmt: skip
    finished = {"type": "response.completed", "response": responses_body(), "sequence_number": 2}
    ask: Json = {"function": "aresponses", "input": "hi", **NO_PROMPT}
    cached = [
        case("mixed_cache_responses_stream", responses_stream(started, finished), stream=True, caching=True,
             settings=cache, **ask),
        case("mixed_cache_tools", chat({"content": None, "tool_calls": [TOOL_CALL]}, finish="tool_calls"),
             tools=[TOOL], caching=True, settings=cache, metadata={"trace_id": "t"}),
        case("mixed_cache_messages", anthropic(), function="anthropic.messages.acreate", max_tokens=9, path="",
             model="anthropic/claude-sonnet-4-5", caching=True, settings=cache),
        case("mixed_cache_transcription", answer({"text": "Guten Tag"}), function="atranscription", file=MP3,
             model="openai/whisper-1", caching=True, settings=cache, **NO_PROMPT),
        case("mixed_cache_rerank", answer({"id": "rr", "results": [{"index": 0, "relevance_score": 0.9}]}),
             function="arerank", query="q", documents=["a"], model="cohere/rerank-v3.5", path="", caching=True,
             settings=cache, **NO_PROMPT),
    ]  # fmt: skip
    for one in cached:
        one["calls"] *= 2
    quiet = {"settings": {"turn_off_message_logging": True}}
    return [
        partly, *cached,
        case("mixed_embedding_base64", answer(encoded), input=["a", "b", "c"], encoding_format="base64", user="u",
             **small),
        case("mixed_embedding_image", embeddings(), input=[f"data:image/png;base64,{PNG}"], **small),
        case("mixed_image_edits", answer(two), function="aimage_edit", model="openai/gpt-image-1", prompt="a cat",
             image=[PICTURE, PICTURE], mask=PICTURE, n=2, size="1024x1024", **NO_PROMPT),
        case("mixed_image_two", answer(two), function="aimage_generation", model="openai/gpt-image-1", prompt="a cat",
             n=2, background="opaque", output_format="webp", moderation="low", **NO_PROMPT),
        case("mixed_image_variation", answer({"created": 1, "data": [{"url": "https://example.org/i.png"}]}),
             function="aimage_variation", model="openai/dall-e-2", image=PICTURE, **NO_PROMPT),
        case("mixed_image_gemini", answer({"predictions": [{"bytesBase64Encoded": PNG, "mimeType": "image/png"}]}),
             function="aimage_generation", model="gemini/imagen-4.0-generate-001", prompt="a cat", path="",
             **NO_PROMPT),
        case("mixed_audio_both", chat({"content": None, "audio": audio}, usage=spoken), messages=heard,
             model="openai/gpt-4o-audio-preview", modalities=["text", "audio"],
             audio={"voice": "alloy", "format": "wav"}),
        case("mixed_text_stream", events(*pieces, {**pieces[0], "choices": [], "usage": {
             "prompt_tokens": 1, "completion_tokens": 4, "total_tokens": 5}}), prompt="Tell", stream=True, n=2,
             echo=True, stream_options={"include_usage": True}, **text),
        case("mixed_text_logprobs", ended, prompt=["Tell"], n=2, echo=True, logprobs=1, best_of=2, suffix="!", **text),
        case("mixed_text_tokens", completion("A"), prompt=[[1, 2], [3]], **text),
        case("mixed_text_failure_masked", error(400, "bad"), prompt="Tell", metadata={
             "existing_trace_id": "t", "mask_input": True}, num_retries=0, **text),
        case("mixed_moderation_429", error(429, "slow down", "rate_limit_error"), function="amoderation", input="hate",
             model="omni-moderation-latest", metadata={"trace_id": "t", "session_id": "s"}, **NO_PROMPT),
        case("mixed_moderation_parts", answer(MODERATED), function="amoderation", model="openai/omni-moderation-latest",
             input=[{"type": "text", "text": "x"}], metadata={"trace_id": "t", "tags": ["m"]}, **NO_PROMPT),
        case("mixed_redact_responses_stream", responses_stream(started, finished), stream=True, **ask, **quiet),
        case("mixed_redact_messages_stream", anthropic_stream(), function="anthropic.messages.acreate", max_tokens=9,
             path="", model="anthropic/claude-sonnet-4-5", stream=True, **quiet),
        case("mixed_redact_text_stream", events(*pieces), prompt="Tell", stream=True, n=2, **text, **quiet),
        case("mixed_redact_speech", {"type": "audio/mpeg", "base64": MP3["base64"]}, function="aspeech", input="Tag",
             voice="alloy", model="openai/tts-1", **NO_PROMPT, **quiet),
        case("mixed_redact_moderation", answer(MODERATED), function="amoderation", input="x",
             model="omni-moderation-latest", **NO_PROMPT, **quiet),
        case("mixed_redact_audio", chat({"content": None, "audio": audio}, usage=spoken), messages=heard,
             model="openai/gpt-4o-audio-preview", **quiet),
        case("mixed_redact_tool_results", chat({"content": "7"}), messages=[
             *HELLO, {"role": "assistant", "content": None, "tool_calls": [TOOL_CALL]},
             {"role": "tool", "tool_call_id": "call_abc123", "content": "7"}], tools=[TOOL], **quiet),
        case("mixed_redact_grounding", gemini({"text": "Bern"}, groundingMetadata={"webSearchQueries": ["q"]}),
             model="gemini/gemini-2.5-flash", path="", tools=[{"googleSearch": {}}], **quiet),
        case("mixed_guardrail_odd", chat(), metadata={
             "trace_id": "t", "parent_observation_id": "o", "standard_logging_guardrail_information": [
             {**ENTRY, "start_time": None, "guardrail_request": None}, {**ENTRY, "guardrail_mode": {"tags": {"a": "b"}},
              "guardrail_response": {"x": None}, "end_time": 1795425658}, {"guardrail_name": None}]}),
        case("mixed_data_in_tool", chat(), messages=[
             *HELLO, {"role": "assistant", "content": None, "tool_calls": [TOOL_CALL]},
             {"role": "tool", "tool_call_id": "call_abc123", "content": [
              {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}]}], tools=[TOOL]),
    ]  # fmt: skip


CASES = _media()
