"""A plain OTLP/HTTP collector, as any trace backend but Langfuse has one.

Source: OpenTelemetry's specification of OTLP/HTTP, and its Collector's receiver where that leaves room: an id of a
wrong length or of zeros makes the request unreadable, an unknown content type is 415. Every answer is in the
encoding of the request, errors as a `google.rpc.Status`. No key is asked for. Knows no connection.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping, Sequence
from typing import ClassVar

from msgspec import Struct

from shipper.demo import otlp_json, otlp_protobuf
from shipper.demo.answer import Answer
from shipper.demo.faults import Arrival, Fault, Refuse, Wire
from shipper.demo.ingestion import Event, Refusal, skimmed
from shipper.demo.langfuse_otlp import INGRESS_TOO_LARGE
from shipper.demo.span import Malformed, Span, Unreadable
from shipper.demo.span_view import view

_INVALID_ARGUMENT = 3  # of google.rpc.Code
_JSON, _PROTOBUF = "application/json", "application/x-protobuf"
_HEX = frozenset("0123456789abcdefABCDEF")


class Collector(Struct):
    """One request to it; `max_bytes` is an ingress's."""

    validate: bool
    max_bytes: int | None = None
    content_type: str = _PROTOBUF

    wire: ClassVar[Wire] = "otlp"
    too_large: ClassVar[Answer] = INGRESS_TOO_LARGE
    wrong_method: ClassVar[Answer] = Answer(405, b"405 method not allowed, supported: [POST]")

    def receive(self, headers: Mapping[str, str], body: bytes) -> Answer | Sequence[Event | Refusal]:
        """The request's spans as events."""
        self.content_type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if self.content_type not in (_JSON, _PROTOBUF):
            return Answer(415, b"415 unsupported media type, supported: [application/json, application/x-protobuf]")
        packing = headers.get("Content-Encoding", "identity").strip().lower()
        if packing not in ("gzip", "identity", ""):
            return Answer(400, f"unsupported Content-Encoding: {packing}".encode())
        encoding = otlp_json if self.content_type == _JSON else otlp_protobuf
        try:
            if packing == "gzip":
                body = gzip.decompress(body)
            if not self.validate:
                return [
                    skimmed(span_id, "", {"id": span_id, "traceId": trace_id})
                    for trace_id, span_id in encoding.skim(body)
                ]
            spans = encoding.read(body)
        except (OSError, EOFError, zlib.error, Unreadable, Malformed) as error:
            return self._refused(str(error))
        wrong = next((span for span in spans if not _has_ids(span)), None)
        return [view(span) for span in spans] if wrong is None else self._refused("invalid length of a span's id")

    def fault(self, fault: Fault | None, arrivals: Sequence[Arrival]) -> Fault | None:
        """As scripted: refused spans become a partial success."""
        return fault

    def answer(
        self, number: int, received: Sequence[Event | Refusal], arrivals: Sequence[Arrival], fault: Fault | None
    ) -> Answer:
        """An ExportTraceServiceResponse; what a fault refuses makes it a partial success."""
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

        response = ExportTraceServiceResponse()
        if isinstance(fault, Refuse):
            response.partial_success.rejected_spans = sum(map(fault.where, arrivals))
            response.partial_success.error_message = fault.message
        if self.content_type == _PROTOBUF:
            return Answer(200, response.SerializeToString(), _PROTOBUF)
        partial = response.partial_success
        told = {"rejectedSpans": str(partial.rejected_spans), "errorMessage": partial.error_message}
        return Answer.json(200, {"partialSuccess": told if isinstance(fault, Refuse) else {}})

    def _refused(self, message: str) -> Answer:
        if self.content_type == _JSON:
            return Answer.json(400, {"code": _INVALID_ARGUMENT, "message": message})
        return Answer(400, _status(_INVALID_ARGUMENT, message), _PROTOBUF)


def _has_ids(span: Span) -> bool:
    return all(
        len(text) == length and _HEX.issuperset(text) and text.strip("0") != ""
        for text, length in ((span.trace_id, 32), (span.span_id, 16))
    ) and (not span.parent_id or (len(span.parent_id) == 16 and _HEX.issuperset(span.parent_id)))


def _status(code: int, message: str) -> bytes:
    """A google.rpc.Status in protobuf: its two fields, written by hand for want of its package."""
    text = message.encode("ascii", "replace")[:127]  # so that one byte holds its length
    return bytes((0x08, code, 0x12, len(text))) + text
