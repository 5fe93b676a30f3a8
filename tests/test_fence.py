"""Commits as the holder of a generation, and nobody else's; the zombie's story is in integration/test_source_faults."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaConnectionError, RebalanceInProgressError, TopicAuthorizationFailedError
from aiokafka.errors import NotCoordinatorForGroupError as NotCoordinator

from shipper.fence import COMMIT_TIMEOUT_S, Committed, Membership, commit
from tests.brokers.client import Kafka
from tests.virtual_time import run

MEMBERSHIP = Membership("group", 7, "member")


class Coordinator:
    """Answers a commit with an error code a partition, raises, or never answers."""

    def __init__(self, *codes: int, error: Exception | None = None, hangs: bool = False) -> None:
        self.codes = codes
        self.error = error
        self.hangs = hangs
        self.requests: list[Any] = []
        self.deaths = 0

    async def ensure_coordinator_known(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()

    async def _send_req(self, request: Any) -> Any:
        self.requests.append(request)
        if self.error is not None:
            raise self.error
        return SimpleNamespace(topics=[("calls", list(enumerate(self.codes)))])

    def coordinator_dead(self) -> None:
        self.deaths += 1


def committed(coordinator: Coordinator) -> Committed:
    return run(commit(coordinator, MEMBERSHIP, {("calls", 0): 5, ("calls", 1): 6}, {}))


def test_the_request_has_the_generation_of_the_records_and_the_texts() -> None:
    coordinator = Coordinator(0, 0)
    offsets = {("calls", 0): 5, ("other", 3): 6}
    assert run(commit(coordinator, MEMBERSHIP, offsets, {("other", 3): "text"})) == Committed("ok")
    fields = coordinator.requests[0].prepare({8: (2, 3)})
    assert (fields.consumer_group, fields.consumer_group_generation_id, fields.consumer_id) == ("group", 7, "member")
    assert fields.topics == [("calls", [(0, 5, "")]), ("other", [(3, 6, "text")])]


@pytest.mark.parametrize(
    ("codes", "expected", "deaths"),
    [
        ((0, 25), Committed("fenced", "UnknownMemberIdError"), 0),
        ((22, 22), Committed("fenced", "IllegalGenerationError"), 0),
        ((RebalanceInProgressError.errno, 0), Committed("fenced", "RebalanceInProgressError"), 0),
        ((0, TopicAuthorizationFailedError.errno), Committed("failed", "TopicAuthorizationFailedError"), 0),
        ((NotCoordinator.errno, NotCoordinator.errno), Committed("failed", "NotCoordinatorForGroupError"), 1),
        ((29, 22), Committed("fenced", "IllegalGenerationError, TopicAuthorizationFailedError"), 0),
    ],
)
def test_what_the_broker_says(codes: tuple[int, ...], expected: Committed, deaths: int) -> None:
    """One partition refused is the whole refused; the coordinator is looked up anew only where it has moved."""
    coordinator = Coordinator(*codes)
    assert committed(coordinator) == expected
    assert coordinator.deaths == deaths


@pytest.mark.parametrize("error", [KafkaConnectionError(), OSError(), RuntimeError(), AssertionError()])
def test_nothing_is_raised(error: Exception) -> None:
    """Whatever the client raises: the outcome is unknown, and the offsets are committed again."""
    assert committed(Coordinator(error=error)).result == "failed"


def test_it_has_an_end() -> None:
    """The client itself would wait for a coordinator for ever."""

    async def timed() -> tuple[Committed, float]:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        return await commit(Coordinator(hangs=True), MEMBERSHIP, {("calls", 0): 1}, {}), loop.time() - began_s

    result, seconds = run(timed())
    assert result.result == "failed"
    assert seconds == pytest.approx(COMMIT_TIMEOUT_S)


@pytest.mark.parametrize("generation", [-1, 0])
async def test_nothing_is_committed_without_a_generation(kafka: Kafka, topic: str, group: str, generation: int) -> None:
    """The group is empty: the broker itself would take it."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        membership = Membership(group, generation, "")
        assert (await commit(consumer._coordinator, membership, {(topic, 0): 5}, {})).result == "fenced"
    finally:
        await consumer.stop()
    assert kafka.committed(group, topic)[0] is None
