"""A batch's way from its close to its last verdict: send, read the outcome, shrink or split, wait, send again.

Rule: a batch leaves here only when every event of it was accepted, refused alone, or belongs to a partition
that was taken away. What to do is decided by the pure `retry` stage; here it is done.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import Struct

from shipper.batch import Batch
from shipper.custody import Custody, Entry, Parcel
from shipper.outcome import Answered, Held, HoldReason, Outcome
from shipper.records import Event, Record, Rejected, Wire
from shipper.retry import Decision, RetrySettings, backoff_s, decide
from shipper.sink import Attempt
from shipper.telemetry import Telemetry

BURY_TOGETHER_MAX = 500  # dead letters produced in one go
LAST_WAITS_S = 1.0  # while stopping, no wait between two attempts is longer


class Backend(Protocol):
    """One attempt to deliver."""

    async def send(self, body: Sequence[bytes], ids: Sequence[str], wire: Wire) -> Attempt:
        """Post one body by this wire, given in chunks; `ids` name its events, in their order."""


class Wiring(Protocol):
    """Which wire the backend takes (`shipper.wiring`)."""

    async def decide(self) -> None: ...
    async def doubt(self, spoken: Wire, hold: HoldReason) -> bool: ...
    def stored(self, spoken: Wire) -> None: ...
    def remake(self, entries: Sequence[Entry]) -> list[list[Entry]] | None: ...
    def grouped(self, entries: Sequence[Entry]) -> list[list[Entry]]: ...


class Graveyard(Protocol):
    """Where refused records are kept."""

    async def bury(self, refused: Sequence[tuple[Record, Rejected]]) -> None:
        """Comes back when every record has its dead letter."""


class _Group(Struct, frozen=True):
    """Events that travel together, and how often in a row they failed, or were not named in an answer."""

    entries: Sequence[Entry]
    failures: int = 0
    silences: int = 0

    def parts(self, sent: Sequence[Entry], indexes: Sequence[int], outcome: Outcome, wait_s: float) -> list[_Group]:
        """The events at `indexes` of those that were `sent`; an outage does not count against unnamed ones."""
        failures = self.failures + 1 if wait_s else 0  # without a wait the group was only split
        if not isinstance(outcome, Answered):
            return [_Group([sent[index] for index in indexes], failures, self.silences)]
        unnamed = set(outcome.unnamed)
        named = [sent[index] for index in indexes if index not in unnamed]
        silent = [sent[index] for index in indexes if index in unnamed]
        parts = [_Group(named, failures), _Group(silent, failures, self.silences + 1)]
        return [part for part in parts if part.entries]


class Delivery:
    """Takes closed batches and sees each to its end."""

    def __init__(
        self,
        backend: Backend,
        wiring: Wiring,
        graveyard: Graveyard,
        body: Callable[[Sequence[Event]], list[bytes]],
        custody: Custody,
        settings: RetrySettings,
        telemetry: Telemetry,
        clock: Callable[[], float],
        random_0_1: Callable[[], float],
        stopping: asyncio.Event,
    ) -> None:
        self.batches: asyncio.Queue[Batch[Entry]] = asyncio.Queue()  # bounded by the memory budget of the intake
        self._backend = backend
        self._wiring = wiring
        self._graveyard = graveyard
        self._body = body
        self._custody = custody
        self._settings = settings
        self._telemetry = telemetry
        self._clock = clock
        self._random_0_1 = random_0_1
        self._stopping = stopping

    async def deliver(self) -> None:
        """Deliver batches one after the other, without end; as many of these run as requests may be in flight."""
        who = object()  # this loop, to whoever keeps the holds
        while True:
            batch = await self.batches.get()
            try:
                await self._see_through(batch, who)
            finally:
                self._telemetry.release(who)

    async def _see_through(self, batch: Batch[Entry], who: object) -> None:
        began_s, attempts = self._clock(), 0
        groups = deque([_Group(batch.items)])
        while groups or (groups := self._due_scores()):
            group = groups.popleft()
            await self._wiring.decide()
            entries = self._still_ours(group.entries)
            remade = self._wiring.remake(entries)
            if remade is not None:
                groups.extendleft(_Group(part, group.failures) for part in reversed(remade))
            elif entries:
                wait_s = await self._attempt(group, entries, groups, who)
                attempts += 1
                if wait_s:
                    groups.extendleft(self._due_scores())  # without a wait more come due soon, and go together
                    await self._pause(wait_s)
        self._telemetry.batch_delivered(len(batch.items), batch.size_bytes, attempts, self._clock() - began_s)

    async def _attempt(self, group: _Group, entries: Sequence[Entry], groups: deque[_Group], who: object) -> float:
        """Send them once and do what is to be done; what is still owed goes back to `groups`. Seconds to wait now."""
        events = [event for event, _ in entries]
        wire = events[0].wire
        attempt = await self._backend.send(self._body(events), [event.id for event in events], wire)
        self._telemetry.request_done(attempt.code, attempt.seconds, wire if attempt.ambiguous else None)
        unnamed = attempt.outcome.unnamed if isinstance(attempt.outcome, Answered) else ()
        tries = 1 + (group.silences if unnamed else group.failures)
        decision = decide(attempt.outcome, len(entries), tries, self._settings, self._random_0_1())
        again, wait_s, hold = self._carry_out(decision, entries, tries)
        if decision.accepted:
            self._wiring.stored(wire)
        if hold and await self._wiring.doubt(wire, hold):
            wait_s, hold = 0.0, None  # the same records in another form: at once, and nothing stands in the way
        owed = [part for indexes in again for part in group.parts(entries, indexes, attempt.outcome, wait_s)]
        if wait_s and not isinstance(attempt.outcome, Held):
            groups.extend(owed)  # a verdict on these events alone: their neighbours need not wait for them
        else:
            groups.extendleft(reversed(owed))
        if hold:
            self._telemetry.hold(who, hold, decision.detail)
        else:
            self._telemetry.release(who)
        return wait_s

    def _due_scores(self) -> deque[_Group]:
        return deque(_Group(scores) for scores in self._wiring.grouped(self._custody.take_due()))

    def _still_ours(self, group: Sequence[Entry]) -> list[Entry]:
        """Without the events of partitions that were taken away: whoever has them now sends them again."""
        ours = []
        for entry in group:
            if entry[1].ledger.assigned:
                ours.append(entry)
            else:
                self._custody.abandon(entry[1])
        return ours

    def _carry_out(
        self, decision: Decision, entries: Sequence[Entry], failures: int
    ) -> tuple[Sequence[Sequence[int]], float, HoldReason | None]:
        delivered = sum(self._custody.accept(entries[index][1]) for index in decision.accepted)
        if delivered:
            self._telemetry.records_settled(delivered, {})
        again, wait_s, hold = decision.again, decision.wait_s, decision.hold
        too_many = []
        for index, rejected in decision.refused:
            parcel = entries[index][1]
            if self._custody.may_refuse(parcel):
                self._custody.refuse(parcel, rejected)
            else:
                too_many.append(index)
        if too_many:
            again = (*again, too_many)
            hold = "dead_letter_limit"
            wait_s = wait_s or max(backoff_s(self._settings, failures, self._random_0_1()), self._settings.base_s / 2)
        return again, wait_s, hold

    async def bury(self) -> None:
        """Write the dead letters of condemned records, without end."""
        while True:
            parcels = [await self._custody.condemned.get()]
            while len(parcels) < BURY_TOGETHER_MAX and not self._custody.condemned.empty():
                parcels.append(self._custody.condemned.get_nowait())
            await self._bury_these([parcel for parcel in parcels if self._is_ours(parcel)])

    def _is_ours(self, parcel: Parcel) -> bool:
        if not parcel.ledger.assigned:
            self._custody.abandon(parcel)
        return parcel.ledger.assigned

    async def _bury_these(self, parcels: Sequence[Parcel]) -> None:
        refused = [(parcel.record, parcel.refused) for parcel in parcels if parcel.refused is not None]
        await self._graveyard.bury(refused)
        for parcel in parcels:
            self._custody.settle(parcel)
        if refused:
            self._telemetry.records_settled(0, Counter(rejected.reason for _, rejected in refused))

    async def _pause(self, wait_s: float) -> None:
        """Wait, but not for long once the daemon is asked to stop."""
        if not self._stopping.is_set():
            try:
                async with asyncio.timeout(wait_s):
                    await self._stopping.wait()
            except TimeoutError:
                return
        await asyncio.sleep(min(wait_s, LAST_WAITS_S))
