"""Which trace a LiteLLM call belongs to, and what the caller writes into it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from shipper.records import Trace
from tests.decode.examples import call, litellm, parsed

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def trace(
    payload: dict[str, Any] | None = None,
    headers: dict[str, Any] | None = None,
    tags: tuple[str, ...] = (),
    **meta: Any,
) -> Trace:
    request = None if headers is None else {"headers": headers}
    return call(litellm(payload, metadata=meta, proxy_server_request=request), default_tags=tags).trace


def test_existing_trace_wins_and_gets_nothing_but_its_id() -> None:
    found = trace(existing_trace_id="old", trace_id="new", trace_name="n", session_id="s", update_trace_keys="input")
    assert found == Trace("old", owned=False)


def test_callers_trace_id_goes_before_the_records_own() -> None:
    assert trace(trace_id="mine").id == "mine"


def test_traceparent_goes_before_the_records_own_but_not_before_the_callers() -> None:
    assert trace(headers={"traceparent": PARENT}).id == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert trace(headers={"traceparent": PARENT}, trace_id="mine").id == "mine"
    assert trace(headers={"traceparent": "00-0-0-01"}).id == "own-trace"


def test_records_own_trace_id_then_litellms_then_the_call_id() -> None:
    assert trace().id == "own-trace"
    without: dict[str, Any] = {"trace_id": None}
    assert call(litellm(without, litellm_trace_id="lt")).trace.id == "lt"
    assert trace(without).id == "call-1"


def test_trace_id_that_is_only_a_session_header_gives_way_to_the_call_id() -> None:
    headers = {"x-litellm-session-id": "session-1"}
    assert trace({"trace_id": "session-1"}, headers, session_id="session-1").id == "call-1"
    explicit = {**headers, "X-LiteLLM-Trace-Id": "session-1"}
    assert trace({"trace_id": "session-1"}, explicit, session_id="session-1").id == "session-1"


def test_name_is_the_callers_or_the_call_type() -> None:
    assert trace(trace_name="n").name == "n"
    assert trace().name == "litellm-acompletion"


def test_session_user_and_version() -> None:
    found = trace({"metadata": {"user_api_key_end_user_id": "eu"}}, session_id="s", version="v")
    assert (found.session_id, found.user_id, found.version) == ("s", "eu", "v")
    assert trace(version="v", trace_version="tv").version == "tv"


def test_trace_user_id_goes_before_the_end_user() -> None:
    assert trace({"metadata": {"user_api_key_end_user_id": "eu"}}, trace_user_id="mine").user_id == "mine"


def test_trace_release_public_metadata_and_timestamp() -> None:
    found = trace(trace_release="r", trace_public=True, trace_metadata={"a": 1}, trace_timestamp="2026-01-02T03:04:05Z")
    assert (found.release, found.public, parsed(found.metadata)) == ("r", True, {"a": 1})
    assert found.timestamp == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_unknown_trace_keys_go_on_without_their_prefix() -> None:
    found = trace(trace_custom="x", trace_trace_other=[1], trace_nothing=None)
    assert {key: parsed(raw) for key, raw in found.extra.items()} == {"custom": "x", "other": [1]}


def test_trace_tags_and_output_are_written_over() -> None:
    found = trace({"request_tags": ["t"]}, trace_tags=["x"], trace_output="x")
    assert found.tags == ("t",)
    assert parsed(found.output) != "x"


def test_failed_call_has_its_error_on_the_trace_and_no_output() -> None:
    found = trace({"status": "failure", "error_str": "e", "response": {}})
    assert found.output is None
    assert parsed(found.extra["status_message"]) == "e"


def test_headers_go_over_the_metadata_as_texts() -> None:
    found = trace(None, {"langfuse_trace_name": "header", "langfuse_trace_metadata": '{"a":1}'}, trace_name="body")
    assert found.name == "header"
    assert parsed(found.metadata) == '{"a":1}'


def test_debug_shows_the_scalars_of_the_callers_metadata_but_no_credentials() -> None:
    found = trace(
        debug_langfuse="true", trace_metadata={"a": 1}, n=1, list=[1], nothing=None, api_key="sk", user_api_key="hash"
    )
    passed = parsed(found.metadata)["metadata_passed_to_litellm"]
    assert parsed(found.metadata)["a"] == 1
    assert passed == {"debug_langfuse": "true", "n": 1, "user_api_key": "hash"}


def test_debug_that_is_not_true_shows_nothing() -> None:
    assert trace(debug_langfuse=False, n=1).metadata is None


def test_default_tags_follow_the_requests_tags_in_pythons_spelling() -> None:
    found = trace(
        {"request_tags": ["t"], "cache_key": "k"}, tags=("team", "none", "cache_hit", "cache_key"), team="a", none=None
    )
    assert found.tags == ("t", "team:a", "none:None", "cache_hit:None", "cache_key:k")
