"""Reading the caller's wishes."""

from __future__ import annotations

import json

import pytest
from msgspec import Raw

from shipper.decode.shapes import LiteLLMRecord, ProxyRequest
from shipper.decode.steering import Steering, from_requester, is_session_trace, to_steering


def raw(value: object) -> Raw:
    return Raw(json.dumps(value).encode())


def test_litellm_metadata_steers_where_metadata_is_empty() -> None:
    record = LiteLLMRecord(metadata=raw({}), litellm_metadata=raw({"trace_id": "t"}))
    assert to_steering(record).trace_id == "t"
    record = LiteLLMRecord(metadata=raw({"trace_id": "m"}), litellm_metadata=raw({"trace_id": "t"}))
    assert to_steering(record).trace_id == "m"


def test_langfuse_headers_go_over_metadata_and_others_do_not() -> None:
    headers = {"langfuse_session_id": "h", "session_id": "x", "Langfuse_trace_id": "x", "langfuse_mask_input": "true"}
    record = LiteLLMRecord(metadata=raw({"session_id": "m"}), proxy_server_request=ProxyRequest(headers=raw(headers)))
    steering = to_steering(record)
    assert steering.session_id == "h"
    assert steering.trace_id is None
    assert steering.mask_input


def test_a_number_steers_as_its_text() -> None:
    assert to_steering(LiteLLMRecord(metadata=raw({"session_id": 17}))).session_id == "17"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"x-litellm-session-id": "session-1"}, True),
        ({"x-session-id": "session-1"}, True),
        ({"X-Claude-Code-Session-Id": "session-1"}, True),
        ({"session-id": "session-1", "user-agent": "codex_cli/1"}, True),
        ({"session-id": "session-1", "user-agent": "curl"}, False),
        ({"x-session-id": "other"}, False),
        ({"x-session-id": "session-1", "x-litellm-trace-id": "t"}, False),
        ({"x-session-id": "session-1", "langfuse_trace_id": "t"}, False),
        ({}, False),
    ],
)
def test_session_headers_that_stand_for_a_trace_id(headers: dict[str, str], expected: bool) -> None:
    raws = {name: raw(value) for name, value in headers.items()}
    assert is_session_trace(raws, "session-1", "session-1") is expected


def test_a_trace_id_that_is_not_the_session_is_the_callers_own() -> None:
    headers = {"x-session-id": raw("session-1")}
    assert not is_session_trace(headers, "session-1", "session-2")
    assert not is_session_trace(headers, "session-1", None)
    assert is_session_trace({**headers, "langfuse_session_id": raw("session-2")}, "session-1", "session-2")


def test_short_session_ids_are_taken_from_litellms_own_header_only() -> None:
    assert not is_session_trace({"x-session-id": raw("short")}, "short", "short")
    assert is_session_trace({"x-litellm-session-id": raw("short")}, "short", "short")


def test_a_requester_does_not_say_whose_his_call_is_nor_what_it_costs() -> None:
    """The proxy writes over these, but repeats what he said."""
    requester = {"user_api_key_alias": "other", "deployment": "azure/x", "model_info": {"id": "y"}, "trace_name": "n"}
    steering = to_steering(from_requester(raw({"requester_metadata": requester})))
    assert steering == Steering(trace_name="n")


@pytest.mark.parametrize("metadata", [b"", b"null", b"[]", b'{"requester_metadata":1,"requester_custom_headers":2}'])
def test_odd_metadata_has_no_requester(metadata: bytes) -> None:
    assert to_steering(from_requester(Raw(metadata))) == Steering()
