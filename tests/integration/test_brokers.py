"""The test brokers do what the tests that stand on them assume."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import GroupAuthorizationFailedError, KafkaConnectionError, TopicAuthorizationFailedError
from confluent_kafka import KafkaException

from shipper.kafka import close_client, repair_client
from tests.brokers.access import MECHANISMS
from tests.brokers.client import Kafka, wait_until
from tests.brokers.cluster import KafkaCluster
from tests.brokers.kafka import BrokerFailed, KafkaBroker

Client = TypeVar("Client", AIOKafkaConsumer, AIOKafkaProducer)
EVERY_WAY_IN = [
    ("PLAINTEXT", "PLAIN"),
    ("SSL", "PLAIN"),
    ("MTLS", "PLAIN"),
    *((listener, mechanism) for listener in ("SASL_PLAINTEXT", "SASL_SSL") for mechanism in MECHANISMS),
]


async def test_async_tests_run_on_uvloop() -> None:
    """The loop under a test is the daemon's."""
    assert isinstance(asyncio.get_running_loop(), uvloop.Loop)


def test_what_is_produced_is_read_back_whole(kafka: Kafka, topic: str) -> None:
    """Values go round the partitions in order; key, headers, time and tombstones come back as they were."""
    kafka.produce(topic, [b"a", b"b", b"c", b"d", b"e"])
    kafka.produce(
        topic, [None], key=b"k", headers=[("h", b"\x00"), ("h", None)], partition=2, timestamp_ms=1_700_000_000_000
    )
    stored = kafka.read_topic(topic)
    assert [(record.partition, record.offset, record.value) for record in stored] == [
        (0, 0, b"a"),
        (0, 1, b"e"),
        (1, 0, b"b"),
        (2, 0, b"c"),
        (2, 1, None),
        (3, 0, b"d"),
    ]
    assert stored[4][2:] == (1_700_000_000_000, b"k", None, (("h", b"\x00"), ("h", None)))
    assert kafka.end_offsets(topic) == {0: 2, 1: 1, 2: 2, 3: 1}


async def test_commits_and_members_of_a_group_are_seen(kafka: Kafka, topic: str, group: str) -> None:
    """What a group of aiokafka commits, and which partitions its members own, can be read from outside."""
    kafka.produce(topic, [b"x"] * 8)
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=kafka.bootstrap, group_id=group, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    async with running(consumer):
        seen = 0
        while seen < 8:
            seen += sum(map(len, (await consumer.getmany(timeout_ms=1000)).values()))
        await consumer.commit({TopicPartition(topic, 1): 2})
        members = kafka.members(group)
    assert kafka.committed(group, topic) == {0: None, 1: 2, 2: None, 3: None}
    assert list(members.values()) == [{(topic, partition) for partition in range(4)}]
    wait_until(lambda: not kafka.members(group), "the member has left")


def test_deleted_records_raise_the_start_of_the_log(kafka: Kafka, topic: str) -> None:
    """`delete_records` works on one partition and leaves the rest."""
    kafka.produce(topic, [b"x"] * 5, partition=1)
    kafka.delete_records(topic, 1, before_offset=3)
    assert kafka.start_offsets(topic) == {0: 0, 1: 3, 2: 0, 3: 0}
    assert [record.offset for record in kafka.read_topic(topic)] == [3, 4]


def test_a_topic_that_nobody_created_is_an_error(kafka: Kafka) -> None:
    """Neither is it created in passing, nor are its records dropped in silence."""
    with pytest.raises(KafkaException, match="UNKNOWN_TOPIC_OR_PART"):
        kafka.produce("never-created", [b"x"])


def test_a_topic_takes_its_configuration(kafka: Kafka) -> None:
    """A topic's own limit is enforced, and a refused record is an error of the call."""
    kafka.create_topic("small-records", 1, max_message_bytes=1000)
    try:
        with pytest.raises(KafkaException, match="MSG_SIZE_TOO_LARGE"):
            kafka.produce("small-records", [b"x" * 2000])
        kafka.produce("small-records", [b"y"])
        assert [record.value for record in kafka.read_topic("small-records")] == [b"y"]
    finally:
        kafka.delete_topic("small-records")


@pytest.mark.parametrize(("listener", "mechanism"), EVERY_WAY_IN)
async def test_aiokafka_gets_in_by_every_listener(
    secured_kafka: KafkaBroker, topic: str, listener: str, mechanism: str
) -> None:
    """TLS, mutual TLS, PLAIN and SCRAM: the settings of `access` are complete."""
    access = secured_kafka.access(listener, mechanism=mechanism)
    if listener == "MTLS":
        secured_kafka.allow("client", topic=topic, operations=("WRITE",))
    producer = AIOKafkaProducer(**access.aiokafka())

    async def attempt() -> object:
        try:
            return (await producer.send_and_wait(topic, b"hello")).topic
        except TopicAuthorizationFailedError as error:
            return type(error)

    async with running(producer):
        await until(attempt, topic)
    assert [record.value for record in secured_kafka.read_topic(topic)] == [b"hello"]


@pytest.mark.parametrize(
    ("listener", "fault"),
    [
        ("SASL_PLAINTEXT", {"sasl_password": "wrong"}),
        ("SASL_PLAINTEXT", {"sasl_username": "nobody"}),
        ("SSL", {"ssl_ca_file": "stranger_ca"}),
        ("SSL", {"bootstrap_servers": "127.0.0.1"}),
        ("MTLS", {"ssl_cert_file": None, "ssl_key_file": None}),
    ],
    ids=["password", "user", "ca", "host-name", "no-certificate"],
)
async def test_whoever_has_the_wrong_credentials_stays_out(
    secured_kafka: KafkaBroker, listener: str, fault: dict[str, Any]
) -> None:
    """The listeners check what they are there to check."""
    access = secured_kafka.access(listener, mechanism="SCRAM-SHA-256")
    if "ssl_ca_file" in fault:
        fault = {"ssl_ca_file": str(secured_kafka.certificates.stranger_ca)}
    if "bootstrap_servers" in fault:
        fault = {"bootstrap_servers": access.bootstrap_servers.replace("localhost", "127.0.0.1")}
    with pytest.raises(KafkaConnectionError):
        async with running(AIOKafkaProducer(**replace(access, **fault).aiokafka())):
            pass


async def test_a_restricted_user_may_do_what_a_rule_allows_and_no_more(
    secured_kafka: KafkaBroker, topic: str, group: str
) -> None:
    """bob is refused the topic, then the group, then nothing, then the topic again."""
    secured_kafka.produce(topic, [b"x"])
    access = secured_kafka.access("SASL_PLAINTEXT", user="bob", mechanism="SCRAM-SHA-512")

    async def attempt() -> object:
        consumer = AIOKafkaConsumer(topic, **access.aiokafka(), group_id=group, auto_offset_reset="earliest")
        try:
            async with running(consumer):
                return (await asyncio.wait_for(consumer.getone(), 10)).value
        except (TopicAuthorizationFailedError, GroupAuthorizationFailedError) as error:
            return type(error)

    assert await attempt() is TopicAuthorizationFailedError
    secured_kafka.allow("bob", topic=topic)
    await until(attempt, GroupAuthorizationFailedError)
    secured_kafka.allow("bob", group=group)
    await until(attempt, b"x")
    secured_kafka.forbid("bob", topic=topic)
    await until(attempt, TopicAuthorizationFailedError)


def test_a_killed_broker_comes_back_with_its_data(own_kafka: KafkaBroker) -> None:
    """kill -9 and a restart in order keep address, records and commits."""
    address = own_kafka.bootstrap
    own_kafka.create_topic("survives", 2)
    own_kafka.produce("survives", [b"1", b"2"])
    own_kafka.kill9()
    assert not is_running(own_kafka.pid)
    own_kafka.start()
    own_kafka.produce("survives", [b"3"])
    own_kafka.restart()
    assert own_kafka.bootstrap == address
    assert [record.value for record in own_kafka.read_topic("survives")] == [b"1", b"3", b"2"]


def test_a_frozen_broker_answers_again_when_it_goes_on(own_kafka: KafkaBroker) -> None:
    """SIGSTOP is not an end: nothing is answered, then all is as before."""
    own_kafka.create_topic("frozen", 1)
    own_kafka.sigstop()
    with pytest.raises(KafkaException, match="_TIMED_OUT"):
        own_kafka.nodes(timeout_s=0.5)
    own_kafka.sigcont()
    own_kafka.produce("frozen", [b"x"])
    assert own_kafka.end_offsets("frozen") == {0: 1}


@pytest.mark.parametrize("leave", [KafkaBroker.kill9, KafkaBroker.sigstop, KafkaBroker.stop])
def test_a_broker_left_in_any_state_is_taken_up_again(
    own_kafka: KafkaBroker, leave: Callable[[KafkaBroker], None]
) -> None:
    """The next test of the module does not pay for this one."""
    leave(own_kafka)
    own_kafka.resume()
    own_kafka.wait_until_ready()
    assert own_kafka.nodes() == {1}


def test_a_broker_that_cannot_start_says_why(tmp_path: Path) -> None:
    """The end of its log is in the error, and nothing is left running."""
    broker = KafkaBroker(tmp_path, properties={"num.io.threads": "none"})
    with pytest.raises(BrokerFailed, match=r"num\.io\.threads"), broker:
        pass


def test_a_broker_dies_with_the_session_that_is_killed(tmp_path: Path) -> None:
    """No JVM is left behind by a test run that ends by SIGKILL."""
    program = (
        "import os, pathlib, sys\n"
        "from tests.brokers.process import LeashedProcess\n"
        "child = LeashedProcess(['sleep', '300'], pathlib.Path(sys.argv[1]))\n"
        "print(child.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    root = Path(__file__).parents[2]
    ended = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "log")], cwd=root, capture_output=True, text=True, check=False
    )
    assert ended.returncode == -9
    wait_until(lambda: not is_running(int(ended.stdout)), "the orphan has gone", 10)


def test_a_cluster_goes_on_without_one_of_its_nodes(kafka_cluster: KafkaCluster) -> None:
    """Leaders move off a killed node, records go on, and the node comes back."""
    kafka_cluster.create_topic("threefold", 3)
    kafka_cluster.produce("threefold", [b"1", b"2", b"3"])
    victim = kafka_cluster.leaders("threefold")[0]
    kafka_cluster.nodes_by_id[victim].kill9()
    kafka_cluster.produce("threefold", [b"4", b"5", b"6"])
    assert victim not in kafka_cluster.leaders("threefold").values()
    kafka_cluster.nodes_by_id[victim].start()
    kafka_cluster.wait_until_whole()
    assert sorted(record.value or b"" for record in kafka_cluster.read_topic("threefold")) == [
        b"1",
        b"2",
        b"3",
        b"4",
        b"5",
        b"6",
    ]


async def test_the_embedded_broker_starts_from_its_fixture(
    embedded_kafka: Callable[[Mapping[str, int]], str],
) -> None:
    """The demo's broker speaks to aiokafka."""
    bootstrap = embedded_kafka({"calls": 2})
    async with running(AIOKafkaProducer(bootstrap_servers=bootstrap)) as producer:
        assert await producer.partitions_for("calls") == {0, 1}


@asynccontextmanager
async def running(client: Client) -> AsyncIterator[Client]:
    """Started and stopped; unlike `async with client` also stopped when it could not start.

    And nothing of it is left: the client itself does not wait for the connection that it began with.
    """
    repair_client()
    try:
        await client.start()
        yield client
    finally:
        await close_client(client)


async def until(attempt: Callable[[], Awaitable[object]], outcome: object) -> None:
    """Brokers obey a new rule some milliseconds after they have confirmed it."""
    last: object = None
    for _ in range(100):
        last = await attempt()
        if last == outcome:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"the outcome is still {last}")


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
