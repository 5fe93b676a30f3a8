"""The trace of a LiteLLM call: which one it is, and what the caller writes into it.

Rules: LiteLLM, integrations/langfuse/langfuse.py (`_log_langfuse_v2`). `update_trace_keys` has no effect, as in
LiteLLM since 1.98 unless an operator switches it on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Raw
from msgspec.json import decode, encode
from msgspec.structs import replace

from shipper.decode.parameters import is_secret
from shipper.decode.shapes import LiteLLMRecord, Payload
from shipper.decode.steering import Steering, callers_metadata, is_session_trace, to_headers, to_members
from shipper.decode.times import from_json
from shipper.decode.traceparent import parse_traceparent
from shipper.decode.values import given, to_text, to_value
from shipper.records import Observation, Trace

# Consumed by rules of their own, or written over by LiteLLM itself.
_NOT_COPIED = frozenset({"trace_id", "trace_name", "trace_version", "trace_tags", "trace_output"})
_TRACE_KEY = b'"trace_'
_TRACE_HEADER = b'"langfuse_trace_'
_TEXTS = frozenset({"user_id", "session_id", "release", "environment", "name"})
_WIRE_NAMES = {"userId": "user_id", "sessionId": "session_id"}
_TRUE = frozenset({"true", "1", "yes", "y", "on", "t"})  # of LiteLLM's SDK, which reads texts and numbers as flags
_FALSE = frozenset({"false", "0", "no", "n", "off", "f"})
_OUR_OWN = frozenset({"id", "tags", "version", "output"})


def to_trace(
    record: LiteLLMRecord,
    payload: Payload,
    steering: Steering,
    call: Observation,
    user_id: str | None,
    tag_keys: tuple[str, ...],
) -> Trace:
    """The trace of a `call`, joined or new; it shows what went in and came out, or the error instead.

    `user_id` is the record's own, for a caller that names none. `tag_keys` are the operator's default tags.
    """
    if steering.existing_trace_id:
        joined = Trace(steering.existing_trace_id, owned=False)
        return _with_debug(joined, to_members(record)) if steering.debug_langfuse else joined
    is_bare = record.standard_logging_object is None
    session_id = steering.session_id or (payload.session_id if is_bare else None)
    request = record.proxy_server_request
    trace_id = steering.trace_id or payload.trace_id or record.litellm_trace_id
    if not trace_id or (request is not None and len(request.headers) > len(b"{}")):
        trace_id = _trace_id(record, payload, steering, session_id, call.id)
    trace = Trace(
        trace_id,
        True,
        steering.trace_name or f"litellm-{payload.call_type or 'completion'}",
        user_id,
        session_id,
        None,
        steering.trace_version or steering.version or None,
        None,
        None,
        None,
        tuple(payload.request_tags) if payload.request_tags else (),
        None,
        call.input,
        call.output,
    )
    if call.status_message is not None:
        trace = replace(trace, output=None, extra={"status_message": Raw(encode(call.status_message))})
    if tag_keys or steering.debug_langfuse or _steers_more(record, steering):
        return _with_members(trace, record, payload, steering, tag_keys)
    return trace


def _with_members(
    trace: Trace, record: LiteLLMRecord, payload: Payload, steering: Steering, tag_keys: tuple[str, ...]
) -> Trace:
    """The trace with what has to be looked for among all of the caller's metadata."""
    members = to_members(record)
    trace = _steered(trace, {key.replace("trace_", ""): members[key] for key in members if _is_copied(key)})
    if payload.status == "failure" and "trace_output" in members:  # LiteLLM writes answers over it, not errors
        trace = replace(trace, output=given(members["trace_output"]))
    if tag_keys:
        trace = replace(trace, tags=(*(trace.tags or ()), *_default_tags(tag_keys, record, payload, members)))
    return _with_debug(trace, members) if steering.debug_langfuse else trace


def _trace_id(
    record: LiteLLMRecord, payload: Payload, steering: Steering, session_id: str | None, generation_id: str
) -> str:
    """Of a call that came through a proxy, or says no trace id."""
    call_id = payload.litellm_call_id or payload.id or generation_id
    headers = to_headers(record)
    parent = parse_traceparent(to_text(headers["traceparent"])) if "traceparent" in headers else None
    trace_id = steering.trace_id or parent or payload.trace_id or record.litellm_trace_id or call_id
    # An id that is only a session's would put all of its calls into one trace.
    return call_id if is_session_trace(headers, trace_id, session_id) else trace_id


def _is_copied(key: str) -> bool:
    return key.startswith("trace_") and key not in _NOT_COPIED


def _steers_more(record: LiteLLMRecord, steering: Steering) -> bool:
    """Whether there may be more `trace_…` keys than those that have rules of their own."""
    request = record.proxy_server_request
    if request is not None and _TRACE_HEADER in bytes(request.headers):
        return True
    keys = bytes(callers_metadata(record)).count(_TRACE_KEY)
    if not keys:
        return False
    ruled = (steering.trace_id is not None) + (steering.trace_name is not None) + (steering.trace_version is not None)
    return keys > ruled


def _default_tags(
    keys: tuple[str, ...], record: LiteLLMRecord, payload: Payload, members: Mapping[str, Raw]
) -> list[str]:
    """`key:value` for the operator's keys (LiteLLM's langfuse_default_tags), values in Python's spelling."""
    tags = [f"{key}:{to_value(value)}" for key, value in members.items() if key in keys]
    if "cache_hit" in keys:
        tags.append(f"cache_hit:{payload.cache_hit if record.cache_hit is None else record.cache_hit}")
    if "cache_key" in keys:
        tags.append(f"cache_key:{payload.cache_key}")
    return tags


def _steered(trace: Trace, wanted: Mapping[str, Raw]) -> Trace:
    """Write the caller's other `trace_…` values over the trace; names that no rule knows go on as they are."""
    changes: dict[str, Any] = {}
    extra: dict[str, Raw] = {}
    for name, raw in wanted.items():
        name = _WIRE_NAMES.get(name, name)
        if name in _TEXTS:
            changes[name] = to_text(raw)
        elif name in ("input", "metadata"):
            changes[name] = given(raw)
        elif name == "public":
            value = (to_text(raw) or "").lower()
            changes[name] = True if value in _TRUE else False if value in _FALSE else None
        elif name == "timestamp":
            changes[name] = from_json(raw)
        elif name not in _OUR_OWN and given(raw):
            extra[name] = raw
    return replace(trace, extra={**extra, **trace.extra}, **changes)


def _with_debug(trace: Trace, members: Mapping[str, Raw]) -> Trace:
    """With `debug_langfuse`, the scalars of the caller's metadata go into the trace's; credentials do not."""
    scalars = {
        key: raw
        for key, raw in members.items()
        if _is_scalar(key, bytes(raw)) and (key.startswith("user_api_key") or not is_secret(key))
    }
    shown = decode(trace.metadata) if trace.metadata is not None else {}
    if not isinstance(shown, dict):
        shown = {"metadata": shown}
    return replace(trace, metadata=Raw(encode({**shown, "metadata_passed_to_litellm": scalars})))


def _is_scalar(key: str, value: bytes) -> bool:
    """Whether it was a text, number or flag before it was JSON: LiteLLM's own time and a `"<lock>"` were not."""
    return value[:1] not in (b"{", b"[", b"n") and key != "litellm_received_at" and not value.startswith(b'"<')
