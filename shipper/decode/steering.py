"""What the caller steers: keys of the request's metadata, and the `langfuse_*` headers of a proxy request over them.

Rules: LiteLLM, integrations/langfuse/langfuse.py (`add_metadata_from_header`, `_log_langfuse_v2`,
`_is_session_header_trace`). Of the headers only those named here are looked at: never authorization or cookie.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import DecodeError, Raw, Struct, ValidationError
from msgspec.json import Decoder, encode

from shipper.decode.shapes import LiteLLMRecord, ProxyRequest
from shipper.decode.values import NOTHING, NULL, to_flag, to_text

_PREFIX = "langfuse_"
# What the proxy writes over whatever a caller says: whose call it is, what answers it, what it costs.
_OF_THE_PROXY = frozenset({"user_api_key_alias", "deployment", "model_info"})
_members = Decoder(dict[str, Raw]).decode

_SESSION_TRACE = re.compile(r"[a-zA-Z0-9_\-]{8,}")
_SESSION_HEADER = re.compile(r"x-(?:.+-)?session-id")
_CODEX = re.compile(r"codex[-_ /]", re.IGNORECASE)
_CODEX_HEADERS = frozenset({"session-id", "session_id", "thread-id", "conversation_id"})


class Steering(Struct, frozen=True, gc=False):
    """The caller's wishes, named as LiteLLM names them; an empty text is none.

    `model_info` is the router's: the deployment that was called.
    """

    trace_id: str | None = None
    existing_trace_id: str | None = None
    session_id: str | None = None
    trace_name: str | None = None
    trace_version: str | None = None
    version: str | None = None
    generation_id: str | None = None
    generation_name: str | None = None
    parent_observation_id: str | None = None
    user_api_key_alias: str | None = None
    deployment: str | None = None
    traceparent: str | None = None
    mask_input: bool = False
    mask_output: bool = False
    debug_langfuse: bool = False
    prompt: Raw = NOTHING
    model_info: Raw = NOTHING


class _Requester(Struct, gc=False):
    requester_metadata: Raw = NOTHING
    requester_custom_headers: Raw = NOTHING


_strict = Decoder(Steering).decode
_requester = Decoder(_Requester).decode
_NO_WISHES = Steering()
_READERS: dict[str, Callable[[Raw], Any]] = {
    **dict.fromkeys(Steering.__struct_fields__[:12], to_text),
    "mask_input": to_flag,
    "mask_output": to_flag,
    "debug_langfuse": lambda raw: (to_text(raw) or "").lower() == "true",
    "prompt": lambda raw: raw,
    "model_info": lambda raw: raw,
}


def to_steering(record: LiteLLMRecord) -> Steering:
    """What the caller wishes, of `metadata` (else `litellm_metadata`, where the proxy keeps it for /v1/responses)."""
    if record.proxy_server_request is None or not _has_steering_headers(record):
        metadata = callers_metadata(record)
        if len(metadata) <= len(b"null"):
            return _NO_WISHES
        try:
            return _strict(metadata)
        except ValidationError:  # of another type, as a header's values always are
            pass
    members = to_members(record)
    return Steering(**{key: _READERS[key](members[key]) for key in members.keys() & _READERS.keys()})


def from_requester(metadata: Raw) -> LiteLLMRecord:
    """What a payload without a record around it says of the caller: the proxy repeats his metadata and headers.

    Of some of its routes (/v1/messages, /v1/responses) it repeats only the headers that begin with `x-`.
    """
    try:
        said = _requester(metadata)
    except DecodeError:
        return LiteLLMRecord()
    given = _object(said.requester_metadata)
    headers = given.get("headers") or said.requester_custom_headers
    written = given.keys() & _OF_THE_PROXY
    rest = {name: raw for name, raw in given.items() if name not in written}
    return LiteLLMRecord(
        metadata=Raw(encode(rest)) if written else said.requester_metadata,
        proxy_server_request=ProxyRequest(headers=headers) if headers and headers != NULL else None,
    )


def callers_metadata(record: LiteLLMRecord) -> Raw:
    """What the caller gave as metadata; the proxy keeps it elsewhere for some of its routes."""
    return record.metadata if len(record.metadata) > 2 and record.metadata != NULL else record.litellm_metadata


def to_members(record: LiteLLMRecord) -> dict[str, Raw]:
    """All of the caller's metadata by key, with the `langfuse_*` headers over it."""
    members = _object(callers_metadata(record))
    if _has_steering_headers(record):
        steering = {name[len(_PREFIX) :]: raw for name, raw in to_headers(record).items() if name.startswith(_PREFIX)}
        steering.pop("model_info", None)  # says what a call costs: not for a caller to write
        members.update(steering)
    return members


def to_headers(record: LiteLLMRecord) -> dict[str, Raw]:
    """The headers of the proxy's request; none for a call that came by no proxy."""
    return {} if record.proxy_server_request is None else _object(record.proxy_server_request.headers)


def is_session_trace(headers: Mapping[str, Raw], trace_id: str, session_id: str | None) -> bool:
    """Whether the trace id is only a session header's value, so that each call needs a trace of its own."""
    if not headers or session_id is None:
        return False
    texts = {name.lower(): to_text(raw) for name, raw in headers.items()}
    if texts.get("x-litellm-trace-id") or texts.get("langfuse_trace_id") is not None:
        return False
    if trace_id != session_id and texts.get("langfuse_session_id") != session_id:
        return False
    if texts.get("x-litellm-session-id") == trace_id:
        return True
    if _SESSION_TRACE.fullmatch(trace_id) is None:
        return False
    codex = _CODEX.match(texts.get("user-agent") or "") is not None
    return any(
        value == trace_id and (_SESSION_HEADER.fullmatch(name) is not None or (codex and name in _CODEX_HEADERS))
        for name, value in texts.items()
    )


def _has_steering_headers(record: LiteLLMRecord) -> bool:
    request = record.proxy_server_request
    return request is not None and bytes(request.headers).find(b'"langfuse_') >= 0


def _object(raw: Raw) -> dict[str, Raw]:
    try:
        return _members(raw) if raw else {}
    except DecodeError:  # not an object
        return {}
