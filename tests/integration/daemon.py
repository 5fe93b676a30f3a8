"""The real daemon as a process of its own, as an operator starts it, and what a test asks of it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

import aiohttp

from shipper.demo.inbox import Inbox
from tests.brokers.client import Kafka

WITHIN_S = 60.0


class DaemonProcess:
    """`shipper run` with its settings in the environment; an async context manager that leaves nothing running."""

    def __init__(self, bootstrap: str, topic: str, group: str, inbox: Inbox | None, **settings: object) -> None:
        """`settings`: further settings as `section__key=value`; they go into `SHIPPER_SECTION__KEY`.

        Without an inbox they name the backend.
        """
        given = {
            "kafka__bootstrap_servers": bootstrap,
            "kafka__topics": topic,
            "kafka__group_id": group,
            "kafka__session_timeout_s": 6,
            "kafka__rebalance_timeout_s": 12,
            "kafka__drain_timeout_s": 5,
            "kafka__commit_interval_s": 0.2,
            "batch__linger_s": 0.1,
            "retry__base_s": 0.1,
            "retry__max_s": 1,
            "backend__timeout_s": 5,
            "process__grace_s": 10,
            "status__port": 0,
            "log__format": "json",
        }
        if inbox is not None:
            given |= {
                "backend__host": inbox.url,
                "backend__public_key": inbox.public_key,
                "backend__secret_key": inbox.secret_key,
            }
        given |= settings
        self._environment = {name: value for name, value in os.environ.items() if "LANGFUSE" not in name}
        self._environment |= {f"SHIPPER_{name.upper()}": str(value) for name, value in given.items()}
        self.lines: list[Mapping[str, Any]] = []
        self.stderr = ""
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start it."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "shipper",
            "run",
            env=self._environment,
            stderr=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            limit=1_000_000,
        )
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.stderr += line.decode()
            if line.startswith(b"{"):
                self.lines.append(json.loads(line))

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The process; it has to be started."""
        assert self._process is not None
        return self._process

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        if self._reading is not None:
            await self._reading
        if error is not None:
            print("daemon said:", self.stderr[-6000:], sep="\n")  # noqa: T201  # pytest shows it with the failure

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    async def end(self, within_s: float = 15.0) -> int:
        """Wait for the exit code."""
        async with asyncio.timeout(within_s):
            return await self.process.wait()

    async def terminate(self) -> int:
        """SIGTERM, and the exit code."""
        self.send(signal.SIGTERM)
        return await self.end()

    async def kill9(self) -> None:
        """SIGKILL."""
        self.process.kill()
        await self.process.wait()

    def events(self, name: str) -> list[Mapping[str, Any]]:
        """All log events of this name so far."""
        return [line for line in self.lines if line["event"] == name]

    async def said(self, name: str, **fields: object) -> Mapping[str, Any]:
        """Wait for a log event with these fields."""

        def found() -> list[Mapping[str, Any]]:
            return [line for line in self.events(name) if fields.items() <= line.items()]

        await until(lambda: bool(found()) or self.process.returncode is not None, f"log event {name} {fields}")
        assert found(), f"the daemon ended without {name} {fields}"
        return found()[0]

    async def get(self, path: str) -> tuple[int, str]:
        """A page of its status port: code and body."""
        port = (await self.said("started"))["status_port"]
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as response:
            return response.status, await response.text()


Start = Callable[..., DaemonProcess]


async def until(true: Callable[[], object], what: str, within_s: float = WITHIN_S) -> None:
    """Wait until something is so; the time-out says what was waited for."""
    try:
        async with asyncio.timeout(within_s):
            while not await asyncio.to_thread(true):  # noqa: ASYNC110  # another process sets no event of ours
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"waited {within_s:g} s in vain for: {what}") from None


async def drained(kafka: Kafka, group: str, topic: str) -> None:
    """Wait until the group has committed the end of every partition."""

    def committed() -> dict[int, int]:
        return {partition: offset or 0 for partition, offset in kafka.committed(group, topic).items()}

    await until(lambda: committed() == kafka.end_offsets(topic), "committed offset = log end")
