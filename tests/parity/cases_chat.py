"""Calls through LiteLLM's SDK: chat in OpenAI's API, whole and streamed."""

from __future__ import annotations

from typing import Any

from tests.parity.replies import (
    TOOL_CALL,
    chat,
    chat_stream,
    events,
)

Json = dict[str, Any]

HELLO = [{"role": "user", "content": "Grüezi, wie geht's? 🌍"}]
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
SCHEMA = {
    "type": "object",
    "properties": {"ok": {"type": "boolean"}},
    "required": ["ok"],
    "additionalProperties": False,
}
CITATION = {
    "type": "url_citation",
    "url_citation": {"start_index": 0, "end_index": 5, "title": "Bern", "url": "https://example.org/bern"},
}
DETAILED = {
    "prompt_tokens": 2006,
    "completion_tokens": 300,
    "total_tokens": 2306,
    "prompt_tokens_details": {"cached_tokens": 1920, "audio_tokens": 0},
    "completion_tokens_details": {
        "reasoning_tokens": 64,
        "audio_tokens": 0,
        "accepted_prediction_tokens": 0,
        "rejected_prediction_tokens": 0,
    },
}
AWS = {
    "aws_access_key_id": "AKIAEXAMPLE",
    "aws_secret_access_key": "aws-example",
    "aws_region_name": "eu-central-1",
}


def case(name: str, *replies: Json, function: Any = "acompletion", path: Any = "/v1", **arguments: Any) -> Json:
    """A case of one call to a model of OpenAI unless told otherwise."""
    wanted: Json = {
        "model": "openai/gpt-4o",
        "messages": HELLO,
        "api_key": "sk-1",
        "api_base": f"PROVIDER/{name}{path}",
    }
    wanted["metadata"] = {"trace_id": f"tr-{name}"}
    more: Json = {key: arguments.pop(key) for key in ("settings", "environ", "mapping") if key in arguments}
    take = arguments.pop("take", None)
    kept: Json = {key: value for key, value in (wanted | arguments).items() if value is not ...}
    call = {"function": function, "arguments": kept} | ({} if take is None else {"take": take})
    return {"case": name, "replies": list(replies), "calls": [call], **more}


def _openai() -> list[Json]:
    image = {"type": "image_url", "image_url": {"url": "https://example.org/cat.png", "detail": "low"}}
    data = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
    sound = {"type": "input_audio", "input_audio": {"data": PNG, "format": "wav"}}
    file = {"type": "file", "file": {"file_data": f"data:application/pdf;base64,{PNG}", "filename": "a.pdf"}}
    asked = [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, image]}]
    tools = [
        {"role": "system", "content": "Be brief."},
        *HELLO,
        {"role": "assistant", "content": None, "tool_calls": [TOOL_CALL]},
        {"role": "tool", "tool_call_id": "call_abc123", "content": '{"t": 7}'},
    ]
    logprobs = {"content": [{"token": "Hi", "logprob": -0.1, "bytes": [72, 105], "top_logprobs": []}], "refusal": None}
    with_logprobs = chat()
    with_logprobs["json"]["choices"][0]["logprobs"] = logprobs
    audio = {"id": "audio_1", "data": PNG, "expires_at": 1747003600, "transcript": "Hello"}
    function_call = {"name": "get_weather", "arguments": "{}"}
    return [
        case("chat_sync", chat(), function="completion", temperature=0.2, max_tokens=50),
        case("chat_choices", chat({"content": "A"}, {"content": "B"}, {"content": "C"}), n=3),
        case("chat_no_metadata", chat(), metadata=...),
        case("chat_vision_url", chat(), messages=asked),
        case("chat_vision_data", chat(), messages=[{"role": "user", "content": [data]}]),
        case("chat_audio_in", chat(usage=DETAILED), messages=[{"role": "user", "content": [sound]}]),
        case("chat_file", chat(), messages=[{"role": "user", "content": [file]}]),
        case("chat_audio_out", chat({"content": None, "audio": audio}), modalities=["text", "audio"],
             audio={"voice": "alloy", "format": "wav"}, model="openai/gpt-4o-audio-preview"),
        case("chat_json_object", chat({"content": '{"ok": true}'}), response_format={"type": "json_object"}),
        case("chat_json_schema", chat({"content": '{"ok": true}'}),
             response_format={"type": "json_schema", "json_schema": {"name": "Ok", "schema": SCHEMA, "strict": True}}),
        case("chat_schema_class", chat({"content": '{"ok": true}'}), response_format={
             "$python": "__import__('pydantic').create_model('Ok', ok=(bool, ...))"}),
        case("chat_tier_flex", chat(service_tier="flex"), service_tier="flex", model="openai/o3"),
        case("chat_tier_priority", chat(service_tier="priority"), service_tier="priority"),
        case("chat_logprobs", with_logprobs, logprobs=True, top_logprobs=2),
        case("chat_reasoning", chat(usage=DETAILED), model="openai/o3", reasoning_effort="high"),
        case("chat_parameters", chat(), temperature=0.0, top_p=0.95, seed=7, stop=["END", "\n"], user="u-1",
             presence_penalty=-0.5, frequency_penalty=1, logit_bias={"50256": -100}, max_completion_tokens=99,
             parallel_tool_calls=False, tool_choice="auto", tools=[TOOL], store=True,
             extra_body={"top_k": 5, "nested": {"a": [1, None, True]}}, extra_headers={"X-Own": "1"}, timeout=30.5),
        case("chat_tool_calls", chat({"content": None, "tool_calls": [TOOL_CALL, {**TOOL_CALL, "id": "call_2"}]},
             finish="tool_calls"), tools=[TOOL], tool_choice={"type": "function", "function": {"name": "get_weather"}}),
        case("chat_tool_results", chat(), messages=tools, tools=[TOOL]),
        case("chat_functions", chat({"content": None, "function_call": function_call}, finish="function_call"),
             functions=[TOOL["function"]], function_call="auto"),
        case("chat_web_search", chat({"content": "Bern", "annotations": [CITATION]}),
             model="openai/gpt-4o-search-preview", web_search_options={"search_context_size": "high"}),
        case("chat_refusal", chat({"content": None, "refusal": "No."}), max_tokens=5),
        case("chat_filtered", chat({"content": ""}, finish="content_filter")),
        case("chat_no_usage", chat(usage=None)),
        case("chat_no_choices", chat(choices=[])),
        case("chat_prediction", chat(usage=DETAILED), prediction={"type": "content", "content": "Hello"}),
        case("chat_mock", mock_response="mocked", api_base=...),
        case("chat_mock_tools", mock_tool_calls=[TOOL_CALL], api_base=..., tools=[TOOL]),
        case("chat_mock_error", mock_response="litellm.RateLimitError", api_base=...),
        case("chat_unknown_model", chat(model="house-model"), model="openai/house-model"),
        case("chat_custom_price", chat(), model="openai/house-model", input_cost_per_token=1e-6,
             output_cost_per_token=2e-6),
        case("chat_base_model", chat(), model="openai/house-model", base_model="gpt-4o"),
        case("chat_deepseek", chat({"content": "4", "reasoning_content": "2+2"}, usage=DETAILED),
             model="deepseek/deepseek-reasoner"),
        case("chat_names", chat({"content": "Hi"}), messages=[{"role": "user", "name": "Anna", "content": "hi"}],
             metadata={"trace_id": "tr-names", "tags": ["a", "b"]}, user="end-user"),
    ]  # fmt: skip


def _streams() -> list[Json]:
    parts = [
        {"role": "assistant", "content": None, "tool_calls": [
            {"index": 0, "id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": ""}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"city": '}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '"Bern"}'}}]},
    ]  # fmt: skip
    usage = {"stream": True, "stream_options": {"include_usage": True}}
    two = [
        (0, {"role": "assistant", "content": "A"}),
        (1, {"role": "assistant", "content": "B"}),
        (0, {"content": "a"}),
    ]
    thought = [{"role": "assistant", "reasoning_content": "2"}, {"reasoning_content": "+2"}, {"content": "4"}]
    broken = {**chat_stream(usage=None), "missing_bytes": 500}
    broken["lines"] = broken["lines"][:2]
    failed = events({"error": {"message": "overloaded", "type": "server_error", "code": 500}})
    return [
        case("stream", chat_stream(), stream=True),
        case("stream_sync", chat_stream(), function="completion", stream=True, temperature=0.7),
        case("stream_usage", chat_stream(), **usage),
        case("stream_no_usage", chat_stream(usage=None), stream=True),
        case("stream_tools", chat_stream(*parts, finish="tool_calls"), tools=[TOOL], **usage),
        case("stream_choices", chat_stream(*two), n=2, **usage),
        case("stream_thought", chat_stream(*thought), model="deepseek/deepseek-reasoner", **usage),
        case("stream_abandoned", chat_stream(*({"content": f"{i} "} for i in range(30))), stream=True, take=3),
        case("stream_abandoned_sync", chat_stream(*({"content": f"{i} "} for i in range(30))), stream=True, take=3,
             function="completion"),
        case("stream_broken", broken, stream=True, num_retries=0),
        case("stream_error", failed, stream=True, num_retries=0),
        case("stream_mock", mock_response="mocked and streamed", stream=True, api_base=...),
        case("stream_empty", chat_stream({"role": "assistant", "content": ""}), stream=True),
    ]  # fmt: skip


CASES = [*_openai(), *_streams()]
