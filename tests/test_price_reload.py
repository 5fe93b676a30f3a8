"""New prices while the daemon runs: what changes is read, what is broken is said once and changes nothing."""

from __future__ import annotations

import ast
import asyncio
import json
import threading
from collections.abc import Callable
from datetime import date

import pytest

from shipper.price_files import PriceFilesError
from shipper.price_reload import LOOK_EVERY_S, PriceReload
from shipper.pricing import PriceBook, PriceTable
from tests.fakes import telemetry

BOOK = PriceBook.of(PriceTable.load(json.dumps({"m": {"input_cost_per_token": 1.0}}).encode(), date(2026, 1, 1)))


class FakeFiles:
    """Files whose state and content a test sets."""

    any = True

    def __init__(self) -> None:
        self.state = 0
        self.result: PriceBook | Exception = BOOK
        self.loads = 0
        self.gate = threading.Event()
        self.gate.set()

    def fingerprint(self) -> tuple[object, ...]:
        return (self.state,)

    def load(self) -> PriceBook:
        self.loads += 1
        self.gate.wait(10)
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


class Bench:
    """A reload over fake files, with a clock that a test moves, and what came of it."""

    def __init__(self) -> None:
        self.files = FakeFiles()
        self.used: list[PriceBook] = []
        self._lines: list[str] = []
        self.now_s = 0.0
        self.telemetry = telemetry(lambda: self.now_s, self._lines)
        self.reload = PriceReload(
            self.files, self.files.fingerprint(), self.used.append, self.telemetry, lambda: self.now_s
        )

    @property
    def said(self) -> list[dict[str, object]]:
        """The log lines so far."""
        return [ast.literal_eval(line) for line in self._lines]

    async def look(self) -> None:
        """The time of a look comes, and the look ends."""
        self.now_s += LOOK_EVERY_S
        self.reload.beat()
        await self.settled()

    async def settled(self) -> None:
        """No look is under way."""
        await until(lambda: not self.reload._looking)

    def value(self, name: str, **labels: str) -> float | None:
        """A metric."""
        return self.telemetry.metrics.registry.get_sample_value(name, labels)


async def until(done: Callable[[], bool]) -> None:
    """Wait for a thread, as briefly as can be."""
    async with asyncio.timeout(10):
        while not done():  # noqa: ASYNC110  # what is waited for happens in a thread
            await asyncio.sleep(0.001)


async def test_what_does_not_change_is_not_read() -> None:
    bench = Bench()
    for _ in range(3):
        await bench.look()
    assert bench.files.loads == 0
    assert bench.said == []


async def test_a_change_is_read_once_it_lies_still() -> None:
    """Whoever writes the file may not be done when it is first seen."""
    bench = Bench()
    bench.files.state = 1
    await bench.look()
    bench.files.state = 2
    await bench.look()
    assert bench.files.loads == 0
    await bench.look()
    assert bench.used == [BOOK]
    await bench.look()
    assert bench.files.loads == 1
    assert bench.said == [{"event": "prices_reloaded", "snapshots": ["2026-01-01"], "models": 1, "own_prices": 0}]
    assert bench.value("shipper_price_reloads_total", result="ok") == 1


async def test_a_beat_before_its_time_looks_at_nothing() -> None:
    bench = Bench()
    bench.files.state = 1
    await bench.look()
    for _ in range(5):
        bench.now_s += LOOK_EVERY_S / 10
        bench.reload.beat()
    assert bench.files.loads == 0


async def test_without_files_nobody_looks() -> None:
    bench = Bench()
    bench.files.any = False
    bench.files.state = 1
    await bench.look()
    await bench.look()
    assert bench.files.loads == 0


async def test_who_asks_gets_the_files_read_at_once_changed_or_not() -> None:
    bench = Bench()
    bench.reload.ask()
    await bench.settled()
    assert bench.used == [BOOK]


async def test_broken_files_are_said_once_and_change_nothing_until_they_are_mended() -> None:
    bench = Bench()
    bench.files.state = 1
    bench.files.result = PriceFilesError([f"problem {number}" for number in range(7)])
    for _ in range(5):
        await bench.look()
    assert bench.used == []
    detail = "problem 0; problem 1; problem 2; problem 3; problem 4; and 2 more"
    assert bench.said == [{"event": "prices_refused", "detail": detail}]
    assert bench.value("shipper_prices_broken") == 1
    assert bench.value("shipper_price_reloads_total", result="refused") == 1

    bench.files.state = 2
    bench.files.result = BOOK
    for _ in range(2):
        await bench.look()
    assert bench.used == [BOOK]
    assert bench.value("shipper_prices_broken") == 0


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("with text of a file")])
async def test_a_mistake_of_ours_changes_nothing_either(error: Exception) -> None:
    bench = Bench()
    bench.files.result = error
    bench.reload.ask()
    await bench.settled()
    assert bench.used == []
    assert bench.said == [{"event": "prices_refused", "detail": type(error).__name__}]


async def test_who_asks_while_files_are_read_gets_them_read_again() -> None:
    bench = Bench()
    bench.files.gate.clear()
    bench.reload.ask()
    await until(lambda: bench.files.loads == 1)
    bench.reload.ask()
    bench.reload.ask()
    bench.now_s += LOOK_EVERY_S
    bench.reload.beat()
    bench.files.gate.set()
    await until(lambda: bench.files.loads == 2)
    await bench.settled()
    assert bench.used == [BOOK, BOOK]


def test_a_look_that_outlives_the_loop_harms_nobody() -> None:
    bench = Bench()
    bench.files.gate.clear()

    async def ask() -> None:
        bench.reload.ask()

    asyncio.run(ask())
    (thread,) = (thread for thread in threading.enumerate() if thread.name == "prices")
    bench.files.gate.set()
    thread.join(10)
    assert not thread.is_alive()
    assert bench.used == []
