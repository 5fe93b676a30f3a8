"""CallRecords as requests of OTLP over HTTP (`ExportTraceServiceRequest`), in protobuf or JSON.

Pure and deterministic, like the ingestion wire beside it: ids and times come from the record, so a re-send is the same
span, byte for byte. Knows how spans travel; what they say of a call is a view's business (`langfuse_spans`).
Source: the OpenTelemetry protocol specification; Langfuse, web/src/pages/api/public/otel/v1/traces.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from shipper.mapping import span_json, span_protobuf
from shipper.mapping.gen_ai import GenAiSpans
from shipper.mapping.ingestion import IngestionMapper
from shipper.mapping.langfuse_spans import LangfuseSpans
from shipper.mapping.otel_ids import span_id, trace_id
from shipper.mapping.settings import MappingSettings
from shipper.mapping.span import Attributes, Span
from shipper.records import CallRecord, Cost, Event, UnknownCost

# With any other name the server stores every attribute a second time, as metadata; what follows it is free.
_SCOPE = "langfuse-sdk.shipper"
_OTHER_SCOPE = "shipper"
_LENGTHS_BYTES = 20  # of the two lengths in a request's head, at the most


class OtlpMapper:
    """Renders calls for one Langfuse project, or for any other backend that takes spans."""

    def __init__(
        self,
        settings: MappingSettings,
        public_key: str,
        version: str,
        encoding: Literal["protobuf", "json"] = "protobuf",
        kind: Literal["langfuse", "otlp"] = "langfuse",
    ) -> None:
        """`public_key` names the project, as the server compares it with the request's key; `version` is shipper's.

        Of `kind` otlp spans have the attributes that `settings.conventions` names, and scores are events of theirs.
        """
        is_langfuse = kind == "langfuse"
        view = LangfuseSpans(settings) if is_langfuse else GenAiSpans(settings)
        self._scores = IngestionMapper(settings, public_key, version) if is_langfuse else None
        scope = _SCOPE if is_langfuse else _OTHER_SCOPE
        about: Attributes = {"public_key": public_key} if is_langfuse else {}
        resource: Attributes = {} if is_langfuse else {"service.name": settings.service_name}
        self._is_json = encoding == "json"
        self.encode: Callable[[Span], bytes] = span_json.encode_span if self._is_json else span_protobuf.encode_span
        self.spans = view.spans
        self._json_head = span_json.request_head(scope, version, about, resource)
        self._scope = span_protobuf.encode_scope(scope, version, about)
        self._resource = span_protobuf.encode_resource(resource)

    def events(self, call: CallRecord, cost: Cost | UnknownCost) -> list[Event]:
        """The call's spans, its own first, and then, for Langfuse, its scores, which go by the ingestion wire.

        The scores name trace and observation by the ids of this wire.
        """
        origin = call.origin
        events = [Event(span.span_id.hex(), self.encode(span), origin, "otlp") for span in self.spans(call, cost)]
        if call.scores and self._scores is not None:
            events += self._scores.scores(call, trace_id(call.trace.id).hex(), span_id(call.observation.id).hex())
        return events

    def body(self, events: Sequence[Event]) -> list[bytes]:
        """The request body as chunks that are written one after the other; nothing is joined or copied."""
        if self._is_json:
            chunks = [self._json_head]
            for event in events:
                chunks += (event.data, b",")
            if events:
                chunks.pop()
            chunks.append(span_json.REQUEST_TAIL)
            return chunks
        spans = [event.data for event in events]
        return [span_protobuf.request_head(sum(map(len, spans)), self._scope, self._resource), *spans]

    def envelope_bytes(self, n_events: int) -> int:
        """Length of a body of that many events without the events and the commas between them, at the most."""
        if self._is_json:
            return len(self._json_head) + len(span_json.REQUEST_TAIL)
        return len(span_protobuf.request_head(0, self._scope, self._resource)) + _LENGTHS_BYTES
