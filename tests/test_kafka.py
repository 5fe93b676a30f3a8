"""The client library as we found it: what we repair of it, and what we rely on that it does not promise."""

from __future__ import annotations

import asyncio
import inspect
import logging
from typing import Any

import aiokafka
import aiokafka.conn
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import KafkaConnectionError
from aiokafka.producer.sender import Sender
from aiokafka.protocol.admin import ApiVersionRequest

from shipper.consumer import ConsumerLife
from shipper.kafka import CLOSE_TIMEOUT_S, KafkaSettings, LastClientError, client_arguments, close_client, repair_client
from shipper.secret import Secret
from tests.fakes import telemetry
from tests.virtual_time import run


def test_the_client_is_the_version_whose_private_names_we_use() -> None:
    """The fence, the checks and the repair read what is not promised: look another version through first."""
    assert aiokafka.__version__ == "0.14.0"


@pytest.mark.parametrize(
    ("owner", "names"),
    [
        (AIOKafkaConsumer, ["_client", "_coordinator", "_fetcher"]),
        (AIOKafkaProducer, ["_sender"]),
        (AIOKafkaClient, ["_sync_task"]),
        (Sender, ["_sender_task"]),
        (Fetcher, ["_fetch_task", "_pending_tasks"]),
        (
            GroupCoordinator,
            ["_coordination_task", "_heartbeat_task", "_commit_refresh_task", "generation", "member_id"],
        ),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_the_private_attributes_exist(owner: type, names: list[str]) -> None:
    """Where one is gone, a defence would be gone."""
    assignments = inspect.getsource(owner)
    assert [name for name in names if f"self.{name} = " not in assignments] == []


def test_the_private_methods_exist() -> None:
    """With the parameters that we give."""
    inspect.signature(GroupCoordinator._send_req).bind(None, "request")
    inspect.signature(GroupCoordinator.ensure_coordinator_known).bind(None)
    inspect.signature(GroupCoordinator.coordinator_dead).bind(None)
    inspect.signature(GroupCoordinator.fetch_committed_offsets).bind(None, [])
    inspect.signature(aiokafka.conn.AIOKafkaConnection.send).bind(None, "request", True)
    inspect.signature(aiokafka.conn.AIOKafkaConnection.close).bind(None, "reason", "error")


async def test_a_closed_transport_looks_like_a_broken_connection() -> None:
    """uvloop raises RuntimeError on the write; the client's tasks survive only a KafkaError."""
    repair_client()
    repair_client()
    connection, closed = await connected()
    connection._writer.transport.abort()
    await asyncio.sleep(0)
    with pytest.raises(KafkaConnectionError, match="connection broken"):
        connection.send(ApiVersionRequest())
    assert not connection.connected()
    assert closed == [aiokafka.conn.CloseReason.CONNECTION_BROKEN]


async def test_a_closed_connection_that_is_not_gone_yet_is_waited_for() -> None:
    """The client forgets it; a loop that ends before it would cut it off."""
    repair_client()
    peer_reads, peer_done = asyncio.Event(), asyncio.Event()
    connection, _ = await connected(peer_reads, peer_done)
    connection._writer.write(b"x" * 50_000_000)
    end = connection.close()
    closing = asyncio.ensure_future(close_client(Client()))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not closing.done()
    peer_reads.set()
    await closing
    assert end.done()
    await peer_done.wait()


def test_a_connection_that_never_goes_is_not_waited_for_without_end() -> None:
    """A broker that does not answer must not keep the daemon."""
    repair_client()

    async def seconds() -> float:
        loop = asyncio.get_running_loop()
        connection = aiokafka.conn.AIOKafkaConnection("127.0.0.1", 1)
        connection._closed_fut = end = loop.create_future()
        connection.close()
        began_s = loop.time()
        await close_client(Client())
        assert not end.done()
        return loop.time() - began_s

    assert run(seconds()) == pytest.approx(CLOSE_TIMEOUT_S)


async def connected(
    peer_reads: asyncio.Event | None = None, peer_done: asyncio.Event | None = None
) -> tuple[Any, list[object]]:
    """A client's connection to a peer that never answers, and the reasons it was closed for.

    The peer reads once `peer_reads` is set, and sets `peer_done` when it is gone.
    """

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if peer_reads is not None:
            await peer_reads.wait()
        while await reader.read(1_000_000):
            pass
        writer.close()
        await writer.wait_closed()
        if peer_done is not None:
            peer_done.set()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    closed: list[object] = []
    connection = aiokafka.conn.AIOKafkaConnection("127.0.0.1", port, on_close=lambda _, reason: closed.append(reason))
    connection._do_version_lookup = answered
    await connection.connect()
    server.close()
    return connection, closed


async def answered() -> None:
    """A version lookup that asks nothing."""


class Client:
    """A consumer in the ways that matter to its end."""

    def __init__(self, *, hangs: bool = False, raises: BaseException | None = None) -> None:
        self.hangs = hangs
        self.raises = raises
        self.closed = 0
        self._client = self
        self._coordinator = self._fetcher = None

    async def stop(self) -> None:
        if self.raises is not None:
            raise self.raises
        if self.hangs:
            await asyncio.Event().wait()

    async def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize(
    ("client", "seconds", "closed"),
    [
        (Client(), 0.0, 0),
        (Client(raises=asyncio.CancelledError()), 0.0, 1),
        (Client(raises=RuntimeError()), 0.0, 1),
        (Client(hangs=True), CLOSE_TIMEOUT_S, 1),
    ],
    ids=["clean", "cancels itself", "raises", "hangs"],
)
def test_a_client_is_closed_whatever_its_stop_does(client: Client, seconds: float, closed: int) -> None:
    """It has an end, raises nothing, and leaves no connection open."""

    async def timed() -> float:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        await close_client(client)
        return loop.time() - began_s

    assert run(timed()) == pytest.approx(seconds)
    assert client.closed == closed


async def test_a_client_that_was_never_started_is_closed() -> None:
    """Its parts do not exist yet."""
    await close_client(AIOKafkaConsumer(bootstrap_servers="127.0.0.1:1"))
    await close_client(AIOKafkaProducer(bootstrap_servers="127.0.0.1:1"))


def test_the_true_reason_is_kept_against_its_consequences() -> None:
    """A failed connection is told first, then what did not work for lack of it."""
    log = logging.getLogger("aiokafka.consumer.fetcher")
    with LastClientError() as last:
        log.error("Topic %s not found", "calls")
        assert last.text == "Topic calls not found"
        log.error('Unable connect to "%s": %s', "kafka:9092", "SaslAuthenticationFailed")
        log.error("Failed fetch messages from 1")
        log.warning("not an error")
        assert last.text == 'Unable connect to "kafka:9092": SaslAuthenticationFailed'
        log.error("Unable connect to %s", "x" * 1000)
        assert len(last.text) == 300
    log.error("after the end")
    assert last.text.startswith("Unable connect to x")


class Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Nobody listens."""

    def on_partitions_assigned(self, assigned: object) -> None: ...

    def on_partitions_revoked(self, revoked: object) -> None: ...


async def test_a_pem_file_that_cannot_be_read_is_said_and_tried_again() -> None:
    """Rotated away for a moment: no reason to end."""
    settings = KafkaSettings(topics=("calls",), security_protocol="SSL", ssl_ca_file="/nowhere/ca.pem")
    lines: list[str] = []
    clock = asyncio.get_running_loop().time
    life = ConsumerLife(settings, telemetry(clock, lines), clock, Listener())
    with pytest.raises(OSError, match="No such file") as failure:
        await life.started(0.1)
    assert not life.failed(failure.value)
    assert "No such file" in lines[0]
    life.close()


def test_no_text_of_the_settings_has_the_password() -> None:
    """Only what the client is given has it."""
    settings = KafkaSettings(security_protocol="SASL_PLAINTEXT", sasl_username="me", sasl_password=Secret("canary"))
    assert "canary" not in repr(settings)
    assert client_arguments(settings)["sasl_plain_password"] == "canary"
