"""Which trace a LiteLLM call belongs to, and what the caller writes into it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from shipper.records import Trace
from tests.decode.examples import bare, call, litellm, parsed

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def trace(
    payload: dict[str, Any] | None = None,
    headers: dict[str, Any] | None = None,
    tags: tuple[str, ...] = (),
    settings: dict[str, Any] | None = None,
    **meta: Any,
) -> Trace:
    request = None if headers is None else {"headers": headers}
    return call(
        litellm(payload, metadata=meta, proxy_server_request=request), default_tags=tags, **(settings or {})
    ).trace


def test_existing_trace_wins_and_gets_nothing_but_its_id() -> None:
    found = trace(existing_trace_id="old", trace_id="new", trace_name="n", session_id="s", update_trace_keys="input")
    assert found == Trace("old", owned=False)


def test_callers_trace_id_goes_before_the_records_own() -> None:
    assert trace(trace_id="mine").id == "mine"


def test_traceparent_goes_before_the_records_own_but_not_before_the_callers() -> None:
    assert trace(headers={"traceparent": PARENT}).id == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert trace(headers={"traceparent": PARENT}, trace_id="mine").id == "mine"
    assert trace(headers={"traceparent": "00-0-0-01"}).id == "own-trace"


def test_a_traceparent_may_stand_in_the_callers_metadata_where_no_header_has_one() -> None:
    found = trace(traceparent=PARENT)
    assert (found.id, found.parent_span) == ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")
    other = PARENT.replace("4bf9", "aaaa")
    assert trace(headers={"traceparent": other}, traceparent=PARENT).id.startswith("aaaa")
    assert trace(traceparent="garbage").id == "own-trace"


def test_the_applications_span_is_above_the_call_only_in_its_own_trace() -> None:
    assert trace(headers={"traceparent": PARENT}).parent_span == "00f067aa0ba902b7"
    assert trace(headers={"traceparent": PARENT}, trace_id="mine").parent_span is None
    joined = trace(headers={"traceparent": PARENT}, existing_trace_id="4bf92f3577b34da6a3ce929d0e0e4736")
    assert (joined.owned, joined.parent_span) == (False, "00f067aa0ba902b7")
    assert trace(headers={"traceparent": PARENT}, existing_trace_id="t").parent_span is None


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


def test_large_integers_of_the_callers_metadata_are_texts() -> None:
    """Langfuse's server would round them; its SDK for Python writes them so."""
    found = trace(trace_metadata={"a": 2**60}, big=2**53, debug_langfuse=True)
    assert parsed(found.metadata)["a"] == str(2**60)
    assert parsed(found.metadata)["metadata_passed_to_litellm"]["big"] == str(2**53)


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


@pytest.mark.parametrize(
    ("written", "public"),
    [(True, True), ("true", True), ("On", True), (1, True), ("no", False), (0, False), ("perhaps", None), (None, None)],
)
def test_public_is_read_as_litellms_sdk_reads_a_flag(written: object, public: bool | None) -> None:
    assert trace(trace_public=written).public is public


def test_user_and_session_are_steered_by_their_names_on_the_wire_too() -> None:
    found = trace(trace_userId="u", trace_sessionId="s", session_id="lost")
    assert (found.user_id, found.session_id, found.extra) == ("u", "s", {})


def test_trace_output_stays_on_the_trace_of_a_failed_call() -> None:
    """LiteLLM writes the answer over it; of a failed call there is none."""
    assert parsed(trace({"status": "failure", "error_str": "no"}, trace_output="mine").output) == "mine"


def test_debug_shows_nothing_that_was_no_scalar_before_it_was_json() -> None:
    shown = trace(debug_langfuse=True, lock="<lock>", litellm_received_at="2026-11-28 06:04:49+00:00", text="a < b")
    assert parsed(shown.metadata) == {"metadata_passed_to_litellm": {"debug_langfuse": True, "text": "a < b"}}


UPDATE: dict[str, Any] = {"existing_trace_id": "old", "trace_release": "r", "trace_name": "n", "session_id": "s"}


def test_update_trace_keys_has_no_effect_unless_an_operator_wants_it() -> None:
    assert trace(update_trace_keys=["trace_release", "input"], **UPDATE) == Trace("old", owned=False)


@pytest.mark.parametrize(
    "keys", [["trace_release", "trace_name", "session_id", "absent"], "trace_release, trace_name,"]
)
def test_update_trace_keys_writes_what_it_names_but_name_and_session(keys: object) -> None:
    found = trace(settings={"update_trace_keys": True}, update_trace_keys=keys, **UPDATE)
    assert found == Trace("old", owned=False, release="r")


def test_update_trace_keys_may_name_input_output_tags_and_version() -> None:
    keys = ["input", "output", "tags", "trace_version"]
    found = trace(
        settings={"update_trace_keys": True}, update_trace_keys=keys, trace_version="v", mask_input=True, **UPDATE
    )
    assert parsed(found.input) == "redacted-by-litellm"
    assert parsed(found.output)["content"] == "hello"
    assert (found.tags, found.version, found.release) == (None, "v", None)


@pytest.mark.parametrize("keys", [None, 7, {"a": 1}, [1, None], ""])
def test_update_trace_keys_that_name_nothing_write_nothing(keys: object) -> None:
    assert trace(settings={"update_trace_keys": True}, update_trace_keys=keys, **UPDATE) == Trace("old", owned=False)


def test_payload_alone_is_steered_by_the_requesters_metadata_and_headers() -> None:
    """The proxy repeats them in the payload."""
    requester = {
        "trace_id": "t",
        "trace_name": "n",
        "headers": {"langfuse_session_id": "s", "langfuse_trace_name": "h"},
    }
    found = call(bare({"metadata": {"requester_metadata": requester}})).trace
    assert (found.id, found.name, found.session_id) == ("t", "h", "s")


@pytest.mark.parametrize("metadata", [{}, {"requester_metadata": None}, {"requester_metadata": {"user_id": "u"}}])
def test_payload_alone_with_a_session_header_is_a_trace_of_its_own_in_that_session(metadata: dict[str, Any]) -> None:
    """LiteLLM's proxy repeats only the headers that begin with x- of a call of /v1/messages."""
    headers = {"x-claude-code-session-id": "session-7"}
    found = call(bare({"trace_id": "session-7", "metadata": {**metadata, "requester_custom_headers": headers}})).trace
    assert (found.id, found.session_id) == ("call-1", "session-7")


def test_payload_alone_without_a_session_header_is_the_trace_that_it_names() -> None:
    found = call(bare({"trace_id": "trace-77", "metadata": {"requester_custom_headers": {"x-own": "trace-77"}}})).trace
    assert (found.id, found.session_id) == ("trace-77", None)


def test_payload_alone_has_a_session_unless_it_is_empty() -> None:
    assert call(bare({"session_id": "s"})).trace.session_id == "s"
    assert call(bare({"session_id": ""})).trace.session_id is None
