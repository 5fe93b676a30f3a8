"""The core in a hostile world: seeded members, rebalances, crashes and answers, in virtual time.

At every commit the group asks whether each record that is passed has its fate (stored event by event in the backend's
own log by one of its wires, or buried); at the end, after healing, everything must have one.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from shipper.batch import Batcher, Batchers, BatchSettings
from shipper.custody import Custody, Entry
from shipper.delivery import Delivery
from shipper.discovery import Discovered
from shipper.mapping.settings import MappingSettings
from shipper.mapping.size import Size
from shipper.outcome import Answered, Held, Malformed, Outcome, TooLarge
from shipper.pipeline import Pipeline, Timing
from shipper.records import Billing, CallRecord, Cost, Event, Observation, Record, Rejected, Trace, UnknownCost, Wire
from shipper.retry import RetrySettings
from shipper.sink import Attempt
from shipper.stages import Stages
from shipper.wiring import Wiring
from tests.fakes import telemetry
from tests.simulated_group import Group, Member
from tests.virtual_time import run

START = datetime(2026, 1, 1, tzinfo=UTC)
GRACE_S = 8.0
DRAIN_S = 4.0
HEALED_WITHIN_S = 400.0
MAX_BATCH_BYTES = 4_000
OMISSIONS_MAX = 3  # transient ones of one event: fewer than condemn it
LARGEST_BYTES = 12_000  # one record with its events

# Kinds of records; only those of the second line are bad, and only they may be buried.
GOOD = ("plain", "plain", "plain", "scored", "long")
BAD = ("rubbish", "mistake", "huge", "malformed", "refused", "toolarge", "nameless")


def decode(record: Record) -> CallRecord | Rejected:
    """A stage with a verdict and a mistake in it."""
    if not record.value:
        return Rejected("empty", "")
    name = f"{record.value.decode().rstrip('.')}-{record.partition}-{record.offset}"
    if name.startswith("rubbish"):
        return Rejected("invalid_json", "at byte 0")
    if name.startswith("mistake"):
        raise ZeroDivisionError
    call = Observation(name, "generation", START, model="m")
    return CallRecord("litellm", Trace(name), call, Billing(("m",), "", START, None, None))


def price(_: Billing) -> Cost | UnknownCost:
    """Every call costs the same."""
    return Cost(0.5)


def events(call: CallRecord, _: Cost | UnknownCost) -> list[Event]:
    """Two events a call."""
    name = call.observation.id
    size = {"huge": MAX_BATCH_BYTES, "long": 900}.get(name.split("-")[0], 60)
    trace, call_ = (f"{name}-trace", 60), (f"{name}-call", size)
    made = [Event(name_, name.encode().ljust(size_bytes)) for name_, size_bytes in (trace, call_)]
    return made + scores(name, "ingestion")


def spans(call: CallRecord, _: Cost | UnknownCost) -> list[Event]:
    """One event a call, by the other wire."""
    name = call.observation.id
    size = {"huge": MAX_BATCH_BYTES, "long": 900}.get(name.split("-")[0], 60)
    return [Event(f"{name}-span", name.encode().ljust(size), wire="otlp"), *scores(name, "otlp")]


def scores(name: str, wire: Wire) -> list[Event]:
    """Always by the same wire, but with the ids of the one that its trace goes by."""
    return [Event(f"{name}-score", wire.encode(), is_score=True)] if name.startswith("scored") else []


def name_of(record: Record) -> str:
    """What the ids of the record's events begin with."""
    return f"{(record.value or b'').decode().rstrip('.')}-{record.partition}-{record.offset}"


class World:
    """What outlives the daemons: the group, the backend's own log, the dead letters; and the weather over them."""

    def __init__(self, seed: int, partitions: int, bad: float) -> None:
        self.rng = random.Random(seed)
        self.stored: Counter[str] = Counter()
        self.buried: Counter[tuple[int, int]] = Counter()
        self.contents: dict[str, bytes] = {}
        self.omitted: Counter[str] = Counter()
        self.weather: Callable[[Sequence[str]], Outcome | None] = lambda _: None
        self.answer_s = 0.05
        self.takes: Wire | None = "ingestion"
        self.switches = 0
        self.score_ids: dict[str, str] = {}
        self.graveyard_open = True
        self.bad = bad
        self.bad_kinds: tuple[str | None, ...] = (*BAD, None)
        self.group = Group(self.rng, partitions, self.settled)

    def settled(self, record: Record) -> bool:
        """Stored with all its events, or buried; and only bad ones may be buried."""
        if (record.partition, record.offset) in self.buried:
            kind = (record.value or b"empty").decode().rstrip(".")
            assert kind in (*BAD, "empty"), f"buried: {record}"
            return True
        name = name_of(record)
        return bool(self.wires_of(name)) and (not name.startswith("scored") or f"{name}-score" in self.stored)

    def wires_of(self, name: str) -> set[str]:
        """The wires by which all of a record's trace is stored."""
        ends = {"ingestion": ("trace", "call"), "otlp": ("span",)}
        return {wire for wire, parts in ends.items() if all(f"{name}-{part}" in self.stored for part in parts)}

    def produce(self, count: int) -> None:
        """Some records, some gaps."""
        for _ in range(count):
            partition = self.rng.choice(sorted(self.group.logs))
            if self.rng.random() < 0.05:
                self.group.control_records(partition, self.rng.randint(1, 3))
            if self.rng.random() < self.bad:
                kind = self.rng.choice(self.bad_kinds)
                self.group.produce(partition, kind.encode() if kind else None)
            else:
                kind = self.rng.choice(GOOD)
                self.group.produce(partition, kind.encode().ljust(900 if kind == "long" else 10, b"."))

    # the backend

    async def send(self, body: Sequence[bytes], ids: Sequence[str], wire: Wire) -> Attempt:
        forms = dict(zip(ids, body, strict=True))
        for name, data in forms.items():
            assert name.endswith("-score") or self.contents.setdefault(name, data) == data
            assert name.endswith("-span") == (wire == "otlp")
        await asyncio.sleep(self.answer_s * self.rng.uniform(0.5, 1.5))
        outcome = self.weather(ids) or (self.judge_spans(ids) if wire == "otlp" else self.judge(ids))
        if isinstance(outcome, Answered):
            self.stored.update(ids[index] for index in outcome.accepted)
            for name in (ids[index] for index in outcome.accepted):
                if name.endswith("-score"):
                    # What a score belongs to is what it came with first, whatever comes later.
                    self.score_ids.setdefault(name, forms[name].decode())
        return Attempt(outcome, "code", 0.1)

    async def discover(self) -> Discovered:
        """What the backend says of itself, if it can be asked."""
        await asyncio.sleep(0.05)
        can = self.weather([]) is None
        return Discovered((self.takes or "ingestion") if can else None, "")

    def judge_spans(self, ids: Sequence[str]) -> Outcome:
        """The same by the other wire, which names no event."""
        if self.takes != "otlp":
            return Held("not_found", "HTTP 404")
        kinds = {name.split("-")[0] for name in ids}
        if "toolarge" in kinds:
            return TooLarge(True, "HTTP 413")
        if kinds & {"malformed", "refused", "nameless"}:
            return Malformed("HTTP 400")
        return Answered(tuple(range(len(ids))))

    def judge(self, ids: Sequence[str]) -> Outcome:
        """What a backend in good health makes of the events, bad ones among them."""
        if self.takes != "ingestion":
            taken = tuple(index for index, name in enumerate(ids) if name.endswith("-score"))
            again = tuple(index for index, name in enumerate(ids) if not name.endswith("-score"))
            return Answered(taken, (), again, (), "event_type_not_accepted" if again else None)
        kinds = [name.split("-")[0] + name[-5:] for name in ids]
        if "toolarge-call" in kinds:
            return TooLarge(True, "HTTP 413")
        if "malformed-call" in kinds:
            return Malformed("HTTP 400")
        refused = tuple((n, "bad") for n, kind in enumerate(kinds) if kind == "refused-call")
        unnamed = tuple(n for n, kind in enumerate(kinds) if kind == "nameless-call")
        others = set(range(len(ids))) - {n for n, _ in refused} - set(unnamed)
        return Answered(tuple(sorted(others)), refused, (), unnamed)

    def storm(self, ids: Sequence[str]) -> Outcome | None:
        """Anything that a backend may answer."""
        draw = self.rng.random()
        if draw < 0.25:
            return Held(self.rng.choice(["backend_unavailable", "unauthorized", "throttled"]), "", draw * 40)
        if draw < 0.35:
            if self.takes == "otlp" or not any(name.endswith(("-span", "-score")) for name in ids):
                # And the answer is lost.
                self.stored.update([name for name in ids if self.may_store(name)][: self.rng.randint(0, len(ids))])
            return Held("backend_unavailable", "")
        if draw < 0.45 and len(ids) > 3:
            return TooLarge(False, "HTTP 413")
        if draw < 0.55 and len(ids) > 1:
            return Malformed("HTTP 400")
        if any(name.endswith("-span") for name in ids):
            return self.judge_spans(ids)
        answer = self.judge(ids)
        return self.omit(ids, answer) if draw < 0.8 and isinstance(answer, Answered) else answer

    def may_store(self, name: str) -> bool:
        if self.takes is None or name.endswith("-score"):
            return False
        return name.endswith("-span") == (self.takes == "otlp")

    def omit(self, ids: Sequence[str], answer: Answered) -> Answered:
        """Some events fail for now, some are not named."""
        fates = {index: self.rng.choice("aaaru") for index in answer.accepted}
        for index, fate in fates.items():
            if fate == "u" and self.omitted[ids[index]] >= OMISSIONS_MAX:
                fates[index] = "r"
            elif fate == "u":
                self.omitted[ids[index]] += 1
        groups = {one: tuple(index for index, fate in fates.items() if fate == one) for one in "aru"}
        unnamed = tuple(sorted((*answer.unnamed, *groups["u"])))
        again = tuple(sorted((*answer.again, *groups["r"])))
        return Answered(groups["a"], answer.refused, again, unnamed, answer.hold)

    # the dead letters

    async def bury(self, refused: Sequence[tuple[Record, Rejected]]) -> None:
        await asyncio.sleep(0.01)
        while not self.graveyard_open:  # noqa: ASYNC110  # as the real one asks its broker again
            await asyncio.sleep(1)
        self.buried.update((record.partition, record.offset) for record, _ in refused)


def batchers() -> Batchers[Entry]:
    """For both wires."""
    limits = BatchSettings(max_bytes=MAX_BATCH_BYTES, max_events=25, linger_s=0.5)
    return Batchers({"ingestion": Batcher(limits, 100), "otlp": Batcher(limits, 100, 0)})


class Daemon:
    """One member with its pipeline."""

    def __init__(self, world: World, memory_bytes: int) -> None:
        clock = asyncio.get_running_loop().time
        self.memory_bytes = memory_bytes
        self.member = Member(world.group)
        self.custody = Custody(100_000, scores_wait=True)
        stopping = asyncio.Event()
        told = telemetry(clock)
        sizes: Batchers[Entry] = batchers()
        largest_bytes = sizes.largest_bytes("ingestion")
        fit = Size(MappingSettings(oversize="dead_letter"), largest_bytes).fit
        stages: dict[Wire, Stages] = {
            "ingestion": Stages(decode, price, lambda call: call, events, fit, "ingestion"),
            "otlp": Stages(decode, price, lambda call: call, spans, fit, "otlp"),
        }
        wiring = Wiring(stages, batchers, self.custody, told, world.discover, "ingestion")
        delivery = Delivery(
            world,
            wiring,
            world,
            lambda some: [event.data for event in some],
            self.custody,
            RetrySettings(base_s=0.5, max_s=10.0),
            told,
            clock,
            world.rng.random,
            stopping,
        )
        self.pipeline = Pipeline(
            self.member,
            wiring,
            batchers(),
            self.custody,
            delivery,
            told,
            memory_bytes,
            Timing(GRACE_S, 1.0, DRAIN_S),
            stopping,
            clock,
        )
        self.member.custodian = self.pipeline.offsets
        self.running = asyncio.ensure_future(self.pipeline.run(self._prepare, 2, self.check))

    async def _prepare(self) -> None:
        await asyncio.sleep(0.1)

    def check(self) -> None:
        """Memory keeps to its budget; the ledgers and the bytes agree about whether anything is owed."""
        if self.running.done():
            self.running.result()
            raise AssertionError("a pipeline ended by itself")
        assert 0 <= self.custody.held_bytes <= self.memory_bytes + LARGEST_BYTES
        assert self.custody.parcels >= self.custody.checkpoint.pending
        assert self.custody.parcels or not self.custody.held_bytes
        assert self.custody.idle.is_set() == (self.custody.parcels == 0)

    async def stop(self) -> None:
        """SIGTERM: it ends inside the grace, whatever goes on."""
        self.pipeline.stop()
        async with asyncio.timeout(GRACE_S):
            await self.running
        self.member.close()

    async def crash(self) -> None:
        """SIGKILL: nothing is said to anybody."""
        self.running.cancel()
        await asyncio.wait([self.running])
        self.member.close()


class Nemesis:
    """Lets things happen to a world, then heals it and sees it to its end."""

    def __init__(self, world: World, memory_bytes: int) -> None:
        self.world = world
        self.memory_bytes = memory_bytes
        self.daemons: list[Daemon] = []

    async def rage(self, steps: int) -> None:
        """A number of incidents, one after the other and into each other."""
        rng = self.world.rng
        hurts = [self.start, self.stop, self.crash, self.cut, self.rebuild, self.weather, self.dead_letters, self.more]
        hurts += [self.switch, self.cut, self.cut]
        for _ in range(steps):
            await asyncio.sleep(rng.choice([0.05, 0.5, 2.0, 6.0]))
            for daemon in self.daemons:
                daemon.check()
            if rng.random() < 0.25:
                self.world.group.rebalance()
            else:
                await rng.choice(hurts)()

    async def start(self) -> None:
        if len(self.daemons) < 3:
            self.daemons.append(Daemon(self.world, self.memory_bytes))

    async def stop(self) -> None:
        if self.daemons:
            await self.daemons.pop(self.world.rng.randrange(len(self.daemons))).stop()

    async def crash(self) -> None:
        if self.daemons:
            await self.daemons.pop(self.world.rng.randrange(len(self.daemons))).crash()

    async def cut(self) -> None:
        if self.daemons:
            member = self.world.rng.choice(self.daemons).member
            if member.reachable:
                member.cut_off()
                asyncio.get_running_loop().call_later(self.world.rng.choice([1.0, 15.0, 30.0]), member.healed)

    async def rebuild(self) -> None:
        if self.daemons:
            await self.world.rng.choice(self.daemons).member.rebuilt()

    async def weather(self) -> None:
        world = self.world
        away: Outcome = Held("unauthorized", "HTTP 401")
        world.weather = world.rng.choice([world.storm, world.storm, lambda _: None, lambda _: away])
        world.answer_s = world.rng.choice([0.01, 0.05, 0.5, 10.0])

    async def dead_letters(self) -> None:
        self.world.graveyard_open = not self.world.graveyard_open

    async def switch(self) -> None:
        """The server is upgraded, set back, or made one that takes no traces at all."""
        others: list[Wire | None] = ["ingestion", "otlp", None]
        others.remove(self.world.takes)
        self.world.takes = self.world.rng.choice(others)
        self.world.switches += 1

    async def more(self) -> None:
        self.world.produce(self.world.rng.randint(1, 120))

    async def heal(self) -> None:
        """All is well again: everything must come out, fresh records too."""
        world = self.world
        world.weather, world.answer_s, world.graveyard_open = lambda _: None, 0.05, True
        world.takes = world.takes or "otlp"
        await self.start()
        for daemon in self.daemons:
            daemon.member.reachable = True
        world.produce(20)
        try:
            async with asyncio.timeout(HEALED_WITHIN_S):
                while world.group.committed != world.group.ends:
                    await asyncio.sleep(1)
                    for daemon in self.daemons:
                        daemon.check()
        except TimeoutError:
            raise AssertionError(f"stuck: {world.group.committed} of {world.group.ends}") from None
        # What was under way for somebody else may take a moment more.
        await asyncio.sleep(12)
        for daemon in self.daemons:
            assert (daemon.custody.held_bytes, daemon.custody.parcels, daemon.custody.checkpoint.pending) == (0, 0, 0)
        for record in itertools.chain(*world.group.logs.values()):
            assert world.settled(record)
        for score, ids in world.score_ids.items():
            assert ids in world.wires_of(score.removesuffix("-score")), "a score with ids that its trace does not have"
        while self.daemons:
            await self.daemons.pop().stop()


def simulate(seed: int, partitions: int, bad: float, memory_bytes: int, steps: int) -> World:
    """One hostile life of a topic; the world at its end."""

    async def main() -> World:
        world = World(seed, partitions, bad)
        nemesis = Nemesis(world, memory_bytes)
        world.produce(world.rng.randint(1, 300))
        await nemesis.start()
        await nemesis.rage(steps)
        await nemesis.heal()
        return world

    return run(main())


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.generate],
)
@given(
    seed=st.integers(0, 2**32),
    partitions=st.integers(1, 5),
    bad=st.sampled_from([0.0, 0.02, 0.3]),
    memory_bytes=st.sampled_from([20_000, 60_000, 1_000_000]),
)
def test_nothing_is_lost_or_stuck_whatever_happens(seed: int, partitions: int, bad: float, memory_bytes: int) -> None:
    """The group's commits, the backend's own log and the dead letters account for every record."""
    world = simulate(seed, partitions, bad, memory_bytes, 30)

    assert world.group.commits_checked > 0


def test_the_simulation_meets_what_it_is_for() -> None:
    """Vacuity guard: these worlds do have fenced commits, doubled events, dead letters and omitted names in them."""
    worlds = [simulate(seed, 3, 0.1, 60_000, 40) for seed in range(40)]

    assert sum(world.group.fenced for world in worlds) > 0
    assert sum(world.group.generation for world in worlds) > 20
    assert any(count > 1 for world in worlds for count in world.stored.values())
    assert all(world.buried for world in worlds)
    assert any(world.omitted for world in worlds)
    assert sum(world.switches for world in worlds) > 20
    assert any(name.endswith("-span") for world in worlds for name in world.stored)
    assert any({*world.score_ids.values()} == {"ingestion", "otlp"} for world in worlds)


@settings(max_examples=80, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
@given(st.integers(0, 2**32), st.integers(1, 4), st.sampled_from([20_000, 1_000_000]))
def test_clean_stops_and_rebalances_double_nothing(seed: int, partitions: int, memory_bytes: int) -> None:
    """Members come and go by SIGTERM while the backend answers: each event is stored once, each record buried once."""

    async def main() -> World:
        world = World(seed, partitions, 0.1)
        world.bad_kinds = tuple(kind for kind in BAD if kind != "nameless")  # which takes longer than the drain
        world.answer_s = 0.02  # in the drain even a batch is taken apart that has many bad ones
        nemesis = Nemesis(world, memory_bytes)
        for _ in range(15):
            await world.rng.choice([nemesis.start, nemesis.stop, nemesis.more, nemesis.more])()
            if world.rng.random() < 0.3:
                world.group.rebalance()
            await asyncio.sleep(world.rng.choice([0.05, 0.5, 5.0]))
        await nemesis.heal()
        return world

    world = run(main())

    assert set(world.stored.values()) == {1}
    assert set(world.buried.values()) <= {1}
