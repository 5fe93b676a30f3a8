"""An embedded Kafka-protocol broker: librdkafka's mock cluster, called by ctypes from the confluent-kafka wheel.

It runs in a process of its own (`python -m shipper.demo.broker TOPIC:PARTITIONS…`), prints its address as
its first line and ends when its stdin does, so that it never outlives the process that started it.
It keeps about 5 MiB a partition and silently drops the oldest batches above that: for demonstrations and
tests, never for data. Functions and their arguments: `src/rdkafka_mock.h` of librdkafka.
Knows nothing of the daemon.
"""

from __future__ import annotations

import ctypes
import selectors
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType

_READY_WITHIN_S = 15.0
_STOPPED_WITHIN_S = 5.0
_PRODUCER = 0  # RD_KAFKA_PRODUCER: the mock cluster hangs on a client handle of either type


class BrokerUnavailable(Exception):
    """The embedded broker cannot be started here; the text says what to do."""


class EmbeddedBroker:
    """Context manager around the broker's process; entering it gives the bootstrap address (`host:port`).

    `topics` maps each topic's name to its number of partitions. Raises BrokerUnavailable on entry where
    the extra `demo` is not installed or the process does not come up.
    """

    def __init__(self, topics: Mapping[str, int]) -> None:
        self._topics = topics
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> str:
        _library_path()
        arguments = [f"{name}:{partitions}" for name, partitions in self._topics.items()]
        # A session of its own: Ctrl-C on the terminal must not reach the broker, which has to end last.
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "shipper.demo.broker", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        address = _first_line(self._process)
        if not address:
            self.__exit__(None, None, None)
            raise BrokerUnavailable("the embedded broker did not start")
        return address

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process, self._process = self._process, None
        if process is None or process.stdin is None or process.stdout is None:
            return
        process.stdin.close()
        try:
            process.wait(_STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process else None


def _first_line(process: subprocess.Popen[bytes]) -> str:
    if process.stdout is None:
        return ""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        if not selector.select(_READY_WITHIN_S):
            return ""
    return process.stdout.readline().decode().strip()


def _library_path() -> Path:
    """The shared library inside the wheel: beside the package on Linux and Windows, inside it on macOS."""
    spec = find_spec("confluent_kafka")
    if spec is None or spec.origin is None:
        raise BrokerUnavailable("the embedded broker needs the extra `demo`: pip install 'shipper[demo]'")
    package = Path(spec.origin).parent
    for folder, pattern in (
        (package.parent / "confluent_kafka.libs", "librdkafka-*.so*"),
        (package / ".dylibs", "librdkafka*.dylib"),
    ):
        found = sorted(folder.glob(pattern))
        if found:
            return found[0]
    raise BrokerUnavailable("no librdkafka in the installed confluent-kafka: install its wheel from PyPI")


def _load() -> ctypes.CDLL:
    library = ctypes.CDLL(str(_library_path()))
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for name, result, arguments in (
        ("rd_kafka_conf_new", pointer, []),
        ("rd_kafka_new", pointer, [number, pointer, text, ctypes.c_size_t]),
        ("rd_kafka_mock_cluster_new", pointer, [pointer, number]),
        ("rd_kafka_mock_cluster_bootstraps", text, [pointer]),
        ("rd_kafka_mock_group_initial_rebalance_delay_ms", None, [pointer, ctypes.c_int32]),
        ("rd_kafka_mock_topic_create", number, [pointer, text, number, number]),
        ("rd_kafka_mock_cluster_destroy", None, [pointer]),
        ("rd_kafka_destroy", None, [pointer]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def serve(topics: Mapping[str, int]) -> None:
    """Run the broker until stdin ends; its address is printed as one line. Raises BrokerUnavailable."""
    library = _load()
    reason = ctypes.create_string_buffer(512)
    client = library.rd_kafka_new(_PRODUCER, library.rd_kafka_conf_new(), reason, len(reason))
    if not client:
        raise BrokerUnavailable(reason.value.decode(errors="replace"))
    cluster = library.rd_kafka_mock_cluster_new(client, 1)
    # The default of 3 s makes the first join hang for clients whose session time-out is shorter.
    library.rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, 0)
    for name, partitions in topics.items():
        if library.rd_kafka_mock_topic_create(cluster, name.encode(), partitions, 1):
            raise BrokerUnavailable(f"cannot create topic {name!r} with {partitions} partitions")
    sys.stdout.write(library.rd_kafka_mock_cluster_bootstraps(cluster).decode() + "\n")
    sys.stdout.flush()
    while sys.stdin.buffer.read(4096):
        pass
    library.rd_kafka_mock_cluster_destroy(cluster)
    library.rd_kafka_destroy(client)


if __name__ == "__main__":
    serve({name: int(partitions) for name, _, partitions in (argument.rpartition(":") for argument in sys.argv[1:])})
