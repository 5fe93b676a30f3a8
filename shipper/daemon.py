"""The composition: settings in, a running daemon out, an exit code back.

Knows every stage and adapter, and how the process meets the outside: event loop, signals, service manager.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import signal
import sys
from functools import partial
from typing import TYPE_CHECKING

import structlog
from aiokafka.errors import KafkaError

from shipper import __version__, exit_codes
from shipper.allocator import keep_freed_memory
from shipper.assembly import Assembly
from shipper.custody import Custody
from shipper.deadletter import DeadLetters, DeadLettersMissing
from shipper.delivery import Delivery
from shipper.discovery import discover
from shipper.endpoint import first_wire, may_change_wire
from shipper.log import configure_logging
from shipper.metrics import Metrics
from shipper.outcome import HoldReason
from shipper.pipeline import NothingToRead, Pipeline, Timing
from shipper.price_files import PriceFiles, PriceFilesError
from shipper.price_reload import PriceReload
from shipper.pricing import Pricer
from shipper.sink import Sink
from shipper.source import Source
from shipper.status import ServiceManager, StatusServer
from shipper.telemetry import Telemetry
from shipper.wiring import Wiring

if TYPE_CHECKING:
    from shipper.config import Settings
    from shipper.connections import Checked

KAFKA_WAIT_S = 2.0  # between two tries to reach Kafka at the start
LIVE_SLACK_S = 30.0  # beyond a whole rebalance, before a loop that does not come round counts as dead


class Daemon:
    """One daemon: built inside a running event loop, used once. Answers the health probes."""

    def __init__(self, settings: Settings) -> None:
        """Raises `PriceFilesError` if the price files have become useless since the settings were checked."""
        loop = asyncio.get_running_loop()
        self._settings = settings
        self._clock = loop.time
        self._stopping = asyncio.Event()
        self._telemetry = Telemetry(Metrics(), configure_logging(settings.log), loop.time)
        self._manager = ServiceManager(os.environ)
        self._status = StatusServer(settings.status, self._telemetry.metrics, self)
        self._source = Source(settings.kafka, self._telemetry, loop.time)
        self._dead_letters = DeadLetters(settings.kafka, settings.dead_letters, __version__, self._telemetry)
        price_files = PriceFiles(settings.pricing)
        known = price_files.fingerprint()  # before loading: what changes meanwhile is seen later
        pricer = Pricer(settings.pricing, price_files.load())
        self._prices = PriceReload(price_files, known, pricer.use, self._telemetry, loop.time)
        self._sink = Sink(settings.backend, settings.batch.in_flight, __version__, loop.time)
        self._wiring, self._pipeline = self._compose(pricer)
        self._source.bind(self._pipeline.offsets)
        self._last_resort: asyncio.TimerHandle | None = None

    def _compose(self, pricer: Pricer) -> tuple[Wiring, Pipeline]:
        settings, telemetry, backend = self._settings, self._telemetry, self._settings.backend
        custody = Custody(settings.dead_letters.max_consecutive, scores_wait=may_change_wire(backend))
        assembly = Assembly(
            settings.mapping, settings.batch, backend.public_key, pricer.price, backend.encoding, backend.kind
        )
        wiring = Wiring(
            assembly.stages,
            assembly.batchers,
            custody,
            telemetry,
            partial(discover, backend, __version__) if may_change_wire(backend) else None,
            first_wire(backend),
        )
        delivery = Delivery(
            self._sink,
            wiring,
            self._dead_letters,
            assembly.body,
            custody,
            settings.retry,
            telemetry,
            self._clock,
            random.SystemRandom().random,
            self._stopping,
        )
        return wiring, Pipeline(
            self._source,
            wiring,
            assembly.batchers(),
            custody,
            delivery,
            telemetry,
            settings.process.memory_bytes,
            Timing(settings.process.grace_s, settings.kafka.commit_interval_s, settings.kafka.drain_timeout_s),
            self._stopping,
            self._clock,
        )

    async def run(self) -> int:
        """Work until `stop` or until nothing is left to work on; gives the exit code. Raises only what is a bug."""
        log = self._telemetry.log
        try:
            port = await self._status.open()
        except OSError as error:
            log.error("status_port_unavailable", detail=str(error))
            await self._sink.close()
            return exit_codes.UNAVAILABLE
        log.info("started", version=__version__, status_port=port)
        self._telemetry.metrics.build_info.labels(__version__).set(1)
        self._manager.notify("READY=1")
        code = exit_codes.OK
        try:
            await self._pipeline.run(self._prepare, self._settings.batch.in_flight, self._beat)
        except* NothingToRead:
            log.error("all_partitions_stopped")
            code = exit_codes.UNAVAILABLE
        except* DeadLettersMissing as missing:
            log.error("dead_letter_topic_missing", detail=str(missing.exceptions[0]))
            code = exit_codes.CONFIGURATION
        finally:
            await self._close()
        log.info("stopped", exit_code=code)
        return code

    async def _close(self) -> None:
        try:
            await self._source.close()
            await self._dead_letters.close()
            await self._sink.close()
            await self._status.close()
        finally:
            if self._last_resort is not None:
                self._last_resort.cancel()

    async def _prepare(self) -> None:
        while True:
            try:
                await self._dead_letters.open()
            except (KafkaError, OSError, TimeoutError) as error:
                self._telemetry.hold(self, "kafka_unavailable", str(error)[:300] or type(error).__name__)
                await asyncio.sleep(KAFKA_WAIT_S)
            else:
                self._telemetry.release(self)
                await self._wiring.decide()  # else the first records are made twice
                return

    def stop(self) -> None:
        """Ask for the end: flush, commit, leave, within process.grace_s whatever hangs."""
        if not self._stopping.is_set():
            self._manager.notify("STOPPING=1")
            self._pipeline.stop()
            delay_s = max(0.0, self._settings.process.grace_s - 0.5)
            self._last_resort = asyncio.get_running_loop().call_later(delay_s, self._leave_at_once)

    def _leave_at_once(self) -> None:
        # Everything that matters is committed or comes again; what still hangs is only good-byes.
        self._telemetry.log.warning("grace_over")
        sys.stderr.flush()
        os._exit(exit_codes.OK)

    def reload(self) -> None:
        """Read the price files again."""
        self._prices.ask()

    def _beat(self) -> None:
        self._prices.beat()
        if self._manager.watchdog_s is not None and self.live:
            self._manager.notify("WATCHDOG=1")

    @property
    def ready(self) -> bool:
        """The group has been joined and an assignment received."""
        return self._source.joined

    @property
    def live(self) -> bool:
        """The ingest loop comes round, or says what it waits for."""
        silent_s = self._clock() - self._pipeline.last_turn_s
        return bool(self.holds) or silent_s < self._settings.kafka.rebalance_timeout_s + LIVE_SLACK_S

    @property
    def holds(self) -> set[HoldReason]:
        """What delivery waits for at the moment."""
        return self._telemetry.holds


def run_daemon(settings: Settings) -> int:
    """Run a daemon on uvloop until a signal ends it; gives the exit code."""
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            return runner.run(_until_signal(settings))
        except PriceFilesError as error:
            structlog.get_logger().error("prices_refused", detail=str(error))
            return exit_codes.CONFIGURATION


async def run_until(settings: Settings, stop: asyncio.Event) -> int:
    """Run a daemon as a guest of another program's event loop until `stop` is set; gives the exit code."""
    daemon = Daemon(settings)
    running = asyncio.ensure_future(daemon.run())
    stopped = asyncio.ensure_future(stop.wait())
    await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if not running.done():
        daemon.stop()  # of one that has ended by itself this would end the other program too, by its last resort
    return await running


def check_connections(settings: Settings) -> Checked:
    """Try Kafka and the backend; gives what stands in the way, and what is good to know."""
    from shipper.connections import check

    configure_logging(settings.log)
    return asyncio.run(check(settings))


async def _until_signal(settings: Settings) -> int:
    daemon = Daemon(settings)
    loop = asyncio.get_running_loop()
    asked: list[int] = []

    def on_signal(number: int) -> None:
        if asked:
            os._exit(128 + number)  # asked twice: at once, and without a commit of what is not delivered
        asked.append(number)
        daemon.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal, number)
    loop.add_signal_handler(signal.SIGHUP, daemon.reload)
    keep_freed_memory()
    # What lives now lives for ever: the garbage collector need not look at it again.
    gc.collect()
    gc.freeze()
    return await daemon.run()
