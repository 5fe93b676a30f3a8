"""Who is silent, for how long, and whose fault it is."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from shipper.checkpoint import Partition
from shipper.kafka import KafkaSettings
from shipper.watch import QUIET_S, Verdict, Watch

SETTINGS = KafkaSettings(topics=("calls",), stall_timeout_s=60.0, fetch_max_wait_ms=500)
A: Partition = ("calls", 0)
B: Partition = ("calls", 1)


class World:
    """A clock, and a consumer that notes fetches of the partitions which are alive."""

    def __init__(self, settings: KafkaSettings = SETTINGS) -> None:
        self.now_s = 0.0
        self.alive = {A, B}
        self.answers = True
        self.asked: list[list[Partition]] = []
        self.watch = Watch(settings, lambda: self.now_s)
        self._last_ms: dict[Partition, float] = {}

    def last_poll_timestamp(self, partition: TopicPartition) -> float | None:
        """As aiokafka's."""
        if partition in self.alive:
            self._last_ms[partition] = self.now_s * 1000
        return self._last_ms.get(partition)

    async def end_offsets(self, partitions: Iterable[TopicPartition]) -> None:
        """As aiokafka's."""
        self.asked.append(sorted(tuple(partition) for partition in partitions))
        if not self.answers:
            raise KafkaConnectionError

    async def after(self, seconds: float, partitions: set[Partition] | None) -> list[Verdict]:
        """Every verdict of so many seconds, looking every half second."""
        verdicts = []
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            verdicts.append(await self.watch.look(self, partitions))
            self.now_s += 0.5
        return verdicts


async def test_what_is_fetched_is_well_and_costs_no_question() -> None:
    world = World()
    assert set(await world.after(300, {A, B})) == {"well"}
    assert world.asked == []


async def test_one_silent_partition_among_many_is_a_stall_after_its_time() -> None:
    world = World()
    world.alive = {A}
    verdicts = await world.after(70, {A, B})
    assert verdicts.index("stalled") == 2 * 60
    assert world.asked[0] == [B]


async def test_silence_is_the_brokers_fault_while_they_do_not_answer() -> None:
    world = World()
    world.alive, world.answers = set(), False
    verdicts = await world.after(300, {A, B})
    assert "stalled" not in verdicts
    assert verdicts.index("no_answer") <= 2 * (QUIET_S + 1)
    assert set(verdicts[-4:]) == {"no_answer", "well"}  # it looks once a second only


async def test_after_an_outage_the_client_has_its_time_again() -> None:
    world = World()
    world.alive, world.answers = set(), False
    await world.after(100, {A, B})
    world.answers = True
    assert set(await world.after(59, {A, B})) == {"well"}
    assert "stalled" in await world.after(3, {A, B})


async def test_rest_forgets() -> None:
    """Paused is not silent."""
    world = World()
    world.alive = set()
    await world.after(59, {A, B})
    world.watch.rest()
    assert set(await world.after(59, {A, B})) == {"well"}


async def test_no_partitions_are_never_silent() -> None:
    """A member that stands by has nothing to fetch."""
    world = World()
    assert set(await world.after(300, set())) == {"well"}
    assert world.asked == []


@pytest.mark.parametrize("rebalance_timeout_s", [30.0, 120.0])
async def test_an_assignment_that_does_not_come_is_waited_for_as_long_as_a_join_may_take(
    rebalance_timeout_s: float,
) -> None:
    world = World(
        KafkaSettings(topics=("calls", "other"), stall_timeout_s=60.0, rebalance_timeout_s=rebalance_timeout_s)
    )
    verdicts = await world.after(200, None)
    assert verdicts.index("stalled") >= 2 * max(60, rebalance_timeout_s)
    assert world.asked[0] == [("calls", 0), ("other", 0)]
