"""What a record costs on the OTLP wire: `python -m tests.bench.bench_otlp`. Measures, does not judge.

CPU-µs of one core a record, the best of many short rounds that take turns, so that what else the machine does falls on
all alike: from the value of a Kafka message to the request's body, on both wires and in both encodings, without and
with compression. Beside it OpenTelemetry's own SDK and exporter for the same spans (in an environment of its own,
installed on the first run), and the official messages as another way to write what `span_protobuf` writes. No two
records are alike, and a round has other records than the one before: no cache helps more than it would.
"""

from __future__ import annotations

import json
import subprocess
import sys
import zlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from time import process_time
from typing import Any

from isal import isal_zlib
from msgspec import Raw, Struct
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OfficialSpan

from shipper.allocator import keep_freed_memory
from shipper.decode import Decoder
from shipper.mapping import span_json, span_protobuf
from shipper.mapping.conform import Conform
from shipper.mapping.ingestion import IngestionMapper
from shipper.mapping.langfuse_spans import LangfuseSpans
from shipper.mapping.otlp import OtlpMapper
from shipper.mapping.settings import MappingSettings
from shipper.mapping.size import Size
from shipper.mapping.span import Span
from shipper.pricing import PriceBook, Pricer, PriceTable, PricingSettings, bundled_snapshot
from shipper.records import CallRecord, Cost, Event, Record, Rejected, UnknownCost
from shipper.stages import Stages, next_chunk
from tests.bench.bench_stages import litellm_record, plain_record
from tests.oracles.environment import LOCKS, environment

ROUNDS = 200
BATCHES = 100
BATCH_BYTES = {2_000: 40_000, 20_000: 200_000}  # of records, by the size of one
ROOT = Path(__file__).parents[2]
GZIP_WINDOW = 16 + zlib.MAX_WBITS
SETTINGS = MappingSettings(environment="production", release="2026.11.1")
Write = Callable[[str], object]
Priced = tuple[CallRecord, Cost | UnknownCost]
FIRST = "ingestion"


class Zipper(Struct, frozen=True):
    """A compressor of bodies that come in chunks."""

    name: str
    start: Callable[[], Any]

    def zip(self, chunks: Sequence[bytes]) -> bytes:
        compressor = self.start()
        return b"".join([*map(compressor.compress, chunks), compressor.flush()])


ZIPPERS = [
    Zipper("zlib 6", lambda: zlib.compressobj(6, zlib.DEFLATED, GZIP_WINDOW)),
    Zipper("zlib 1", lambda: zlib.compressobj(1, zlib.DEFLATED, GZIP_WINDOW)),
    Zipper("isal 2", lambda: isal_zlib.compressobj(2, isal_zlib.DEFLATED, GZIP_WINDOW)),
    Zipper("isal 1", lambda: isal_zlib.compressobj(1, isal_zlib.DEFLATED, GZIP_WINDOW)),
    Zipper("isal 0", lambda: isal_zlib.compressobj(0, isal_zlib.DEFLATED, GZIP_WINDOW)),
]


def batches(shape: str, size_bytes: int) -> list[list[Record]]:
    """Batches of records of about that size, none of them like another; their texts are prose and code."""
    one = {"LiteLLM": litellm_record, "shipper.call/1": plain_record}[shape]
    paths = sorted([*ROOT.glob("deploy/docs/*.md"), *ROOT.glob("shipper/**/*.py")])
    prose = "".join(path.read_bytes().decode("ascii", "ignore") for path in paths)
    random, count = Random(7), BATCH_BYTES[size_bytes] // size_bytes
    made = []
    for number in range(BATCHES * count):
        value = json.loads(one(size_bytes + random.randrange(-100, 100)))
        _tell_apart(value, number)
        _reword(value, prose, random)
        made.append(Record("bench", 0, number, 0, None, json.dumps(value, separators=(",", ":")).encode()))
    return [made[begin : begin + count] for begin in range(0, len(made), count)]


def _tell_apart(value: dict[str, Any], number: int) -> None:
    if "schema" in value:
        value["id"] = f"call-{number}"
        value["trace"] |= {"id": f"trace-{number}", "user_id": f"user-{number}", "session_id": f"session-{number // 9}"}
        times = ("start_time", "end_time", "first_token_time")
    else:
        payload = value["standard_logging_object"]
        payload |= {"litellm_call_id": f"call-{number}", "trace_id": f"trace-{number}"}
        payload["id"] = payload["response"]["id"] = f"chatcmpl-{number}"
        times = ("start_time", "end_time", "completion_start_time")
    for key in times:
        value[key] = (datetime.fromisoformat(value[key]) + timedelta(milliseconds=1_001 * number)).isoformat()


def _reword(value: dict[str, Any], prose: str, random: Random) -> None:
    """The same text where it stands twice, as a prompt does in LiteLLM's record."""
    if "schema" in value:
        asked, answered = [value["request"]["messages"][-1]], [value["response"]["choices"][0]["message"]]
    else:
        payload = value["standard_logging_object"]
        asked = [value["messages"][0], payload["messages"][0]]
        answered = [payload["response"]["choices"][0]["message"]]
    for messages in (asked, answered):
        size = len(messages[0]["content"])
        begin = random.randrange(len(prose) - size)
        for message in messages:
            message["content"] = prose[begin : begin + size]


class Timed(Struct):
    """Pieces of work that take turns; each is given the number of a batch of `n_records`."""

    n_records: int
    works: dict[str, Callable[[int], object]]

    def best_us(self) -> dict[str, float]:
        """CPU-µs a record."""
        best_s = dict.fromkeys(self.works, float("inf"))
        for round_number in range(ROUNDS):
            for name, work in self.works.items():
                begin = process_time()
                work(round_number % BATCHES)
                best_s[name] = min(best_s[name], process_time() - begin)
        return {name: seconds / self.n_records * 1e6 for name, seconds in best_s.items()}


class Wire:
    """From records to bodies on one wire."""

    def __init__(self, mapper: IngestionMapper | OtlpMapper, pricer: Pricer) -> None:
        self._body = mapper.body
        self._events = mapper.events
        self._stages = Stages(
            Decoder(SETTINGS).decode,
            pricer.price,
            Conform(SETTINGS).conform,
            mapper.events,
            Size(SETTINGS, SETTINGS.max_event_bytes).fit,
        )

    def all_the_way(self, batch: list[Record]) -> list[bytes]:
        """The chunks of one body, which the client writes one after the other."""
        events: list[Event] = []
        begin = 0
        while begin < len(batch):
            chunk = next_chunk(batch, begin, 10**9)
            for worked in self._stages.work_all(chunk):
                assert not isinstance(worked, Rejected)
                events += worked.events
            begin += len(chunk)
        return self._body(events)

    def map_alone(self, calls: list[Priced]) -> list[bytes]:
        """Likewise of calls that are decoded and priced."""
        events: list[Event] = []
        for call, cost in calls:
            events += self._events(call, cost)
        return self._body(events)


def decoded(batch: list[Record], pricer: Pricer) -> list[Priced]:
    """The calls of a batch with their costs."""
    decode, found = Decoder(SETTINGS).decode, []
    for record in batch:
        call = decode(record)
        assert isinstance(call, CallRecord)
        found.append((call, pricer.price(call.billing)))
    return found


def official(span: Span) -> bytes:
    """A span by the official messages."""
    made = OfficialSpan(
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_span_id=span.parent_id,
        name=span.name,
        kind=span.kind,  # type: ignore[arg-type]
        start_time_unix_nano=span.start_ns,
        end_time_unix_nano=span.end_ns,
        flags=span.flags,
    )
    add = made.attributes.add
    for key, value in span.attributes.items():
        attribute = add(key=key)
        if isinstance(value, Raw):
            attribute.value.string_value = bytes(value).decode()
        elif isinstance(value, str):
            attribute.value.string_value = value
        elif isinstance(value, bool):
            attribute.value.bool_value = value
        elif isinstance(value, int):
            attribute.value.int_value = value
        elif isinstance(value, tuple):
            for item in value:
                attribute.value.array_value.values.add(string_value=item)
    return made.SerializeToString()


def sdk(batches: list[list[Span]]) -> dict[str, float]:
    """What OpenTelemetry's SDK and exporter cost for the same spans."""
    told = [
        [
            {
                "name": span.name,
                "start_ns": span.start_ns,
                "end_ns": span.end_ns,
                "failed": span.failed,
                "error": span.error,
                "attributes": {
                    key: bytes(value).decode() if isinstance(value, Raw) else value
                    for key, value in span.attributes.items()
                },
            }
            for span in spans
        ]
        for spans in batches
    ]
    done = subprocess.run(
        [environment("otel_sdk") / "python", LOCKS / "otel_sdk_speed.py"],
        input=json.dumps({"batches": told, "rounds": ROUNDS}),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def report(shape: str, size_bytes: int, wires: dict[str, Wire], pricer: Pricer, write: Write) -> None:
    """All figures for records of one shape and size."""
    given = batches(shape, size_bytes)
    calls = [decoded(batch, pricer) for batch in given]
    view = LangfuseSpans(SETTINGS)
    spans = [[span for call, cost in batch for span in view.spans(call, cost)] for batch in calls]
    bodies = {name: [wire.all_the_way(batch) for batch in given] for name, wire in wires.items()}
    works: dict[str, Callable[[int], object]] = {
        "decode and price": lambda at: decoded(given[at], pricer),
        "view": lambda at: [view.spans(call, cost) for call, cost in calls[at]],
    }
    for name, wire in wires.items():
        works[name] = partial(_at, wire.all_the_way, given)
        works[f"map {name}"] = partial(_at, wire.map_alone, calls)
        for zipper in ZIPPERS:
            works[f"{zipper.name} {name}"] = partial(_at, zipper.zip, bodies[name])
    for name, encode in ENCODERS.items():
        works[name] = partial(_at, partial(_each, encode), spans)
    found = Timed(len(given[0]), works).best_us()
    theirs = sdk(spans)
    mean_bytes = sum(len(record.value or b"") for batch in given for record in batch) // sum(map(len, given))
    write(f"\n{shape}, {mean_bytes:,} bytes a record; decode and price {found['decode and price']:.1f} µs\n")
    for name in wires:
        _write_wire(name, found, bodies[name], len(given[0]), write)
    _write_encoders(found, theirs, write)


def _at(work: Callable[[Any], object], batches: list[Any], number: int) -> None:
    work(batches[number])


def _each(encode: Callable[[Span], bytes], spans: list[Span]) -> None:
    for span in spans:
        encode(span)


def _write_wire(name: str, found: dict[str, float], bodies: list[list[bytes]], n_records: int, write: Write) -> None:
    raw_bytes = sum(map(len, bodies[0])) / n_records
    write(
        f"  {name:<15}{found[name]:>7.1f} µs in all, {found[name] / found[FIRST]:.2f} of {FIRST}; mapping and body "
        f"{found[f'map {name}']:>5.1f}; {raw_bytes:>7,.0f} bytes\n"
    )
    if name != FIRST:
        for zipper in ZIPPERS:
            zipped_bytes = len(zipper.zip(bodies[0])) / n_records
            write(f"    + {zipper.name}  {found[f'{zipper.name} {name}']:>7.1f} µs {zipped_bytes:>22,.0f} bytes\n")


def _write_encoders(found: dict[str, float], theirs: dict[str, float], write: Write) -> None:
    write("  " + ", ".join(f"{name} {found[name]:.1f}" for name in ("view", *ENCODERS)) + " µs\n")
    export_us, make_us = theirs["encode_us"], theirs["make_us"]
    ours_us = found["map OTLP protobuf"]
    write(
        f"  OpenTelemetry: spans made {make_us:.1f} µs, exporter's encoding {export_us:.1f}, "
        f"gzip {theirs['gzip_us']:.1f}; {theirs['raw_bytes']:,.0f} bytes, zipped {theirs['gzip_bytes']:,.0f}\n"
        f"  against our mapping and body: {export_us / ours_us:.1f} times, {(export_us + make_us) / ours_us:.1f} with "
        f"the spans made; zipped {_zipped(found, theirs):.1f}\n"
    )


def _zipped(found: dict[str, float], theirs: dict[str, float]) -> float:
    """How many times ours theirs is when both make spans and compress them."""
    return sum(theirs[key] for key in ("make_us", "encode_us", "gzip_us")) / (
        found["map OTLP protobuf"] + found["isal 1 OTLP protobuf"]
    )


def main() -> None:
    """Prints a block for each shape and size."""
    keep_freed_memory()  # as the daemon does
    data, day = bundled_snapshot()
    pricer = Pricer(PricingSettings(), PriceBook.of(PriceTable.load(data, day)))
    wires = {
        FIRST: Wire(IngestionMapper(SETTINGS, "pk-lf-bench", "0"), pricer),
        "OTLP protobuf": Wire(OtlpMapper(SETTINGS, "pk-lf-bench", "0"), pricer),
        "OTLP JSON": Wire(OtlpMapper(SETTINGS, "pk-lf-bench", "0", "json"), pricer),
    }
    for shape in ("LiteLLM", "shipper.call/1"):
        for size_bytes in BATCH_BYTES:
            report(shape, size_bytes, wires, pricer, sys.stdout.write)


ENCODERS: dict[str, Callable[[Span], bytes]] = {
    "our protobuf": span_protobuf.encode_span,
    "official messages": official,
    "our JSON": span_json.encode_span,
}

if __name__ == "__main__":
    main()
