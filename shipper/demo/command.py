"""`shipper demo`: producer, embedded broker, the real daemon and the embedded inbox in one go, and a check that
what came out is what went in.

Rule: the daemon is a guest here. It is given settings and asked to stop, and nothing else of it is touched; the
broker is stopped last. Knows nothing of how records are mapped, only how many there were.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, BinaryIO, Literal

from msgspec import Struct

from shipper import exit_codes
from shipper.demo.broker import BrokerUnavailable, EmbeddedBroker
from shipper.demo.feed import Feed, RecordTooLarge, Standing
from shipper.demo.inbox import Inbox, Mode, PortUnavailable
from shipper.demo.samples import STEP, read_records, sample_records
from shipper.mapping.otel_ids import span_id

if TYPE_CHECKING:
    from shipper.demo.report import Report

Api = Literal["auto", "ingestion", "otlp"]
RunDaemon = Callable[[Mapping[str, Mapping[str, object]], asyncio.Event], Awaitable[int]]

_TOPIC, _DEAD_LETTERS, _GROUP, _PARTITIONS = "llm-calls", "llm-calls.dead-letters", "shipper-demo", 4
_KEPT_TRACES = 10_000
_TICK_S = 0.1


class DemoOptions(Struct, frozen=True, kw_only=True):
    """`count` sample records, or the lines of `records` (JSON Lines, open for reading).

    `exit`: end when all is delivered, else stay until a signal. `port` of the page, 0 for a free one.
    `api` is the daemon's `backend.api`, `mode` says which Langfuse the inbox stands for.
    `patience_s`: stop waiting when nothing has moved for this long.
    """

    count: int = 500
    records: BinaryIO | None = None
    exit: bool = False
    port: int = 0
    api: Api = "auto"
    mode: Mode = "legacy"
    patience_s: float = 30.0


async def demo(options: DemoOptions, run_daemon: RunDaemon) -> int:
    """Run the demo; gives the process's exit code (sysexits): 0; 65 a record that the broker cannot hold; 69 the
    extra is not installed, no broker or the port is taken; 70 a difference between what was produced and what
    arrived; else the daemon's own.

    `run_daemon(overrides, stop)` runs the daemon with these settings (section → key → value as in the
    configuration file) until `stop` is set or a signal ends it, and returns its exit code.
    """
    if any(find_spec(name) is None for name in ("rich", "opentelemetry")):
        return _give_up("the demo needs its extra: pip install 'shipper[demo]'", exit_codes.UNAVAILABLE)
    from shipper.demo.report import Report

    try:
        with EmbeddedBroker({_TOPIC: _PARTITIONS, _DEAD_LETTERS: 1}) as bootstrap:
            async with (
                Inbox(port=options.port, keep=_KEPT_TRACES, mode=options.mode) as inbox,
                Feed(bootstrap, _TOPIC, _PARTITIONS, _DEAD_LETTERS, _GROUP) as feed,
            ):
                with Report() as report:
                    report.begin(inbox.url, bootstrap, inbox.mode)
                    return await _Run(options, inbox, feed, report).until_the_end(
                        run_daemon, _settings(bootstrap, inbox, options.api)
                    )
    except (BrokerUnavailable, PortUnavailable) as error:
        return _give_up(str(error), exit_codes.UNAVAILABLE)
    except RecordTooLarge as error:
        return _give_up(str(error), exit_codes.REFUSED_DATA)


class _Run:
    """One demo, once broker, inbox and feed stand."""

    def __init__(self, options: DemoOptions, inbox: Inbox, feed: Feed, report: Report) -> None:
        self._options, self._inbox, self._feed, self._report = options, inbox, feed, report

    async def until_the_end(self, run_daemon: RunDaemon, settings: Mapping[str, Mapping[str, object]]) -> int:
        """Feed the daemon, wait for it to deliver, stop it, compare; gives the exit code."""
        stop = asyncio.Event()
        daemon = asyncio.ensure_future(run_daemon(settings, stop))
        feeding = asyncio.create_task(self._feed.run(self._records()))
        try:
            await self._follow(feeding, daemon)
            interrupted, fed = daemon.done(), feeding.done()
            if fed:
                await feeding
            if not interrupted and not self._options.exit:
                self._summary(self._differences(fed))
                self._report.say(f"The page stays at {self._inbox.url}/ until Ctrl-C.")
                await _ended(daemon)
        finally:
            feeding.cancel()
            stop.set()
            code = await daemon
            await asyncio.gather(feeding, return_exceptions=True)
        if code != exit_codes.OK:
            self._report.say(f"The daemon ended with exit code {code}.")
            return code
        if interrupted:
            self._report.say(f"Stopped before the end: {self._standing().settled:,} records had been delivered.")
            return exit_codes.OK
        return await self._verdict(fed)

    async def _verdict(self, fed: bool) -> int:
        """The last comparison, after the daemon has stopped."""
        await self._feed.read_dead_letters()
        differences = self._differences(fed)
        if uncommitted := await self._feed.uncommitted():
            differences.append(f"{uncommitted:,} records are not committed")
        if self._options.exit or differences:
            self._summary(differences)
        return exit_codes.BUG if differences else exit_codes.OK

    async def _follow(self, feeding: asyncio.Future[None], daemon: asyncio.Future[int]) -> None:
        """Until everything has arrived, the daemon has ended, the feed has failed, or nothing has moved for long."""
        moved_s, last = time.monotonic(), -1
        while not daemon.done():
            await self._feed.read_dead_letters()
            standing = self._standing()
            self._report.progress(standing)
            settled = standing.settled
            if feeding.done() and (feeding.exception() or settled >= standing.produced):
                return
            if settled + standing.produced != last:
                moved_s, last = time.monotonic(), settled + standing.produced
            waits_for_input = self._options.records is not None and settled >= standing.produced
            if time.monotonic() - moved_s > self._options.patience_s and not waits_for_input:
                return
            await asyncio.wait({daemon}, timeout=_TICK_S)

    def _standing(self) -> Standing:
        spans = sum(map(self._has_span, self._feed.span_ids))
        delivered = self._inbox.store.totals.call_posts + spans
        expected = self._options.count if self._options.records is None else None
        return Standing(self._feed.produced, delivered, self._feed.dead_letters, expected)

    def _has_span(self, record_id: str) -> bool:
        """Over OTLP a record's id is a span's, from which it cannot be read back: the other way round it can."""
        has_observation = self._inbox.store.has_observation
        return has_observation(record_id) or has_observation(_otlp_form(record_id))

    def _differences(self, fed: bool) -> list[str]:
        """What does not add up, in words; `fed` says whether the whole input was produced."""
        standing, totals = self._standing(), self._inbox.store.totals
        missing = standing.produced - standing.settled
        repeated = totals.call_posts - totals.calls
        found = []
        if not fed:
            found.append("the rest of the input was never produced: the daemon has stopped taking records")
        if missing > 0:
            found.append(f"{missing:,} records were produced and never arrived")
        if missing < 0:
            found.append(f"{-missing:,} more calls arrived than records were produced")
        if repeated and self._options.records is None:
            found.append(f"{repeated:,} calls arrived twice")
        return found

    def _summary(self, differences: list[str]) -> None:
        self._report.totals(self._standing(), self._inbox.store.totals, self._inbox.requests, differences)

    def _records(self) -> AsyncIterator[tuple[bytes | None, bytes]]:
        if self._options.records is not None:
            return read_records(self._options.records)
        return _samples(self._options.count)


@cache
def _otlp_form(record_id: str) -> str:
    return span_id(record_id).hex()


async def _samples(count: int) -> AsyncIterator[tuple[bytes | None, bytes]]:
    for record in sample_records(count, datetime.now(UTC) - count * STEP):
        yield record


async def _ended(daemon: asyncio.Future[int]) -> None:
    """Wait for the end: a signal that the daemon handles, or one that cancels this task."""
    try:
        await asyncio.wait({daemon})
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None:
            task.uncancel()  # Ctrl-C is the way to end a demo, not a failure of it


def _settings(bootstrap: str, inbox: Inbox, api: Api) -> Mapping[str, Mapping[str, object]]:
    """Only what the embedded parts need: the mock broker rebalances for as long as the session time-out lasts."""
    return {
        "process": {"grace_s": 10.0},
        "kafka": {
            "bootstrap_servers": [bootstrap],
            "topics": [_TOPIC],
            "group_id": _GROUP,
            "session_timeout_s": 4.0,
            "rebalance_timeout_s": 4.0,
            "drain_timeout_s": 2.0,
            "commit_interval_s": 0.2,
        },
        "backend": {
            "host": inbox.url,
            "api": api,
            "public_key": inbox.public_key,
            "secret_key": inbox.secret_key,
        },
        "batch": {"linger_s": 0.25},
        "dead_letters": {"topic": _DEAD_LETTERS},
        "status": {"port": 0},
        "log": {"level": "warning"},
    }


def _give_up(text: str, code: int) -> int:
    import click

    click.echo(f"shipper demo: {text}", err=True)
    return code
