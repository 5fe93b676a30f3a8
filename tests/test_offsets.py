"""Assignments in, commits out: what happens when partitions go away."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from shipper.checkpoint import Partition
from shipper.custody import Custody, Parcel
from shipper.offsets import Offsets
from shipper.records import Event, Record
from tests.fakes import telemetry
from tests.virtual_time import run

P0, P1 = ("calls", 0), ("calls", 1)
DRAIN_S = 5.0


class FakeGroup:
    """Keeps the commits; where its reading stands is set by the test."""

    def __init__(self) -> None:
        self.commits: list[dict[Partition, int]] = []
        self.positions: dict[Partition, int] = {}
        self.takes_commits = True

    def highwater(self, partition: Partition) -> int | None:
        return {P0: 10}.get(partition)

    async def position(self, partition: Partition) -> int | None:
        return self.positions.get(partition)

    async def commit(self, offsets: Mapping[Partition, int]) -> bool:
        self.commits.append(dict(offsets))
        return self.takes_commits


class Bench:
    """Offsets with two partitions, and one record of the first under way; to be made inside the loop."""

    def __init__(self) -> None:
        clock = asyncio.get_running_loop().time
        self.group = FakeGroup()
        self.custody = Custody(16)
        self.closed = 0
        self.telemetry = telemetry(clock)
        self.offsets = Offsets(self.group, self.custody, self.telemetry, self._close_batch, DRAIN_S)
        self.offsets.assigned({P0: 3, P1: 7})
        self.parcel = self.take(P0, 3)

    def take(self, partition: Partition, offset: int) -> Parcel:
        """One more record under way."""
        ledger = self.custody.checkpoint.partitions[partition]
        return self.custody.take(Record(*partition, offset, 1, None, b"v"), ledger, [Event("e", b"{}")])

    def _close_batch(self) -> None:
        self.closed += 1


def test_nothing_is_committed_before_it_is_settled_and_then_once() -> None:
    async def main() -> None:
        bench = Bench()
        await bench.offsets.commit()
        bench.custody.settle(bench.parcel)
        await bench.offsets.commit()
        await bench.offsets.commit()

        assert bench.group.commits == [{P0: 4}]

    run(main())


def test_a_commit_that_was_not_taken_is_made_again() -> None:
    async def main() -> None:
        bench = Bench()
        bench.custody.settle(bench.parcel)
        bench.group.takes_commits = False
        await bench.offsets.commit()
        bench.group.takes_commits = True
        await bench.offsets.commit()

        assert bench.group.commits == [{P0: 4}, {P0: 4}]

    run(main())


def test_revocation_sends_the_open_batch_waits_for_its_end_and_commits() -> None:
    """Whoever has the partition next begins after what was settled here."""

    async def main() -> None:
        bench = Bench()
        revoking = asyncio.ensure_future(bench.offsets.revoked([P0, P1]))
        await asyncio.sleep(1)

        assert (bench.closed, bench.offsets.letting_go, revoking.done()) == (1, True, False)

        bench.custody.settle(bench.parcel)
        await revoking

        assert bench.group.commits == [{P0: 4}]
        assert bench.custody.checkpoint.partitions == {}
        assert not bench.offsets.letting_go

    run(main())


def test_revocation_lets_go_in_time_without_committing_what_is_owed() -> None:
    async def main() -> None:
        bench = Bench()
        began_s = asyncio.get_running_loop().time()
        await bench.offsets.revoked([P0, P1])

        assert asyncio.get_running_loop().time() - began_s == DRAIN_S
        assert bench.group.commits == []
        assert not bench.parcel.ledger.assigned

    run(main())


def test_a_cancelled_revocation_does_not_stop_the_intake_for_ever() -> None:
    """A client that is given up in the midst of a rebalance cancels it; the next one's records must be taken.

    Else they would be read and not taken, and the next empty poll would commit past them.
    """

    async def main() -> None:
        bench = Bench()
        revoking = asyncio.ensure_future(bench.offsets.revoked([P0, P1]))
        await asyncio.sleep(1)
        revoking.cancel()
        await asyncio.wait([revoking])

        assert not bench.offsets.letting_go

    run(main())


def test_what_settles_after_a_loss_is_not_committed() -> None:
    async def main() -> None:
        bench = Bench()
        bench.offsets.lost([P0])
        bench.custody.settle(bench.parcel)
        await bench.offsets.commit()

        assert bench.group.commits == []

    run(main())


def test_gaps_are_passed_only_where_nothing_is_owed() -> None:
    async def main() -> None:
        bench = Bench()
        bench.group.positions = {P0: 9, P1: 9}
        await bench.offsets.pass_over_gaps()
        await bench.offsets.commit()
        bench.custody.settle(bench.parcel)
        await bench.offsets.pass_over_gaps()
        await bench.offsets.commit()

        assert bench.group.commits == [{P1: 9}, {P0: 9}]

    run(main())


def test_an_unknown_position_passes_nothing() -> None:
    async def main() -> None:
        bench = Bench()
        bench.custody.settle(bench.parcel)
        await bench.offsets.pass_over_gaps()
        await bench.offsets.commit()

        assert bench.group.commits == [{P0: 4}]

    run(main())


def test_lag_counts_from_what_may_be_committed() -> None:
    """Only where the end of the partition is known."""

    async def main() -> None:
        bench = Bench()
        bench.offsets.report()
        value = bench.telemetry.metrics.registry.get_sample_value

        assert value("shipper_lag_records", {"topic": "calls", "partition": "0"}) == 7
        assert value("shipper_lag_records", {"topic": "calls", "partition": "1"}) is None

    run(main())
