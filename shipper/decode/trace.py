"""The trace of a LiteLLM call: which one it is, and what the caller writes into it.

Rules: LiteLLM, integrations/langfuse/langfuse.py (`_log_langfuse_v2`). `update_trace_keys` has no effect
unless an operator switches it on, as in LiteLLM since 1.98.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Raw
from msgspec.json import decode, encode
from msgspec.structs import replace

from shipper.decode.numbers import mend_integers
from shipper.decode.parameters import is_secret
from shipper.decode.shapes import LiteLLMRecord, Payload
from shipper.decode.steering import Steering, callers_metadata, is_session_trace, to_headers, to_members
from shipper.decode.times import from_json
from shipper.decode.traceparent import Traceparent, parse_traceparent
from shipper.decode.values import NULL, given, to_text, to_value
from shipper.mapping.settings import MappingSettings
from shipper.records import Observation, Trace

# Consumed by rules of their own, or written over by LiteLLM itself.
_NOT_COPIED = frozenset({"trace_id", "trace_name", "trace_version", "trace_tags", "trace_output"})
# Taken out of the caller's metadata before `update_trace_keys` is looked at.
_NOT_UPDATED = frozenset({"trace_id", "trace_name", "session_id", "existing_trace_id", "mask_input", "mask_output"})
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
    settings: MappingSettings,
) -> Trace:
    """The trace of a `call`, joined or new; it shows what went in and came out, or the error instead.

    `user_id` is the record's own, for a caller that names none.
    """
    if steering.existing_trace_id:
        parent = _traceparent(record, steering)
        span = None if parent is None else parent.span_in(steering.existing_trace_id)
        joined = Trace(steering.existing_trace_id, owned=False, parent_span=span)
        if settings.update_trace_keys:
            joined = _updated(joined, to_members(record), call)
        return _with_debug(joined, to_members(record)) if steering.debug_langfuse else joined
    session_id = steering.session_id or (
        _own_session(record, payload) if record.standard_logging_object is None else None
    )
    request = record.proxy_server_request
    trace_id, parent_span = steering.trace_id or payload.trace_id or record.litellm_trace_id, None
    if not trace_id or steering.traceparent or (request is not None and len(request.headers) > len(b"{}")):
        parent = _traceparent(record, steering)
        trace_id = _trace_id(record, payload, steering, parent, session_id, call.id)
        parent_span = None if parent is None else parent.span_in(trace_id)
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
        parent_span=parent_span,
    )
    if call.status_message is not None:
        trace = replace(trace, output=None, extra={"status_message": Raw(encode(call.status_message))})
    if settings.default_tags or steering.debug_langfuse or _steers_more(record, steering):
        return _with_members(trace, record, payload, steering, settings.default_tags)
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


def _updated(joined: Trace, members: Mapping[str, Raw], call: Observation) -> Trace:
    """A joined trace with what the caller names in `update_trace_keys`, a list or a text with commas."""
    named = to_value(members.get("update_trace_keys", NULL))
    keys = [key.strip() for key in named.split(",")] if isinstance(named, str) else named
    if not isinstance(keys, list):
        return joined
    wanted = {
        key.replace("trace_", ""): members[key]
        for key in keys
        if isinstance(key, str) and key not in _NOT_UPDATED and given(members.get(key, NULL))
    }
    trace = replace(_steered(joined, wanted), version=to_text(wanted.get("version", NULL)))
    tags = to_value(wanted.get("tags", NULL))
    return replace(
        trace,
        tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else None,
        input=call.input if "input" in keys else trace.input,
        output=call.output if "output" in keys else None,
    )


def _own_session(record: LiteLLMRecord, payload: Payload) -> str | None:
    """The session as a payload alone tells it: LiteLLM takes a session header's value for the trace's id too."""
    if payload.session_id or not payload.trace_id:
        return payload.session_id or None
    return payload.trace_id if is_session_trace(to_headers(record), payload.trace_id, payload.trace_id) else None


def _trace_id(
    record: LiteLLMRecord,
    payload: Payload,
    steering: Steering,
    parent: Traceparent | None,
    session_id: str | None,
    generation_id: str,
) -> str:
    """Of a call that came through a proxy, was made in a span, or says no trace id."""
    call_id = payload.litellm_call_id or payload.id or generation_id
    trace_id = steering.trace_id or (parent.trace_id if parent is not None else payload.trace_id)
    trace_id = trace_id or record.litellm_trace_id or call_id
    # An id that is only a session's would put all of its calls into one trace.
    return call_id if is_session_trace(to_headers(record), trace_id, session_id) else trace_id


def _traceparent(record: LiteLLMRecord, steering: Steering) -> Traceparent | None:
    """The span that the call was made in: of the request's headers, else of the caller's metadata."""
    parent = parse_traceparent(to_text(to_headers(record).get("traceparent", NULL)))
    return parent or parse_traceparent(steering.traceparent)


def _is_copied(key: str) -> bool:
    return key.startswith("trace_") and key not in _NOT_COPIED


def _steers_more(record: LiteLLMRecord, steering: Steering) -> bool:
    """Whether there may be more `trace_…` keys than those that have rules of their own."""
    request = record.proxy_server_request
    if request is not None and bytes(request.headers).find(_TRACE_HEADER) >= 0:
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
            changes[name] = given(mend_integers(raw))
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
    return replace(trace, metadata=mend_integers(Raw(encode({**shown, "metadata_passed_to_litellm": scalars}))))


def _is_scalar(key: str, value: bytes) -> bool:
    """Whether it was a text, number or flag before it was JSON: LiteLLM's own time and a `"<lock>"` were not."""
    return value[:1] not in (b"{", b"[", b"n") and key != "litellm_received_at" and not value.startswith(b'"<')
