"""What every test gets: uvloop under async tests, and brokers that start when the first test asks for one."""

from __future__ import annotations

import os
import re
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING

import hypothesis
import pytest
import uvloop

if TYPE_CHECKING:
    import asyncio

    from tests.brokers.client import Kafka
    from tests.brokers.cluster import KafkaCluster
    from tests.brokers.kafka import KafkaBroker
    from tests.phoenix.server import Phoenix

EXISTING_KAFKA = "SHIPPER_TEST_KAFKA"
BROKER_FIXTURES = {"kafka", "secured_kafka", "own_kafka", "kafka_cluster"}
# Starting a broker counts towards the first test that needs it, and so does downloading it on a new machine.
BROKER_TEST_TIMEOUT_S = 240
# The same for Phoenix, which is installed on a new machine, and compiled when it starts there.
PHOENIX_TEST_TIMEOUT_S = 900


# No wall clock in unit tests: a busy machine is no failure.
hypothesis.settings.register_profile("shipper", deadline=None)
hypothesis.settings.load_profile("shipper")


class ClosingLoop(uvloop.Loop):
    """Says what was left open after it has closed it: a warning that is raised meanwhile would leave it open.

    And then uvloop waits without an end for the peer.
    """

    def close(self) -> None:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ResourceWarning)
            super().close()
        for warning in caught:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The daemon runs on uvloop, so its tests do."""
    return {"uvloop": ClosingLoop}


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same call
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that use a broker are marked `kafka`; they, and those that use Phoenix, get time for its start.

    Unless they set a time-out themselves. Where several processes run the tests, one takes the whole of a file, and
    one all of Phoenix: files have fixtures of their own, and Phoenix is slow to start.
    """
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        item.add_marker(pytest.mark.xdist_group("phoenix" if "phoenix" in item.location[0] else item.location[0]))
        needed_s = PHOENIX_TEST_TIMEOUT_S if "phoenix" in fixtures else 0
        if fixtures & BROKER_FIXTURES:
            item.add_marker("kafka")
            needed_s = max(needed_s, BROKER_TEST_TIMEOUT_S)
        if needed_s and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(needed_s))


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """A Kafka for the whole session; the existing one that `SHIPPER_TEST_KAFKA=host:port` names, else a new one.

    Tests share it: they keep to topics and groups of their own.
    """
    from tests.brokers.client import Kafka
    from tests.brokers.kafka import KafkaBroker

    if existing := os.environ.get(EXISTING_KAFKA):
        yield Kafka(existing)
        return
    with KafkaBroker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture(scope="session")
def secured_kafka(kafka: Kafka) -> KafkaBroker:
    """The session's Kafka with its TLS and SASL listeners, users and ACLs (`access`, `allow`, `forbid`)."""
    from tests.brokers.kafka import KafkaBroker

    if not isinstance(kafka, KafkaBroker):
        pytest.skip(f"{EXISTING_KAFKA} is set: an existing Kafka has no listeners, users and rules of ours")
    return kafka


@pytest.fixture(scope="module")
def broker_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    """What `own_kafka` hands out, started once for all tests of a module."""
    from tests.brokers.kafka import KafkaBroker

    _skip_with_existing_kafka("kills and restarts brokers")
    with KafkaBroker(tmp_path_factory.mktemp("own-kafka")) as broker:
        yield broker


@pytest.fixture
def own_kafka(broker_of_the_module: KafkaBroker) -> KafkaBroker:
    """A broker that a test may kill, freeze and restart; it is in service when the test begins."""
    broker_of_the_module.resume()
    broker_of_the_module.wait_until_ready()
    return broker_of_the_module


@pytest.fixture(scope="module")
def cluster_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    """What `kafka_cluster` hands out, started once for all tests of a module."""
    from tests.brokers.cluster import KafkaCluster

    _skip_with_existing_kafka("kills and restarts brokers")
    with KafkaCluster(tmp_path_factory.mktemp("kafka-cluster")) as cluster:
        yield cluster


@pytest.fixture
def kafka_cluster(cluster_of_the_module: KafkaCluster) -> KafkaCluster:
    """Three nodes, every topic on all of them, to kill and restart one by one; all in service when the test begins."""
    cluster_of_the_module.resume()
    cluster_of_the_module.wait_until_whole()
    return cluster_of_the_module


@pytest.fixture(scope="session")
def phoenix_of_the_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phoenix]:
    """What `phoenix` hands out, started once."""
    from tests.phoenix.server import Phoenix

    with Phoenix(tmp_path_factory.mktemp("phoenix")) as phoenix:
        yield phoenix


@pytest.fixture
def phoenix(phoenix_of_the_session: Phoenix) -> Phoenix:
    """A real trace backend that a test may freeze, kill and restart; it is in service when the test begins.

    Tests share it: they keep to a `project` and to span ids of their own.
    """
    phoenix_of_the_session.resume()
    phoenix_of_the_session.wait_until_ready()
    return phoenix_of_the_session


@pytest.fixture
def project(request: pytest.FixtureRequest) -> str:
    """The name of a Phoenix project that nobody has used."""
    return unique_name(request.node.name)


@pytest.fixture
def embedded_kafka() -> Iterator[Callable[[Mapping[str, int]], str]]:
    """Starts a broker as the demo embeds it, on the given topics and their partitions; gives its bootstrap address."""
    from shipper.demo.broker import EmbeddedBroker

    with ExitStack() as running:
        yield lambda topics: running.enter_context(EmbeddedBroker(topics))


@pytest.fixture
def topic(kafka: Kafka, request: pytest.FixtureRequest) -> Iterator[str]:
    """A new topic of four partitions on `kafka`, gone after the test."""
    name = unique_name(request.node.name)
    kafka.create_topic(name)
    yield name
    kafka.delete_topic(name)


@pytest.fixture
def group(request: pytest.FixtureRequest) -> str:
    """The id of a consumer group that nobody has used."""
    return unique_name(request.node.name)


def unique_name(test: str) -> str:
    """A name for a topic or group that tells which test made it."""
    return f"{re.sub('[^A-Za-z0-9-]+', '-', test)[:60]}-{uuid.uuid4().hex[:8]}"


def _skip_with_existing_kafka(reason: str) -> None:
    if os.environ.get(EXISTING_KAFKA):
        pytest.skip(f"{EXISTING_KAFKA} is set, and this test {reason}")
