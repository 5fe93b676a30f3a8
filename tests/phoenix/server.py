"""A Phoenix that a test owns: installed, started, and ended in every way a machine can end it."""

from __future__ import annotations

import signal
from pathlib import Path
from types import TracebackType

from tests.brokers.client import wait_until
from tests.brokers.kafka import free_ports
from tests.brokers.process import LeashedProcess
from tests.oracles.environment import environment
from tests.phoenix.api import PhoenixApi

START_TIMEOUT_S = 120.0
# It writes what is in its queue for five seconds, and drops the rest.
STOP_TIMEOUT_S = 20.0
LOG_LINES_SHOWN = 60


class PhoenixFailed(Exception):
    """It did not come up; the text has the end of its log."""


class Phoenix(PhoenixApi):
    """`phoenix serve` on SQLite, without telemetry and calls to the outside.

    A context manager: running inside, ended outside. `directory` must exist and be its own: the data and `phoenix.log`.
    It keeps port and data when it is started again.
    """

    def __init__(self, directory: Path) -> None:
        port, self._grpc_port = free_ports(2)
        super().__init__(port)
        self.log = directory / "phoenix.log"
        self._directory = directory
        self._process: LeashedProcess | None = None

    def __enter__(self) -> Phoenix:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def launch(self) -> None:
        """Start it (a running one is killed first) and return at once."""
        if self._process is not None:
            self._process.end()
        program = environment("phoenix", compiled=False) / "phoenix"
        settings = {
            "PHOENIX_WORKING_DIR": str(self._directory),
            "PHOENIX_HOST": "127.0.0.1",
            "PHOENIX_PORT": str(self.port),
            "PHOENIX_GRPC_PORT": str(self._grpc_port),
            "PHOENIX_TELEMETRY_ENABLED": "false",
            "PHOENIX_ALLOW_EXTERNAL_RESOURCES": "false",
            "PHOENIX_ALLOWED_SANDBOX_PROVIDERS": "NONE",
        }
        # Compiled once, it starts in half the time.
        command = ["/usr/bin/env", "-u", "PYTHONDONTWRITEBYTECODE", *(f"{k}={v}" for k, v in settings.items())]
        self._process = LeashedProcess([*command, str(program), "serve"], self.log)

    def wait_until_ready(self) -> None:
        """Return when it answers. Raises PhoenixFailed if it ends or takes longer than two minutes."""
        try:
            wait_until(self._serves, "Phoenix", START_TIMEOUT_S)
        except TimeoutError as error:
            raise self._failed(str(error)) from error

    def start(self) -> None:
        """Start, on the data and port that it had before, and wait until it answers."""
        self.launch()
        self.wait_until_ready()

    def stop(self) -> None:
        """Stop in order: connections are closed, the queue is written for a few seconds."""
        self._started().end(signal.SIGTERM, STOP_TIMEOUT_S)

    def kill9(self) -> None:
        """End at once, as a power cut would; what it has acknowledged and not yet stored is lost."""
        self._started().end(signal.SIGKILL, STOP_TIMEOUT_S)

    def sigstop(self) -> None:
        """Freeze: the system still takes connections and bodies, nothing is answered."""
        self._started().send(signal.SIGSTOP)

    def resume(self) -> None:
        """From whatever state a test left it in: go on if frozen, launch if ended; then `wait_until_ready`."""
        self._started().send(signal.SIGCONT)
        if not self._started().running:
            self.launch()

    def close(self) -> None:
        """End in whatever state it is; data and log stay."""
        if self._process is not None:
            self.kill9()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._started().pid

    def _started(self) -> LeashedProcess:
        if self._process is None:
            raise RuntimeError("this Phoenix was never started")
        return self._process

    def _serves(self) -> bool:
        if not self._started().running:
            raise self._failed("it ended")
        try:
            return self.exchange("GET", "/healthz").status == 200
        except OSError:
            return False

    def _failed(self, why: str) -> PhoenixFailed:
        last_lines = self.log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]
        return PhoenixFailed("\n".join([f"Phoenix: {why}; the end of {self.log}:", *last_lines]))
