"""Where refused records go: produced with acks=all and confirmed before their offset is settled.

Rule: a record is buried only when the broker has confirmed it. While the topic takes nothing, this waits and
says so; it gives up on a value only where the broker refuses it for good, and then a reference is left.
What a letter holds is `letter`'s matter; whether the record deserved it, somebody else's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    NoError,
    PolicyViolationError,
    RecordListTooLargeError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    for_code,
)
from msgspec import Meta, Struct

from shipper.kafka import KafkaSettings, LastClientError, client_arguments, close_client, repair_client
from shipper.letter import Letter, letter, reference
from shipper.records import Record, Rejected
from shipper.telemetry import Telemetry

OPEN_TIMEOUT_S = 30.0
PRODUCE_TIMEOUT_S = 30.0  # one try, from the connection to the last confirmation
REQUEST_TIMEOUT_MS = 10_000
WAIT_S = 2.0  # between two tries while the topic takes nothing
REQUEST_BYTES = 1_048_576  # Kafka's own default for a producer

_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)
_FOR_GOOD = (
    ClusterAuthorizationFailedError,
    InvalidTopicError,
    PolicyViolationError,
    TopicAuthorizationFailedError,
)


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


class _Owed(Struct, frozen=True):
    """A record without its dead letter yet, and the form that its letter shall have."""

    record: Record
    rejected: Rejected
    form: Callable[[Record, Rejected, str, str], Letter] = letter


class DeadLetters:
    """The dead-letter topics. One caller at a time."""

    def __init__(self, kafka: KafkaSettings, settings: DeadLetterSettings, version: str, telemetry: Telemetry) -> None:
        repair_client()
        self._kafka = kafka
        self._settings = settings
        self._version = version
        self._telemetry = telemetry
        self._producer: AIOKafkaProducer | None = None
        self._request_bytes = REQUEST_BYTES

    async def open(self) -> None:
        """Make sure that every dead-letter topic exists, within OPEN_TIMEOUT_S.

        DeadLettersMissing if one cannot be had; KafkaError or TimeoutError where asking again may help.
        """
        wanted = {self._settings.topic_for(topic) for topic in self._kafka.topics}
        with LastClientError() as last:
            try:
                async with asyncio.timeout(OPEN_TIMEOUT_S):
                    await self._create_missing(wanted)
            except (KafkaError, RuntimeError, AttributeError) as error:
                # The last: aiokafka asks a controller that is not elected yet for its id.
                raise KafkaError(f"{error}; {last.text}".rstrip("; ")) from error

    async def _create_missing(self, wanted: set[str]) -> None:
        admin = AIOKafkaAdminClient(**client_arguments(self._kafka), request_timeout_ms=REQUEST_TIMEOUT_MS)
        try:
            await admin.start()
            for topic in sorted(wanted.difference(await admin.list_topics())):
                await self._create(admin, topic)
        finally:
            await admin.close()

    async def _create(self, admin: AIOKafkaAdminClient, topic: str) -> None:
        # -1: replicated as the brokers are configured, which aiokafka takes only together with a map of replicas.
        response = await admin.create_topics([NewTopic(topic, 1, -1, replica_assignments={})])
        error = for_code(response.topic_errors[0][1])
        if error is NoError:
            self._telemetry.event("dead_letter_topic_created", topic=topic)
        elif error in _FOR_GOOD:
            raise DeadLettersMissing(
                f"dead-letter topic {topic!r} does not exist (or may not be seen) and cannot be created: "
                f"{error.__name__}"
            )
        elif error is not TopicAlreadyExistsError:
            raise error(topic)

    async def bury(self, refused: Sequence[tuple[Record, Rejected]]) -> None:
        """Produce one dead letter a record; comes back when the broker has confirmed every one of them.

        While the topic takes nothing this goes on trying; it is for the caller to bound it. A letter whose
        confirmation got lost is produced again: then there are two.
        """
        owed = [_Owed(record, rejected) for record, rejected in refused]
        while owed:
            results = await self._produce([self._write(one) for one in owed])
            failed = [(one, error) for one, error in zip(owed, results, strict=True) if error is not None]
            if not failed:
                break
            await self._close_producer()  # an idempotent producer stays broken after one refusal
            owed = [self._give_up_value(one) if _is_too_large(one, error) else one for one, error in failed]
            stuck = [error for one, error in failed if not _is_too_large(one, error)]
            if len(stuck) == len(failed):
                self._telemetry.hold(self, "dead_letters_unavailable", _text(stuck[0]))
                await asyncio.sleep(WAIT_S)
        self._telemetry.release(self)

    def _write(self, one: _Owed) -> Letter:
        return one.form(one.record, one.rejected, self._settings.topic_for(one.record.topic), self._version)

    def _give_up_value(self, one: _Owed) -> _Owed:
        self._telemetry.dead_letter_without_value(one.record.topic, one.record.partition, one.record.offset)
        return _Owed(one.record, one.rejected, reference)

    async def _produce(self, letters: Sequence[Letter]) -> list[BaseException | None]:
        """One try: for each letter None if it is confirmed, else what stood in the way."""
        sent: list[asyncio.Future[Any] | BaseException] = []
        obstacle: BaseException | None = None
        try:
            async with asyncio.timeout(PRODUCE_TIMEOUT_S):
                producer = await self._open_producer(max(one.size_bytes for one in letters))
                for one in letters:
                    sent.append(await _send(producer, one))  # noqa: PERF401  # what was sent counts if a later one fails
                await producer.flush()
        except TimeoutError:
            obstacle = TimeoutError(f"not confirmed within {PRODUCE_TIMEOUT_S:g} s")
        except (KafkaError, OSError, RuntimeError) as error:
            obstacle = error
        results = [_result(one, obstacle) for one in sent]
        return results + [obstacle] * (len(letters) - len(results))

    async def _open_producer(self, needed_bytes: int) -> AIOKafkaProducer:
        if needed_bytes > self._request_bytes:
            self._request_bytes = needed_bytes
            await self._close_producer()
        if self._producer is None:
            producer = AIOKafkaProducer(
                **client_arguments(self._kafka),
                acks="all",
                enable_idempotence=True,
                request_timeout_ms=REQUEST_TIMEOUT_MS,
                max_request_size=self._request_bytes,
                # A record that came compressed may be over the topic's limit otherwise; every broker knows gzip.
                compression_type="gzip",
            )
            with LastClientError() as last:
                try:
                    await producer.start()
                except BaseException as error:
                    await close_client(producer)
                    if isinstance(error, KafkaError) and last.text:
                        raise KafkaError(f"{error}; {last.text}") from error
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
    """A future for the confirmation, or what stands in the way of this letter alone: the others go on."""
    try:
        future: asyncio.Future[Any] = await producer.send(one.topic, value=one.value, key=one.key, headers=one.headers)
    except KafkaError as error:
        refused: BaseException = error
        return refused
    future.add_done_callback(lambda done: done.cancelled() or done.exception())  # fetched, whoever still asks
    return future


def _result(sent: asyncio.Future[Any] | BaseException, obstacle: BaseException | None) -> BaseException | None:
    if isinstance(sent, BaseException):
        return sent
    if not sent.done() or sent.cancelled():
        return obstacle or TimeoutError("not confirmed")
    error: BaseException | None = sent.exception()
    return error


def _is_too_large(one: _Owed, error: BaseException) -> bool:
    """Whether the broker refuses the letter for its size, and there is a smaller form of it."""
    return isinstance(error, _TOO_LARGE) and one.form is letter


def _text(error: BaseException) -> str:
    """Name and message; errors of Kafka's bring their name along."""
    return (str(error) if isinstance(error, KafkaError) else f"{type(error).__name__}: {error}")[:300]
