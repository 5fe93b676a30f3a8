"""Which wire is spoken, and what becomes of events that were made for another."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from shipper.batch import Batch, Batcher, Batchers, BatchSettings
from shipper.custody import Custody, Entry, Parcel
from shipper.delivery import Delivery
from shipper.discovery import Discovered
from shipper.outcome import Answered, Held, HoldReason
from shipper.records import Billing, CallRecord, Cost, Event, Observation, Record, Rejected, Trace, UnknownCost, Wire
from shipper.retry import RetrySettings
from shipper.sink import Attempt
from shipper.stages import Stages
from shipper.wiring import Wiring
from tests.fakes import PARTITION, FakeGraveyard, records, telemetry
from tests.virtual_time import run

START = datetime(2026, 1, 1, tzinfo=UTC)


def decode(record: Record) -> CallRecord | Rejected:
    name = (record.value or b"").decode()
    call = Observation(name, "generation", START)
    return CallRecord("plain", Trace(name), call, Billing((), "", START, None, None))


def price(_: Billing) -> Cost | UnknownCost:
    return Cost(1.0)


def events(call: CallRecord, _: Cost | UnknownCost) -> list[Event]:
    name = call.observation.id
    return [Event(f"{name}-trace", b"t"), Event(f"{name}-call", b"c"), Event(f"{name}-score", b"old", is_score=True)]


def spans(call: CallRecord, _: Cost | UnknownCost) -> list[Event]:
    name = call.observation.id
    return [Event(f"{name}-span", b"s" * 60, wire="otlp"), Event(f"{name}-score", b"new", is_score=True)]


def batchers() -> Batchers[Entry]:
    limits = BatchSettings(max_bytes=10_000, max_events=4)
    return Batchers({"ingestion": Batcher(limits, 10), "otlp": Batcher(limits, 10, 0)})


class Bench:
    """A wiring whose server answers as scripted, and records in custody; to be made inside the loop."""

    def __init__(self, *answers: Wire | None, asks: bool = True, span_stage: object = spans) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.lines: list[str] = []
        self.custody = Custody(16)
        self.ledger = self.custody.checkpoint.assign(PARTITION, 0)
        self.telemetry = telemetry(asyncio.get_running_loop().time, self.lines)
        stages: dict[Wire, Stages] = {
            "ingestion": Stages(
                decode, price, lambda call: call, events, lambda call, _, made: (call, made), "ingestion"
            ),
            "otlp": Stages(decode, price, lambda call: call, span_stage, lambda call, _, made: (call, made), "otlp"),  # type: ignore[arg-type]
        }
        discover = self.discover if asks else None
        self.wiring = Wiring(stages, batchers, self.custody, self.telemetry, discover, "ingestion")

    async def discover(self) -> Discovered:
        self.asked += 1
        await asyncio.sleep(1)
        return Discovered(self.answers.pop(0) if self.answers else None, "because")

    def take(self, count: int = 1) -> list[Entry]:
        """That many records, mapped for the wire of the moment."""
        entries: list[Entry] = []
        taken = records(count, self.ledger.position)
        for record, worked in zip(taken, self.wiring.work_all(taken), strict=True):
            assert not isinstance(worked, Rejected)
            parcel = self.custody.take(record, self.ledger, worked.events, worked.wire)
            entries += [(event, parcel) for event in worked.events]
        return entries


class Neither:
    """A backend that takes traces by no wire, until it does."""

    def __init__(self) -> None:
        self.requests = 0
        self.takes = False

    async def send(self, body: Sequence[bytes], ids: Sequence[str], wire: Wire) -> Attempt:
        self.requests += 1
        await asyncio.sleep(0.01)
        everything = tuple(range(len(ids)))
        if self.takes:
            return Attempt(Answered(everything), "200", 0.01)
        if wire == "otlp":
            return Attempt(Held("not_found", "HTTP 404"), "404", 0.01)
        return Attempt(Answered((), again=everything, hold="event_type_not_accepted"), "207", 0.01)


def ids(groups: Sequence[Sequence[Entry]] | None) -> list[list[str]]:
    assert groups is not None
    return [[event.id for event, _ in group] for group in groups]


def test_the_server_is_asked_once_for_all() -> None:
    async def main() -> None:
        bench = Bench("otlp")
        await asyncio.gather(*(bench.wiring.decide() for _ in range(4)))
        await bench.wiring.decide()
        assert (bench.asked, bench.wiring.current) == (1, "otlp")
        assert len(bench.lines) == 1
        assert "wire_chosen" in bench.lines[0]

    run(main())


def test_a_server_that_does_not_answer_is_asked_again() -> None:
    async def main() -> None:
        bench = Bench(None, "otlp")
        await bench.wiring.decide()
        assert bench.wiring.current == "ingestion"
        await bench.wiring.decide()
        assert (bench.asked, bench.wiring.current) == (2, "otlp")

    run(main())


def test_a_wire_that_is_configured_is_never_asked_about() -> None:
    async def main() -> None:
        bench = Bench("otlp", asks=False)
        await bench.wiring.decide()
        assert not await bench.wiring.doubt("ingestion", "event_type_not_accepted")
        assert (bench.asked, bench.wiring.current) == (0, "ingestion")

    run(main())


def test_a_refusal_of_the_kind_of_event_is_proof_enough() -> None:
    async def main() -> None:
        bench = Bench("ingestion")
        await bench.wiring.decide()
        assert await bench.wiring.doubt("ingestion", "event_type_not_accepted")
        assert (bench.asked, bench.wiring.current) == (1, "otlp")
        assert "wire_changed" in bench.lines[-1]

    run(main())


@pytest.mark.parametrize(("answer", "changes"), [("ingestion", True), ("otlp", False), (None, False)])
def test_an_endpoint_that_is_not_there_is_asked_about(answer: Wire | None, changes: bool) -> None:
    async def main() -> None:
        bench = Bench("otlp", answer)
        await bench.wiring.decide()
        assert await bench.wiring.doubt("otlp", "not_found") is changes
        assert bench.wiring.current == ("ingestion" if changes else "otlp")

    run(main())


@pytest.mark.parametrize("hold", ["backend_unavailable", "throttled", "unauthorized", "forbidden", "dead_letter_limit"])
def test_other_holds_say_nothing_of_the_wire(hold: HoldReason) -> None:
    async def main() -> None:
        bench = Bench("ingestion", "otlp")
        await bench.wiring.decide()
        assert not await bench.wiring.doubt("ingestion", hold)
        assert bench.asked == 1

    run(main())


def test_who_doubts_later_learns_that_it_has_changed_already() -> None:
    async def main() -> None:
        bench = Bench("otlp", "ingestion")
        await bench.wiring.decide()
        answers = await asyncio.gather(*(bench.wiring.doubt("otlp", "not_found") for _ in range(3)))
        assert answers == [True, True, True]
        assert bench.asked == 2

    run(main())


FLAPS: list[tuple[Wire, HoldReason]] = [("otlp", "not_found"), ("ingestion", "event_type_not_accepted")]


def test_the_wire_that_was_left_is_tried_again_but_not_at_once() -> None:
    async def main() -> None:
        bench = Bench("ingestion", "ingestion")
        await bench.wiring.decide()
        assert await bench.wiring.doubt("ingestion", "event_type_not_accepted")
        wires: list[str] = []
        for spoken, hold in FLAPS:
            assert not await bench.wiring.doubt(spoken, hold)
            wires.append(bench.wiring.current)
        assert wires == ["ingestion", "otlp"]

    run(main())


def test_what_was_stored_by_a_wire_makes_the_next_change_a_new_one() -> None:
    async def main() -> None:
        bench = Bench("ingestion", "ingestion")
        await bench.wiring.decide()
        assert await bench.wiring.doubt("ingestion", "event_type_not_accepted")
        bench.wiring.stored("ingestion")  # a score: it says nothing of traces
        bench.wiring.stored("otlp")
        assert await bench.wiring.doubt("otlp", "not_found")

    run(main())


def test_a_server_that_takes_neither_wire_is_asked_with_patience_and_alarmed() -> None:
    async def main() -> None:
        bench = Bench(*["ingestion"] * 1_000)  # type: ignore[arg-type]
        bench.custody = Custody(16, scores_wait=True)
        bench.ledger = bench.custody.checkpoint.assign(PARTITION, 0)
        bench.wiring._custody = bench.custody
        backend = Neither()
        clock = asyncio.get_running_loop().time
        delivery = Delivery(
            backend,
            bench.wiring,
            FakeGraveyard(),
            lambda some: [event.data for event in some],
            bench.custody,
            RetrySettings(base_s=0.5, max_s=60.0),
            bench.telemetry,
            clock,
            lambda: 1.0,
            asyncio.Event(),
        )
        entries = [entry for entry in bench.take(3) if not entry[0].is_score]
        delivery.batches.put_nowait(Batch(entries, 100, "age"))
        loop = asyncio.ensure_future(delivery.deliver())
        await asyncio.sleep(600)
        assert bench.telemetry.holds & {"not_found", "event_type_not_accepted"}
        assert 10 < backend.requests < 30
        backend.takes = True
        await asyncio.sleep(130)
        assert (bench.custody.parcels, bench.ledger.committable) == (0, 3)
        loop.cancel()
        await asyncio.wait([loop])

    run(main())


def test_events_of_the_current_wire_go_as_they_are() -> None:
    async def main() -> None:
        bench = Bench()
        assert bench.wiring.remake(bench.take(3)) is None

    run(main())


async def _changed(bench: Bench) -> None:
    assert await bench.wiring.doubt("ingestion", "event_type_not_accepted")


def test_a_record_that_is_not_stored_is_made_again_whole() -> None:
    async def main() -> None:
        bench = Bench("ingestion")
        entries = bench.take(2)
        await _changed(bench)
        groups = bench.wiring.remake(entries)
        assert ids(groups) == [["v0-score", "v1-score"], ["v0-span", "v1-span"]]
        assert groups is not None
        assert [event.data for event, _ in groups[0]] == [b"new", b"new"]
        assert {parcel.wire for group in groups for _, parcel in group} == {"otlp"}
        assert all(parcel.is_remade for _, parcel in entries)

    run(main())


def test_events_of_one_record_in_several_requests_are_made_again_once() -> None:
    async def main() -> None:
        bench = Bench("ingestion")
        trace, call, score = bench.take(1)
        await _changed(bench)
        assert ids(bench.wiring.remake([trace])) == [["v0-score"], ["v0-span"]]
        assert ids(bench.wiring.remake([call, score])) == []

    run(main())


def test_a_score_whose_trace_is_stored_goes_as_it_is() -> None:
    async def main() -> None:
        bench = Bench("ingestion")
        trace, call, score = bench.take(1)
        for event, parcel in (trace, call):
            assert not event.is_score
            bench.custody.accept(parcel)
        await _changed(bench)
        assert bench.wiring.remake([score]) is None
        assert bench.custody.accept(score[1])

    run(main())


def test_what_is_made_again_is_settled_once_and_its_bytes_are_given_back() -> None:
    async def main() -> None:
        bench = Bench("ingestion")
        entries = bench.take(1)
        before_bytes = bench.custody.held_bytes
        await _changed(bench)
        groups = bench.wiring.remake(entries)
        assert groups is not None
        assert bench.custody.held_bytes == before_bytes + len(b"s" * 60 + b"new") - len(b"tcold")
        for _, parcel in entries:  # an answer to what was under way comes late, and counts for nothing
            assert not bench.custody.accept(parcel)
            bench.custody.abandon(parcel)
        assert bench.custody.parcels == 1
        settled = [bench.custody.accept(parcel) for group in groups for _, parcel in group]
        assert settled == [False, True]
        assert (bench.custody.parcels, bench.custody.held_bytes, bench.ledger.committable) == (0, 0, 1)

    run(main())


def test_a_record_that_the_new_wire_cannot_take_goes_to_the_dead_letters() -> None:
    def mistake(*_: object) -> list[Event]:
        raise ZeroDivisionError

    async def main() -> None:
        bench = Bench("ingestion", span_stage=mistake)
        entries = bench.take(1)
        await _changed(bench)
        assert ids(bench.wiring.remake(entries)) == []
        condemned: Parcel = bench.custody.condemned.get_nowait()
        assert condemned.refused == Rejected("unmappable", "ZeroDivisionError")
        bench.custody.settle(condemned)
        assert (bench.custody.parcels, bench.ledger.committable) == (0, 1)

    run(main())


def test_the_new_events_keep_to_the_limits_of_a_batch() -> None:
    async def main() -> None:
        bench = Bench("ingestion")
        entries = bench.take(10)
        await _changed(bench)
        groups = ids(bench.wiring.remake(entries))
        assert [len(group) for group in groups] == [4, 4, 4, 4, 2, 2]
        assert sorted(name for group in groups for name in group) == sorted(
            f"v{n}-{kind}" for n in range(10) for kind in ("score", "span")
        )
        assert all(len({name[-4:] for name in group}) == 1 for group in groups)

    run(main())


def test_the_gauge_says_which_wire_is_spoken() -> None:
    async def main() -> None:
        bench = Bench("ingestion")
        value = bench.telemetry.metrics.registry.get_sample_value
        assert (value("shipper_wire", {"wire": "ingestion"}), value("shipper_wire", {"wire": "otlp"})) == (1, 0)
        await _changed(bench)
        assert (value("shipper_wire", {"wire": "ingestion"}), value("shipper_wire", {"wire": "otlp"})) == (0, 1)

    run(main())
