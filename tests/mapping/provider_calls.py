"""One call of each main provider, as plain records; what was asked and answered has a word that must not leak."""

from __future__ import annotations

from typing import Any

from tests.decode.examples import plain

CANARY = "canary"

_ASK = f"Weather in {CANARY}?"
_SAY = f"Sunny in {CANARY}."
_SCHEMA = {"type": "object", "properties": {f"{CANARY}_city": {"type": "string"}}}

OPENAI = plain(
    first_token_time="2026-11-23T09:18:36.75Z",
    request={
        "model": "gpt-4o",
        "messages": [{"role": "system", "content": f"Be {CANARY}."}, {"role": "user", "content": _ASK}],
        "tools": [
            {
                "type": "function",
                "function": {"name": "weather", "description": f"{CANARY}", "parameters": _SCHEMA},
            }
        ],
        "temperature": 0.2,
        "top_p": 0.9,
        "max_completion_tokens": 64,
        "frequency_penalty": 0.1,
        "presence_penalty": 0.2,
        "seed": 7,
        "n": 2,
        "stop": ["END", "STOP"],
        "stream": True,
        "service_tier": "flex",
        "response_format": {"type": "json_schema", "json_schema": {"name": CANARY}},
    },
    response={
        "id": "chatcmpl-1",
        "model": "gpt-4o-2024-08-06",
        "service_tier": "flex",
        "choices": [
            {
                "index": 0,
                "finish_reason": "tool_calls",
                "message": {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {
                            "id": "call_1",
                            "type": "function",
                            "function": {"name": "weather", "arguments": f'{{"city":"{CANARY}"}}'},
                        }
                    ],
                },
            },
            {"index": 1, "finish_reason": "length", "message": {"role": "assistant", "content": _SAY}},
        ],
        "usage": {
            "prompt_tokens": 100,
            "completion_tokens": 50,
            "total_tokens": 150,
            "prompt_tokens_details": {"cached_tokens": 40},
            "completion_tokens_details": {"reasoning_tokens": 20},
        },
    },
    trace={
        "id": "t",
        "name": "chat",
        "session_id": "s-1",
        "user_id": "u-1",
        "tags": ["a", "b"],
        "environment": "prod",
        "release": "r-1",
        "metadata": {"team": "x"},
    },
    metadata={"k": 1},
    scores=[{"name": "good", "value": 0.5, "comment": "fine"}, {"name": "kind", "value": "yes"}],
)
ANTHROPIC = plain(
    provider="anthropic",
    model="claude-sonnet-4-5",
    request={
        "model": "claude-sonnet-4-5",
        "max_tokens": 1024,
        "top_k": 40,
        "stop_sequences": ["END"],
        "system": [{"type": "text", "text": f"Be {CANARY}."}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": _ASK}]},
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": "tu_1", "name": "weather", "input": {"city": CANARY}}],
            },
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "tu_1", "content": f"18 in {CANARY}"}]},
        ],
        "tools": [{"name": "weather", "description": CANARY, "input_schema": _SCHEMA}],
    },
    response={
        "id": "msg_1",
        "model": "claude-sonnet-4-5-20250929",
        "stop_reason": "end_turn",
        "content": [{"type": "thinking", "thinking": f"hm, {CANARY}"}, {"type": "text", "text": _SAY}],
        "usage": {
            "input_tokens": 21,
            "cache_creation_input_tokens": 1886,
            "cache_read_input_tokens": 100,
            "output_tokens": 305,
        },
    },
)
GEMINI = plain(
    provider="gemini",
    model="gemini-2.5-flash",
    request={
        "systemInstruction": {"parts": [{"text": f"Be {CANARY}."}]},
        "contents": [{"role": "user", "parts": [{"text": _ASK}]}],
        "generationConfig": {"temperature": 1, "maxOutputTokens": 100, "stopSequences": ["END"], "candidateCount": 1},
    },
    response={
        "candidates": [{"content": {"role": "model", "parts": [{"text": _SAY}]}, "finishReason": "STOP"}],
        "modelVersion": "gemini-2.5-flash-001",
        "responseId": "g-1",
        "usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 5, "thoughtsTokenCount": 3},
    },
)
BEDROCK = plain(
    provider="bedrock",
    model="amazon.nova-pro-v1:0",
    request={
        "modelId": "amazon.nova-pro-v1:0",
        "system": [{"text": f"Be {CANARY}."}],
        "messages": [{"role": "user", "content": [{"text": _ASK}]}],
        "inferenceConfig": {"maxTokens": 200, "topP": 0.5},
        "toolConfig": {"tools": [{"toolSpec": {"name": "weather", "inputSchema": {"json": _SCHEMA}}}]},
    },
    response={
        "output": {"message": {"role": "assistant", "content": [{"text": _SAY}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 30, "outputTokens": 12},
    },
)
RESPONSES = plain(
    request={"model": "gpt-4.1", "instructions": f"Be {CANARY}.", "input": _ASK, "max_output_tokens": 50},
    response={
        "id": "resp_1",
        "object": "response",
        "model": "gpt-4.1-2025-04-14",
        "output": [
            {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": f"hm, {CANARY}"}]},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": _SAY}]},
        ],
        "usage": {"input_tokens": 9, "output_tokens": 4, "output_tokens_details": {"reasoning_tokens": 2}},
    },
)
COMPLETION = plain(
    provider="text-completion-openai",
    request={"model": "gpt-3.5-turbo-instruct", "prompt": _ASK, "suffix": CANARY, "stop": "END"},
    response={
        "id": "cmpl-1",
        "choices": [{"text": _SAY, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 4, "completion_tokens": 6},
    },
)
EMBEDDING = plain(
    type="embedding",
    request={"model": "text-embedding-3-small", "input": [_ASK, _SAY], "dimensions": 256, "encoding_format": "float"},
    response={
        "model": "text-embedding-3-small",
        "data": [{"embedding": [0.1]}, {"embedding": [0.2]}],
        "usage": {"prompt_tokens": 8, "total_tokens": 8},
    },
)
RERANK = plain(
    provider="cohere",
    request={"model": "rerank-v3.5", "query": _ASK, "documents": [CANARY, _SAY], "top_n": 2},
    response={
        "id": "rr-1",
        "results": [{"index": 1, "relevance_score": 0.98, "document": {"text": CANARY}}],
        "meta": {"billed_units": {"search_units": 1}},
    },
)
OLLAMA = plain(
    provider="ollama",
    request={"model": "llama3.2", "messages": [{"role": "user", "content": _ASK}], "options": {"num_predict": 10}},
    response={
        "model": "llama3.2",
        "message": {"role": "assistant", "content": _SAY},
        "done": True,
        "done_reason": "stop",
        "prompt_eval_count": 5,
        "eval_count": 6,
    },
)
FAILED = plain(
    response=...,
    error={"message": "Rate limit reached", "type": "rate_limit_error", "code": 429},
    request={"model": "gpt-4o", "messages": [{"role": "user", "content": _ASK}]},
)
TOOL = plain(
    type="tool",
    name="weather",
    request={"city": CANARY},
    response={"sky": _SAY},
    provider=...,
    model=...,
    parent_id="p",
)
AGENT = plain(type="agent", name="planner", request=_ASK, response=_SAY, provider=..., model=...)
RETRIEVER = plain(
    type="retriever",
    name="handbook",
    request={"query": _ASK},
    response=[{"id": "d-1", "score": 0.9, "content": f"About {CANARY}"}, {"id": "d-2", "score": 1}],
    provider=...,
    model=...,
)
GUARDRAIL = plain(
    type="guardrail", name="pii", request=_ASK, response={"ok": True, "found": [CANARY]}, provider=..., model=...
)
CHAIN = plain(type="chain", name="pipeline", request={"q": _ASK}, response=[_SAY], provider=..., model=...)

CALLS: dict[str, Any] = {
    "openai": OPENAI,
    "anthropic": ANTHROPIC,
    "gemini": GEMINI,
    "bedrock": BEDROCK,
    "responses": RESPONSES,
    "completion": COMPLETION,
    "embedding": EMBEDDING,
    "rerank": RERANK,
    "ollama": OLLAMA,
    "failed": FAILED,
    "tool": TOOL,
    "agent": AGENT,
    "retriever": RETRIEVER,
    "guardrail": GUARDRAIL,
    "chain": CHAIN,
}
