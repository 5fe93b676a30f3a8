"""A batch from its close to its last verdict, against a scripted backend, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from shipper.batch import Batch
from shipper.custody import Custody, Entry
from shipper.delivery import Delivery
from shipper.outcome import Answered, Held, Malformed, Outcome, TooLarge
from shipper.records import Event
from shipper.retry import RetrySettings
from tests.fakes import PARTITION, Answer, FakeBackend, FakeGraveyard, OneWire, accept_all, records, telemetry
from tests.virtual_time import run


class Bench:
    """A delivery with its custody, ready to take a batch; to be made inside the loop."""

    def __init__(self, answers: Sequence[Answer] = (), max_consecutive: int = 16, random_0_1: float = 1.0) -> None:
        clock = asyncio.get_running_loop().time
        self.lines: list[str] = []
        self.telemetry = telemetry(clock, self.lines)
        self.backend = FakeBackend(answers)
        self.graveyard = FakeGraveyard()
        self.custody = Custody(max_consecutive)
        self.ledger = self.custody.checkpoint.assign(PARTITION, 0)
        self.stopping = asyncio.Event()
        self.delivery = Delivery(
            self.backend,
            OneWire(),
            self.graveyard,
            lambda events: [event.data for event in events],
            self.custody,
            RetrySettings(base_s=1.0, max_s=60.0),
            self.telemetry,
            clock,
            lambda: random_0_1,
            self.stopping,
        )

    def batch(self, count: int) -> Batch[Entry]:
        """A batch of records with one event each, named e0, e1, …"""
        entries: list[Entry] = []
        for record in records(count, self.ledger.position):
            event = Event(f"e{record.offset}", b"{}")
            entries.append((event, self.custody.take(record, self.ledger, [event])))
        return Batch(entries, 100, "age")

    async def ship(self, *batches: Batch[Entry]) -> float:
        """Deliver and bury until nothing is under way; the seconds that it took."""
        began_s = asyncio.get_running_loop().time()
        for batch in batches:
            self.delivery.batches.put_nowait(batch)
        loops = [asyncio.ensure_future(self.delivery.deliver()), asyncio.ensure_future(self.delivery.bury())]
        await self.custody.idle.wait()
        for loop in loops:
            loop.cancel()
        await asyncio.wait(loops)
        return asyncio.get_running_loop().time() - began_s


def down(_: Sequence[str]) -> Outcome:
    """A backend that is not there."""
    return Held("backend_unavailable", "refused")


def test_a_batch_is_sent_once_and_settled() -> None:
    """The happy path."""

    async def main() -> None:
        bench = Bench()
        await bench.ship(bench.batch(3))

        assert bench.backend.requests == [["e0", "e1", "e2"]]
        assert bench.ledger.committable == 3

    run(main())


def test_an_outage_of_an_hour_loses_nothing() -> None:
    """The same batch goes again and again, less and less often, until it is taken."""

    async def main() -> None:
        bench = Bench([down] * 65)
        seconds = await bench.ship(bench.batch(2))

        assert bench.backend.stored == ["e0", "e1"]
        assert 3600 < seconds < 4000
        assert sum("'hold'" in line for line in bench.lines) < 70

    run(main())


def test_the_hold_is_declared_while_it_lasts() -> None:
    """An operator sees what delivery waits for, and that it is over."""

    async def main() -> None:
        bench = Bench([down, down])
        shipping = asyncio.ensure_future(bench.ship(bench.batch(1)))
        await asyncio.sleep(1.5)

        assert bench.telemetry.holds == {"backend_unavailable"}

        await shipping

        assert bench.telemetry.holds == set()
        assert bench.telemetry.metrics.hold.labels("backend_unavailable")._value.get() == 0

    run(main())


def test_a_207_sends_only_what_is_owed_again() -> None:
    """Events that are stored are not stored twice."""

    async def main() -> None:
        bench = Bench([lambda _: Answered(accepted=(0, 2), again=(1,))])
        await bench.ship(bench.batch(3))

        assert bench.backend.requests == [["e0", "e1", "e2"], ["e1"]]
        assert bench.ledger.committable == 3

    run(main())


def test_a_poisoned_request_costs_only_the_poison() -> None:
    """400 for any request with e3 in it: everything else is delivered, e3 is buried alone, the offset moves on."""

    async def main() -> None:
        def picky(ids: Sequence[str]) -> Outcome:
            return Malformed("HTTP 400") if "e3" in ids else accept_all(ids)

        bench = Bench([picky] * 20)
        await bench.ship(bench.batch(8))

        assert sorted(bench.backend.stored) == [f"e{n}" for n in range(8) if n != 3]
        assert [(record.offset, rejected.reason) for record, rejected in bench.graveyard.buried] == [
            (3, "refused_by_backend")
        ]
        assert bench.ledger.committable == 8

    run(main())


def test_a_request_too_large_is_halved_until_it_fits() -> None:
    """An ingress with a small limit: the pieces get through, without waits."""

    async def main() -> None:
        def small(ids: Sequence[str]) -> Outcome:
            return TooLarge(False, "HTTP 413") if len(ids) > 2 else accept_all(ids)

        bench = Bench([small] * 20)
        seconds = await bench.ship(bench.batch(8))

        assert sorted(bench.backend.stored) == [f"e{n}" for n in range(8)]
        assert max(map(len, bench.backend.requests[3:])) <= 4
        assert seconds < 1

    run(main())


def test_the_offset_waits_for_the_confirmed_dead_letter() -> None:
    """Refused is not settled: only buried is."""

    async def main() -> None:
        bench = Bench([lambda _: Answered(accepted=(1,), refused=((0, "bad"),))])
        bench.delivery.batches.put_nowait(bench.batch(2))
        delivering = asyncio.ensure_future(bench.delivery.deliver())
        await asyncio.sleep(1)

        assert bench.ledger.committable == 0

        delivering.cancel()
        await bench.ship()

        assert bench.ledger.committable == 2

    run(main())


def test_a_backend_that_refuses_everything_is_held_and_not_believed() -> None:
    """After max_consecutive dead letters in a row the rest waits, and goes through when the backend takes again."""

    async def main() -> None:
        def refuse_all(ids: Sequence[str]) -> Outcome:
            return Answered(accepted=(), refused=tuple((n, "bad") for n in range(len(ids))))

        bench = Bench([refuse_all] * 5, max_consecutive=3)
        shipping = asyncio.ensure_future(bench.ship(bench.batch(10)))
        await asyncio.sleep(2)

        assert bench.telemetry.holds == {"dead_letter_limit"}
        assert len(bench.graveyard.buried) == 3

        await shipping

        assert len(bench.graveyard.buried) == 3
        assert sorted(bench.backend.stored) == sorted(f"e{n}" for n in range(3, 10))

    run(main())


def test_events_of_a_lost_partition_are_not_sent_again() -> None:
    """Whoever has the partition now sends them; the bytes are released here."""

    async def main() -> None:
        bench = Bench([down])
        shipping = asyncio.ensure_future(bench.ship(bench.batch(2)))
        await asyncio.sleep(0.5)
        bench.custody.checkpoint.drop([PARTITION])
        await shipping

        assert len(bench.backend.requests) == 1
        assert bench.custody.held_bytes == 0

    run(main())


def test_dead_letters_of_a_lost_partition_are_not_written() -> None:
    """One dead letter a record, also across a rebalance."""

    async def main() -> None:
        bench = Bench([lambda _: Answered(accepted=(), refused=((0, "bad"),))])
        bench.delivery.batches.put_nowait(bench.batch(1))
        delivering = asyncio.ensure_future(bench.delivery.deliver())
        await asyncio.sleep(1)
        delivering.cancel()
        bench.custody.checkpoint.drop([PARTITION])
        await bench.ship()

        assert bench.graveyard.buried == []

    run(main())


def test_an_outage_before_does_not_count_against_an_event_that_is_not_named_once() -> None:
    """Only answers that leave it out do: a good record is not buried for the world's sake."""

    async def main() -> None:
        bench = Bench([down] * 8 + [lambda _: Answered(accepted=(0,), unnamed=(1,))])
        await bench.ship(bench.batch(2))

        assert sorted(bench.backend.stored) == ["e0", "e1"]
        assert bench.graveyard.buried == []

    run(main())


def test_failures_of_its_own_do_not_count_against_an_event_that_is_not_named_once() -> None:
    """Not even while its neighbour is never named."""

    async def main() -> None:
        def failing(ids: Sequence[str]) -> Outcome:
            where = {name: index for index, name in enumerate(ids)}
            again, unnamed = ([where[name]] if name in where else [] for name in ("e0", "e1"))
            return Answered((), again=tuple(again), unnamed=tuple(unnamed))

        bench = Bench([*[failing] * 12, lambda ids: Answered((), unnamed=tuple(range(len(ids))))])
        await bench.ship(bench.batch(2))

        assert [record.offset for record, _ in bench.graveyard.buried] == [1]
        assert bench.backend.stored == ["e0"]

    run(main())


def test_an_event_that_is_never_named_is_buried_after_five_answers() -> None:
    """Its neighbours are delivered; asking for ever would block the partition."""

    async def main() -> None:
        def silent(ids: Sequence[str]) -> Outcome:
            found = tuple(index for index, name in enumerate(ids) if name == "e1")
            return Answered(tuple(index for index in range(len(ids)) if index not in found), unnamed=found)

        bench = Bench([silent] * 20)
        await bench.ship(bench.batch(3))

        assert [(record.offset, why.reason) for record, why in bench.graveyard.buried] == [(1, "unacknowledged")]
        assert sum("e1" in request for request in bench.backend.requests) == 5
        assert sorted(bench.backend.stored) == ["e0", "e2"]

    run(main())


def test_good_events_behind_the_dead_letter_limit_are_delivered_and_open_the_way() -> None:
    """Records that are held for the limit go to the end of the row; else nothing could ever end the hold."""

    async def main() -> None:
        def picky(ids: Sequence[str]) -> Outcome:
            return Malformed("HTTP 400") if any(int(name[1:]) < 6 for name in ids) else accept_all(ids)

        bench = Bench([picky] * 200, max_consecutive=3)
        seconds = await bench.ship(bench.batch(8))

        assert sorted(bench.backend.stored) == ["e6", "e7"]
        assert sorted(record.offset for record, _ in bench.graveyard.buried) == list(range(6))
        assert seconds < 60

    run(main())


def test_a_stop_cuts_long_waits_short() -> None:
    """A batch that would wait a minute is tried again soon when the daemon is asked to stop."""

    async def main() -> None:
        bench = Bench([down] * 12)
        shipping = asyncio.ensure_future(bench.ship(bench.batch(1)))
        await asyncio.sleep(200)
        stopped_s = asyncio.get_running_loop().time()
        bench.stopping.set()
        await shipping

        assert asyncio.get_running_loop().time() - stopped_s < 6

    run(main())


@settings(max_examples=60, deadline=None)
@given(st.integers(min_value=0, max_value=2**32), st.integers(min_value=1, max_value=30))
def test_whatever_the_backend_answers_every_record_has_one_fate(seed: int, count: int) -> None:
    """A backend that answers at random, then honestly: each record is stored or buried, all offsets settle."""

    async def main() -> None:
        import random

        rng = random.Random(seed)

        def anything(ids: Sequence[str]) -> Outcome:
            kind = rng.random()
            if kind < 0.2:
                return Held("backend_unavailable", "")
            if kind < 0.35:
                return TooLarge(rng.random() < 0.5, "")
            if kind < 0.5:
                return Malformed("")
            fates = [rng.choice("aaarxu") for _ in ids]
            where = {fate: tuple(n for n, one in enumerate(fates) if one == fate) for fate in "arxu"}
            return Answered(where["a"], tuple((n, "bad") for n in where["x"]), where["r"], where["u"])

        bench = Bench([anything] * 40, random_0_1=rng.random())
        await bench.ship(bench.batch(count), bench.batch(count))

        buried = [f"e{record.offset}" for record, _ in bench.graveyard.buried]
        assert sorted(bench.backend.stored + buried) == sorted(f"e{n}" for n in range(2 * count))
        assert bench.ledger.committable == 2 * count
        assert bench.custody.held_bytes == 0

    run(main())
