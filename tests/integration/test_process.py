"""The daemon as its surroundings see it: exit codes, service manager, dying brokers, `check --connect`, the demo."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shipper.demo.faults import Reply
from shipper.demo.inbox import Inbox
from tests.brokers.client import Kafka
from tests.brokers.kafka import KafkaBroker
from tests.conftest import unique_name
from tests.integration.calls import ids, small_records, stored_calls
from tests.integration.daemon import DaemonProcess, until


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    """The backend."""
    async with Inbox() as inbox:
        yield inbox


async def test_records_of_several_topics_arrive(kafka: Kafka, group: str, inbox: Inbox) -> None:
    """Each topic with its own dead letters."""
    one, two = unique_name("one"), unique_name("two")
    for topic in (one, two):
        kafka.create_topic(topic, partitions=2)
    kafka.produce(one, [*small_records(50), b"rubbish"])
    kafka.produce(two, small_records(50, first=50))
    async with DaemonProcess(kafka.bootstrap, f"{one},{two}", group, inbox) as daemon:
        await until(lambda: len(stored_calls(inbox)) == 100, "100 calls")
        await until(lambda: len(kafka.read_topic(f"{one}.dead-letters")) == 1, "the dead letter")
        assert await daemon.terminate() == 0

    assert set(stored_calls(inbox)) == ids(100)
    assert kafka.read_topic(f"{two}.dead-letters") == []


async def test_sigterm_ends_it_inside_the_grace_with_the_broker_dead(own_kafka: KafkaBroker, inbox: Inbox) -> None:
    """Records are under way, nothing can be committed any more: exit 0 in time, and they come again."""
    own_kafka.create_topic("calls")
    own_kafka.produce("calls", small_records(100))
    inbox.fault = lambda _, __: Reply(503)
    async with DaemonProcess(own_kafka.bootstrap, "calls", "group", inbox, process__grace_s=5) as daemon:
        await daemon.said("hold", reason="backend_unavailable")
        own_kafka.kill9()
        await asyncio.sleep(1)
        began_s = asyncio.get_running_loop().time()

        assert await daemon.terminate() == 0
        assert asyncio.get_running_loop().time() - began_s < 5.5
    inbox.fault = None
    own_kafka.restart()
    async with DaemonProcess(own_kafka.bootstrap, "calls", "group", inbox) as daemon:
        await until(lambda: set(stored_calls(inbox)) == ids(100), "100 calls")
        assert await daemon.terminate() == 0


async def test_a_dead_letter_topic_that_cannot_be_had_is_a_matter_of_configuration(
    secured_kafka: KafkaBroker, topic: str, group: str, inbox: Inbox
) -> None:
    """Missing and not creatable: exit 78 at the start, before a record is read."""
    secured_kafka.allow("bob", topic=topic, group=group)
    access = secured_kafka.access("SASL_PLAINTEXT", user="bob").settings()
    settings = {f"kafka__{name}": value for name, value in access.items()}
    bootstrap = str(settings.pop("kafka__bootstrap_servers"))
    async with DaemonProcess(bootstrap, topic, group, inbox, **settings) as daemon:
        assert await daemon.end(30) == 78
        assert f"{topic}.dead-letters" in daemon.events("dead_letter_topic_missing")[0]["detail"]


async def test_a_taken_status_port_is_said(kafka: Kafka, topic: str, group: str, inbox: Inbox) -> None:
    """Exit 69 with the reason, not a stack."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        async with DaemonProcess(kafka.bootstrap, topic, group, inbox, status__port=taken.getsockname()[1]) as daemon:
            assert await daemon.end() == 69
            assert daemon.events("status_port_unavailable")


async def test_the_service_manager_is_kept_informed(
    kafka: Kafka, topic: str, group: str, inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """READY once it listens, WATCHDOG while it lives, STOPPING when asked to stop."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "5000000")
        async with DaemonProcess(kafka.bootstrap, topic, group, inbox) as daemon:
            assert await asyncio.to_thread(manager.recv, 100) == b"READY=1"
            assert await asyncio.to_thread(manager.recv, 100) == b"WATCHDOG=1"
            assert await daemon.terminate() == 0
        told = [await asyncio.to_thread(manager.recv, 100)]
        while told[-1] != b"STOPPING=1":
            told.append(await asyncio.to_thread(manager.recv, 100))
        assert set(told) <= {b"WATCHDOG=1", b"STOPPING=1"}


async def run(*arguments: str, **environment: str) -> tuple[int, str]:
    """Run one shipper command: exit code, and what it wrote to both outputs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "shipper",
        *arguments,
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()


async def check(kafka: Kafka, topic: str, inbox: Inbox, secret_key: str = "") -> tuple[int, str]:
    """`shipper check --connect`."""
    return await run(
        "check",
        "--connect",
        SHIPPER_KAFKA__BOOTSTRAP_SERVERS=kafka.bootstrap,
        SHIPPER_KAFKA__TOPICS=topic,
        LANGFUSE_BASE_URL=inbox.url,
        LANGFUSE_PUBLIC_KEY=inbox.public_key,
        LANGFUSE_SECRET_KEY=secret_key or inbox.secret_key,
    )


async def test_check_connect_says_ok(kafka: Kafka, topic: str, inbox: Inbox) -> None:
    """Kafka and the backend answer, and nothing was sent to be stored."""
    code, out = await check(kafka, topic, inbox)

    assert (code, out.splitlines()[-1]) == (0, "ok")
    assert inbox.arrivals == []


async def test_check_connect_names_every_obstacle(kafka: Kafka, inbox: Inbox) -> None:
    """A topic that is not there and a key that is wrong, in one go; exit 69 and no secret."""
    code, out = await check(kafka, "no-such-topic", inbox, "sk-lf-wrong")

    assert code == 69
    assert "topic 'no-such-topic' does not exist" in out
    assert "check backend.public_key and backend.secret_key" in out
    assert "sk-lf-wrong" not in out


async def test_check_connect_knows_a_langfuse_v4(kafka: Kafka, topic: str, inbox: Inbox) -> None:
    """It is spoken to by OTLP, and the output says so."""
    inbox.mode = "events_only"
    code, out = await check(kafka, topic, inbox)

    assert (code, out.splitlines()[-1]) == (0, "ok")
    assert "wire otlp: it is a Langfuse 4." in out
    assert inbox.arrivals == []


async def test_check_connect_without_kafka(inbox: Inbox) -> None:
    """The reason is Kafka's own, not a stack."""
    code, out = await check(Kafka("127.0.0.1:1"), "calls", inbox)

    assert code == 69
    assert "Kafka at 127.0.0.1:1" in out
    assert "Traceback" not in out


async def test_the_demo_accounts_for_every_record() -> None:
    """The command itself, through the production code path: exit 0, and what was produced is shown."""
    code, out = await run("demo", "--exit", "--count", "120")

    assert code == 0, out
    assert "none twice" in out
