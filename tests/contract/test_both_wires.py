"""One record by either wire: the inbox, which reads each as Langfuse does, must see the same call.

So a server may be upgraded under the daemon without a change in what is shown, but for ids and for what is told here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from json import loads
from typing import Any

import pytest

from shipper.demo.inbox import Inbox
from shipper.demo.samples import sample_records
from shipper.demo.store import Entity, Store
from shipper.mapping.ingestion import IngestionMapper
from shipper.mapping.otel_ids import span_id, trace_id
from shipper.mapping.otlp import OtlpMapper
from shipper.mapping.settings import MappingSettings
from shipper.price_files import PriceFiles
from shipper.pricing import Pricer, PricingSettings
from shipper.records import CallRecord
from tests.decode.examples import GOLDEN, call, golden
from tests.demo.client import PATH, headers, request
from tests.demo.spans import OTLP

SETTINGS = MappingSettings(environment="prod", release="r1")
PRICER = Pricer(PricingSettings(), PriceFiles(PricingSettings()).load())
INGESTION = IngestionMapper(SETTINGS, "pk-lf-demo", "1")
SAMPLES = [value for _, value in sample_records(39, datetime(2026, 11, 28, 9, tzinfo=UTC))]
OF_A_CALL = (
    "name", "level", "statusMessage", "model", "promptName", "promptVersion", "environment",
    "input", "output",
)  # fmt: skip
OF_A_TRACE = ("name", "userId", "sessionId", "tags", "public", "release", "environment")


async def stored(mapper: IngestionMapper | OtlpMapper, record: CallRecord) -> Store:
    """What an inbox has after the record's events were sent there, each by its wire."""
    events = mapper.events(record, PRICER.price(record.billing))
    spans = [event for event in events if event.wire == "otlp"]
    others = [event for event in events if event.wire == "ingestion"]
    async with Inbox(mode="dual") as inbox:
        given = headers(inbox)
        if others:
            body = b"".join(INGESTION.body(others))
            answer = await request("POST", inbox.url + PATH, data=body, headers=given)
            assert (answer.status, answer.errors) == (207, {})
        if spans:
            given["Content-Type"] = "application/x-protobuf"
            answer = await request("POST", inbox.url + OTLP, data=b"".join(mapper.body(spans)), headers=given)
            assert answer.status == 200, answer.body
        return inbox.store


def same_time(one: Any, other: Any) -> bool:
    """Spans are cut to milliseconds."""
    if one is None or other is None:
        return one is other
    return abs(datetime.fromisoformat(one) - datetime.fromisoformat(other)) <= timedelta(milliseconds=1)


def seen(entity: Entity, keys: Sequence[str]) -> dict[str, Any]:
    """Without the difference between what is not told and what it means when it is not."""
    fields = {key: entity.fields.get(key) for key in keys}
    return fields | {"level": fields.get("level") or "DEFAULT", "tags": fields.get("tags") or None}


def metadata(entity: Entity) -> dict[str, Any]:
    """Nothing for null; what is text on one wire and a number on the other is the same text once it is stored."""
    held = entity.fields.get("metadata") or {}
    return {key: meant(value) for key, value in held.items() if value is not None}


def meant(value: Any) -> Any:
    try:
        return loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def compare_calls(one: Entity, other: Entity) -> None:
    a, b = one.fields, other.fields
    assert one.type == other.type
    assert seen(one, OF_A_CALL) == seen(other, OF_A_CALL)
    for key in ("startTime", "endTime", "completionStartTime"):
        assert same_time(a.get(key), b.get(key)), key
    assert (one.tokens, one.cost_usd) == (other.tokens, other.cost_usd)
    # A failed call that counted nothing says so: of a span without usage the server counts the words itself.
    assert a.get("usageDetails") == b.get("usageDetails") or (other.tokens, a.get("usageDetails")) == (0, None)
    assert a.get("costDetails") == b.get("costDetails")
    told = metadata(other)
    assert metadata(one) == {key: told.get(key) for key in metadata(one)}


async def compare(record: CallRecord) -> None:
    by_events, by_spans = await stored(INGESTION, record), await stored(OtlpMapper(SETTINGS, "pk-lf-demo", "1"), record)
    ones, others = by_events.observations, by_spans.observations
    assert len(ones) == len(others)
    calls = {span_id(name).hex(): one for name, one in ones.items() if one.is_call}
    assert calls.keys() == {name for name, other in others.items() if other.is_call}
    for name, one in calls.items():
        compare_calls(one, others[name])
    for name, one in by_events.traces.items():
        other = by_spans.traces[trace_id(name).hex()]
        assert seen(one, OF_A_TRACE) == seen(other, OF_A_TRACE)
        # One attribute holds the version of both: it is the trace's, if that has one.
        assert [each.fields.get("version") for each in (*by_spans.traces.values(), *others.values())] == [
            one.fields.get("version") or next(iter(calls.values())).fields.get("version")
        ] * (1 + len(others))
    assert len(by_events.scores) == len(by_spans.scores)
    for score in by_spans.scores.values():
        assert score.fields["traceId"] in by_spans.traces


@pytest.mark.parametrize("name", GOLDEN)
async def test_a_golden_is_seen_alike(name: str) -> None:
    for value in golden(name)["records"]:
        await compare(call(value))


@pytest.mark.parametrize("number", range(len(SAMPLES)))
async def test_a_sample_of_the_demo_is_seen_alike(number: int) -> None:
    await compare(call(SAMPLES[number]))
