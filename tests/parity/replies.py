"""What providers answer, in the forms of their own APIs."""

from __future__ import annotations

import base64
import binascii
import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]

USAGE = {"prompt_tokens": 19, "completion_tokens": 10, "total_tokens": 29}
TOOL_CALL = {
    "id": "call_abc123",
    "type": "function",
    "function": {"name": "get_weather", "arguments": '{"city": "Zürich"}'},
}


def answer(value: Any, status: int = 200, **more: Any) -> Json:
    """A reply of one JSON value."""
    return {"status": status, "json": value, **more}


def chat(
    *messages: Json, usage: Any = USAGE, finish: str = "stop", model: str = "gpt-4o-2024-08-06", **more: Any
) -> Json:
    """OpenAI's chat completion with one choice a message."""
    choices = [
        {"index": index, "finish_reason": finish, "logprobs": None, "message": {"role": "assistant", **message}}
        for index, message in enumerate(messages or ({"content": "Hello! How can I help?", "refusal": None},))
    ]
    body = {"id": "chatcmpl-BQ1", "object": "chat.completion", "created": 1747000000, "model": model}
    return answer({**body, "system_fingerprint": "fp_07871e2ad8", "choices": choices, "usage": usage, **more})


def events(*values: Any, done: bool = True, **more: Any) -> Json:
    """A stream of server-sent events as OpenAI ends them."""
    lines = [f"data: {json.dumps(value)}" for value in values]
    return {"type": "text/event-stream", "lines": lines + ["data: [DONE]"] * done, **more}


def chat_stream(*deltas: Any, usage: Any = USAGE, finish: str = "stop", **more: Any) -> Json:
    """A streamed chat completion; a delta may be a pair with the index of its choice."""
    head = {
        "id": "chatcmpl-ST1",
        "object": "chat.completion.chunk",
        "created": 1747000000,
        "model": "gpt-4o-2024-08-06",
    }
    head["system_fingerprint"] = "fp_07871e2ad8"
    given = deltas or ({"role": "assistant", "content": ""}, {"content": "Hello"}, {"content": " there"})
    pairs = [delta if isinstance(delta, tuple) else (0, delta) for delta in given]
    ends: list[tuple[int, Json]] = [(index, {}) for index in sorted({index for index, _ in pairs})]
    chunks = [
        {**head, "choices": [{"index": index, "delta": delta, "finish_reason": None}]} for index, delta in pairs
    ] + [{**head, "choices": [{"index": index, "delta": delta, "finish_reason": finish}]} for index, delta in ends]
    if usage is not None:
        chunks.append({**head, "choices": [], "usage": usage})
    return events(*chunks, **more)


def anthropic(*content: Json, usage: Any = None, stop: str = "end_turn", model: str = "claude-sonnet-4-5") -> Json:
    """Anthropic's message."""
    return answer({
        "id": "msg_01", "type": "message", "role": "assistant", "model": model, "stop_reason": stop,
        "stop_sequence": None, "content": list(content) or [{"type": "text", "text": "Salut"}],
        "usage": usage or {"input_tokens": 21, "output_tokens": 12},
    })  # fmt: skip


def anthropic_stream(*blocks: tuple[Json, Sequence[Json]], usage: Any = None) -> Json:
    """Anthropic's streamed message; of each block how it starts and its deltas."""
    message: Json = {
        "id": "msg_02", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "content": [],
        "stop_reason": None, "stop_sequence": None, "usage": usage or {"input_tokens": 21, "output_tokens": 1},
    }  # fmt: skip
    given = blocks or (({"type": "text", "text": ""}, [{"type": "text_delta", "text": "Salut"}]),)
    values: list[Json] = [{"type": "message_start", "message": message}]
    for index, (start, deltas) in enumerate(given):
        values.append({"type": "content_block_start", "index": index, "content_block": start})
        values += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
        values.append({"type": "content_block_stop", "index": index})
    values.append({
        "type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {"output_tokens": 12},
    })  # fmt: skip
    values.append({"type": "message_stop"})
    lines = [f"event: {value['type']}\ndata: {json.dumps(value)}" for value in values]
    return {"type": "text/event-stream", "lines": lines}


def gemini(*parts: Json, usage: Any = None, **more: Any) -> Json:
    """Gemini's generateContent."""
    return answer(gemini_body(*parts, usage=usage, **more))


def gemini_body(*parts: Json, usage: Any = None, finish: str = "STOP", **more: Any) -> Json:
    content = {"role": "model", "parts": list(parts) or [{"text": "Salut"}]}
    return {
        "candidates": [{"content": content, "finishReason": finish, "index": 0, **more}],
        "usageMetadata": usage or {"promptTokenCount": 26, "candidatesTokenCount": 12, "totalTokenCount": 38},
        "modelVersion": "gemini-2.5-flash",
        "responseId": "resp-1",
    }


def gemini_stream(*bodies: Json) -> Json:
    """Gemini's streamGenerateContent as server-sent events."""
    return events(*bodies, done=False)


def bedrock(*content: Json, usage: Any = None, stop: str = "end_turn") -> Json:
    """Bedrock's converse."""
    return answer({
        "metrics": {"latencyMs": 551},
        "output": {"message": {"role": "assistant", "content": list(content) or [{"text": "Salut"}]}},
        "stopReason": stop,
        "usage": usage or {"inputTokens": 21, "outputTokens": 12, "totalTokens": 33},
    })  # fmt: skip


def bedrock_stream(*messages: tuple[str, Json]) -> Json:
    """Bedrock's converse-stream: AWS event stream frames, each with its type and payload."""
    frames = b"".join(_frame(kind, json.dumps(payload).encode()) for kind, payload in messages)
    return {"type": "application/vnd.amazon.eventstream", "base64": base64.b64encode(frames).decode()}


def _frame(kind: str, payload: bytes) -> bytes:
    headers = b"".join(
        struct.pack("!B", len(name)) + name + b"\x07" + struct.pack("!H", len(value)) + value
        for name, value in (
            (b":event-type", kind.encode()),
            (b":content-type", b"application/json"),
            (b":message-type", b"event"),
        )
    )
    prelude = struct.pack("!II", len(headers) + len(payload) + 16, len(headers))
    frame = prelude + struct.pack("!I", binascii.crc32(prelude)) + headers + payload
    return frame + struct.pack("!I", binascii.crc32(frame))


def responses(*output: Json, usage: Any = None, **more: Any) -> Json:
    """OpenAI's responses API."""
    return answer(responses_body(*output, usage=usage, **more))


def responses_body(*output: Json, usage: Any = None, **more: Any) -> Json:
    text = {"type": "output_text", "text": "Salut", "annotations": [], "logprobs": []}
    message = {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": [text]}
    return {
        "id": "resp_1", "object": "response", "created_at": 1747000000, "status": "completed", "error": None,
        "incomplete_details": None, "instructions": None, "max_output_tokens": None, "model": "gpt-4o-2024-08-06",
        "output": list(output) or [message], "parallel_tool_calls": True, "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None}, "store": True, "temperature": 1.0,
        "text": {"format": {"type": "text"}}, "tool_choice": "auto", "tools": [], "top_p": 1.0,
        "truncation": "disabled", "user": None, "metadata": {},
        "usage": usage or {
            "input_tokens": 36, "input_tokens_details": {"cached_tokens": 4}, "output_tokens": 87,
            "output_tokens_details": {"reasoning_tokens": 64}, "total_tokens": 123,
        },
        **more,
    }  # fmt: skip


def responses_stream(*values: Json) -> Json:
    """The streamed responses API: events with their types."""
    lines = [f"event: {value['type']}\ndata: {json.dumps(value)}" for value in values]
    return {"type": "text/event-stream", "lines": lines}


def error(status: int, message: str = "the provider is ill", kind: str = "server_error", **more: Any) -> Json:
    """OpenAI's error."""
    body = {"error": {"message": message, "type": kind, "param": None, "code": more.pop("code", None)}}
    return answer(body, status, **more)


def completion(*texts: str, usage: Mapping[str, int] = USAGE) -> Json:
    """OpenAI's text completion."""
    choices = [{"index": i, "text": text, "finish_reason": "stop", "logprobs": None} for i, text in enumerate(texts)]
    body = {"id": "cmpl-1", "object": "text_completion", "created": 1747000000, "model": "gpt-3.5-turbo-instruct"}
    return answer({**body, "choices": choices, "usage": usage})


def embeddings(count: int = 1, usage: Any = None) -> Json:
    """OpenAI's embeddings."""
    data = [{"object": "embedding", "index": index, "embedding": [0.1, 0.2]} for index in range(count)]
    given = usage or {"prompt_tokens": 8, "total_tokens": 8}
    return answer({"object": "list", "model": "text-embedding-3-small", "data": data, "usage": given})
