"""`shipper demo` with a daemon's stand-in between: what it checks, and how it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from shipper.demo.command import DemoOptions, demo
from shipper.mapping.otel_ids import span_id
from tests.demo.client import PATH, event
from tests.demo.spans import OTLP, OWN, export, span

Settings = Mapping[str, Mapping[str, Any]]
Turn = Callable[[int, bytes], list[dict[str, Any]] | None]


def as_call(offset: int, value: bytes) -> list[dict[str, Any]] | None:
    """What an honest daemon sends for a record; None for a dead letter."""
    try:
        record = json.loads(value)
    except ValueError:
        return None
    name = record.get("id") or record["standard_logging_object"]["litellm_call_id"]
    kind = "span-create" if record.get("type") == "span" else "generation-create"
    return [event(kind, f"e-{name}", id=name, traceId="t")]


def as_spans(events: list[dict[str, Any]]) -> bytes:
    """The same as a request of OTLP: ids are those of spans, and cannot be read back."""
    return export(
        *(
            span(span_id(one["body"]["id"]).hex(), attributes={OWN + "type": one["type"].removesuffix("-create")})
            for one in events
        )
    ).SerializeToString()


class StandIn:
    """A small consumer in the daemon's place: a record becomes what `turn` makes of it, then it is committed.

    With `otlp` each event travels as the span that it would be.
    """

    def __init__(self, turn: Turn = as_call, *, commits: bool = True, code: int = 0, otlp: bool = False) -> None:
        self._turn, self._commits, self._code, self._otlp = turn, commits, code, otlp
        self.settings: Settings = {}

    async def __call__(self, settings: Mapping[str, Mapping[str, object]], stop: asyncio.Event) -> int:
        self.settings = settings
        kafka = settings["kafka"]
        bootstrap, topics = kafka["bootstrap_servers"], kafka["topics"]
        assert isinstance(bootstrap, list)
        assert isinstance(topics, list)
        consumer = AIOKafkaConsumer(
            *topics, bootstrap_servers=bootstrap, group_id=kafka["group_id"], enable_auto_commit=False,
            auto_offset_reset="earliest", session_timeout_ms=4000, rebalance_timeout_ms=4000,
        )  # fmt: skip
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
        async with consumer, producer, aiohttp.ClientSession() as session:
            while not stop.is_set():
                for records in (await consumer.getmany(timeout_ms=50)).values():
                    for record in records:
                        await self._settle(record.offset, record.value, producer, session)
                    if self._commits:
                        await consumer.commit()
        return self._code

    async def _settle(
        self, offset: int, value: bytes, producer: AIOKafkaProducer, session: aiohttp.ClientSession
    ) -> None:
        events = self._turn(offset, value)
        if events is None:
            reason = [("shipper.reason", b"invalid_json")]
            await producer.send_and_wait(str(self.settings["dead_letters"]["topic"]), value, headers=reason)
            return
        backend = self.settings["backend"]
        credentials = aiohttp.encode_basic_auth(backend["public_key"], backend["secret_key"])
        url, headers = backend["host"], {"Authorization": credentials}
        if self._otlp:
            headers["Content-Type"] = "application/x-protobuf"
            async with session.post(url + OTLP, data=as_spans(events), headers=headers) as answer:
                assert answer.status == 200
            return
        async with session.post(url + PATH, json={"batch": events}, headers=headers) as answer:
            assert answer.status == 207


def options(**changes: Any) -> DemoOptions:
    return DemoOptions(**{"count": 40, "exit": True, "patience_s": 1.0} | changes)


async def test_every_record_accounted_for_ends_well(capfd: pytest.CaptureFixture[str]) -> None:
    daemon = StandIn()
    assert await demo(options(), daemon) == 0
    out = capfd.readouterr().out
    lines = {" ".join(line.split()[:-1]): line.split()[-1] for line in out.splitlines() if line.startswith("  ")}
    assert (lines["records produced"], lines["calls shown"], lines["dead letters"]) == ("40", "40", "0")
    assert f"{daemon.settings['backend']['host']}/" in out
    assert "DIFFERENCE" not in out


async def test_every_record_is_accounted_for_by_the_other_wire(capfd: pytest.CaptureFixture[str]) -> None:
    """A span around calls is found by the id that its record's becomes, and is no call."""
    lines = [b'{"id":"a"}', b'{"schema":"shipper.call/1","id":"around","type":"span"}', b'{"id":"b"}']
    daemon = StandIn(otlp=True)
    given = options(records=BytesIO(b"\n".join(lines)), api="otlp", mode="events_only")
    assert await demo(given, daemon) == 0
    shown = [" ".join(line.split()) for line in capfd.readouterr().out.splitlines()]
    assert {"records produced 3", "calls shown 2", "wire OTLP"} <= set(shown)
    assert daemon.settings["backend"]["api"] == "otlp"
    assert any(line.endswith("as a Langfuse v4, which takes OTLP only") for line in shown)


async def test_a_lost_span_is_a_difference_by_the_other_wire_too(capfd: pytest.CaptureFixture[str]) -> None:
    lines = [b'{"id":"a"}', b'{"schema":"shipper.call/1","id":"around","type":"span"}']

    def loses_spans(offset: int, value: bytes) -> list[dict[str, Any]] | None:
        return [one for one in as_call(offset, value) or () if one["type"] != "span-create"]

    assert (
        await demo(options(records=BytesIO(b"\n".join(lines)), patience_s=0.5), StandIn(loses_spans, otlp=True)) == 70
    )
    assert "DIFFERENCE: 1 records were produced and never arrived" in capfd.readouterr().out


async def test_a_lost_record_is_a_difference(capfd: pytest.CaptureFixture[str]) -> None:
    first = {"lost": True}

    def loses_one(offset: int, value: bytes) -> list[dict[str, Any]] | None:
        return [] if first.pop("lost", False) else as_call(offset, value)

    assert await demo(options(), StandIn(loses_one)) == 70
    assert "DIFFERENCE: 1 records were produced and never arrived" in capfd.readouterr().out


async def test_a_call_that_arrives_twice_is_a_difference(capfd: pytest.CaptureFixture[str]) -> None:
    first = {"double": True}

    def doubles_one(offset: int, value: bytes) -> list[dict[str, Any]] | None:
        return (as_call(offset, value) or []) * (2 if first.pop("double", False) else 1)

    assert await demo(options(), StandIn(doubles_one)) == 70
    assert "DIFFERENCE: 1 calls arrived twice" in capfd.readouterr().out


async def test_what_is_not_committed_is_a_difference(capfd: pytest.CaptureFixture[str]) -> None:
    assert await demo(options(), StandIn(commits=False)) == 70
    assert "DIFFERENCE: 40 records are not committed" in capfd.readouterr().out


async def test_a_persons_own_records_count_with_their_dead_letters(capfd: pytest.CaptureFixture[str]) -> None:
    lines = [b'{"id":"a"}', b"no json", b'{"schema":"shipper.call/1","id":"s","type":"span"}', b'{"id":"a"}', b""]
    assert await demo(options(records=BytesIO(b"\n".join(lines))), StandIn()) == 0
    out = capfd.readouterr().out
    assert "records produced" in out
    assert "invalid_json 1" in out
    assert "1 more came with an id already there" in out


async def test_a_record_that_is_too_large_is_refused_by_its_number(capfd: pytest.CaptureFixture[str]) -> None:
    records = BytesIO(b'{"id":"a"}\n' + bytes(4_000_001))
    assert await demo(options(records=records), StandIn()) == 65
    assert "record 2 has 4,000,001 bytes" in capfd.readouterr().err


async def test_the_daemons_exit_code_is_passed_on() -> None:
    async def fails(settings: Settings, stop: asyncio.Event) -> int:
        return 78

    assert await demo(options(), fails) == 78


async def test_stays_until_the_daemon_is_told_to_end() -> None:
    """Without `exit` the page stays; a signal ends the daemon, as in production, and the demo with it."""
    signalled = asyncio.Event()
    stand_in = StandIn()

    async def until_signal(settings: Settings, stop: asyncio.Event) -> int:
        return await stand_in(settings, signalled)

    running = asyncio.create_task(demo(options(exit=False), until_signal))
    await _shows(stand_in, calls=40)
    assert not running.done()
    signalled.set()
    assert await asyncio.wait_for(running, 10) == 0


async def test_a_taken_port_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    async with server:
        assert await demo(options(port=server.sockets[0].getsockname()[1]), StandIn()) == 69
    assert "cannot listen on port" in capfd.readouterr().err


async def test_a_daemon_that_takes_nothing_is_not_waited_for_forever(capfd: pytest.CaptureFixture[str]) -> None:
    async def takes_nothing(settings: Settings, stop: asyncio.Event) -> int:
        await stop.wait()
        return 0

    assert await demo(options(patience_s=0.5), takes_nothing) == 70
    assert "DIFFERENCE: 40 records were produced and never arrived" in capfd.readouterr().out


async def test_a_missing_extra_is_said(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("shipper.demo.command.find_spec", lambda name: None)
    assert await demo(options(), StandIn()) == 69
    assert "pip install 'shipper[demo]'" in capfd.readouterr().err


async def _shows(stand_in: StandIn, calls: int) -> None:
    async with asyncio.timeout(20), aiohttp.ClientSession() as session:
        while True:
            await asyncio.sleep(0.05)
            if host := stand_in.settings.get("backend", {}).get("host"):
                async with session.get(f"{host}/data.json") as answer:
                    if (await answer.json())["totals"]["calls"] == calls:
                        return
