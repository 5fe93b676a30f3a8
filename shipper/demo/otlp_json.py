"""OTLP trace requests in JSON → spans.

Source: OpenTelemetry's specification of OTLP, chapter on JSON: ids as hex, 64-bit numbers as text, statuses as numbers.
Stricter than Langfuse, which takes lone surrogates and loses neighbouring rows over them: here they are no JSON. Pure.
Knows nothing of HTTP.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from msgspec import DecodeError, Raw, Struct, ValidationError
from msgspec.json import Decoder

from shipper.demo.span import Malformed, Scope, Span, Unreadable

_STATUS_ERROR = 2  # STATUS_CODE_ERROR
_UNSIGNED_64 = 1 << 64


class _AnyValue(Struct, rename="camel"):
    string_value: str | None = None
    bool_value: bool | None = None
    int_value: int | str | None = None
    double_value: float | str | None = None
    array_value: _ArrayValue | None = None
    kvlist_value: _KeyValueList | None = None
    bytes_value: str | None = None

    def plain(self) -> Any:
        if self.array_value is not None:
            return [one.plain() for one in self.array_value.values]
        if self.kvlist_value is not None:
            return _plain_all(self.kvlist_value.values)
        if self.int_value is not None:
            return int(self.int_value)
        if self.double_value is not None:
            return float(self.double_value)  # NaN and the infinities are text
        if self.bool_value is not None:
            return self.bool_value
        return self.string_value if self.string_value is not None else self.bytes_value


class _ArrayValue(Struct):
    values: list[_AnyValue] = []


class _KeyValue(Struct):
    key: str = ""
    value: _AnyValue | None = None


class _KeyValueList(Struct):
    values: list[_KeyValue] = []


class _Status(Struct):
    code: int = 0
    message: str = ""


class _Event(Struct):
    attributes: list[_KeyValue] | None = None


class _Ids(Struct, rename="camel"):
    trace_id: str
    span_id: str


class _Span(_Ids, kw_only=True, rename="camel"):
    parent_span_id: str | None = None
    name: str = ""
    start_time_unix_nano: int | str = 0
    end_time_unix_nano: int | str = 0
    attributes: list[_KeyValue] | None = None
    events: list[_Event] | None = None
    status: _Status | None = None


class _Scope(Struct):
    name: str = ""
    version: str = ""
    attributes: list[_KeyValue] | None = None


class _ScopeSpans(Struct):
    scope: _Scope | None = None
    spans: list[Raw] | None = None


class _Resource(Struct):
    attributes: list[_KeyValue] | None = None


class _ResourceSpans(Struct, rename="camel"):
    resource: _Resource | None = None
    scope_spans: list[_ScopeSpans] | None = None


class _Request(Struct, rename="camel"):
    resource_spans: list[_ResourceSpans] | None = None


_REQUEST, _SPAN, _IDS = Decoder(_Request), Decoder(_Span), Decoder(_Ids)


def read(body: bytes) -> list[Span]:
    """A request body, unpacked → its spans in their order. Raises Unreadable and Malformed."""
    with _problems_named():
        return [_span(_SPAN.decode(raw), raw, scope, resource) for raw, scope, resource in _spans(body)]


def skim(body: bytes) -> list[tuple[str, str]]:
    """A request body → (trace id, span id) of its spans, the rest not looked at. Raises as `read` does."""
    with _problems_named():
        spans = [_IDS.decode(raw) for raw, _, _ in _spans(body)]
    return [(span.trace_id, span.span_id) for span in spans]


@contextmanager
def _problems_named() -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        raise Malformed(str(error)) from error
    except (DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(str(error)) from error
    except ValueError as error:  # a number that is none
        raise Malformed(str(error)) from error


def _spans(body: bytes) -> Iterator[tuple[Raw, Scope, dict[str, Any]]]:
    body.decode()  # msgspec does not look into what it passes over
    for resource_spans in _REQUEST.decode(body).resource_spans or ():
        resource = _plain_all(resource_spans.resource.attributes if resource_spans.resource else None)
        for scope_spans in resource_spans.scope_spans or ():
            given = scope_spans.scope or _Scope()
            scope = Scope(given.name, given.version, _plain_all(given.attributes))
            for span in scope_spans.spans or ():
                yield span, scope, resource


def _span(span: _Span, raw: Raw, scope: Scope, resource: dict[str, Any]) -> Span:
    status = span.status or _Status()
    return Span(
        span.trace_id,
        span.span_id,
        span.parent_span_id or "",
        span.name,
        _time_ns(span.start_time_unix_nano),
        _time_ns(span.end_time_unix_nano),
        status.code == _STATUS_ERROR,
        status.message,
        _plain_all(span.attributes),
        scope,
        resource,
        bytes(raw),
    )


def _time_ns(given: int | str) -> int:
    if not 0 <= (time_ns := int(given)) < _UNSIGNED_64:
        raise ValueError("a time is an unsigned 64-bit number")
    return time_ns


def _plain_all(attributes: list[_KeyValue] | None) -> dict[str, Any]:
    return {one.key: one.value.plain() if one.value else None for one in attributes or ()}
