"""How shipper reaches Kafka: settings, what both clients take from them, and one repair of the client library."""

from __future__ import annotations

import asyncio
import logging
import ssl
import weakref
from typing import Annotated, Any, Literal

import aiokafka.conn
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError
from aiokafka.helpers import create_ssl_context
from msgspec import Meta, Struct

from shipper.secret import Secret

CLOSE_TIMEOUT_S = 5.0

_CONNECTION = "Unable connect"
_ends: weakref.WeakSet[asyncio.Future[None]] = weakref.WeakSet()  # of connections closed, perhaps not gone yet


class KafkaSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `kafka`."""

    bootstrap_servers: Annotated[tuple[str, ...], Meta(description="Brokers to start from, host:port each.")] = ()
    topics: Annotated[tuple[str, ...], Meta(description="Topics with call records, one or more.")] = ()
    group_id: Annotated[
        str, Meta(min_length=1, description="Consumer group; its committed offsets are the only state kept.")
    ] = "shipper"
    start: Annotated[
        Literal["earliest", "latest"],
        Meta(description="Where a group that has never committed begins."),
    ] = "earliest"
    out_of_range: Annotated[
        Literal["stop", "earliest"],
        Meta(
            description="When retention has deleted records before they were shipped: stop the partition and alarm, "
            "or alarm and go on at the oldest record left."
        ),
    ] = "stop"
    security_protocol: Annotated[
        Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"], Meta(description="Kafka's own names.")
    ] = "PLAINTEXT"
    sasl_mechanism: Annotated[
        Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"], Meta(description="Used with the SASL protocols.")
    ] = "PLAIN"
    sasl_username: Annotated[str | None, Meta(description="User of the SASL protocols.")] = None
    sasl_password: Annotated[Secret | None, Meta(description="Password of the SASL protocols.")] = None
    ssl_ca_file: Annotated[
        str | None, Meta(description="PEM file with the CA of the brokers; the system's CAs if absent.")
    ] = None
    ssl_cert_file: Annotated[str | None, Meta(description="PEM file with the client certificate (mTLS).")] = None
    ssl_key_file: Annotated[str | None, Meta(description="PEM file with the client certificate's key.")] = None
    session_timeout_s: Annotated[
        float, Meta(ge=1, le=1800, description="The broker drops a silent member after this.")
    ] = 45.0
    rebalance_timeout_s: Annotated[
        float, Meta(ge=1, le=1800, description="Time that members have to rejoin; drain_timeout_s must be below it.")
    ] = 60.0
    drain_timeout_s: Annotated[
        float,
        Meta(ge=0, le=1800, description="When partitions are taken away: wait this long for what is in flight."),
    ] = 20.0
    fetch_max_bytes: Annotated[
        int,
        Meta(ge=65_536, le=1_073_741_824, description="Most bytes of one fetch answer (a larger record still comes)."),
    ] = 2_097_152
    fetch_max_wait_ms: Annotated[
        int, Meta(ge=1, le=10_000, description="How long a broker may hold an empty fetch.")
    ] = 500
    commit_interval_s: Annotated[
        float, Meta(gt=0, le=3600, description="Offsets are committed at most this often.")
    ] = 1.0
    stall_timeout_s: Annotated[
        float,
        Meta(ge=5, le=3600, description="Records are there but none arrives for this long: the consumer is rebuilt."),
    ] = 60.0

    @property
    def request_timeout_ms(self) -> int:
        """Bound of one request to a broker: above the rebalance time-out, because joining is one request."""
        return int(self.rebalance_timeout_s * 1000) + 10_000


def client_arguments(settings: KafkaSettings) -> dict[str, Any]:
    """Arguments that aiokafka's consumer and producer share. OSError or ssl.SSLError if a PEM file cannot be used."""
    context: ssl.SSLContext | None = None
    if settings.security_protocol in ("SSL", "SASL_SSL"):
        context = create_ssl_context(
            cafile=settings.ssl_ca_file, certfile=settings.ssl_cert_file, keyfile=settings.ssl_key_file
        )
        context.minimum_version = ssl.TLSVersion.TLSv1_2
    password = settings.sasl_password
    return {
        "bootstrap_servers": list(settings.bootstrap_servers),
        "client_id": "shipper",
        "security_protocol": settings.security_protocol,
        "ssl_context": context,
        "sasl_mechanism": settings.sasl_mechanism,
        "sasl_plain_username": settings.sasl_username,
        "sasl_plain_password": password.reveal() if password else None,
    }


class LastClientError(logging.Handler):
    """Remembers the client's last ERROR line: the true reason of a failed start stands only there.

    Listens between `listen` and `close`, or as a context manager.
    """

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        # A failed connection is told before its consequences, which say nothing of why.
        if record.getMessage().startswith(_CONNECTION) or not self.text.startswith(_CONNECTION):
            self.text = record.getMessage()[:300]

    def listen(self) -> None:
        """Begin to listen; again is harmless."""
        logging.getLogger("aiokafka").addHandler(self)

    def close(self) -> None:
        """Listen no more."""
        logging.getLogger("aiokafka").removeHandler(self)
        super().close()

    def __enter__(self) -> LastClientError:
        self.listen()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def repair_client() -> None:
    """Make a reset connection look to aiokafka like what it is, and know of each connection that is being closed.

    uvloop raises RuntimeError on a write after the transport was closed; aiokafka 0.14 expects OSError there
    (aio-libs/aiokafka issue 1038), and its fetch task dies of it without a word. And it forgets the connection that
    it began with when it closes it, though with TLS that takes an answer of the broker. Idempotent.
    """
    connection = aiokafka.conn.AIOKafkaConnection
    if getattr(connection.send, "repaired", False):
        return
    send, close = connection.send, connection.close

    def repaired_send(self: aiokafka.conn.AIOKafkaConnection, request: Any, expect_response: bool = True) -> Any:
        try:
            return send(self, request, expect_response)
        except RuntimeError as error:
            self.close(reason=aiokafka.conn.CloseReason.CONNECTION_BROKEN)
            raise KafkaConnectionError(f"connection broken: {error}") from error

    def noted_close(self: aiokafka.conn.AIOKafkaConnection, reason: Any = None, exc: Any = None) -> Any:
        end = close(self, reason, exc)
        if end is not None:
            _ends.add(end)
        return end

    repaired_send.repaired = True  # type: ignore[attr-defined]
    connection.send, connection.close = repaired_send, noted_close


async def close_client(client: Any) -> None:
    """Stop a consumer or producer, within 3 * CLOSE_TIMEOUT_S, whatever it raises; nothing of it goes on.

    Without its brokers aiokafka's stop() hangs or raises a CancelledError that nobody asked for; as a task of
    its own it can do neither to us. Connections are gone when this returns, unless a broker keeps them waiting.
    """
    stopping = asyncio.ensure_future(client.stop())
    try:
        await asyncio.wait({stopping}, timeout=CLOSE_TIMEOUT_S)
    finally:
        clean = stopping.done() and not stopping.cancelled() and stopping.exception() is None
        stopping.cancel()
        # What stop() did not come to would live on: fetching, and keeping a dead member in the group.
        for task in () if clean else _tasks(client):
            task.cancel()
    if not clean:
        closing = asyncio.ensure_future(_connections(client).close())
        await asyncio.wait({closing, stopping}, timeout=CLOSE_TIMEOUT_S)
        for task in (closing, stopping):
            if task.done() and not task.cancelled():
                task.exception()  # fetched, so that nobody logs it as never retrieved
    loop = asyncio.get_running_loop()
    if ends := [end for end in _ends if end.get_loop() is loop and not end.done()]:
        await asyncio.wait(ends, timeout=CLOSE_TIMEOUT_S)


def _connections(client: Any) -> Any:
    return client.client if isinstance(client, AIOKafkaProducer) else client._client


def _tasks(client: Any) -> list[asyncio.Task[Any]]:
    """Tasks of a client that has not ended by itself."""
    if isinstance(client, AIOKafkaProducer):
        tasks = [client._sender._sender_task]
    else:
        coordinator, fetcher = client._coordinator, client._fetcher
        tasks = []
        if coordinator is not None:
            tasks += [coordinator._coordination_task, coordinator._heartbeat_task, coordinator._commit_refresh_task]
        if fetcher is not None:
            tasks += [fetcher._fetch_task, *fetcher._pending_tasks]
    return [task for task in tasks if task is not None]
