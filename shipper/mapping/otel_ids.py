"""Ids as OpenTelemetry has them: 16 bytes for a trace, 8 for a span, none of them all zero.

Pure. Rule: an id that has that form already is taken as it is, any other becomes the first bytes of its SHA-256. That
is the rule of Langfuse's SDKs (langfuse-python: `create_trace_id(seed=…)`; LiteLLM: integrations/langfuse/
langfuse_sdk.py), so that an application's own spans and scores land in the trace of its calls.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256

from msgspec.structs import replace

from shipper.records import CallRecord, Trace

TRACE_ID_BYTES = 16
SPAN_ID_BYTES = 8

_TRACE = re.compile(f"(?!0+$)[0-9a-f]{{{2 * TRACE_ID_BYTES}}}")
_SPAN = re.compile(f"(?!0+$)[0-9a-f]{{{2 * SPAN_ID_BYTES}}}")
_NO_SPAN, _ANY_SPAN = bytes(SPAN_ID_BYTES), b"\1" * SPAN_ID_BYTES  # a hash of zeros, once in 2^64, is still an id


@lru_cache(maxsize=1024)
def trace_id(text: str) -> bytes:
    """16 bytes: those that 32 hexadecimal digits (dashes and case aside) say, else a hash of the text."""
    spelled = _spelled(text, _TRACE) if len(text) - text.count("-") == 2 * TRACE_ID_BYTES else None
    return spelled or sha256(text.encode()).digest()[:TRACE_ID_BYTES]


def span_id(text: str) -> bytes:
    """8 bytes: those that 16 hexadecimal digits (dashes and case aside) say, else a hash of the text."""
    spelled = _spelled(text, _SPAN) if len(text) - text.count("-") == 2 * SPAN_ID_BYTES else None
    digest = spelled or sha256(text.encode()).digest()[:SPAN_ID_BYTES]
    return digest if digest != _NO_SPAN else _ANY_SPAN


def parent_of(trace: Trace, parent_id: str | None, own: bytes) -> tuple[bytes, bool]:
    """The span above a call whose span is `own`, none if it is its trace's root; and whether that is another process's.

    A call that joins a trace without saying where hangs under a span that nobody exports: the server would take it for
    the trace's root, and its name for the trace's (LiteLLM: `_parent_context`). No span is above itself, whatever a
    record says: who draws the tree would never come to an end.
    """
    above = parent_id or trace.parent_span
    if above:
        parent = span_id(above)
        return (b"", False) if parent == own else (parent, True)
    return (b"", False) if trace.owned else (span_id(f"root of {trace.id}"), True)


def with_otel_ids(call: CallRecord) -> CallRecord:
    """The same call with its ids as OTLP would have them, in hexadecimal (`mapping.ids = otel`)."""
    main, trace = call.observation, call.trace
    parent_id = None if not main.parent_id else span_id(main.parent_id).hex()
    return replace(
        call,
        trace=replace(trace, id=trace_id(trace.id).hex()),
        observation=replace(main, id=span_id(main.id).hex(), parent_id=parent_id or trace.parent_span),
        spans=tuple(
            replace(span, id=span_id(span.id).hex(), parent_id=span.parent_id and span_id(span.parent_id).hex())
            for span in call.spans
        ),
    )


def _spelled(text: str, form: re.Pattern[str]) -> bytes | None:
    """The id that a text of the right length spells, if it does."""
    plain = text.replace("-", "").lower()
    return bytes.fromhex(plain) if form.fullmatch(plain) else None
