"""The stages of every wire and what goes with them, put together from settings: for the daemon and `shipper map` alike.

Pure. Knows which stages belong together, and nothing of how they work.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, TypeVar

from shipper import __version__
from shipper.batch import Batcher, Batchers, BatchSettings
from shipper.decode import Decoder
from shipper.mapping.conform import Conform
from shipper.mapping.ingestion import IngestionMapper
from shipper.mapping.otel_ids import with_otel_ids
from shipper.mapping.otlp import OtlpMapper
from shipper.mapping.settings import MappingSettings
from shipper.mapping.size import Size
from shipper.mapping.span_size import SpanSize
from shipper.records import Billing, CallRecord, Cost, Event, UnknownCost, Wire
from shipper.stages import Stages

T = TypeVar("T")


class Assembly:
    """What a record goes through, by the wire it leaves by; `stages` has those of each."""

    def __init__(
        self,
        mapping: MappingSettings,
        batch: BatchSettings,
        public_key: str,
        price: Callable[[Billing], Cost | UnknownCost],
        encoding: Literal["protobuf", "json"] = "protobuf",
        kind: Literal["langfuse", "otlp"] = "langfuse",
    ) -> None:
        """`public_key` names the Langfuse project; `encoding` is that of OTLP, `kind` the backend that it is for."""
        self._batch = batch
        self._is_json = encoding == "json"
        self._ingestion = IngestionMapper(mapping, public_key, __version__)
        self._otlp = OtlpMapper(mapping, public_key, __version__, encoding, kind)
        limits: Batchers[Event] = self.batchers()
        decode, conform = Decoder(mapping).decode, Conform(mapping).conform
        score_bytes, span_bytes = limits.largest_bytes("ingestion"), limits.largest_bytes("otlp")
        self.stages: dict[Wire, Stages] = {
            "ingestion": Stages(
                decode,
                price,
                conform if mapping.ids == "record" else _after(with_otel_ids, conform),
                self._ingestion.events,
                Size(mapping, score_bytes).fit,
                "ingestion",
            ),
            "otlp": Stages(
                decode,
                price,
                Conform(mapping, keeps_ids=True, keeps_environment=kind == "otlp").conform,
                self._otlp.events,
                SpanSize(mapping, self._otlp, span_bytes, score_bytes).fit,
                "otlp",
            ),
        }

    def batchers(self) -> Batchers[T]:
        """New, empty batchers for all wires."""
        batch = self._batch
        return Batchers(
            {
                "ingestion": Batcher(batch, self._ingestion.envelope_bytes(batch.max_events)),
                "otlp": Batcher(batch, self._otlp.envelope_bytes(batch.max_events), int(self._is_json)),
            }
        )

    def body(self, events: Sequence[Event]) -> list[bytes]:
        """The request body of events that travel by one wire, in chunks that are written one after the other."""
        return (self._otlp if events[0].wire == "otlp" else self._ingestion).body(events)


def _after(
    first: Callable[[CallRecord], CallRecord], then: Callable[[CallRecord], CallRecord]
) -> Callable[[CallRecord], CallRecord]:
    return lambda call: then(first(call))
