"""The same daemon, asked the same on a real Kafka and on the broker of the demo: what the demo shows is true."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Mapping

import pytest

from shipper.demo.faults import Reply
from shipper.demo.inbox import Inbox
from tests.brokers.client import Kafka
from tests.integration.calls import ids, small_records, stored_calls
from tests.integration.daemon import DaemonProcess, until

PARTITIONS = 4


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    """The backend."""
    async with Inbox() as inbox:
        yield inbox


@pytest.fixture(params=["real", "embedded"])
def broker(request: pytest.FixtureRequest, embedded_kafka: Callable[[Mapping[str, int]], str]) -> tuple[Kafka, str]:
    """A broker with a topic and its dead-letter topic; the real one and the demo's."""
    topic = f"contract-{uuid.uuid4().hex[:8]}"
    if request.param == "embedded":
        return Kafka(embedded_kafka({topic: PARTITIONS, f"{topic}.dead-letters": 1})), topic
    kafka: Kafka = request.getfixturevalue("kafka")
    kafka.create_topic(topic, PARTITIONS)
    return kafka, topic


def daemon(broker: tuple[Kafka, str], inbox: Inbox) -> DaemonProcess:
    """A daemon with the times that suit both brokers."""
    kafka, topic = broker
    return DaemonProcess(
        kafka.bootstrap, topic, "contract", inbox, kafka__session_timeout_s=4, kafka__rebalance_timeout_s=6
    )


@pytest.mark.timeout(240)
async def test_records_arrive_once_and_a_second_run_goes_on_behind_them(
    broker: tuple[Kafka, str], inbox: Inbox
) -> None:
    """Delivered, committed, and taken up where the last run ended."""
    kafka, topic = broker
    kafka.produce(topic, small_records(300))
    async with daemon(broker, inbox) as first:
        await until(lambda: len(stored_calls(inbox)) == 300, "300 calls")
        assert await first.terminate() == 0
    kafka.produce(topic, small_records(200, first=300))
    async with daemon(broker, inbox) as second:
        await until(lambda: len(stored_calls(inbox)) == 500, "500 calls")
        assert await second.terminate() == 0

    assert stored_calls(inbox) == dict.fromkeys(ids(500), 1)


@pytest.mark.timeout(240)
async def test_rubbish_is_kept_with_its_reason(broker: tuple[Kafka, str], inbox: Inbox) -> None:
    """Dead letters hold key and value as they came."""
    kafka, topic = broker
    kafka.produce(topic, [b"rubbish", None, *small_records(1)], key=b"k")
    async with daemon(broker, inbox) as one:
        await until(lambda: len(stored_calls(inbox)) == 1, "the call")
        await until(lambda: len(kafka.read_topic(f"{topic}.dead-letters")) == 2, "two dead letters")
        assert await one.terminate() == 0

    letters = kafka.read_topic(f"{topic}.dead-letters")
    assert [(one.key, one.value, dict(one.headers)["shipper.reason"]) for one in letters] == [
        (b"k", b"rubbish", b"invalid_json"),
        (b"k", None, b"empty"),
    ]


@pytest.mark.timeout(240)
async def test_an_outage_costs_only_time(broker: tuple[Kafka, str], inbox: Inbox) -> None:
    """Held while the backend fails, delivered once when it is back."""
    kafka, topic = broker
    inbox.faults.extend([Reply(503)] * 8)
    kafka.produce(topic, small_records(100))
    async with daemon(broker, inbox) as one:
        await one.said("hold", reason="backend_unavailable")
        await until(lambda: len(stored_calls(inbox)) == 100, "100 calls")
        assert await one.terminate() == 0

    assert stored_calls(inbox) == dict.fromkeys(ids(100), 1)
