"""Dead letters on a real Kafka: what is kept, what is refused, and what happens while nothing is taken."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress

import pytest
from aiokafka.errors import KafkaError
from confluent_kafka import KafkaException

from shipper import deadletter
from shipper.deadletter import DeadLetters, DeadLetterSettings, DeadLettersMissing
from shipper.kafka import KafkaSettings
from shipper.letter import Letter
from shipper.records import Record, Rejected
from shipper.secret import Secret
from shipper.telemetry import Telemetry
from tests.brokers.client import Kafka
from tests.brokers.kafka import KafkaBroker, free_ports
from tests.brokers.stored import Stored
from tests.conftest import unique_name
from tests.fakes import telemetry

REJECTED = Rejected("invalid_json", "line 1")
WITHIN_S = 20.0


class Setting:
    """The dead letters of one source topic, and what was said about them."""

    def __init__(self, kafka: KafkaSettings, topic: str | None = None) -> None:
        self.lines: list[str] = []
        self.telemetry: Telemetry = telemetry(asyncio.get_running_loop().time, self.lines)
        self.letters = DeadLetters(kafka, DeadLetterSettings(topic=topic), "1.2.3", self.telemetry)

    @property
    def references(self) -> float | None:
        """Counter of letters without their value."""
        return self.telemetry.metrics.registry.get_sample_value("shipper_dead_letter_references_total")

    async def bury(self, *records: Record) -> None:
        """Bury these, all for the same reason."""
        await self.letters.bury([(record, REJECTED) for record in records])

    async def held(self) -> None:
        """Wait until it says that the topic takes nothing."""
        await until(lambda: self.telemetry.holds == {"dead_letters_unavailable"})


async def until(true: Callable[[], bool]) -> None:
    """Wait for something that other tasks bring about."""
    async with asyncio.timeout(WITHIN_S):
        while not true():  # noqa: ASYNC110  # there is no event for what is asked
            await asyncio.sleep(0.01)


@asynccontextmanager
async def dead_letters(bootstrap: str, source: str, topic: str | None = None) -> AsyncIterator[Setting]:
    """Dead letters of the topic `source`, let go of at the end."""
    setting = Setting(KafkaSettings(bootstrap_servers=(bootstrap,), topics=(source,)), topic)
    try:
        yield setting
    finally:
        await setting.letters.close()


def record(offset: int, value: bytes | None, key: bytes | None = None, topic: str = "calls") -> Record:
    """A record of a source topic from the year 2001."""
    return Record(topic, 7, offset, 1_000_000_000_000, key, value)


def header(stored: Stored, name: str) -> bytes | None:
    """The one header of this name."""
    (value,) = [value for own, value in stored.headers if own == name]
    return value


@pytest.fixture
def source(kafka: Kafka, request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of a source topic; its dead-letter topic is gone after the test."""
    name = unique_name(request.node.name)
    yield name
    with suppress(KafkaException):  # a test may end without it
        kafka.delete_topic(f"{name}.dead-letters")


async def test_a_letter_is_the_record_and_our_headers(kafka: Kafka, topic: str) -> None:
    """Bytes and headers as they were, headers without a value too; nobody forges ours; the time is the produce time."""
    theirs = (("a", b"\x00\xff"), ("shipper.reason", b"forged"), ("a", b""))
    one = Record("calls", 7, 41, 1_000_000_000_000, b"\xff\x00", b'{"no json', theirs)
    before_ms = int(time.time() * 1000)
    async with dead_letters(kafka.bootstrap, "calls", topic) as setting:
        await setting.bury(one)
    (stored,) = kafka.read_topic(topic)

    assert (stored.key, stored.value) == (one.key, one.value)
    assert before_ms - 1000 <= stored.timestamp_ms <= int(time.time() * 1000) + 1000
    assert stored.headers == (
        ("a", b"\x00\xff"),
        ("original.shipper.reason", b"forged"),
        ("a", b""),
        ("shipper.reason", b"invalid_json"),
        ("shipper.detail", b"line 1"),
        ("shipper.topic", b"calls"),
        ("shipper.partition", b"7"),
        ("shipper.offset", b"41"),
        ("shipper.timestamp", b"1000000000000"),
        ("shipper.version", b"1.2.3"),
    )


async def test_tombstones_and_empty_values_are_kept(kafka: Kafka, topic: str) -> None:
    """A null value stays null, an empty one empty; a record with neither key nor value gets an empty value."""
    async with dead_letters(kafka.bootstrap, "calls", topic) as setting:
        await setting.bury(record(0, None, b"k"), record(1, b"", b"k"), record(2, None), record(3, b""))
    kept = {header(one, "shipper.offset"): (one.key, one.value) for one in kafka.read_topic(topic)}

    assert kept == {b"0": (b"k", None), b"1": (b"k", b""), b"2": (None, b""), b"3": (None, b"")}


async def test_a_header_without_a_value_stops_nothing(kafka: Kafka, topic: str) -> None:
    """Kafka has them, so producers make them."""
    kafka.produce(topic, [b"{"], headers=[("h", None)], partition=0)
    (stored,) = kafka.read_topic(topic)
    one = Record(topic, 0, 0, 1, stored.key, stored.value, stored.headers)
    async with dead_letters(kafka.bootstrap, "calls", topic) as setting:
        await setting.bury(one)

    assert [header(one, "h") for one in kafka.read_topic(topic)] == [None, None]


async def test_a_large_record_is_kept_whole(kafka: Kafka, topic: str) -> None:
    """The request may grow with the record, and later small ones go on."""
    large = os.urandom(5_000_000)
    async with dead_letters(kafka.bootstrap, "calls", topic) as setting:
        await setting.bury(record(0, b"small"))
        await setting.bury(record(1, large), record(2, b"small"))
        await setting.bury(record(3, b"small"))
    sizes = sorted(len(one.value or b"") for one in kafka.read_topic(topic))

    assert sizes == [5, 5, 5, len(large)]
    assert large in [one.value for one in kafka.read_topic(topic)]


async def test_what_the_topic_refuses_leaves_a_reference(kafka: Kafka, source: str) -> None:
    """One record above the topic's limit: its hash is kept, it is counted and said, its neighbours are whole."""
    kafka.create_topic(f"{source}.dead-letters", 2, max_message_bytes=100_000)
    huge = os.urandom(200_000)
    neighbours = [record(offset, b"n%d" % offset, topic=source) for offset in range(20)]
    async with dead_letters(kafka.bootstrap, source) as setting:
        await setting.bury(*neighbours[:10])
        await setting.bury(record(99, huge, os.urandom(10), source), *neighbours[10:])
        await setting.bury(record(100, b"after", topic=source))

        assert setting.references == 1
        assert [line for line in setting.lines if "dead_letter_without_value" in line and "'offset': 99" in line]
        assert not [line for line in setting.lines if "'hold'" in line]
    kept = {int(header(one, "shipper.offset") or b""): one for one in kafka.read_topic(f"{source}.dead-letters")}

    assert {offset: one.value for offset, one in kept.items() if offset != 99} == {
        **{n: b"n%d" % n for n in range(20)},
        100: b"after",
    }
    assert (kept[99].key, kept[99].value) == (None, b"")
    assert header(kept[99], "shipper.reason") == b"invalid_json"
    assert header(kept[99], "shipper.bytes") == b"200000"
    assert header(kept[99], "shipper.sha256") == hashlib.sha256(huge).hexdigest().encode()


async def test_a_record_that_came_compressed_is_kept_compressed(kafka: Kafka, source: str) -> None:
    """A producer's compression got it below the source topic's limit; ours gets it below the same limit here."""
    kafka.create_topic(f"{source}.dead-letters", 1, max_message_bytes=100_000)
    value = b'{"messages": "the same again and again"}' * 10_000
    async with dead_letters(kafka.bootstrap, source) as setting:
        await setting.bury(record(0, value, topic=source))

        assert setting.references == 0
    assert [one.value for one in kafka.read_topic(f"{source}.dead-letters")] == [value]


async def test_a_topic_that_takes_not_even_a_reference_holds(
    kafka: Kafka, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so, tries again at its pace and not in a tight loop, and goes on when the topic is put right."""
    monkeypatch.setattr(deadletter, "WAIT_S", 0.5)
    kafka.create_topic(f"{source}.dead-letters", 1, max_message_bytes=100)
    async with dead_letters(kafka.bootstrap, source) as setting:
        tries = 0
        produce = setting.letters._produce

        async def counted(letters: Sequence[Letter]) -> list[BaseException | None]:
            nonlocal tries
            tries += 1
            return await produce(letters)

        monkeypatch.setattr(setting.letters, "_produce", counted)
        burying = asyncio.create_task(setting.bury(record(5, b"x" * 99, topic=source)))
        await setting.held()
        await asyncio.sleep(1.2)

        assert tries <= 5
        assert setting.references == 1

        await asyncio.to_thread(kafka.delete_topic, f"{source}.dead-letters")
        await asyncio.to_thread(kafka.create_topic, f"{source}.dead-letters", 1)
        async with asyncio.timeout(WITHIN_S):
            await burying
    (kept,) = kafka.read_topic(f"{source}.dead-letters")

    assert header(kept, "shipper.offset") == b"5"


async def test_a_missing_topic_is_created(kafka: Kafka, source: str) -> None:
    """With one partition, and said once; a second start finds it."""
    async with dead_letters(kafka.bootstrap, source) as setting:
        await setting.letters.open()
        await setting.letters.open()
        await setting.bury(record(0, b"x", topic=source))

        assert len([line for line in setting.lines if "dead_letter_topic_created" in line]) == 1
    assert [one.value for one in kafka.read_topic(f"{source}.dead-letters")] == [b"x"]


async def test_one_topic_for_all_is_created_once(kafka: Kafka, source: str) -> None:
    """`dead_letters.topic` is where the records of every source topic go."""
    settings = KafkaSettings(bootstrap_servers=(kafka.bootstrap,), topics=(source, f"{source}-2"))
    setting = Setting(settings, f"{source}.dead-letters")
    await setting.letters.open()
    await setting.bury(record(0, b"x", topic=f"{source}-2"))
    await setting.letters.close()
    (kept,) = kafka.read_topic(f"{source}.dead-letters")

    assert header(kept, "shipper.topic") == f"{source}-2".encode()


def settings_of(broker: KafkaBroker, source: str, user: str = "bob") -> KafkaSettings:
    """How this user gets in."""
    access = broker.access("SASL_PLAINTEXT", user=user)
    return KafkaSettings(
        bootstrap_servers=(access.bootstrap_servers,),
        topics=(source,),
        security_protocol="SASL_PLAINTEXT",
        sasl_username=access.sasl_username,
        sasl_password=Secret(access.sasl_password or ""),
    )


async def test_a_topic_that_cannot_be_created_is_missing(secured_kafka: KafkaBroker, source: str) -> None:
    """A user without the right to create: a matter of configuration, and the text says which topic and why."""
    setting = Setting(settings_of(secured_kafka, source))

    with pytest.raises(DeadLettersMissing, match=rf"{source}\.dead-letters.*AuthorizationFailed"):
        await setting.letters.open()


async def test_a_name_that_kafka_does_not_take_is_missing(kafka: Kafka) -> None:
    """It will not become right by asking again."""
    async with dead_letters(kafka.bootstrap, "calls", "no/topic") as setting:
        with pytest.raises(DeadLettersMissing, match="InvalidTopic"):
            await setting.letters.open()


async def test_without_the_right_to_write_it_waits_and_recovers(
    secured_kafka: KafkaBroker, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is settled, the hold is declared, and granting the right is all it takes."""
    monkeypatch.setattr(deadletter, "WAIT_S", 0.1)
    name = f"{source}.dead-letters"
    secured_kafka.create_topic(name, 1)
    secured_kafka.allow("bob", topic=name, operations=("DESCRIBE",))
    setting = Setting(settings_of(secured_kafka, source))
    await setting.letters.open()
    burying = asyncio.create_task(setting.bury(record(0, b"v", b"k", topic=source)))
    await setting.held()
    await asyncio.sleep(0.5)

    assert not burying.done()

    await asyncio.to_thread(secured_kafka.allow, "bob", topic=name, operations=("WRITE",))
    async with asyncio.timeout(WITHIN_S):
        await burying

    assert setting.telemetry.holds == set()
    assert [(one.key, one.value) for one in secured_kafka.read_topic(name)] == [(b"k", b"v")]
    await setting.letters.close()


async def test_a_right_taken_away_while_it_runs_holds(
    secured_kafka: KafkaBroker, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The producer that worked a moment ago is refused: the same."""
    monkeypatch.setattr(deadletter, "WAIT_S", 0.1)
    name = f"{source}.dead-letters"
    secured_kafka.create_topic(name, 1)
    secured_kafka.allow("bob", topic=name, operations=("DESCRIBE", "WRITE"))
    setting = Setting(settings_of(secured_kafka, source))
    await setting.bury(record(0, b"before", topic=source))
    await asyncio.to_thread(secured_kafka.forbid, "bob", topic=name, operations=("WRITE",))
    await asyncio.sleep(0.5)
    burying = asyncio.create_task(setting.bury(record(1, b"after", topic=source)))
    await setting.held()
    await asyncio.to_thread(secured_kafka.allow, "bob", topic=name, operations=("WRITE",))
    async with asyncio.timeout(WITHIN_S):
        await burying
    await setting.letters.close()

    assert [one.value for one in secured_kafka.read_topic(name)] == [b"before", b"after"]


@pytest.mark.parametrize("rights", [("DESCRIBE",), ()], ids=["unwritable", "unseen"])
async def test_one_topic_in_need_does_not_hold_up_another(
    secured_kafka: KafkaBroker, source: str, rights: tuple[str, ...]
) -> None:
    """Of two records, the one whose topic takes letters has its letter while the other one waits."""
    other = f"{source}-2"
    secured_kafka.create_topic(f"{other}.dead-letters", 1)
    secured_kafka.create_topic(f"{source}.dead-letters", 1)
    secured_kafka.allow("bob", topic=f"{other}.dead-letters", operations=("DESCRIBE", "WRITE"))
    if rights:
        secured_kafka.allow("bob", topic=f"{source}.dead-letters", operations=rights)
    setting = Setting(settings_of(secured_kafka, source))
    burying = asyncio.create_task(setting.bury(record(0, b"held", topic=source), record(0, b"goes", topic=other)))
    await setting.held()

    assert [one.value for one in secured_kafka.read_topic(f"{other}.dead-letters")] == [b"goes"]

    burying.cancel()
    await asyncio.wait([burying])
    await setting.letters.close()
    secured_kafka.delete_topic(f"{other}.dead-letters")


async def test_without_a_broker_open_fails_at_once() -> None:
    """Nobody listens: an error that asking again may mend, with the reason in it."""
    (free_port,) = free_ports(1)
    setting = Setting(KafkaSettings(bootstrap_servers=(f"127.0.0.1:{free_port}",), topics=("calls",)))

    with pytest.raises(KafkaError, match=rf"{free_port}.*; .*refused"):
        await setting.letters.open()


async def test_with_a_broker_that_says_nothing_open_ends_in_time(
    own_kafka: KafkaBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It listens and never answers."""
    monkeypatch.setattr(deadletter, "OPEN_TIMEOUT_S", 0.5)
    setting = Setting(KafkaSettings(bootstrap_servers=(own_kafka.bootstrap,), topics=("calls",)))
    own_kafka.sigstop()
    try:
        async with asyncio.timeout(5):
            with pytest.raises((KafkaError, TimeoutError)):
                await setting.letters.open()
    finally:
        own_kafka.sigcont()


async def test_a_killed_broker_costs_only_time(own_kafka: KafkaBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is confirmed while it is away; every record has its letter when it is back; waits have an end."""
    monkeypatch.setattr(deadletter, "WAIT_S", 0.2)
    monkeypatch.setattr(deadletter, "PRODUCE_TIMEOUT_S", 3.0)
    own_kafka.create_topic("letters", 2)
    async with dead_letters(own_kafka.bootstrap, "calls", "letters") as setting:
        await setting.bury(record(0, b"before"))
        await asyncio.to_thread(own_kafka.kill9)
        burying = asyncio.create_task(setting.bury(*(record(offset, b"after") for offset in range(1, 50))))
        await setting.held()

        assert not burying.done()

        await asyncio.to_thread(own_kafka.start)
        async with asyncio.timeout(WITHIN_S):
            await burying

        assert setting.telemetry.holds == set()
    offsets = {int(header(one, "shipper.offset") or b"") for one in own_kafka.read_topic("letters")}

    assert offsets == set(range(50))


async def test_it_lets_go_of_a_frozen_broker_in_time(own_kafka: KafkaBroker) -> None:
    """Cancelled in the middle of a produce that nobody answers, as at the end of the grace."""
    own_kafka.create_topic("frozen", 1)
    setting = Setting(KafkaSettings(bootstrap_servers=(own_kafka.bootstrap,), topics=("calls",)), "frozen")
    await setting.bury(record(0, b"x"))
    own_kafka.sigstop()
    try:
        burying = asyncio.create_task(setting.bury(record(1, b"y")))
        await asyncio.sleep(0.2)
        burying.cancel()
        began_s = asyncio.get_running_loop().time()
        await asyncio.wait([burying])
        await setting.letters.close()

        assert burying.cancelled()
        assert asyncio.get_running_loop().time() - began_s < 12
    finally:
        own_kafka.sigcont()


async def test_it_lets_go_of_a_dead_broker_in_time(own_kafka: KafkaBroker) -> None:
    """As when the whole cluster is gone at the moment of the end."""
    own_kafka.create_topic("dead", 1)
    setting = Setting(KafkaSettings(bootstrap_servers=(own_kafka.bootstrap,), topics=("calls",)), "dead")
    await setting.bury(record(0, b"x"))
    await asyncio.to_thread(own_kafka.kill9)
    began_s = asyncio.get_running_loop().time()
    await setting.letters.close()

    assert asyncio.get_running_loop().time() - began_s < 12


async def test_what_is_refused_after_all_is_no_complaint(own_kafka: KafkaBroker) -> None:
    """Cancelled before the answer came, and then the answer is a refusal: nobody asks for it any more."""
    own_kafka.create_topic("late", 1, max_message_bytes=2_000)
    setting = Setting(KafkaSettings(bootstrap_servers=(own_kafka.bootstrap,), topics=("calls",)), "late")
    await setting.bury(record(0, b"x"))
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    own_kafka.sigstop()
    burying = asyncio.create_task(setting.bury(record(1, os.urandom(5_000))))
    await asyncio.sleep(0.2)
    burying.cancel()
    await asyncio.wait([burying])
    own_kafka.sigcont()
    await setting.letters.close()
    del burying  # it holds what it waited for
    gc.collect()

    assert complaints == []
