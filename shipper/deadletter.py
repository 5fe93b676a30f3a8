"""Where refused records go: produced with acks=all and confirmed before their offset is settled.

Rule: a record is buried only when the broker has confirmed it. While the topic takes nothing, this waits and
says so; it gives up on a value only where the broker refuses it for good, and then a reference is left.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    InvalidReplicationFactorError,
    KafkaError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
    TopicAlreadyExistsError,
    for_code,
)
from msgspec import Meta, Struct

from shipper.kafka import KafkaSettings, LastClientError, client_arguments, close_client
from shipper.records import Record, Rejected
from shipper.telemetry import Telemetry

OWN_PREFIX = "shipper."
PRODUCE_TIMEOUT_S = 60.0
WAIT_S = 2.0  # between two tries while the topic takes nothing
FRAMING_BYTES = 16_384  # record batch, headers of ours: what a request needs beside key, value and headers
REQUEST_BYTES = 1_048_576  # Kafka's own default for a producer

_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)


class DeadLetterSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `dead_letters`."""

    topic: Annotated[
        str | None, Meta(description="Topic for refused records; `<topic>.dead-letters` of each topic if absent.")
    ] = None
    max_consecutive: Annotated[
        int,
        Meta(
            ge=1,
            description="After this many records refused by the backend without one accepted event, hold and alarm "
            "instead of dead-lettering the next.",
        ),
    ] = 16

    def topic_for(self, source_topic: str) -> str:
        """The dead-letter topic of the records of `source_topic`."""
        return self.topic or f"{source_topic}.dead-letters"


class DeadLettersMissing(Exception):
    """A dead-letter topic does not exist and cannot be created: a matter of configuration."""


class Letter(Struct, frozen=True):
    """One dead letter as it is produced."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]

    @property
    def size_bytes(self) -> int:
        """What its produce request may need at the most."""
        headers_bytes = sum(len(name) * 4 + len(value) + 16 for name, value in self.headers)
        return len(self.key or b"") + len(self.value or b"") + headers_bytes + FRAMING_BYTES


def letter(record: Record, rejected: Rejected, topic: str, version: str) -> Letter:
    """The dead letter of one record: its own key, value and headers, and our headers about it.

    A foreign header under our prefix is renamed, so that nobody forges a reason. A record with neither key nor
    value gets an empty value: the client refuses to produce a message that has neither.
    """
    theirs = [(f"original.{name}" if name.startswith(OWN_PREFIX) else name, value) for name, value in record.headers]
    ours = {
        "reason": rejected.reason,
        "detail": rejected.detail,
        "topic": record.topic,
        "partition": str(record.partition),
        "offset": str(record.offset),
        "timestamp": str(record.timestamp_ms),
        "version": version,
    }
    value = b"" if record.key is None and record.value is None else record.value
    return Letter(
        topic, record.key, value, theirs + [(OWN_PREFIX + name, text.encode()) for name, text in ours.items()]
    )


def reference(record: Record, rejected: Rejected, topic: str, version: str) -> Letter:
    """What is left of a dead letter that the broker refuses for good: where the record was, and its SHA-256."""
    value = record.value or b""
    about = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "reason": rejected.reason,
        "bytes": len(value),
        "sha256": hashlib.sha256(value).hexdigest(),
    }
    bare = Record(record.topic, record.partition, record.offset, record.timestamp_ms, None, msgspec.json.encode(about))
    left = letter(bare, rejected, topic, version)
    left.headers.append((OWN_PREFIX + "reference", b"1"))
    return left


class DeadLetters:
    """The dead-letter topics. One caller at a time."""

    def __init__(self, kafka: KafkaSettings, settings: DeadLetterSettings, version: str, telemetry: Telemetry) -> None:
        self._kafka = kafka
        self._settings = settings
        self._version = version
        self._telemetry = telemetry
        self._producer: AIOKafkaProducer | None = None
        self._request_bytes = REQUEST_BYTES

    async def open(self) -> None:
        """Make sure that every dead-letter topic exists. DeadLettersMissing if one cannot be had; KafkaError passes."""
        wanted = {self._settings.topic_for(topic) for topic in self._kafka.topics}
        admin = AIOKafkaAdminClient(**client_arguments(self._kafka))
        with LastClientError() as last:
            try:
                await admin.start()
                missing = wanted - set(await admin.list_topics())
                for topic in sorted(missing):
                    await self._create(admin, topic)
            except KafkaError as error:
                raise KafkaError(f"{error}: {last.text}") from error
            finally:
                await admin.close()

    async def _create(self, admin: AIOKafkaAdminClient, topic: str) -> None:
        name = None
        for replication in (-1, 1):  # -1: as the broker is configured; very old ones do not know it
            response = await admin.create_topics([NewTopic(topic, 1, replication)])
            error = for_code(response.topic_errors[0][1])
            if error in (TopicAlreadyExistsError, for_code(0)):
                self._telemetry.event("dead_letter_topic_created", topic=topic)
                return
            name = error.__name__
            if error not in (InvalidReplicationFactorError, PolicyViolationError):
                break
        raise DeadLettersMissing(f"dead-letter topic {topic!r} does not exist and cannot be created: {name}")

    async def bury(self, refused: Sequence[tuple[Record, Rejected]]) -> None:
        """Produce one dead letter a record; comes back when the broker has confirmed every one of them.

        While the topic takes nothing this goes on trying; it is for the caller to bound it.
        """
        open_ = [(record, rejected, letter) for record, rejected in refused]
        while open_:
            letters = [
                make(record, rejected, self._settings.topic_for(record.topic), self._version)
                for record, rejected, make in open_
            ]
            results = await self._produce(letters)
            failed = [(entry, result) for entry, result in zip(open_, results, strict=True) if result is not None]
            open_ = []
            for (record, rejected, make), error in failed:
                if isinstance(error, _TOO_LARGE) and make is letter:
                    self._telemetry.dead_letter_without_value(record.topic, record.partition, record.offset)
                    make = reference
                open_.append((record, rejected, make))
            if not failed:
                self._telemetry.release(self)
                break
            await self._close_producer()  # an idempotent producer stays broken after one refusal
            if any(not isinstance(error, _TOO_LARGE) for _, error in failed):
                last = failed[-1][1]
                self._telemetry.hold(self, "dead_letters_unavailable", f"{type(last).__name__}: {last}"[:300])
                await asyncio.sleep(WAIT_S)

    async def _produce(self, letters: Sequence[Letter]) -> list[BaseException | None]:
        """One try: for each letter None if it is confirmed, else what stood in the way."""
        try:
            async with asyncio.timeout(PRODUCE_TIMEOUT_S):
                producer = await self._open_producer(max(letter.size_bytes for letter in letters))
                sent = [await _send(producer, one) for one in letters]
                await producer.flush()
                return [_result(future) for future in sent]
        except (KafkaError, TimeoutError, OSError, RuntimeError) as error:
            return [error] * len(letters)

    async def _open_producer(self, needed_bytes: int) -> AIOKafkaProducer:
        if needed_bytes > self._request_bytes:
            self._request_bytes = needed_bytes
            await self._close_producer()
        if self._producer is None:
            producer = AIOKafkaProducer(
                **client_arguments(self._kafka),
                acks="all",
                enable_idempotence=True,
                max_request_size=self._request_bytes,
            )
            with LastClientError() as last:
                try:
                    await producer.start()
                except BaseException as error:
                    await close_client(producer)
                    if isinstance(error, KafkaError) and last.text:
                        raise KafkaError(f"{error}: {last.text}") from error
                    raise
            self._producer = producer
        return self._producer

    async def _close_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await close_client(producer)

    async def close(self) -> None:
        """Let go of the broker, within a few seconds."""
        await self._close_producer()


async def _send(producer: AIOKafkaProducer, one: Letter) -> asyncio.Future[Any] | BaseException:
    try:
        future: asyncio.Future[Any] = await producer.send(one.topic, value=one.value, key=one.key, headers=one.headers)
    except KafkaError as error:
        if not isinstance(error, _TOO_LARGE):
            raise
        refused: BaseException = error  # of this letter alone: the others go on
        return refused
    return future


def _result(sent: asyncio.Future[Any] | BaseException) -> BaseException | None:
    if isinstance(sent, BaseException):
        return sent
    if not sent.done() or sent.cancelled():
        return TimeoutError("the produce was not confirmed")
    error: BaseException | None = sent.exception()
    return error
