"""The whole daemon: a real Kafka before it, the embedded inbox behind it, and what may happen to all three."""

from __future__ import annotations

import asyncio
import json
import re
import signal

import pytest

from shipper.demo.faults import Arrival, Fault, Hang, Omit, Refuse, Reply
from shipper.demo.inbox import Inbox
from tests.brokers.client import Kafka
from tests.brokers.stored import Stored
from tests.integration.calls import GOLDEN, golden_records, ids, small_records, stored_calls
from tests.integration.daemon import DaemonProcess, Start, drained, until


async def test_every_golden_record_becomes_its_call(
    kafka: Kafka, topic: str, group: str, inbox: Inbox, daemon: Start
) -> None:
    """Real LiteLLM calls in, priced Langfuse events out; the basic call is the golden's in every key and value."""
    records = list(golden_records())
    async with daemon() as one:
        kafka.produce(topic, records)
        await drained(kafka, group, topic)

        assert await one.terminate() == 0

    calls = stored_calls(inbox)
    assert len(records) == 45
    assert sum(calls.values()) == len(records)
    golden = json.loads((GOLDEN / "fx_completion.json").read_text())["batch"][1]["body"]
    stored = inbox.store.observations[golden["id"]]
    assert {key: stored.fields.get(key) for key in golden} == golden
    assert kafka.read_topic(f"{topic}.dead-letters") == []


async def test_n_records_in_n_calls_out(kafka: Kafka, topic: str, group: str, inbox: Inbox, daemon: Start) -> None:
    """Nothing lost, nothing double, and after a clean stop a second run sends nothing."""
    kafka.produce(topic, small_records(5000))
    async with daemon() as one:
        await drained(kafka, group, topic)

        assert await one.terminate() == 0

    assert stored_calls(inbox) == dict.fromkeys(ids(5000), 1)
    requests = inbox.requests
    async with daemon() as two:
        await two.said("assigned")
        await asyncio.sleep(1)
        assert await two.terminate() == 0
    assert inbox.requests == requests


async def test_backend_down_and_up_again(kafka: Kafka, topic: str, group: str, inbox: Inbox, daemon: Start) -> None:
    """An outage costs time: the daemon says what it waits for, stays in the group, and delivers everything after."""
    await inbox.stop()
    kafka.produce(topic, small_records(3000, padding=2000))
    async with daemon(
        process__memory_bytes=2_000_000, batch__max_bytes=200_000, mapping__max_event_bytes=200_000
    ) as one:
        await one.said("hold", reason="backend_unavailable")
        await asyncio.sleep(8)  # longer than the session time-out of 6 s
        assert len(one.events("assigned")) == 1
        assert json.loads((await one.get("/healthz"))[1]) == {"status": "ok", "holds": ["backend_unavailable"]}
        assert "shipper_paused 1.0" in (await one.get("/metrics"))[1]
        assert not any(kafka.committed(group, topic).values())
        await inbox.start()
        await drained(kafka, group, topic)
        await one.said("hold_ended", reason="backend_unavailable")

        assert await one.terminate() == 0

    assert stored_calls(inbox) == dict.fromkeys(ids(3000), 1)


async def test_kill_9_and_restart_loses_nothing(
    kafka: Kafka, topic: str, group: str, inbox: Inbox, daemon: Start
) -> None:
    """Killed in the middle of its work, several times: every call is there, and what came twice is the same event."""
    kafka.produce(topic, small_records(20_000))
    for goal in (2_000, 6_000, 12_000):
        async with daemon(batch__max_events=200) as victim:
            await until(lambda goal=goal: len(stored_calls(inbox)) >= goal, f"{goal} calls")  # type: ignore[misc]
            await victim.kill9()
    async with daemon() as last:
        await drained(kafka, group, topic)
        assert await last.terminate() == 0

    assert set(stored_calls(inbox)) == ids(20_000)
    versions = {(arrival.event_id, arrival.sha256) for arrival in inbox.arrivals}
    assert len(versions) == 2 * 20_000


async def test_members_share_partitions_and_one_is_killed(
    kafka: Kafka, topic: str, group: str, inbox: Inbox, daemon: Start
) -> None:
    """Both deliver; the survivor takes over what the dead one had."""
    async with daemon() as first, daemon() as second:
        await until(lambda: len(kafka.members(group)) == 2, "two members")
        await until(lambda: all(len(held) == 2 for held in kafka.members(group).values()), "two partitions each")
        kafka.produce(topic, small_records(2_000))
        await drained(kafka, group, topic)
        kafka.produce(topic, small_records(4_000, first=2_000))
        await first.kill9()
        await drained(kafka, group, topic)

        assert await second.terminate() == 0

    assert set(stored_calls(inbox)) == ids(6_000)


async def test_rolling_restart_sends_nothing_twice(
    kafka: Kafka, topic: str, group: str, inbox: Inbox, daemon: Start
) -> None:
    """Members that come and go cleanly while records flow leave no duplicate."""
    async with daemon() as first:
        await first.said("assigned")
        for round_ in range(4):
            await asyncio.to_thread(kafka.produce, topic, small_records(500, first=round_ * 500))
            async with daemon() as guest:
                await guest.said("assigned")
                await asyncio.sleep(0.5)
                assert await guest.terminate() == 0
        await drained(kafka, group, topic)
        assert await first.terminate() == 0

    assert stored_calls(inbox) == dict.fromkeys(ids(2_000), 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_inside_the_grace_with_a_hanging_backend(
    kafka: Kafka, topic: str, group: str, inbox: Inbox, daemon: Start, number: signal.Signals
) -> None:
    """The backend accepts and never answers: exit 0 in time, nothing committed, nothing lost."""
    inbox.fault = lambda _, __: Hang()
    kafka.produce(topic, small_records(100))
    async with daemon(process__grace_s=4, backend__timeout_s=60, kafka__drain_timeout_s=3) as one:
        await until(lambda: inbox.requests > 0, "a request")
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        one.send(number)

        assert await one.end() == 0
        assert loop.time() - began_s < 4.5
        assert one.events("drain_incomplete")
    assert not any(kafka.committed(group, topic).values())

    inbox.fault = None
    async with daemon() as two:
        await drained(kafka, group, topic)
        assert await two.terminate() == 0
    assert set(stored_calls(inbox)) == ids(100)


async def test_a_second_signal_ends_it_at_once(kafka: Kafka, topic: str, inbox: Inbox, daemon: Start) -> None:
    """An impatient operator gets what he wants, and the exit code says so."""
    inbox.fault = lambda _, __: Hang()
    kafka.produce(topic, small_records(10))
    async with daemon(process__grace_s=60, backend__timeout_s=50) as one:
        await until(lambda: inbox.requests > 0, "a request")
        one.send(signal.SIGTERM)
        await one.said("draining")
        one.send(signal.SIGTERM)

        assert await one.end(2) == 143


async def test_sigterm_ends_a_daemon_that_waits_for_kafka(inbox: Inbox) -> None:
    """No broker, no group: still exit 0, at once."""
    async with DaemonProcess("127.0.0.1:1", "calls", "group", inbox) as one:
        await one.said("hold", reason="kafka_unavailable")
        assert (await one.get("/readyz"))[0] == 503

        assert await one.terminate() == 0


def about(letter: Stored) -> dict[str, bytes]:
    """The headers of a dead letter."""
    return {name: value or b"" for name, value in letter.headers}


RUBBISH: dict[bytes | None, str] = {
    None: "empty",
    b"": "empty",
    b"\xff\xfe{}": "invalid_utf8",
    b"{not json": "invalid_json",
    b'{"schema":"shipper.call/1","id":"x","start_time":NaN}': "wrong_type",
    b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}": "too_deep",
    b'{"hello":"world"}': "unknown_shape",
    b'"a string"': "unknown_shape",
    b"null": "unknown_shape",
    b'{"schema":"shipper.call/1","id":{},"start_time":1}': "wrong_type",
    b'{"schema":"shipper.call/1","id":"x","start_time":1' + b"0" * 400 + b"}": "out_of_range",
}


async def test_rubbish_goes_to_the_dead_letters_and_its_neighbours_through(
    kafka: Kafka, topic: str, group: str, inbox: Inbox, daemon: Start
) -> None:
    """Each kind of bad record is kept whole with its reason; the offset moves on; the process stays up."""
    good = small_records(len(RUBBISH))
    for record, rubbish in zip(good, RUBBISH, strict=True):
        kafka.produce(topic, [record, rubbish], partition=0, key=b"k", headers=[("h", b"1"), ("shipper.reason", b"no")])
    async with daemon() as one:
        await drained(kafka, group, topic)
        assert await one.terminate() == 0

    assert stored_calls(inbox) == dict.fromkeys(ids(len(RUBBISH)), 1)
    letters = [(letter, about(letter)) for letter in kafka.read_topic(f"{topic}.dead-letters")]
    letters.sort(key=lambda one: int(one[1]["shipper.offset"]))
    assert [(letter.value, headers["shipper.reason"].decode()) for letter, headers in letters] == list(RUBBISH.items())
    for place, (letter, headers) in enumerate(letters):
        assert (letter.key, headers["h"], headers["original.shipper.reason"]) == (b"k", b"1", b"no")
        assert headers["shipper.topic"] == topic.encode()
        assert headers["shipper.offset"] == str(2 * place + 1).encode()


async def test_a_record_that_the_backend_refuses_is_dead_lettered_alone(
    kafka: Kafka, topic: str, group: str, inbox: Inbox, daemon: Start
) -> None:
    """Its neighbours in the batch are delivered, its offset is committed only with the dead letter there."""

    def refuse_call_3(_: int, __: object) -> Fault:
        return Refuse(400, "Invalid request data", lambda arrival: arrival.body_id == "call-3")

    inbox.fault = refuse_call_3
    kafka.produce(topic, small_records(10))
    async with daemon() as one:
        await drained(kafka, group, topic)
        await one.said("records_dead_lettered", refused_by_backend=1)
        assert await one.terminate() == 0

    assert set(stored_calls(inbox)) == ids(10) - {"call-3"}
    (letter,) = kafka.read_topic(f"{topic}.dead-letters")
    assert json.loads(letter.value or b"")["id"] == "call-3"


def answers(*statuses: int) -> list[Fault | None]:
    """Honest answers in between these statuses."""
    return [Reply(status, "Invalid JSON" if status == 400 else "") for status in statuses]


async def test_passing_errors_of_the_backend_cost_only_time(
    kafka: Kafka, topic: str, group: str, inbox: Inbox, daemon: Start
) -> None:
    """Time-outs, throttling, server errors, wrong pages, unnamed events: each call arrives in the end."""
    inbox.faults.extend(answers(500, 503, 408, 429, 502, 404, 413, 400, 301))
    inbox.faults.extend([Reply(200, "<html>log in</html>"), Omit(lambda arrival: arrival.type == "trace-create")])
    kafka.produce(topic, small_records(1000))
    async with daemon() as one:
        await drained(kafka, group, topic)
        assert await one.terminate() == 0

    assert stored_calls(inbox) == dict.fromkeys(ids(1000), 1)
    assert kafka.read_topic(f"{topic}.dead-letters") == []


async def test_a_wrong_key_holds_and_alarms(kafka: Kafka, topic: str, group: str, inbox: Inbox, daemon: Start) -> None:
    """401 never costs a record: the operator is told what to do, and when the key is right everything flows."""
    secret_key, inbox.secret_key = inbox.secret_key, "sk-lf-another"
    kafka.produce(topic, small_records(100))
    async with daemon(backend__secret_key=secret_key) as one:
        hold = await one.said("hold", reason="unauthorized")
        assert hold["level"] == "error"
        assert "backend.secret_key" in hold["advice"]
        assert 'shipper_hold{reason="unauthorized"} 1.0' in (await one.get("/metrics"))[1]
        assert secret_key not in one.stderr
        inbox.secret_key = secret_key
        await drained(kafka, group, topic)
        assert await one.terminate() == 0

    assert stored_calls(inbox) == dict.fromkeys(ids(100), 1)
    assert kafka.read_topic(f"{topic}.dead-letters") == []


async def test_a_langfuse_v4_that_may_not_be_spoken_to_by_otlp_holds_and_says_what_to_do(
    kafka: Kafka, topic: str, group: str, inbox: Inbox, daemon: Start
) -> None:
    """Every event refused inside the 207 is a mode of the server, not a thousand bad records."""
    inbox.mode = "events_only"
    kafka.produce(topic, small_records(100))
    async with daemon(backend__api="ingestion") as one:
        hold = await one.said("hold", reason="event_type_not_accepted")
        assert "backend.api" in hold["advice"]
        inbox.mode = "dual"
        await drained(kafka, group, topic)
        assert await one.terminate() == 0

    assert stored_calls(inbox) == dict.fromkeys(ids(100), 1)
    assert kafka.read_topic(f"{topic}.dead-letters") == []


async def test_a_backend_that_refuses_everything_stops_the_dead_lettering(
    kafka: Kafka, topic: str, group: str, inbox: Inbox, daemon: Start
) -> None:
    """After dead_letters.max_consecutive the daemon holds; when the backend takes again the rest goes through."""

    def refuse_all(_: int, __: object) -> Fault:
        return Refuse(400, "Invalid request data")

    inbox.fault = refuse_all
    kafka.produce(topic, small_records(100))
    async with daemon(dead_letters__max_consecutive=5) as one:
        await one.said("hold", reason="dead_letter_limit")
        inbox.fault = None
        await drained(kafka, group, topic)
        assert await one.terminate() == 0

    assert len(kafka.read_topic(f"{topic}.dead-letters")) == 5
    assert len(stored_calls(inbox)) == 95


async def test_an_ingress_with_a_small_limit_gets_smaller_requests(
    kafka: Kafka, topic: str, group: str, inbox: Inbox, daemon: Start
) -> None:
    """413 is answered by halving, without a dead letter."""

    def small_ingress(_: int, arrivals: object) -> Fault | None:
        assert isinstance(arrivals, list)
        return Reply(413, "<html>Request Entity Too Large</html>") if len(arrivals) > 40 else None

    inbox.fault = small_ingress
    kafka.produce(topic, small_records(500))
    async with daemon() as one:
        await drained(kafka, group, topic)
        assert await one.terminate() == 0

    assert stored_calls(inbox) == dict.fromkeys(ids(500), 1)
    assert kafka.read_topic(f"{topic}.dead-letters") == []


async def test_a_record_too_large_for_any_request_is_dead_lettered(
    kafka: Kafka, topic: str, group: str, inbox: Inbox, daemon: Start
) -> None:
    """Where the operator wants nothing to be cut; two events that fit may travel in two requests."""
    fits, too_large = small_records(1, padding=70_000)[0], small_records(1, first=1, padding=110_000)[0]
    kafka.produce(topic, [*small_records(3, first=2), fits, too_large])
    limits = {"batch__max_bytes": 100_000, "mapping__max_event_bytes": 100_000, "mapping__oversize": "dead_letter"}
    async with daemon(**limits) as one:
        await drained(kafka, group, topic)
        assert await one.terminate() == 0

    assert set(stored_calls(inbox)) == ids(5) - {"call-1"}
    (letter,) = kafka.read_topic(f"{topic}.dead-letters")
    assert about(letter)["shipper.reason"] == b"event_too_large"
    assert letter.value == too_large


async def test_health_readiness_and_metrics(kafka: Kafka, topic: str, group: str, inbox: Inbox, daemon: Start) -> None:
    """What probes and dashboards read."""
    kafka.produce(topic, small_records(50))
    async with daemon() as one:
        await drained(kafka, group, topic)
        await asyncio.sleep(1.5)  # metrics are brought up to date once a second

        assert await one.get("/healthz") == (200, '{"status": "ok", "holds": []}')
        assert (await one.get("/readyz"))[0] == 200
        page = (await one.get("/metrics"))[1]
        assert 'shipper_records_total{outcome="delivered"} 50.0' in page
        assert 'shipper_requests_total{code="207"}' in page
        cost = re.search(r'shipper_cost_usd_total{model="gpt-4o",provider="openai",team="none"} (\S+)', page)
        assert cost is not None
        assert float(cost[1]) == pytest.approx(50 * (10 * 2.5e-6 + 2 * 1e-5))
        assert f'shipper_lag_records{{partition="0",topic="{topic}"}} 0.0' in page
        assert await one.terminate() == 0


def first_half(arrival: Arrival) -> bool:
    """Chooses about half of all events, always the same."""
    return arrival.event_id < "8"


async def test_a_207_is_read_event_by_event(kafka: Kafka, topic: str, group: str, inbox: Inbox, daemon: Start) -> None:
    """Half of each request fails inside for a while: only that half comes again, nothing is stored twice."""
    inbox.faults.extend([Refuse(500, "Internal error", first_half)] * 3)
    kafka.produce(topic, small_records(400))
    async with daemon() as one:
        await drained(kafka, group, topic)
        assert await one.terminate() == 0

    assert stored_calls(inbox) == dict.fromkeys(ids(400), 1)
