"""LiteLLM parity: every golden record becomes the batch that LiteLLM's own Langfuse callback sent.

The comparison is exact but for what GENERATED and DIFFERENT name: whether a key is present counts too.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shipper.mapping.ingestion import IngestionMapper
from shipper.mapping.settings import MappingSettings
from shipper.records import CallRecord, Cost, UnknownCost
from tests.decode.examples import GOLDEN, call, golden

Json = dict[str, Any]

# LiteLLM's SDK makes these up at the time of sending; ours come from the record.
# A generation's id is compared where LiteLLM takes it from the record too.
GENERATED = {
    "trace-create": ("id", "timestamp", "body.timestamp"),
    "generation-create": ("id", "timestamp"),
    "span-create": ("id", "timestamp", "body.id"),
}

# Where LiteLLM is wrong we are right: (case, path) of the value, and what we say instead.
DIFFERENT: dict[tuple[str, str], Any] = {
    # Cache writes are not counted in `input` a second time: 1907 prompt tokens hold 1886 written to the cache.
    ("anthropic_cache_write", "body.usageDetails.input"): 1907 - 1886,
}
# Calls without a response id: LiteLLM's id is random, ours a hash of the record.
NO_RESPONSE_ID = {"embedding_batch", "fail_rate_limit", "fx_embedding", "fx_transcription"}
FIXTURES = Path(__file__).parents[2].parent / "shared" / "litellm" / "fixtures"


def _events(value: Json) -> tuple[CallRecord, list[Json]]:
    record = call(value)
    known = record.billing.recorded_cost
    cost = UnknownCost("unpriced_model") if known is None else Cost(known)
    mapper = IngestionMapper(MappingSettings(), "pk-lf-test", "0.1.0")
    return record, [json.loads(event.data) for event in mapper.events(record, cost)]


def _expected(case: Json) -> list[Json]:
    """The golden batch as it has to look: no span-update (its end is the time of sending)."""
    events = [event for event in case["batch"] if event["type"] != "span-update"]
    for event in events:
        parameters = event["body"].get("modelParameters", {})
        for name, value in parameters.items():
            # LiteLLM's SDK writes floats as strings.
            original = case["records"][0]["optional_params"].get(name)
            if isinstance(original, float):
                assert value == str(original)
                parameters[name] = original
    return events


def _put(event: Json, path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for key in parents:
        event = event[key]
    assert last in event, path
    event[last] = value


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _comparable(event: Json) -> Json:
    body = event["body"]
    for key in ("startTime", "endTime", "completionStartTime"):
        if key in body:
            body[key] = _instant(body[key])
    return event


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_record_becomes_the_batch_that_litellm_sent(name: str) -> None:
    case = golden(name)
    ours: list[Json] = []
    for value in case["records"]:
        record, events = _events(value)
        assert record.repairs == ()
        cost = record.billing.recorded_cost
        details = events[-1]["body"].pop("costDetails", None)  # LiteLLM sends none
        assert details == (None if cost is None else {"total": cost})
        ours += events
    expected = _expected(case)
    for event in expected:
        for (where, path), value in DIFFERENT.items():
            if where == name and event["type"] == "generation-create":
                _put(event, path, value)
    assert [event["type"] for event in ours] == [event["type"] for event in expected]
    for mine, theirs in zip(ours, expected, strict=True):
        generated = GENERATED[mine["type"]]
        if name in NO_RESPONSE_ID and mine["type"] == "generation-create":
            generated = (*generated, "body.id")
        for path in generated:
            _put(mine, path, None)
            _put(theirs, path, None)
        assert _comparable(mine) == _comparable(theirs)


def test_there_are_44_golden_cases() -> None:
    assert len(GOLDEN) == 44


@pytest.mark.parametrize("name", GOLDEN)
def test_times_and_ids_of_a_golden_batch_come_from_the_record(name: str) -> None:
    """Trace at the start of the call, events a microsecond apart at its end, every id its own."""
    for value in golden(name)["records"]:
        payload = value["standard_logging_object"]
        _, events = _events(value)
        start, end = (datetime.fromtimestamp(payload[key], UTC) for key in ("startTime", "endTime"))
        assert _instant(events[0]["body"]["timestamp"]) == start
        stamps = [_instant(event["timestamp"]) for event in events]
        assert stamps == [end + timedelta(microseconds=number) for number in range(len(events))]
        assert len({event["id"] for event in events}) == len(events)


def test_cost_is_in_cost_details_and_in_usage() -> None:
    _, events = _events(golden("fx_completion")["records"][0])
    body = events[-1]["body"]
    assert body["costDetails"] == {"total": 3.5e-05}
    assert body["usage"]["totalCost"] == 3.5e-05


def test_unknown_cost_is_absent_not_zero() -> None:
    _, events = _events(golden("unknown_model")["records"][0])
    body = events[-1]["body"]
    assert "costDetails" not in body
    assert "totalCost" not in body["usage"]


@pytest.mark.skipif(not FIXTURES.exists(), reason="LiteLLM's older fixtures are not beside this checkout")
def test_basic_call_has_what_the_older_fixture_has() -> None:
    """Every key and value of completion.json, the five nulls of hidden_params, ids, times and SDK data aside."""
    fixture = json.loads((FIXTURES / "completion.json").read_text())
    _, ours = _events(golden("fx_completion")["records"][0])
    for mine, theirs in zip(ours, fixture["batch"], strict=True):
        assert mine["type"] == theirs["type"]
        _assert_holds(mine["body"], theirs["body"], mine["type"])


def _assert_holds(mine: Any, theirs: Any, path: str) -> None:
    if isinstance(theirs, dict):
        for key, value in theirs.items():
            where = f"{path}.{key}"
            if key in ("id", "traceId", "timestamp", "startTime", "endTime", "completionStartTime"):
                assert key in mine, where
            elif "hidden_params" in path and value is None:
                assert key not in mine, where
            else:
                assert key in mine, where
                _assert_holds(mine[key], value, where)
    else:
        assert mine == theirs, path
