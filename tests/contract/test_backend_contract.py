"""What delivery relies on, asked of the real sink against the embedded inbox and of the backend that tests fake.

A promise that the fake keeps and the sink does not would make every test of delivery a fairy tale.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol

import pytest

from shipper.delivery import Backend
from shipper.demo.faults import Arrival, Delay, Fault, Omit, Refuse, Reply
from shipper.demo.inbox import Inbox
from shipper.endpoint import BackendSettings
from shipper.outcome import Answered, Held, Malformed, Outcome, TooLarge
from shipper.secret import Secret
from shipper.sink import Attempt, Sink
from tests.demo.client import event
from tests.fakes import Answer, FakeBackend, accept_all


class Scene(Protocol):
    """A backend, how its next answer is chosen, and what it has."""

    @property
    def backend(self) -> Backend: ...
    @property
    def stored(self) -> set[str]: ...
    @property
    def requests(self) -> int: ...
    def answers(self, *names: str) -> None: ...


def _last(outcome: Callable[[int], Answered]) -> Answer:
    return lambda ids: outcome(len(ids) - 1)


def _before(last: int) -> tuple[int, ...]:
    return tuple(range(last))


# What the fake is to answer: the outcomes that the sink should make of the same answers.
ANSWERS: dict[str, Answer] = {
    "accepts": accept_all,
    "accepts slowly": accept_all,  # the fake takes its time always
    "refuses the last": _last(lambda n: Answered(_before(n), refused=((n, "400 Invalid request data"),))),
    "fails the last": _last(lambda n: Answered(_before(n), again=(n,))),
    "omits the last": _last(lambda n: Answered(_before(n), unnamed=(n,))),
    "is down": lambda _: Held("backend_unavailable", "HTTP 503"),
    "throttles": lambda _: Held("throttled", "HTTP 429", 7.0),
    "finds it malformed": lambda _: Malformed("HTTP 400"),
    "finds it too large": lambda _: TooLarge(False, "HTTP 413"),
}


class Faked:
    """The fake."""

    def __init__(self) -> None:
        self.backend = FakeBackend()

    @property
    def stored(self) -> set[str]:
        return set(self.backend.stored)

    @property
    def requests(self) -> int:
        return len(self.backend.requests)

    def answers(self, *names: str) -> None:
        self.backend.answers += [ANSWERS[name] for name in names]


class Real:
    """The sink and the inbox."""

    def __init__(self, inbox: Inbox, sink: Sink) -> None:
        self._inbox = inbox
        self.backend = sink

    @property
    def stored(self) -> set[str]:
        return set(self._inbox.store.traces)

    @property
    def requests(self) -> int:
        return self._inbox.requests

    def answers(self, *names: str) -> None:
        self._inbox.faults += [self._fault(name) for name in names]

    def _fault(self, name: str) -> Fault | None:
        if name == "refuses the last":
            return Refuse(400, "Invalid request data", is_last)
        return {
            "accepts": None,
            "accepts slowly": Delay(0.2),
            "fails the last": Refuse(500, "down", is_last),
            "omits the last": Omit(is_last),
            "is down": Reply(503),
            "throttles": Reply(429, headers={"Retry-After": "7"}),
            "finds it malformed": Reply(400, b"Invalid JSON"),
            "finds it too large": Reply(413),
        }[name]


def is_last(arrival: Arrival) -> bool:
    """The event that tests name `last`."""
    return arrival.event_id == "last"


@pytest.fixture(params=["fake", "real"])
async def scene(request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    if request.param == "fake":
        yield Faked()
        return
    async with Inbox() as inbox:
        settings = BackendSettings(host=inbox.url, public_key=inbox.public_key, secret_key=Secret(inbox.secret_key))
        sink = Sink(settings, 4, "1", asyncio.get_running_loop().time)
        yield Real(inbox, sink)
        await sink.close()


async def send(scene: Scene, *ids: str) -> Attempt:
    """One attempt with a trace an id, in chunks as the mapper makes them."""
    chunks = [b'{"batch":[']
    for number, one in enumerate(ids):
        chunks += [b"," * (number > 0), json.dumps(event("trace-create", one, id=one)).encode()]
    return await scene.backend.send([*chunks, b"]}"], ids, "ingestion")


def indexes(outcome: Outcome) -> list[int]:
    """All indexes of an answer, group by group."""
    assert isinstance(outcome, Answered)
    return sorted([*outcome.accepted, *(index for index, _ in outcome.refused), *outcome.again, *outcome.unnamed])


async def test_what_is_accepted_is_stored(scene: Scene) -> None:
    attempt = await send(scene, "a", "b", "last")

    assert (attempt.code, attempt.outcome) == ("207", Answered((0, 1, 2)))
    assert scene.stored == {"a", "b", "last"}


async def test_an_empty_request_is_answered(scene: Scene) -> None:
    """`check --connect` asks like this."""
    assert (await send(scene)).outcome == Answered(())


@pytest.mark.parametrize("name", ["refuses the last", "fails the last", "omits the last"])
async def test_each_event_is_in_one_group_and_only_the_accepted_are_stored(scene: Scene, name: str) -> None:
    scene.answers(name)
    outcome = (await send(scene, "a", "b", "last")).outcome

    assert indexes(outcome) == [0, 1, 2]
    assert isinstance(outcome, Answered)
    assert outcome.accepted == (0, 1)
    assert outcome.hold is None
    assert scene.stored == {"a", "b"}


async def test_a_refused_event_comes_with_a_reason(scene: Scene) -> None:
    scene.answers("refuses the last")
    outcome = (await send(scene, "last")).outcome

    assert isinstance(outcome, Answered)
    assert [(index, bool(detail)) for index, detail in outcome.refused] == [(0, True)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("is down", Held("backend_unavailable", "HTTP 503")),
        ("throttles", Held("throttled", "HTTP 429", 7.0)),
        ("finds it malformed", Malformed("HTTP 400")),
        ("finds it too large", TooLarge(False, "HTTP 413")),
    ],
)
async def test_a_request_refused_as_a_whole_stores_nothing_and_may_come_again(
    scene: Scene, name: str, expected: Outcome
) -> None:
    scene.answers(name)

    assert (await send(scene, "a", "last")).outcome == expected
    assert scene.stored == set()
    assert (await send(scene, "a", "last")).outcome == Answered((0, 1))
    assert scene.stored == {"a", "last"}


async def test_the_same_event_again_is_the_same_event(scene: Scene) -> None:
    """Nobody knows after a lost answer, so everything is sent again: it is accepted, and there once."""
    for _ in range(3):
        assert (await send(scene, "a", "b")).outcome == Answered((0, 1))

    assert scene.stored == {"a", "b"}


async def test_an_answer_is_for_one_request(scene: Scene) -> None:
    """Each request takes one scripted answer, in their order; then all is well again."""
    scene.answers("is down", "accepts", "is down")
    kinds = [type((await send(scene, f"e{number}")).outcome) for number in range(4)]

    assert kinds == [Held, Answered, Held, Answered]
    assert scene.requests == 4


async def test_requests_at_the_same_time_get_their_own_answers(scene: Scene) -> None:
    """Several batches are in flight: indexes are of one's own request."""

    async def own(number: int) -> tuple[int, Outcome]:
        ids: Sequence[str] = [f"{number}-{n}" for n in range(number)]
        return number, (await send(scene, *ids)).outcome

    for number, outcome in await asyncio.gather(*(own(number) for number in range(1, 5))):
        assert outcome == Answered(tuple(range(number)))


async def test_an_attempt_tells_its_time_and_code(scene: Scene) -> None:
    """Metrics are made of both: the code is a number or `error`."""
    scene.answers("is down")
    for attempt in (await send(scene, "a"), await send(scene, "a")):
        assert attempt.seconds >= 0
        assert attempt.code == "error" or attempt.code.isdecimal()


async def test_a_cancelled_attempt_disturbs_no_other(scene: Scene) -> None:
    """Partitions go away in mid-request; the rest goes on."""
    scene.answers("accepts slowly")
    sending = asyncio.ensure_future(send(scene, "a"))
    while not scene.requests:  # noqa: ASYNC110  # neither backend has an event for it
        await asyncio.sleep(0)
    sending.cancel()
    await asyncio.wait([sending])

    assert (await send(scene, "b")).outcome == Answered((0,))
    assert "b" in scene.stored
