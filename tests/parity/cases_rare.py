"""Calls that LiteLLM's callback has no form for (files, batches, stores, search, pages, films), and odd ones."""

from __future__ import annotations

import json
from typing import Any

from tests.parity.cases_chat import HELLO, PNG, TOOL, case
from tests.parity.cases_other import MP3, NO_PROMPT
from tests.parity.replies import (
    TOOL_CALL,
    answer,
    anthropic,
    chat,
    chat_stream,
    error,
    events,
    responses_body,
    responses_stream,
)

Json = dict[str, Any]


def _no_model(name: str, *replies: Json, function: Any, **more: Any) -> Json:
    return case(
        name, *replies, function=function, **({"model": ..., "custom_llm_provider": "openai"} | NO_PROMPT | more)
    )


def _stores() -> list[Json]:
    file = {"id": "file-1", "object": "file", "bytes": 9, "created_at": 1, "filename": "a.jsonl", "purpose": "batch",
            "status": "processed"}  # fmt: skip
    batch = {"id": "batch_1", "object": "batch", "endpoint": "/v1/chat/completions", "errors": None,
             "status": "completed", "input_file_id": "file-1",
             "completion_window": "24h", "created_at": 1, "output_file_id": "file-2",
             "request_counts": {"total": 1, "completed": 1, "failed": 0}, "metadata": None}  # fmt: skip
    result = {"custom_id": "1", "response": {"status_code": 200, "body": chat()["json"]}}
    found = {"object": "vector_store.search_results.page", "search_query": ["q"], "data": [
             {"file_id": "f", "filename": "a", "score": 0.9, "content": [{"type": "text", "text": "Bern"}],
              "attributes": {}}], "has_more": False, "next_page": None}  # fmt: skip
    pages = {"pages": [{"index": 0, "markdown": "# Bern", "images": []}], "model": "mistral-ocr-latest",
             "usage_info": {"pages_processed": 1, "doc_size_bytes": 9}}  # fmt: skip
    video = {"id": "video_1", "object": "video", "status": "queued", "model": "sora-2", "progress": 0, "created_at": 1,
             "seconds": "4", "size": "720x1280"}  # fmt: skip
    hits = {"results": [{"title": "Bern", "url": "https://example.org", "snippet": "Bern", "date": "2026-01-01"}]}
    job = {"id": "ftjob-1", "object": "fine_tuning.job", "created_at": 1, "error": None, "fine_tuned_model": None,
           "finished_at": None, "hyperparameters": {"n_epochs": "auto"}, "model": "gpt-4o-mini", "organization_id": "o",
           "result_files": [], "seed": 1, "status": "queued", "trained_tokens": None, "training_file": "file-1",
           "validation_file": None}  # fmt: skip
    return [
        _no_model("file_create", answer(file), function="acreate_file", file=MP3, purpose="batch"),
        _no_model("batch_create", answer(batch), function="acreate_batch", completion_window="24h",
                  endpoint="/v1/chat/completions", input_file_id="file-1"),
        _no_model("batch_retrieve", answer(batch), {"text": f"{json.dumps(result)}\n",
                  "type": "application/jsonl"}, function="aretrieve_batch", batch_id="batch_1"),
        _no_model("fine_tuning", answer(job), function="acreate_fine_tuning_job", model="gpt-4o-mini",
                  training_file="file-1"),
        _no_model("store_search", answer(found), function="vector_stores.asearch", vector_store_id="vs_1", query="q"),
        _no_model("search", answer(hits), function="asearch", query="q", search_provider="perplexity", path=""),
        case("ocr", answer(pages), function="aocr", model="mistral/mistral-ocr-latest", **NO_PROMPT, document={
             "type": "document_url", "document_url": "https://example.org/a.pdf"}),
        case("video", answer(video), function="avideo_generation", model="openai/sora-2", prompt="a cat", **NO_PROMPT),
    ]  # fmt: skip


def _odd() -> list[Json]:
    thought = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "ZW5j"}
    image = {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": PNG}
    code = {"type": "code_interpreter_call", "id": "ci_1", "status": "completed", "code": "1", "container_id": "c",
            "outputs": None}  # fmt: skip
    mcp = {"type": "mcp_call", "id": "mcp_1", "name": "look", "arguments": "{}", "server_label": "s", "output": "o",
           "error": None, "status": "completed"}  # fmt: skip
    ask = {"function": "aresponses", "input": "Grüezi", **NO_PROMPT}
    started = {"type": "response.created", "response": responses_body(status="in_progress", output=[]),
               "sequence_number": 0}  # fmt: skip
    ended = {"type": "response.completed", "response": responses_body(thought, image, code, mcp), "sequence_number": 1}
    surrogate = {"role": "user", "content": "a\u2028b\u0000c \U0001f9d1‍🚀 \\ud83d"}
    deep: Any = "x"
    for _ in range(40):
        deep = {"d": [deep]}
    many = [{"role": "user", "content": f"{number}"} for number in range(60)]
    seven = {"role": "assistant", "content": [{"type": "text", "text": "part"}]}
    images = {"content": "Here", "images": [{"type": "image_url", "index": 0, "image_url": {
              "url": f"data:image/png;base64,{PNG}"}}]}  # fmt: skip
    return [
        case("responses_tools_built_in", answer(responses_body(thought, image, code, mcp)), **ask),
        case("responses_stream_items", responses_stream(started, ended), stream=True, **ask),
        case("odd_text", chat({"content": "\u0000 \u2029 😀"}), messages=[surrogate]),
        case("odd_deep", chat(), metadata={"trace_metadata": deep, "trace_id": "tr-deep"}),
        case("odd_many_messages", chat(), messages=many),
        case("odd_content_parts", chat(), messages=[*HELLO, seven, *HELLO]),
        case("odd_empty_messages", chat(), messages=[]),
        case("odd_empty_answer", chat({"content": None})),
        case("odd_long", chat({"content": "wort " * 3000}), messages=[{"role": "user", "content": "frage " * 3000}]),
        case("odd_images_out", chat(images), model="openrouter/google/gemini-2.5-flash-image"),
        case("odd_extra_fields", chat({"content": "x", "custom": {"a": 1}}, extra_top={"b": 2})),
        case("odd_zero_usage", chat(usage={"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0})),
        case("odd_null_usage", chat(usage={"prompt_tokens": None, "completion_tokens": 3, "total_tokens": 3})),
        case("odd_id_null", answer({**chat()["json"], "id": None})),
        case("odd_tool_choice", chat({"content": None, "tool_calls": [TOOL_CALL]}), tools=[TOOL],
             tool_choice="required", functions=[TOOL["function"]]),
        case("odd_stream_finish", chat_stream({"content": "x"}, finish="length"), stream=True, max_tokens=1),
        case("odd_stream_usage_first", events({**chat_stream_head(), "choices": [], "usage": {
             "prompt_tokens": 5, "completion_tokens": 0, "total_tokens": 5}}, {**chat_stream_head(), "choices": [
             {"index": 0, "delta": {"content": "x"}, "finish_reason": "stop"}]}), stream=True),
        case("odd_drop_params", chat(), drop_params=True, model="openai/o3", temperature=0.3, top_k=3),
        case("odd_allowed_params", chat(), allowed_openai_params=["verbosity"], verbosity="low"),
        case("odd_secret_params", chat(), extra_body={"api_key": "sk-x", "kept": 1}, extra_headers={"X-Key": "v"}),
        case("odd_user_dict", anthropic(), model="anthropic/claude-sonnet-4-5", path="", metadata={
             "user_id": "u", "trace_id": "tr-odd"}),
        case("odd_timeout_failure", {**chat(), "delay_s": 1.0}, stream=True, timeout=0.2, num_retries=0),
        case("odd_html_failure", {"text": "<h1>oops</h1>", "type": "text/html", "status": 500}, num_retries=0,
             model="anthropic/claude-sonnet-4-5", path=""),
        case("odd_long_failure", error(400, "long " * 2000, "invalid_request_error"), num_retries=0),
    ]  # fmt: skip


def chat_stream_head() -> Json:
    return {"id": "chatcmpl-ST1", "object": "chat.completion.chunk", "created": 1747000000, "model": "gpt-4o"}


CASES = [*_stores(), *_odd()]
