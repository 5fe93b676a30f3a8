"""One Kafka node that a test owns: installed, configured, started, and ended in every way a machine can end it."""

from __future__ import annotations

import random
import shutil
import signal
import socket
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from confluent_kafka import KafkaException

from tests.brokers.access import LISTENERS, PASSWORDS, Access
from tests.brokers.certificates import issue_certificates
from tests.brokers.client import Kafka, wait_until
from tests.brokers.install import kafka_program
from tests.brokers.process import LeashedProcess
from tests.brokers.properties import CONTROLLER, address_of, server_properties
from tests.brokers.storage import write_empty_storage

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
LOG_LINES_SHOWN = 60


class BrokerFailed(Exception):
    """A broker did not come up; the text has the end of its log."""


class KafkaBroker(Kafka):
    """Apache Kafka in one JVM: broker and controller, all of `access.LISTENERS`, ACLs on.

    A context manager: running inside, gone with its data outside. `directory` must exist and be the broker's own;
    `broker.log` stays in it. For a node of a cluster: its id, and the controllers' ports of all nodes.
    `properties` overrides entries of Kafka's configuration.
    """

    def __init__(
        self,
        directory: Path,
        *,
        node_id: int = 1,
        controllers: Mapping[int, int] | None = None,
        properties: Mapping[str, str] | None = None,
        heap_mb: int = 384,
    ) -> None:
        self.node_id = node_id
        self.log = directory / "broker.log"
        self._data = directory / "data"
        self._configuration = directory / "server.properties"
        self._heap_mb = heap_mb
        self._ports = dict(zip((*LISTENERS, CONTROLLER), free_ports(len(LISTENERS) + 1), strict=True))
        if controllers is not None:
            self._ports[CONTROLLER] = controllers[node_id]
        self._process: LeashedProcess | None = None
        self.certificates = issue_certificates(directory)
        settings = server_properties(
            node_id, self._ports, controllers or {1: self._ports[CONTROLLER]}, self._data, self.certificates
        )
        lines = (f"{key}={value}\n" for key, value in (settings | dict(properties or {})).items())
        self._configuration.write_text("".join(lines))
        super().__init__(address_of("PLAINTEXT", self._ports))

    def __enter__(self) -> KafkaBroker:
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

    def access(self, listener: str = "PLAINTEXT", *, user: str = "alice", mechanism: str = "PLAIN") -> Access:
        """How a client gets in by one of `access.LISTENERS`; user and mechanism count on the SASL listeners."""
        encrypted, login = LISTENERS[listener].endswith("SSL"), listener.startswith("SASL_")
        return Access(
            bootstrap_servers=address_of(listener, self._ports),
            security_protocol=LISTENERS[listener],
            sasl_mechanism=mechanism if login else None,
            sasl_username=user if login else None,
            sasl_password=PASSWORDS[user] if login else None,
            ssl_ca_file=str(self.certificates.ca) if encrypted else None,
            ssl_cert_file=str(self.certificates.client) if listener == "MTLS" else None,
            ssl_key_file=str(self.certificates.client_key) if listener == "MTLS" else None,
        )

    def launch(self) -> None:
        """Start the JVM (a running one is ended first) and return at once; the first time, on empty storage."""
        if not self._data.exists():
            write_empty_storage(self._data, self.node_id)
        if self._process is not None:
            self._process.end()
        self.forget_producer()
        command = kafka_program().command("kafka.Kafka", str(self._configuration), heap_mb=self._heap_mb)
        self._process = LeashedProcess(command, self.log)

    def wait_until_ready(self) -> None:
        """Return when clients are served. Raises BrokerFailed if it ends or takes longer than a minute."""
        try:
            wait_until(self._serves, f"broker {self.node_id}", START_TIMEOUT_S)
        except TimeoutError as error:
            raise self._failed(str(error)) from error

    def start(self) -> None:
        """Start, on the data and ports that it had before, and wait until clients are served."""
        self.launch()
        self.wait_until_ready()

    def stop(self) -> None:
        """Stop in order: leaders move, logs are closed."""
        self._started().end(signal.SIGTERM, STOP_TIMEOUT_S)

    def kill9(self) -> None:
        """End at once, as a power cut would."""
        self._started().end(signal.SIGKILL, STOP_TIMEOUT_S)

    def restart(self) -> None:
        """Stop in order and start again."""
        self.stop()
        self.start()

    def sigstop(self) -> None:
        """Freeze: connections stay open, nothing is answered."""
        self._started().send(signal.SIGSTOP)

    def sigcont(self) -> None:
        """Go on after `sigstop`."""
        self._started().send(signal.SIGCONT)

    def resume(self) -> None:
        """From whatever state a test left it in: go on if frozen, launch if ended; then `wait_until_ready`."""
        self.sigcont()
        if not self._started().running:
            self.launch()

    def close(self) -> None:
        """End in whatever state it is, and delete its data; the log stays."""
        if self._process is not None:
            self.kill9()
        shutil.rmtree(self._data, ignore_errors=True)

    @property
    def pid(self) -> int:
        """Process id of the JVM."""
        return self._started().pid

    def _started(self) -> LeashedProcess:
        if self._process is None:
            raise RuntimeError(f"broker {self.node_id} was never started")
        return self._process

    def _serves(self) -> bool:
        if not self._started().running:
            raise self._failed("it ended")
        try:
            with socket.create_connection(("127.0.0.1", self._ports["PLAINTEXT"]), timeout=1):
                pass
            return self.node_id in self.nodes(timeout_s=1)
        except (OSError, KafkaException):
            return False

    def _failed(self, why: str) -> BrokerFailed:
        last_lines = self.log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]
        return BrokerFailed("\n".join([f"Kafka node {self.node_id}: {why}; the end of {self.log}:", *last_lines]))


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on now.

    They lie below the range that systems take for outgoing connections: a client that redials the port of a
    broker that is down would sooner or later get it as its own and connect to itself.
    """
    found: list[int] = []
    for port in random.SystemRandom().sample(range(20_000, 32_000), 1_000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise OSError("no free ports between 20000 and 32000")
