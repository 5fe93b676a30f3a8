"""A `Source` that is polled all the time, and a custodian that notes what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Self

from shipper.checkpoint import Partition
from shipper.kafka import KafkaSettings
from shipper.records import Record
from shipper.secret import Secret
from shipper.source import Source
from tests.brokers.access import Access
from tests.fakes import telemetry
from tests.integration.daemon import until

Telling = tuple[str, Mapping[Partition, int] | set[Partition]]


def settings(bootstrap: str | Access, topics: str | tuple[str, ...], group: str, **more: Any) -> KafkaSettings:
    """Settings with short times; `bootstrap` is an address, or a whole way in."""
    given: dict[str, Any] = {"bootstrap_servers": bootstrap} if isinstance(bootstrap, str) else bootstrap.settings()
    given["bootstrap_servers"] = tuple(given["bootstrap_servers"].split(","))
    if "sasl_password" in given:
        given["sasl_password"] = Secret(given["sasl_password"])
    times = {"session_timeout_s": 3.0, "rebalance_timeout_s": 5.0, "stall_timeout_s": 8.0, "fetch_max_wait_ms": 100}
    names = (topics,) if isinstance(topics, str) else topics
    return KafkaSettings(**given, topics=names, group_id=group, **(times | more))


class Reader:
    """An async context manager: inside, the source is polled; outside, it is closed."""

    def __init__(self, settings: KafkaSettings) -> None:
        clock = asyncio.get_running_loop().time
        self.group = settings.group_id
        self.lines: list[str] = []
        self.telemetry = telemetry(clock, self.lines)
        self.source = Source(settings, self.telemetry, clock)
        self.source.bind(self)
        self.records: list[Record] = []
        self.positions: dict[Partition, int] = {}  # what is in custody: where each partition is read on
        self.told: list[Telling] = []
        self.polls = 0
        self.longest_poll_s = 0.0
        self.commit_on_revoke = True
        self.drain_s = 0.0
        self._poll_on = False
        self._polling: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self.resume_polling()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            print(*self.lines[-40:], sep="\n")  # noqa: T201  # pytest shows it with the failure
        try:
            await self.stop_polling()
        finally:
            await self.source.close()

    def resume_polling(self) -> None:
        """Poll from now on."""
        self._poll_on = True
        self._polling = asyncio.create_task(self._poll())

    async def stop_polling(self) -> None:
        """Poll no more once the poll under way is over; raises what a poll has raised, which it must not."""
        assert self._polling is not None
        self._poll_on = False
        await asyncio.wait_for(self._polling, 20)

    async def _poll(self) -> None:
        clock = asyncio.get_running_loop().time
        while self._poll_on:
            began_s = clock()
            polled = await self.source.poll(0.2)
            self.longest_poll_s = max(self.longest_poll_s, clock() - began_s)
            self.polls += 1
            for partition, records in polled:
                assert partition in self.positions, "records of a partition that is not in custody"
                for record in records:
                    assert record.offset >= self.positions[partition], "a record came twice in one assignment"
                    self.records.append(record)
                    self.positions[partition] = record.offset + 1

    # custodian

    def assigned(self, positions: Mapping[Partition, int]) -> None:
        self.told.append(("assigned", dict(positions)))
        self.positions |= positions

    async def revoked(self, partitions: Iterable[Partition]) -> None:
        self.told.append(("revoked", set(partitions)))
        await asyncio.sleep(self.drain_s)
        if self.commit_on_revoke:
            await self.commit()
        self._let_go(partitions)

    def lost(self, partitions: Iterable[Partition]) -> None:
        self.told.append(("lost", set(partitions)))
        self._let_go(partitions)

    def _let_go(self, partitions: Iterable[Partition]) -> None:
        for partition in partitions:
            self.positions.pop(partition, None)

    # what a test asks

    async def commit(self) -> bool:
        """Commit everything that was polled."""
        return await self.source.commit(dict(self.positions))

    def values(self) -> list[bytes | None]:
        """Values of all records polled so far."""
        return [record.value for record in self.records]

    async def has(self, values: Iterable[bytes], within_s: float = 30.0) -> None:
        """Wait until each of these values has come, once at least."""
        wanted = set(values)
        await until(lambda: wanted <= set(self.values()), f"{len(wanted)} values", within_s)

    async def joined(self, partitions: int | None = None, within_s: float = 30.0) -> None:
        """Wait for custody of so many partitions, or of any."""
        await until(
            lambda: self.source.joined and len(self.positions) == (partitions or len(self.positions) or -1),
            f"custody of {partitions or 'some'} partitions",
            within_s,
        )

    def names(self) -> list[str]:
        """What the custodian was told, in order."""
        return [name for name, _ in self.told]

    def said(self, event: str) -> list[str]:
        """Log lines of one event."""
        return [line for line in self.lines if f"'event': '{event}'" in line]

    def metric(self, name: str, **labels: str) -> float:
        """The value of a metric, 0 where it has none."""
        return self.telemetry.metrics.registry.get_sample_value(f"shipper_{name}", labels) or 0.0

    @property
    def held(self) -> bool:
        """Whether the source says that Kafka cannot be read."""
        return "kafka_unavailable" in self.telemetry.holds

    @property
    def consumer(self) -> Any:
        """The client's consumer of this moment."""
        assert self.source._consumer is not None
        return self.source._consumer

    @property
    def generation(self) -> int:
        """Of the group, as this member has it."""
        generation: int = self.consumer._coordinator.generation
        return generation


def numbered(count: int, first: int = 0) -> list[bytes]:
    """Distinct values."""
    return [b"%d" % number for number in range(first, first + count)]


async def eventually(ask: Callable[[], Awaitable[object]], answer: object, within_s: float = 20.0) -> None:
    """Ask until the answer is this one."""
    last: object = None
    for _ in range(int(within_s / 0.05)):
        last = await ask()
        if last == answer:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"the answer is still {last}")
