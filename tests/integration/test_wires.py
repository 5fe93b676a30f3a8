"""The daemon and its wires: which Langfuse it meets, and what happens when that becomes another under it."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence

import pytest

from shipper.demo.faults import Arrival, Disconnect, Fault, Refuse, Reply
from shipper.demo.inbox import Inbox
from shipper.mapping.otel_ids import span_id, trace_id
from tests.brokers.client import Kafka
from tests.integration.calls import golden_records, small_records
from tests.integration.daemon import Start, drained, until


def scored(records: Sequence[bytes]) -> list[bytes]:
    """The same records, each with a score."""
    return [json.dumps({**json.loads(record), "scores": [{"name": "s", "value": 1}]}).encode() for record in records]


def calls(inbox: Inbox, wire: str | None = None) -> Counter[str]:
    """How often each call was stored by this wire, or by any; by its span id, whichever wire it came by."""
    return Counter(
        arrival.body_id if arrival.wire == "otlp" else span_id(arrival.body_id).hex()
        for arrival in inbox.arrivals
        if arrival.stored and arrival.type in ("generation-create", "GENERATION") and wire in (None, arrival.wire)
    )


def spans(count: int, first: int = 0) -> set[str]:
    """The span ids of `small_records`."""
    return {span_id(f"call-{number}").hex() for number in range(first, first + count)}


def otlp_is_missing(_: int, arrivals: Sequence[Arrival]) -> Fault | None:
    """An old Langfuse, which has no such endpoint."""
    return Reply(404, b"<html>") if any(arrival.wire == "otlp" for arrival in arrivals) else None


@pytest.mark.parametrize(("mode", "wire"), [("legacy", "ingestion"), ("dual", "otlp"), ("events_only", "otlp")])
async def test_every_langfuse_works_out_of_the_box(
    kafka: Kafka, topic: str, group: str, inbox: Inbox, daemon: Start, mode: str, wire: str
) -> None:
    """Real LiteLLM calls and plain ones, by the wire that the server takes, each once."""
    inbox.mode = mode  # type: ignore[assignment]
    kafka.produce(topic, [*golden_records(), *small_records(100)])
    async with daemon() as one:
        chosen = await one.said("wire_chosen", wire=wire)
        assert "Langfuse" in chosen["reason"]
        await drained(kafka, group, topic)
        _, metrics = await one.get("/metrics")
        assert f'shipper_wire{{wire="{wire}"}} 1.0' in metrics
        assert await one.terminate() == 0

    assert len(calls(inbox, wire)) == 145
    assert set(calls(inbox).values()) == {1}
    assert kafka.read_topic(f"{topic}.dead-letters") == []


async def test_an_upgrade_while_records_flow_loses_nothing_and_needs_no_restart(
    kafka: Kafka, topic: str, group: str, inbox: Inbox, daemon: Start
) -> None:
    """Langfuse 3 becomes a 4 in its default mode: what is not delivered is made again for the other wire."""
    async with daemon(batch__max_events=50) as one:
        await one.said("wire_chosen", wire="ingestion")
        for first in range(0, 4_000, 500):
            kafka.produce(topic, scored(small_records(500, first)))
            if first == 2_000:
                await until(lambda: len(calls(inbox)) > 1_500, "calls by the ingestion wire")
                inbox.mode = "events_only"
            await asyncio.sleep(0.05)
        await one.said("wire_changed", before="ingestion", wire="otlp")
        await drained(kafka, group, topic)
        assert await one.terminate() == 0

    assert set(calls(inbox)) == spans(4_000)
    assert set(calls(inbox).values()) == {1}
    assert len(calls(inbox, "ingestion")) > 0
    assert len(calls(inbox, "otlp")) > 0
    assert kafka.read_topic(f"{topic}.dead-letters") == []
    _assert_scores_find_their_traces(inbox, 4_000)


async def test_an_old_langfuse_after_a_new_one_is_found_out_too(
    kafka: Kafka, topic: str, group: str, inbox: Inbox, daemon: Start
) -> None:
    """Set back to a version without the OTLP endpoint, and upgraded once more."""
    inbox.mode = "events_only"
    async with daemon(batch__max_events=50) as one:
        kafka.produce(topic, scored(small_records(500)))
        await drained(kafka, group, topic)
        inbox.mode, inbox.fault = "legacy", otlp_is_missing
        kafka.produce(topic, scored(small_records(500, 500)))
        await one.said("wire_changed", before="otlp", wire="ingestion")
        await drained(kafka, group, topic)
        inbox.mode, inbox.fault = "events_only", None
        kafka.produce(topic, scored(small_records(500, 1_000)))
        await one.said("wire_changed", before="ingestion", wire="otlp")
        await drained(kafka, group, topic)
        assert await one.terminate() == 0

    assert set(calls(inbox, "ingestion")) == spans(500, 500)
    assert set(calls(inbox, "otlp")) == spans(500) | spans(500, 1_000)
    assert set(calls(inbox).values()) == {1}
    assert kafka.read_topic(f"{topic}.dead-letters") == []
    _assert_scores_find_their_traces(inbox, 1_500)


def _assert_scores_find_their_traces(inbox: Inbox, count: int) -> None:
    """Each score names its call as the wire named it by which the call was stored."""
    scores = {score.fields["observationId"]: score.fields["traceId"] for score in inbox.store.scores.values()}
    by_ingestion = {arrival.body_id for arrival in inbox.arrivals if arrival.wire == "ingestion" and arrival.stored}
    by_otlp = set(calls(inbox, "otlp"))
    assert len(scores) == count
    for number in range(count):
        name = f"call-{number}"
        if span_id(name).hex() in by_otlp:
            assert scores[span_id(name).hex()] == trace_id(name).hex()
        else:
            assert name in by_ingestion
            assert scores[name] == name


async def test_kill_9_and_restart_sends_the_same_spans_again(
    kafka: Kafka, topic: str, group: str, inbox: Inbox, daemon: Start
) -> None:
    """Every call is there, and what came twice is the same span, byte for byte."""
    inbox.mode = "events_only"
    kafka.produce(topic, small_records(5_000))
    for goal in (1_000, 2_500):
        async with daemon(batch__max_events=200) as victim:
            await until(lambda goal=goal: len(calls(inbox)) >= goal, f"{goal} calls")  # type: ignore[misc]
            await victim.kill9()
    async with daemon() as last:
        await drained(kafka, group, topic)
        assert await last.terminate() == 0

    assert set(calls(inbox)) == spans(5_000)
    assert len({(arrival.event_id, arrival.sha256) for arrival in inbox.arrivals}) == 5_000


async def test_an_answer_that_is_lost_is_counted_and_costs_no_call(
    kafka: Kafka, topic: str, group: str, inbox: Inbox, daemon: Start
) -> None:
    """The one case in which Langfuse 4 may show a call twice until it merges its rows."""
    inbox.mode = "events_only"
    inbox.faults.extend([Disconnect(store=True), Disconnect(store=False)])
    kafka.produce(topic, small_records(100))
    async with daemon() as one:
        await drained(kafka, group, topic)
        _, metrics = await one.get("/metrics")
        assert 'shipper_ambiguous_requests_total{wire="otlp"} 2.0' in metrics
        assert await one.terminate() == 0

    assert set(calls(inbox)) == spans(100)
    assert kafka.read_topic(f"{topic}.dead-letters") == []


async def test_a_collector_that_rejects_a_span_loses_that_one_alone(
    kafka: Kafka, topic: str, group: str, inbox: Inbox, daemon: Start
) -> None:
    """A partial success names no span: halves are sent until it stands alone, and its record is dead-lettered."""
    bad = span_id("call-7").hex()

    def rejects(_: int, arrivals: Sequence[Arrival]) -> Fault | None:
        return Refuse(400, "bad span", lambda arrival: arrival.event_id == bad)

    inbox.fault = rejects
    kafka.produce(topic, small_records(60))
    async with daemon(backend__kind="otlp") as one:
        await drained(kafka, group, topic)
        assert await one.terminate() == 0

    assert set(calls(inbox)) == spans(60) - {bad}
    (letter,) = kafka.read_topic(f"{topic}.dead-letters")
    assert json.loads(letter.value or b"")["id"] == "call-7"
