"""The pure stages without Kafka and HTTP: lines with record values in, request bodies out (`shipper map`).

Rule: same stages and limits as the daemon's, so a body is byte for byte what would be sent; but no batch closes by
age, so the same lines always give the same bodies. Knows no configuration, and where neither lines come from nor
bodies go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct

from shipper.assembly import Assembly
from shipper.batch import Batch, Batchers, BatchSettings
from shipper.explain import as_text, explain
from shipper.mapping.settings import MappingSettings
from shipper.price_files import PriceFiles
from shipper.pricing import Pricer, PricingSettings
from shipper.records import Event, Reason, Record, Rejected, Wire

_NO_TIMESTAMP = -1  # as Kafka says it


class Refused(Struct, frozen=True):
    """A line (counted from 0) that would go to the dead letters, and why; `detail` holds no value of the record."""

    line: int
    reason: Reason
    detail: str


class OfflineMapper:
    """Decodes, prices, maps and batches lines, one after the other."""

    def __init__(
        self,
        mapping: MappingSettings,
        pricing: PricingSettings,
        batch: BatchSettings,
        public_key: str,
        wire: Wire = "ingestion",
        kind: Literal["langfuse", "otlp"] = "langfuse",
    ) -> None:
        """`public_key` stands in every body, as the daemon writes it. By the wire `otlp` traces are OTLP/JSON, and
        scores are bodies of the ingestion API. Raises `PriceFilesError`."""
        pricer = Pricer(pricing, PriceFiles(pricing).load())
        self._assembly = Assembly(mapping, batch, public_key, pricer.price, "json", kind)
        self._batchers: Batchers[Event] = self._assembly.batchers()
        self._stages = self._assembly.stages[wire]

    def map(self, lines: Iterable[bytes]) -> Iterator[bytes | Refused]:
        """Each request body as soon as it is full, what is left at the end, and each refused line when it is read.

        A line is the value of one record at topic `-`, partition 0 and the offset of its number. Blank lines are
        passed over, but counted.
        """
        for record in _records(lines):
            worked = self._stages.work(record)
            if isinstance(worked, Rejected):
                yield Refused(record.offset, worked.reason, worked.detail)
                continue
            for event in worked.events:
                # Nothing closes by age, so one instant serves them all.
                yield from self._body(self._batchers.add(event.wire, event, len(event.data), now_s=0.0))
        for batch in self._batchers.flush("drain"):
            yield from self._body(batch)

    def explain(self, lines: Iterable[bytes]) -> Iterator[str | Refused]:
        """For each line in words: the fields of its events, what of the record they came from, and by which rule."""
        for record in _records(lines):
            explained = explain(self._stages.work, record)
            if isinstance(explained, Rejected):
                yield Refused(record.offset, explained.reason, explained.detail)
            else:
                yield as_text(record.offset, explained)

    def _body(self, batch: Batch[Event] | None) -> Iterator[bytes]:
        if batch is not None:
            yield b"".join(self._assembly.body(batch.items))


def _records(lines: Iterable[bytes]) -> Iterator[Record]:
    for number, line in enumerate(lines):
        value = line.strip()
        if value:
            yield Record("-", 0, number, _NO_TIMESTAMP, None, value)
