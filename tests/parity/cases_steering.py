"""What callers steer by metadata and headers: one case a key, and many of all together."""

from __future__ import annotations

import random
from typing import Any

from tests.parity.cases_chat import case
from tests.parity.replies import chat, error

Json = dict[str, Any]

SESSION = "5f0c2f9e-2c1d-4d9c-9c3e-3a7d1f0e9b11"


def steered(name: str, metadata: Any = None, headers: Any = None, **more: Any) -> Json:
    """A mocked call with this metadata, through a proxy if there are headers."""
    request: Json = {}
    if headers is not None:
        request["proxy_server_request"] = {
            "url": "http://proxy/v1/chat/completions", "method": "POST", "headers": headers, "body": {"model": "m"},
        }  # fmt: skip
    answer: Json = {} if "replies" in more or "mock_response" in more else {"mock_response": "Salut", "api_base": ...}
    replies = more.pop("replies", ())
    return case(f"steer_{name}", *replies, metadata=metadata, **answer, **request, **more)


PROMPT = {"name": "greet", "version": 3, "prompt": "Say {{what}}", "config": {"a": 1}, "labels": ["production"],
          "tags": []}  # fmt: skip
CHAT_PROMPT = {**PROMPT, "prompt": [{"role": "system", "content": "Be brief."}]}
ONE: dict[str, Json] = {
    "none": {},
    "trace_id": {"trace_id": "t-1"},
    "trace_id_number": {"trace_id": 12345},
    "trace_id_empty": {"trace_id": ""},
    "existing_trace": {"existing_trace_id": "t-0"},
    "existing_and_new": {"existing_trace_id": "t-0", "trace_id": "t-1", "trace_name": "n", "session_id": "s"},
    "existing_update": {"existing_trace_id": "t-0", "trace_metadata": {"a": 1}, "trace_version": "v",
                        "update_trace_keys": ["trace_metadata", "output", "trace_version"]},
    "existing_debug": {"existing_trace_id": "t-0", "debug_langfuse": True, "x": 1},
    "existing_tags": {"existing_trace_id": "t-0", "tags": ["a"], "generation_name": "g"},
    "session": {"session_id": "s-1"},
    "session_number": {"session_id": 7},
    "session_and_trace": {"session_id": "s-1", "trace_id": "t-1"},
    "trace_name": {"trace_name": "chat turn"},
    "trace_name_number": {"trace_name": 5},
    "trace_user": {"trace_user_id": "u-1"},
    "trace_user_number": {"trace_user_id": 99},
    "trace_metadata": {"trace_metadata": {"k": "v", "n": {"x": [1, None]}}},
    "trace_metadata_text": {"trace_metadata": "not an object"},
    "trace_release": {"trace_release": "r-1"},
    "trace_version": {"trace_version": "tv"},
    "version": {"version": "gv"},
    "both_versions": {"trace_version": "tv", "version": "gv"},
    "version_number": {"version": 3},
    "trace_public": {"trace_public": True},
    "trace_tags": {"trace_tags": ["lost"], "tags": ["kept"]},
    "tags": {"tags": ["a", "b", "a"]},
    "tags_numbers": {"tags": [1, "b"]},
    "trace_timestamp": {"trace_timestamp": "2026-01-02T03:04:05Z"},
    "trace_unknown": {"trace_custom": {"x": 1}, "trace_other": "y", "trace_number": 2.5, "trace_null": None},
    "trace_input": {"trace_input": "shown instead"},
    "trace_output": {"trace_output": "written over"},
    "trace_session": {"trace_session_id": "s-2", "session_id": "s-1"},
    "trace_environment": {"trace_environment": "staging"},
    "trace_external": {"trace_externalId": "e-1", "trace_userId": "u-9"},
    "generation_name": {"generation_name": "g"},
    "generation_name_number": {"generation_name": 8},
    "generation_id": {"generation_id": "gid-1"},
    "parent": {"parent_observation_id": "obs-1", "trace_id": "t-1"},
    "mask_input": {"mask_input": True},
    "mask_output": {"mask_output": True},
    "mask_texts": {"mask_input": "false", "mask_output": "true"},
    "mask_odd_texts": {"mask_input": "no", "mask_output": "1"},
    "mask_numbers": {"mask_input": 0, "mask_output": 1},
    "mask_yes": {"mask_input": "yes", "mask_output": ""},
    "debug": {"debug_langfuse": True, "text": "x", "number": 1, "real": 0.5, "flag": False, "list": [1], "none": None},
    "debug_text": {"debug_langfuse": "True", "trace_metadata": {"k": "v"}, "tags": ["a"]},
    "debug_number": {"debug_langfuse": 1, "text": "x"},
    "prompt": {"prompt": PROMPT},
    "prompt_chat": {"prompt": CHAT_PROMPT},
    "prompt_typed": {"prompt": {**PROMPT, "type": "text"}},
    "prompt_typed_chat": {"prompt": {**CHAT_PROMPT, "type": "chat"}},
    "prompt_no_version": {"prompt": {"name": "greet", "prompt": "x"}},
    "prompt_text": {"prompt": "not an object"},
    "alias": {"user_api_key_alias": "team key", "user_api_key_team_id": "t", "user_api_key_user_id": "u",
              "user_api_key_end_user_id": "eu-1", "user_api_key_hash": "h"},
    "alias_and_name": {"user_api_key_alias": "team key", "generation_name": "g", "trace_user_id": "u-1"},
    "requester": {"requester_metadata": {"trace_id": "r", "k": "v", "user_agent": "x"}, "trace_id": "t-1"},
    "denied": {"headers": {"x": "y"}, "endpoint": "e", "caching_groups": [], "previous_models": [{"a": 1}]},
    "deployment": {"deployment": "azure/gpt-4o-eu", "model_group": "gpt-4o", "model_info": {"id": "d-1"}},
    "deployment_plain": {"deployment": "gpt-4o-eu"},
    "spend": {"spend_logs_metadata": {"cost_center": "x"}, "user_agent": "me"},
    "nested": {"a": {"b": {"c": [1, {"d": None}]}}, "trace_id": "t-1"},
    "unicode": {"trace_id": "t-ü", "session_id": "会话", "trace_name": "Zug 🚆", "tags": ["größe"]},
    "hidden": {"hidden_params": {"cache_key": "k"}, "trace_id": "t-1"},
}  # fmt: skip
HEADERS: dict[str, tuple[Json, Json]] = {
    "header_trace": ({}, {"langfuse_trace_id": "h-1"}),
    "header_over_body": ({"trace_id": "b-1", "session_id": "s-b"}, {"langfuse_trace_id": "h-1",
                         "langfuse_session_id": "s-h"}),
    "header_all": ({}, {"langfuse_trace_id": "h-1", "langfuse_session_id": "s", "langfuse_trace_name": "n",
                   "langfuse_trace_user_id": "u", "langfuse_trace_release": "r", "langfuse_trace_version": "tv",
                   "langfuse_version": "v", "langfuse_generation_name": "g", "langfuse_generation_id": "gid",
                   "langfuse_parent_observation_id": "o", "langfuse_trace_custom": "c", "langfuse_custom": "lost"}),
    "header_mask": ({}, {"langfuse_mask_input": "true", "langfuse_mask_output": "False"}),
    "header_debug": ({"x": 1}, {"langfuse_debug_langfuse": "true", "langfuse_extra": "e"}),
    "header_public": ({}, {"langfuse_trace_public": "true"}),
    "header_existing": ({"trace_id": "b"}, {"langfuse_existing_trace_id": "h-0", "langfuse_trace_name": "n"}),
    "header_upper": ({}, {"Langfuse_trace_id": "h-1", "LANGFUSE_SESSION_ID": "s"}),
    "header_none": ({"trace_id": "b"}, {"user-agent": "curl/8", "content-type": "application/json"}),
    "header_tags": ({"tags": ["b"]}, {"langfuse_tags": "a,b", "user-agent": "OpenAI/Python 1.0"}),
    "header_alias": ({"user_api_key_alias": "body"}, {"langfuse_user_api_key_alias": "header"}),
    "header_prompt": ({}, {"langfuse_prompt": "greet"}),
    "session_header": ({"session_id": SESSION}, {"x-litellm-session-id": SESSION}),
    "session_header_own": ({"session_id": SESSION}, {"x-session-id": SESSION}),
    "session_header_named": ({"session_id": SESSION, "trace_id": SESSION}, {"X-Claude-Code-Session-Id": SESSION}),
    "session_header_short": ({"session_id": "abc"}, {"x-session-id": "abc"}),
    "session_header_short_litellm": ({"session_id": "abc"}, {"x-litellm-session-id": "abc"}),
    "session_header_codex": ({"session_id": SESSION}, {"session_id": SESSION, "user-agent": "codex_cli_rs/0.1"}),
    "session_header_not_codex": ({"session_id": SESSION}, {"session_id": SESSION, "user-agent": "curl"}),
    "session_header_thread": ({"session_id": SESSION}, {"thread-id": SESSION, "user-agent": "Codex-Desktop"}),
    "session_header_trace": ({"session_id": SESSION}, {"x-session-id": SESSION, "x-litellm-trace-id": "t"}),
    "session_header_langfuse": ({"session_id": SESSION}, {"x-session-id": SESSION, "langfuse_trace_id": "t"}),
    "session_header_other": ({"session_id": "s", "trace_id": SESSION}, {"x-session-id": SESSION,
                             "langfuse_session_id": "s"}),
    "session_header_unequal": ({"session_id": "s", "trace_id": SESSION}, {"x-session-id": SESSION}),
    "session_header_existing": ({"session_id": SESSION, "existing_trace_id": SESSION}, {"x-session-id": SESSION}),
}  # fmt: skip


def _random(number: int) -> Json:
    """All kinds of wishes together, by metadata and headers."""
    chosen = random.Random(number)
    metadata: Json = {}
    for wishes in chosen.sample(list(ONE.values()), chosen.randint(2, 7)):
        metadata |= {key: value for key, value in wishes.items() if key not in ("prompt", "trace_timestamp")}
    headers: Json | None = None
    if chosen.random() < 0.6:
        headers = {}
        for _, more in chosen.sample(list(HEADERS.values()), chosen.randint(1, 3)):
            headers |= {key: value for key, value in more.items() if key != "langfuse_prompt"}
    failing = {"replies": [error(400, "bad", "invalid_request_error")], "num_retries": 0}
    return steered(f"mix_{number}", metadata, headers, **(failing if chosen.random() < 0.25 else {}))


CASES = [
    *(steered(name, wishes) for name, wishes in ONE.items()),
    *(steered(name, wishes, headers) for name, (wishes, headers) in HEADERS.items()),
    *(_random(number) for number in range(40)),
    steered("update_enabled", ONE["existing_update"], settings={"langfuse_enable_update_trace_keys": True},
            mapping={"update_trace_keys": True}),
    steered("update_text", {"existing_trace_id": "t-0", "update_trace_keys": "input, trace_user_id,tags,trace_name,x",
                            "trace_user_id": "u", "tags": ["a"], "trace_name": "n", "x": {"y": 1}, "mask_input": True},
            settings={"langfuse_enable_update_trace_keys": True}, mapping={"update_trace_keys": True}),
    steered("update_header", {"update_trace_keys": ["trace_release"]}, {
            "langfuse_existing_trace_id": "t-0", "langfuse_update_trace_keys": "trace_version,trace_public,output",
            "langfuse_trace_version": "v", "langfuse_trace_public": "true", "langfuse_trace_release": "r"},
            settings={"langfuse_enable_update_trace_keys": True}, mapping={"update_trace_keys": True}),
    steered("update_failure", ONE["existing_update"], replies=[error(400, "bad")], num_retries=0,
            settings={"langfuse_enable_update_trace_keys": True}, mapping={"update_trace_keys": True}),
    steered("trace_ids", {}, litellm_trace_id="own-trace", litellm_session_id="own-session"),
    steered("trace_id_own", {}, litellm_trace_id="own-trace"),
    steered("trace_id_correlated", {"session_id": "s", "trace_id": "t"}, settings={
        "request_correlation_in_logs": True}),
    steered("trace_output_failed", ONE["trace_output"], replies=[error(400, "bad")], num_retries=0),
    steered("masked_failure", ONE["mask_output"], replies=[error(400, "bad")], num_retries=0),
    steered("existing_failure", ONE["existing_trace"], replies=[error(400, "bad")], num_retries=0),
    steered("default_tags", ONE["alias"] | {"tags": ["own"], "list": [1, "a", None], "flag": True, "none": None},
            settings={"langfuse_default_tags": ["user_api_key_alias", "list", "flag", "none", "cache_hit", "absent"]},
            mapping={"default_tags": ("user_api_key_alias", "list", "flag", "none", "cache_hit", "absent")}),
    steered("default_tags_existing", {"existing_trace_id": "t", "a": "b"}, settings={"langfuse_default_tags": ["a"]},
            mapping={"default_tags": ("a",)}),
    steered("default_tags_header", {}, {"langfuse_team": "blue"}, settings={"langfuse_default_tags": ["team"]},
            mapping={"default_tags": ("team",)}),
    steered("default_tags_cache", {}, settings={"langfuse_default_tags": ["cache_hit", "cache_key"]},
            mapping={"default_tags": ("cache_hit", "cache_key")}, caching=True, replies=[chat()]),
    steered("litellm_metadata", None, litellm_metadata={"trace_id": "lm", "session_id": "lms", "tags": ["x"]}),
    steered("both_metadata", {"trace_id": "m"}, litellm_metadata={"trace_id": "lm", "generation_name": "g"}),
    steered("user", {"trace_id": "m"}, user="end-user"),
]  # fmt: skip
