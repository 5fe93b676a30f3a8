"""The record's whole way with fakes at the ports, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from shipper.batch import Batcher, Batchers, BatchSettings
from shipper.custody import Custody, Entry
from shipper.delivery import Delivery
from shipper.mapping.settings import MappingSettings
from shipper.mapping.size import Size
from shipper.outcome import Answered, Held, Outcome
from shipper.pipeline import NothingToRead, Pipeline, Timing
from shipper.records import (
    Billing,
    CallRecord,
    Cost,
    Event,
    Observation,
    Record,
    Rejected,
    Trace,
    UnknownCost,
)
from shipper.retry import RetrySettings
from shipper.stages import Stages
from tests.fakes import PARTITION, Answer, FakeBackend, FakeGraveyard, FakeSource, OneWire, records, telemetry
from tests.virtual_time import run

START = datetime(2026, 1, 1, tzinfo=UTC)


def decode(record: Record) -> CallRecord | Rejected:
    """A stage that takes any value but rubbish, and has a mistake in it."""
    value = (record.value or b"").decode()
    if not value or value.startswith("rubbish"):
        return Rejected("invalid_json", "at byte 0")
    if value.startswith("mistake"):
        raise ZeroDivisionError
    call = Observation(value, "generation", START, model="m")
    return CallRecord("litellm", Trace(value), call, Billing(("m",), "", START, None, None))


def price(_: Billing) -> Cost | UnknownCost:
    """Every call costs the same."""
    return Cost(0.5)


def events(call: CallRecord, _: Cost | UnknownCost) -> list[Event]:
    """Two events a call, like a trace and its generation."""
    name = call.observation.id
    return [Event(f"{name}-trace", b"x" * 50), Event(f"{name}-call", b"x" * (9_999 if "huge" in name else 50))]


class Daemon:
    """A pipeline over fakes; to be made inside the loop."""

    def __init__(
        self,
        log: Sequence[Record],
        answers: Sequence[Answer] = (),
        *,
        source: FakeSource | None = None,
        memory_bytes: int = 1_000_000,
        backend_s: float = 0.01,
        grace_s: float = 25.0,
    ) -> None:
        clock = asyncio.get_running_loop().time
        self.lines: list[str] = []
        self.telemetry = telemetry(clock, self.lines)
        self.source = source or FakeSource(log)
        self.source._fresh = True
        self.backend = FakeBackend(answers, backend_s)
        self.graveyard = FakeGraveyard()
        self.custody = Custody(16)
        self.stopping = asyncio.Event()
        delivery = Delivery(
            self.backend,
            OneWire(),
            self.graveyard,
            lambda some: [event.data for event in some],
            self.custody,
            RetrySettings(base_s=1.0, max_s=60.0),
            self.telemetry,
            clock,
            lambda: 0.5,
            self.stopping,
        )
        batcher: Batcher[Entry] = Batcher(BatchSettings(max_bytes=10_000, max_events=20, linger_s=1.0), 100)
        size = Size(MappingSettings(oversize="dead_letter"), batcher.largest_bytes)
        self.pipeline = Pipeline(
            self.source,
            Stages(decode, price, lambda call: call, events, size.fit),
            Batchers({"ingestion": batcher}),
            self.custody,
            delivery,
            self.telemetry,
            memory_bytes,
            Timing(grace_s, 1.0, 5.0),
            self.stopping,
            clock,
        )
        self.source.bind(self.pipeline.offsets)
        self.prepared = False

    async def _prepare(self) -> None:
        self.prepared = True

    def start(self) -> asyncio.Future[None]:
        """Run; the future ends with the pipeline."""
        return asyncio.ensure_future(self.pipeline.run(self._prepare, 2, lambda: None))

    async def until(self, true: Callable[[], bool], within_s: float = 600) -> None:
        """Let it run until something is so."""
        async with asyncio.timeout(within_s):
            while not true():  # noqa: ASYNC110  # in virtual time asking again costs nothing
                await asyncio.sleep(0.05)

    async def work_off(self) -> None:
        """Run until every record is committed, then stop."""
        running = self.start()
        end = self.source.log[-1].offset + 1
        await self.until(lambda: self.source.group_offset == end)
        self.pipeline.stop()
        await running


def calls_of(stored: Sequence[str]) -> list[str]:
    """Names of the calls whose both events are stored."""
    traces = {name.removesuffix("-trace") for name in stored if name.endswith("-trace")}
    return [name for name in (one.removesuffix("-call") for one in stored if one.endswith("-call")) if name in traces]


def down(_: Sequence[str]) -> Outcome:
    """A backend that is not there."""
    return Held("backend_unavailable", "refused")


def test_records_come_out_once_and_are_committed() -> None:
    """The happy path: N records in, N calls out, committed offset = log end."""

    async def main() -> None:
        daemon = Daemon(records(100))
        await daemon.work_off()

        assert sorted(calls_of(daemon.backend.stored)) == sorted(f"v{n}" for n in range(100))
        assert len(daemon.backend.stored) == 200
        assert daemon.source.group_offset == 100
        assert daemon.prepared

    run(main())


def test_a_backend_that_refuses_connections_loses_nothing() -> None:
    """Some failures, then it is back."""

    async def main() -> None:
        daemon = Daemon(records(50), [down] * 12)
        await daemon.work_off()

        assert sorted(calls_of(daemon.backend.stored)) == sorted(f"v{n}" for n in range(50))

    run(main())


def test_a_single_record_waits_for_the_linger_and_no_longer() -> None:
    """Low load: the batch closes by the age of its first event."""

    async def main() -> None:
        daemon = Daemon(records(1))
        running = daemon.start()
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        await daemon.until(lambda: bool(daemon.backend.requests))

        assert 1.0 <= loop.time() - began_s < 1.1

        daemon.pipeline.stop()
        await running

    run(main())


def test_rubbish_is_buried_and_its_neighbours_are_delivered() -> None:
    """Bad records cost only themselves, also those that meet a mistake of ours; the offset moves on."""

    async def main() -> None:
        log = [
            Record(*PARTITION, n, 1, None, value)
            for n, value in enumerate([b"a", b"rubbish", b"b", b"mistake", b"huge", b"c"])
        ]
        daemon = Daemon(log)
        await daemon.work_off()

        assert sorted(calls_of(daemon.backend.stored)) == ["a", "b", "c"]
        assert sorted((record.offset, rejected.reason) for record, rejected in daemon.graveyard.buried) == [
            (1, "invalid_json"),
            (3, "unmappable"),
            (4, "event_too_large"),
        ]

    run(main())


def test_an_outage_pauses_the_source_and_keeps_polling_it() -> None:
    """Memory stays inside its budget, the group stays stable, and everything comes out in the end."""

    async def main() -> None:
        daemon = Daemon(records(500, value=b"v" * 1000), [down] * 60, memory_bytes=50_000)
        running = daemon.start()
        await daemon.until(lambda: daemon.source.paused)
        most = 0
        for _ in range(200):
            await asyncio.sleep(0.5)
            most = max(most, daemon.custody.held_bytes)

        assert daemon.source.paused
        assert daemon.source.polls_while_paused > 1000
        assert most < 50_000 + 2_000

        await daemon.until(lambda: daemon.source.group_offset == 500, within_s=100_000)
        daemon.pipeline.stop()
        await running

        assert len(set(calls_of(daemon.backend.stored))) == 500

    run(main())


def test_stop_flushes_what_waits_and_commits_it() -> None:
    """SIGTERM does not wait for the linger and leaves nothing behind."""

    async def main() -> None:
        daemon = Daemon(records(3))
        running = daemon.start()
        await daemon.until(lambda: daemon.custody.parcels == 3)
        began_s = asyncio.get_running_loop().time()
        daemon.pipeline.stop()
        await running

        assert asyncio.get_running_loop().time() - began_s < 1
        assert daemon.source.group_offset == 3
        assert len(daemon.backend.stored) == 6

    run(main())


def test_stop_ends_inside_the_grace_when_the_backend_hangs() -> None:
    """Also with the memory budget used and both requests hanging: exit in time, and what is owed stays uncommitted."""

    async def main() -> None:
        daemon = Daemon(records(500), backend_s=100_000, memory_bytes=10_000, grace_s=10)
        running = daemon.start()
        await daemon.until(lambda: daemon.source.paused)
        await asyncio.sleep(3)
        began_s = asyncio.get_running_loop().time()
        daemon.pipeline.stop()
        await running

        assert asyncio.get_running_loop().time() - began_s < 10
        assert daemon.source.group_offset == 0
        assert any("drain_incomplete" in line for line in daemon.lines)

    run(main())


def test_stop_before_the_first_poll_ends_at_once() -> None:
    """A daemon that still waits for Kafka can be stopped."""

    async def main() -> None:
        daemon = Daemon(records(1))

        async def never() -> None:
            await asyncio.sleep(1e9)

        running = asyncio.ensure_future(daemon.pipeline.run(never, 2, lambda: None))
        await asyncio.sleep(5)
        daemon.pipeline.stop()
        began_s = asyncio.get_running_loop().time()
        await running

        assert asyncio.get_running_loop().time() - began_s < 1

    run(main())


def test_a_second_run_takes_up_where_the_commit_was() -> None:
    """What was in flight at a crash comes again with the same ids; what was committed does not."""

    async def main() -> None:
        source = FakeSource(records(60))
        first = Daemon([], [down] * 1000, source=source)
        first.backend.answers[0:2] = [lambda ids: first_answers(ids), lambda ids: first_answers(ids)]
        running = first.start()
        await first.until(lambda: source.group_offset > 0)
        running.cancel()
        await asyncio.wait([running])
        committed = source.group_offset
        second = Daemon([], source=source)
        await second.work_off()

        assert 0 < committed < 60
        assert sorted(set(calls_of(first.backend.stored + second.backend.stored))) == sorted(f"v{n}" for n in range(60))
        assert sorted(calls_of(second.backend.stored)) == sorted(f"v{n}" for n in range(committed, 60))

    run(main())


def first_answers(ids: Sequence[str]) -> Outcome:
    """A backend that works, for the first requests."""
    from tests.fakes import accept_all

    return accept_all(ids)


def test_a_rebalance_commits_what_is_under_way_before_the_partition_goes() -> None:
    """Nothing is sent twice when the backend answers within the drain time-out."""

    async def main() -> None:
        daemon = Daemon(records(100), backend_s=1.0)
        running = daemon.start()
        await daemon.until(lambda: daemon.custody.parcels > 20)
        await daemon.source.rebalance()

        assert daemon.source.group_offset > 0

        await daemon.until(lambda: daemon.source.group_offset == 100)
        daemon.pipeline.stop()
        await running

        assert len(daemon.backend.stored) == 200

    run(main())


def test_a_rebalance_with_a_dead_backend_lets_go_in_time() -> None:
    """The drain time-out is kept; what was not settled is not committed and comes again."""

    async def main() -> None:
        daemon = Daemon(records(30), [down] * 30)
        running = daemon.start()
        await daemon.until(lambda: daemon.custody.parcels == 30)
        began_s = asyncio.get_running_loop().time()
        await daemon.source.rebalance()

        assert asyncio.get_running_loop().time() - began_s == pytest.approx(5.0, abs=0.1)
        assert daemon.source.group_offset == 0

        await daemon.until(lambda: daemon.source.group_offset == 30, within_s=10_000)
        daemon.pipeline.stop()
        await running

        assert sorted(set(calls_of(daemon.backend.stored))) == sorted(f"v{n}" for n in range(30))
        assert daemon.custody.held_bytes == 0

    run(main())


def test_control_records_at_the_end_are_committed_past() -> None:
    """The consumer's position is ahead of the last record: lag must end."""

    async def main() -> None:
        daemon = Daemon(records(5))
        running = daemon.start()
        await daemon.until(lambda: daemon.source.group_offset == 5)
        daemon.source.position_ = 9
        await daemon.until(lambda: daemon.source.group_offset == 9)
        daemon.pipeline.stop()
        await running

        assert daemon.source.commits[-1] == 9

    run(main())


def test_a_failed_commit_is_made_again() -> None:
    """Offsets are not taken for committed because they were sent."""

    async def main() -> None:
        daemon = Daemon(records(5))
        daemon.source.commit_works = False
        running = daemon.start()
        await daemon.until(lambda: len(daemon.backend.stored) == 10)
        await asyncio.sleep(5)

        assert daemon.source.group_offset == 0

        daemon.source.commit_works = True
        await daemon.until(lambda: daemon.source.group_offset == 5)
        daemon.pipeline.stop()
        await running

    run(main())


def test_when_every_partition_is_stopped_the_daemon_ends() -> None:
    """Nothing left to read is for the supervisor to know."""

    async def main() -> None:
        daemon = Daemon(records(5))
        daemon.source.all_stopped = True
        with pytest.raises(ExceptionGroup) as raised:
            await daemon.start()

        assert raised.group_contains(NothingToRead)

    run(main())


def test_what_was_taken_is_delivered_and_committed_before_the_daemon_ends_for_stopped_partitions() -> None:
    """Kafka itself may not hold it any more, and a restart would be cut off at the same place again."""

    async def main() -> None:
        daemon = Daemon(records(5), [down] * 4)
        running = daemon.start()
        await daemon.until(lambda: daemon.custody.parcels == 5)
        daemon.source.all_stopped = True
        with pytest.raises(ExceptionGroup) as raised:
            await running

        assert raised.group_contains(NothingToRead)
        assert len(daemon.backend.stored) == 10
        assert daemon.source.group_offset == 5

    run(main())


def test_stop_after_the_end_is_harmless() -> None:
    """A signal may come while the daemon says its good-byes."""

    async def main() -> None:
        daemon = Daemon(records(5))
        daemon.source.all_stopped = True
        with pytest.raises(ExceptionGroup):
            await daemon.start()
        daemon.pipeline.stop()

    run(main())


@pytest.mark.parametrize("grace_s", [0.4, 2.0, 10.0])
def test_stop_ends_inside_a_grace_of_any_length_when_nothing_answers(
    monkeypatch: pytest.MonkeyPatch, grace_s: float
) -> None:
    """Neither the backend nor the group: the last commit has its bound as well."""

    async def main() -> None:
        async def never(_: object) -> bool:
            await asyncio.sleep(1e9)
            return True

        def first_two(ids: Sequence[str]) -> Outcome:
            return Answered((0, 1), again=tuple(range(2, len(ids))))

        daemon = Daemon(records(5), [first_two, *[down] * 1000], grace_s=grace_s)
        monkeypatch.setattr(daemon.source, "commit", never)
        running = daemon.start()
        await daemon.until(lambda: daemon.custody.parcels == 5)
        await daemon.until(lambda: daemon.custody.parcels == 4)
        began_s = asyncio.get_running_loop().time()
        daemon.pipeline.stop()
        await running

        assert asyncio.get_running_loop().time() - began_s <= grace_s

    run(main())


def test_endless_tombstones_reach_the_memory_budget_when_no_dead_letter_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Records without a byte of value take memory too."""

    async def main() -> None:
        async def never(_: object) -> None:
            await asyncio.sleep(1e9)

        log = [Record(*PARTITION, n, 1, None, b"") for n in range(5_000)]
        daemon = Daemon(log, memory_bytes=100_000)
        monkeypatch.setattr(daemon.graveyard, "bury", never)
        running = daemon.start()
        await asyncio.sleep(60)

        assert daemon.source.paused
        assert daemon.custody.parcels < 1_000

        daemon.pipeline.stop()
        await running

    run(main())


def test_a_paused_source_that_gives_records_ends_the_daemon() -> None:
    """Going on would commit past records that nobody took."""

    async def main() -> None:
        daemon = Daemon(records(100, value=b"v" * 1000), [down] * 100, memory_bytes=10_000)
        daemon.source.pause = lambda: None  # type: ignore[method-assign]
        with pytest.raises(ExceptionGroup) as raised:
            await daemon.start()

        assert raised.group_contains(RuntimeError, match="paused")

    run(main())


def test_cost_and_lag_are_reported() -> None:
    """The metrics that operators watch, in numbers."""

    async def main() -> None:
        daemon = Daemon(records(4))
        await daemon.work_off()
        value = daemon.telemetry.metrics.registry.get_sample_value

        assert value("shipper_records_total", {"outcome": "received"}) == 4
        assert value("shipper_records_total", {"outcome": "delivered"}) == 4
        assert value("shipper_cost_usd_total", {"model": "m", "provider": "none", "team": "none"}) == 2.0
        assert value("shipper_lag_records", {"topic": "calls", "partition": "0"}) == 0
        assert value("shipper_batches_closed_total", {"reason": "age"}) == 1

    run(main())
