"""Langfuse's OTLP endpoint: key, packing, content type, encoding, ids and lists, version, key of the scope.

Source, order of the checks and their words included: `web/src/pages/api/public/otel/v1/traces/index.ts` of Langfuse,
`createAuthedProjectAPIRoute.ts` around it, `utils.ts` beside its processor for what makes a request unusable, and
older processors for the scope's key. All or nothing: there is no partial success. An empty id, which the real server
takes in JSON, is refused here in either encoding. Knows no connection.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Mapping, Sequence
from typing import ClassVar

from msgspec import Struct

from shipper.demo import otlp_json, otlp_protobuf
from shipper.demo.access import Keys
from shipper.demo.answer import Answer
from shipper.demo.faults import Arrival, Fault, Refuse, Reply, Wire
from shipper.demo.ingestion import Event, Refusal, skimmed
from shipper.demo.span import Malformed, Span, Unreadable
from shipper.demo.span_view import view

INGRESS_TOO_LARGE = Answer(413, b"<html><body><h1>413 Request Entity Too Large</h1></body></html>", "text/html")
_NEWEST_VERSION = 4
_NUMBER = re.compile(r"\s*[+-]?[0-9]{1,9}")
_VERSION = "x-langfuse-ingestion-version"
_DENIED = "Access denied - insufficient permissions for this endpoint"
_UNKNOWN = "Invalid credentials. Confirm that you've configured the correct host."


class LangfuseOtlp(Struct, frozen=True):
    """`max_bytes` is an ingress's before the server, which has no limit of its own."""

    keys: Keys
    validate: bool
    max_bytes: int | None = None

    wire: ClassVar[Wire] = "otlp"
    too_large: ClassVar[Answer] = INGRESS_TOO_LARGE
    wrong_method: ClassVar[Answer] = Answer.json(
        405, {"message": "Method not allowed", "error": "MethodNotAllowedError"}
    )

    def receive(self, headers: Mapping[str, str], body: bytes) -> Answer | Sequence[Event | Refusal]:
        """The request's spans as events."""
        scope = self.keys.scope(headers.get("Authorization", ""))
        if scope != "project":
            return Answer.json(401, {"message": _UNKNOWN}) if scope is None else Answer.json(403, {"message": _DENIED})
        if "gzip" in headers.get("Content-Encoding", ""):
            try:
                body = gzip.decompress(body)
            except (OSError, EOFError, zlib.error):
                return _refused("Failed to decompress request body")
        content_type = headers.get("Content-Type", "").lower()
        is_json = "application/json" in content_type
        if not is_json and "application/x-protobuf" not in content_type:
            return _refused("Invalid content type")
        encoding = otlp_json if is_json else otlp_protobuf
        try:
            if not self.validate:
                return [
                    skimmed(span_id, "", {"id": span_id, "traceId": trace_id})
                    for trace_id, span_id in encoding.skim(body)
                ]
            spans = encoding.read(body)
        except Unreadable:
            return _refused(f"Failed to parse OTel {'JSON' if is_json else 'Protobuf'} Trace")
        except Malformed as error:
            return _refused(f"Invalid OTLP trace export: {error}. The entire export was rejected.")
        return self._wrong(headers, spans) or [view(span) for span in spans]

    def _wrong(self, headers: Mapping[str, str], spans: Sequence[Span]) -> Answer | None:
        if not spans:
            return None
        bare = sum(not span.trace_id or not span.span_id for span in spans)
        if bare:
            return _refused(
                f"Invalid OTLP trace export: {bare} of {len(spans)} span(s) cannot be processed: traceId and spanId "
                f"are required on every span. The entire export was rejected and no spans were ingested."
            )
        version = headers.get(_VERSION) or headers.get(_VERSION.replace("-", "_"))
        if version and not _is_supported(version):
            return _refused(f'Unsupported x-langfuse-ingestion-version: "{version}". Maximum supported: "4".')
        for scope in (span.scope for span in spans):
            named = scope.attributes.get("public_key")
            if scope.name.startswith("langfuse-sdk") and named != self.keys.public:
                message = f"Span has different public key '{named}' than used for authentication. Discarding span."
                return Answer.json(403, {"message": message, "error": "ForbiddenError"})
        return None

    def fault(self, fault: Fault | None, arrivals: Sequence[Arrival]) -> Fault | None:
        """As scripted; one refused span is the end of all."""
        if not isinstance(fault, Refuse):
            return fault
        if not any(fault.where(arrival) for arrival in arrivals):
            return None
        whole = _refused(fault.message)
        return Reply(fault.status, whole.body, {"Content-Type": whole.content_type})

    def answer(
        self, number: int, received: Sequence[Event | Refusal], arrivals: Sequence[Arrival], fault: Fault | None
    ) -> Answer:
        """A queue's job, and no ExportTraceServiceResponse."""
        if not received:
            return Answer.json(200, {})
        return Answer.json(
            200, {"name": "otel-ingestion-job", "data": {"payload": {}}, "id": str(number), "attemptsMade": 0}
        )


def _is_supported(version: str) -> bool:
    """As JavaScript's parseInt reads it."""
    number = _NUMBER.match(version)
    return number is not None and int(number[0]) <= _NEWEST_VERSION


def _refused(error: str) -> Answer:
    return Answer.json(400, {"error": error})
