"""Stand-ins for the world at the ports of the pipeline; the contract tests ask the same of the real ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence

import structlog

from shipper.checkpoint import Partition
from shipper.custody import Entry
from shipper.metrics import Metrics
from shipper.outcome import Answered, HoldReason, Outcome
from shipper.records import Record, Rejected, Wire
from shipper.sink import Attempt
from shipper.source import Custodian, Polled
from shipper.telemetry import Telemetry

PARTITION: Partition = ("calls", 0)


def telemetry(clock: Callable[[], float], lines: list[str] | None = None) -> Telemetry:
    """A telemetry that writes its lines to `lines`, or nowhere."""
    kept = lines if lines is not None else []

    def keep(_: object, __: str, event: structlog.typing.EventDict) -> str:
        kept.append(str(dict(event)))
        raise structlog.DropEvent

    log = structlog.wrap_logger(None, processors=[keep], wrapper_class=structlog.make_filtering_bound_logger(0))
    return Telemetry(Metrics(), log, clock)


class OneWire:
    """A backend that takes the wire that is spoken, now and for ever."""

    async def decide(self) -> None:
        """Nothing to ask."""

    async def doubt(self, spoken: Wire, hold: HoldReason) -> bool:
        return False

    def stored(self, spoken: Wire) -> None:
        """Nothing to remember."""

    def remake(self, entries: Sequence[Entry]) -> None:
        return None

    def grouped(self, entries: Sequence[Entry]) -> list[list[Entry]]:
        return [list(entries)] if entries else []


def records(count: int, first: int = 0, value: bytes = b"v") -> list[Record]:
    """Records of one partition with ascending offsets; each value ends in its offset."""
    return [Record(*PARTITION, first + n, 1, b"k", value + b"%d" % (first + n)) for n in range(count)]


class FakeSource:
    """A topic of one partition in memory, with a committed offset that outlives its members."""

    def __init__(self, log: Sequence[Record], chunk: int = 10) -> None:
        self.log = list(log)
        self.chunk = chunk
        self.position_ = 0
        self.group_offset = 0
        self.commits: list[int] = []
        self.paused = False
        self.polls_while_paused = 0
        self.all_stopped = False
        self.custodian: Custodian | None = None
        self.commit_works = True
        self._fresh = True

    def bind(self, custodian: Custodian) -> None:
        self.custodian = custodian

    async def poll(self, timeout_s: float) -> Polled:
        assert self.custodian is not None
        if self._fresh:
            self._fresh = False
            self.position_ = self.group_offset
            self.custodian.assigned({PARTITION: self.position_})
        if self.paused:
            self.polls_while_paused += 1
        found = [record for record in self.log if record.offset >= self.position_][: self.chunk]
        if self.paused or not found:
            await asyncio.sleep(timeout_s)
            return []
        self.position_ = found[-1].offset + 1
        return [(PARTITION, found)]

    async def rebalance(self) -> None:
        """The partition goes away and comes back to us."""
        assert self.custodian is not None
        await self.custodian.revoked([PARTITION])
        self._fresh = True

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False

    def highwater(self, partition: Partition) -> int | None:
        return self.log[-1].offset + 1 if self.log else 0

    async def position(self, partition: Partition) -> int | None:
        return self.position_

    async def commit(self, offsets: Mapping[Partition, int]) -> bool:
        if self.commit_works:
            self.group_offset = offsets[PARTITION]
            self.commits.append(self.group_offset)
        return self.commit_works


Answer = Callable[[Sequence[str]], Outcome]


def accept_all(ids: Sequence[str]) -> Outcome:
    """The answer of a backend that has stored everything."""
    return Answered(tuple(range(len(ids))))


class FakeBackend:
    """Answers each request with the next scripted answer, then with `accept_all`; keeps what it accepted."""

    def __init__(self, answers: Iterable[Answer] = (), seconds: float = 0.01) -> None:
        self.answers = list(answers)
        self.seconds = seconds
        self.requests: list[list[str]] = []
        self.stored: list[str] = []

    async def send(self, body: Sequence[bytes], ids: Sequence[str], wire: Wire = "ingestion") -> Attempt:
        self.requests.append(list(ids))
        await asyncio.sleep(self.seconds)
        outcome = (self.answers.pop(0) if self.answers else accept_all)(ids)
        if isinstance(outcome, Answered):
            self.stored += [ids[index] for index in outcome.accepted]
        return Attempt(outcome, "207" if isinstance(outcome, Answered) else "error", self.seconds)


class FakeGraveyard:
    """Keeps dead letters in memory."""

    def __init__(self) -> None:
        self.buried: list[tuple[Record, Rejected]] = []

    async def bury(self, refused: Sequence[tuple[Record, Rejected]]) -> None:
        await asyncio.sleep(0.001)
        self.buried += refused
