"""Reads what an OTLP endpoint answers: all of a request's spans are stored, one of them spoils it, or the world does.

Pure. Rules: the OpenTelemetry protocol specification (OTLP/HTTP: response, partial success, failures), and Langfuse's
route, which answers with something else than the protocol says (web/src/pages/api/public/otel/v1/traces). An answer
names no span, so a culprit is found by sending halves; what was taken already comes again as the same span.
"""

from __future__ import annotations

import re

from msgspec import DecodeError, Struct
from msgspec.json import Decoder

from shipper.mapping.reply import clean, to_hold
from shipper.outcome import Answered, Held, Malformed, Outcome, Reply, TooLarge

# With what comes after the `<`: a protobuf answer whose only member has 60 bytes begins with a line feed and a `<`.
_PAGE = re.compile(rb"\s*<[A-Za-z!?]")
_FIELD, _WIRE_TYPE = 3, 0b111
_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5


class _Partial(Struct, rename="camel"):
    rejected_spans: int | str = 0
    error_message: str = ""


class _Response(Struct, rename="camel"):
    partial_success: _Partial | None = None


class _Refusal(Struct):
    message: str = ""
    error: str = ""


_response = Decoder(_Response, strict=False).decode
_refusal = Decoder(_Refusal).decode


def read_traces_reply(reply: Reply, count: int) -> Outcome:
    """What becomes of the `count` spans of a request that was answered like this."""
    detail = f"HTTP {reply.status}"
    if 200 <= reply.status < 300:
        return _read_success(reply, count, detail)
    if reply.status == 413:
        return TooLarge(reply.body is not None and not _is_page(reply.body), detail)
    if reply.status in (400, 422):
        return _read_refusal(reply, detail)
    return Held("unsupported_encoding", detail) if reply.status == 415 else to_hold(reply)


def _read_success(reply: Reply, count: int, detail: str) -> Outcome:
    if reply.body is None or _is_page(reply.body):
        return Held("unknown_reply", detail + " with a page")
    rejected, message = _partial_success(reply.body)
    if rejected:
        return Malformed(f"{rejected} of {count} spans rejected: {clean(message)}")
    return Answered(tuple(range(count)), detail=clean(message))


def _read_refusal(reply: Reply, detail: str) -> Outcome:
    """At least one span is at fault, unless something before the backend answers, or the request as such is wrong."""
    body = reply.body
    if body is None or _is_page(body):
        return Held("unknown_refusal", detail)
    if body[:1] == b"{":
        try:
            refusal = _refusal(body)
        except (DecodeError, UnicodeDecodeError, RecursionError):
            return Malformed(detail)
        said = refusal.error or refusal.message
        if "content type" in said.lower():
            return Held("unsupported_encoding", f"{detail} {clean(said)}")
        if "ingestion version" in said.lower() or "ingestion-version" in said.lower():
            return Held("unknown_refusal", f"{detail} {clean(said)}")
        return Malformed(f"{detail} {clean(said)}".rstrip())
    return Malformed(detail)


def _is_page(body: bytes) -> bool:
    return _PAGE.match(body) is not None


def _partial_success(body: bytes) -> tuple[int, str]:
    """How many spans an ExportTraceServiceResponse rejects, and why; none where the body is something else."""
    if body[:1] in (b"{", b"["):
        try:
            partial = _response(body).partial_success
            return (0, "") if partial is None else (int(partial.rejected_spans), partial.error_message)
        except (DecodeError, UnicodeDecodeError, ValueError, RecursionError):
            return 0, ""
    try:
        partial_success = _fields(body).get(1, b"")
        members = _fields(partial_success) if isinstance(partial_success, bytes) else {}
    except (IndexError, ValueError):  # no protobuf
        return 0, ""
    rejected, message = members.get(1, 0), members.get(2, b"")
    if not isinstance(rejected, int) or not isinstance(message, bytes):
        return 0, ""
    return (rejected if rejected < 2**63 else 0), message.decode(errors="replace")


def _fields(message: bytes) -> dict[int, int | bytes]:
    """The last value of each field of a protobuf message. Raises ValueError or IndexError for what is none."""
    fields: dict[int, int | bytes] = {}
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & _WIRE_TYPE
        if kind == _VARINT:
            fields[tag >> _FIELD], at = _varint(message, at)
            continue
        size_bytes = {_EIGHT: 8, _FOUR: 4}.get(kind)
        if kind == _BYTES:
            size_bytes, at = _varint(message, at)
        if size_bytes is None or at + size_bytes > len(message):
            raise ValueError("no message")
        fields[tag >> _FIELD] = message[at : at + size_bytes]
        at += size_bytes
    return fields


def _varint(message: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = message[at]
        at += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number, at
        shift += 7
        if shift > 63:
            raise ValueError("no number")
