"""Events of the ingestion wire, one test a rule of the wire."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw
from msgspec.structs import replace

from shipper.mapping.ingestion import IngestionMapper
from shipper.mapping.settings import MappingSettings
from shipper.records import (
    Billing,
    CallRecord,
    Cost,
    Event,
    Observation,
    Score,
    Trace,
    UnknownCost,
    Usage,
)

START = datetime(2026, 11, 23, 9, 18, 36, 500000, UTC)
END = START + timedelta(seconds=2)
UNKNOWN = UnknownCost("unpriced_model")
MAPPER = IngestionMapper(MappingSettings(), 'pk-lf-"quoted"', "0.1.0")


def record(**fields: Any) -> CallRecord:
    """A call; `trace`, `spans`, `scores` and `origin` change what is around its observation, the rest the latter."""
    around = {key: fields.pop(key) for key in ("trace", "spans", "scores", "origin") if key in fields}
    fields = {"id": "gen-1", "type": "generation", "start": START, "end": END, **fields}
    billing = Billing(("m",), "", START, None, None)
    around = {"origin": "litellm", "trace": Trace("trace-1"), **around}
    return CallRecord(observation=Observation(**fields), billing=billing, **around)


def mapped(call: CallRecord, cost: Cost | UnknownCost = UNKNOWN, mapper: IngestionMapper = MAPPER) -> list[Any]:
    return [json.loads(event.data) for event in mapper.events(call, cost)]


def body(call: CallRecord, cost: Cost | UnknownCost = UNKNOWN) -> Any:
    return mapped(call, cost)[-1]["body"]


def test_a_call_is_a_trace_its_spans_itself_and_its_scores() -> None:
    span = Observation("s-1", "span", START)
    events = mapped(record(spans=(span, span), scores=(Score("sc-1", "good", 1.0),)))
    assert [event["type"] for event in events] == [
        "trace-create", "span-create", "span-create", "generation-create", "score-create",
    ]  # fmt: skip
    assert {event["body"].get("traceId", "trace-1") for event in events} == {"trace-1"}


@pytest.mark.parametrize(
    "kind",
    ["generation", "span", "event", "tool", "agent", "chain", "retriever", "embedding", "evaluator", "guardrail"],
)
def test_every_type_of_observation_has_its_own_event(kind: str) -> None:
    assert mapped(record(type=kind))[-1]["type"] == f"{kind}-create"


def test_envelope_ids_are_unique_repeatable_and_the_calls_own() -> None:
    span = Observation("s-1", "span", START)
    ids = [event["id"] for event in mapped(record(spans=(span, span)))]
    assert len(set(ids)) == 4
    assert [event["id"] for event in mapped(record(spans=(span, span)))] == ids
    assert not set(ids) & {event["id"] for event in mapped(record(id="gen-2", spans=(span, span)))}
    assert [event.id for event in MAPPER.events(record(spans=(span, span)), UNKNOWN)] == ids


def test_calls_of_one_trace_have_different_envelope_ids() -> None:
    """The server stores a payload under the envelope's id: two calls must not overwrite each other's trace event."""
    first, second = mapped(record(id="a"))[0], mapped(record(id="b"))[0]
    assert first["body"]["id"] == second["body"]["id"]
    assert first["id"] != second["id"]


def test_envelope_times_are_the_end_then_a_microsecond_apart() -> None:
    stamps = [event["timestamp"] for event in mapped(record())]
    assert stamps == ["2026-11-23T09:18:38.500000Z", "2026-11-23T09:18:38.500001Z"]
    assert mapped(record(end=None))[0]["timestamp"] == "2026-11-23T09:18:36.500000Z"


def test_the_last_microsecond_of_the_calendar_is_no_error() -> None:
    last = datetime.max.replace(tzinfo=UTC)
    assert len({event["timestamp"] for event in mapped(record(start=last, end=None))}) == 1


def test_trace_time_is_the_start_unless_steered() -> None:
    assert mapped(record())[0]["body"]["timestamp"] == "2026-11-23T09:18:36.500000Z"
    steered = mapped(record(trace=Trace("t", timestamp=START - timedelta(seconds=1))))
    assert steered[0]["body"]["timestamp"] == "2026-11-23T09:18:35.500000Z"


def test_absent_values_are_left_out() -> None:
    trace, generation = mapped(record(end=None))
    assert set(trace["body"]) == {"id", "timestamp"}
    assert set(generation["body"]) == {"id", "traceId", "startTime"}


def test_all_values_have_their_wire_names() -> None:
    full = record(
        name="n", parent_id="p", first_token=START, input=Raw(b"1"), output=Raw(b"2"), metadata=Raw(b"{}"),
        level="ERROR", status_message="s", version="v", model="m", parameters=Raw(b'{"n":1}'),
        prompt_name="pn", prompt_version=2, usage=Usage(1, 2, 3, 4, 0, 8, 2),
        trace=Trace(
            "t", name="tn", user_id="u", session_id="s", release="r", version="v", public=False, environment="e",
            tags=(), metadata=Raw(b"{}"), input=Raw(b"1"), output=Raw(b"2"),
        ),
    )  # fmt: skip
    trace, generation = mapped(full, Cost(0.5))
    assert set(trace["body"]) == {
        "id", "timestamp", "name", "userId", "sessionId", "release", "version", "public", "environment", "tags",
        "metadata", "input", "output",
    }  # fmt: skip
    assert set(generation["body"]) == {
        "id", "traceId", "name", "parentObservationId", "startTime", "endTime", "completionStartTime", "input",
        "output", "metadata", "level", "statusMessage", "version", "environment", "model", "modelParameters",
        "promptName", "promptVersion", "usage", "usageDetails", "costDetails",
    }  # fmt: skip


def test_usage_is_given_in_both_forms() -> None:
    found = body(record(usage=Usage(21, 305, 7, 1886, 1000, 1914, 305)), Cost(0.5))
    assert found["usage"] == {"input": 1914, "output": 305, "unit": "TOKENS", "totalCost": 0.5}
    assert found["usageDetails"] == {
        "input": 21,
        "output": 305,
        "total": 2219,
        "cache_creation_input_tokens": 1886,
        "cache_read_input_tokens": 7,
    }


def test_cost_details_have_the_split_and_always_the_total() -> None:
    assert body(record(), Cost(0.75, {"input": 0.25, "output": 0.5}))["costDetails"] == {
        "input": 0.25,
        "output": 0.5,
        "total": 0.75,
    }
    assert body(record(), Cost(0.0))["costDetails"] == {"total": 0.0}


def test_a_discount_would_be_a_negative_part_so_only_the_total_is_sent() -> None:
    assert body(record(), Cost(0.5, {"input": 1.0, "discount": -0.5}))["costDetails"] == {"total": 0.5}
    assert body(record(), Cost(1.5, {"input": 1.0, "margin": 0.5}))["costDetails"] == {
        "input": 1.0,
        "margin": 0.5,
        "total": 1.5,
    }


def test_unknown_cost_is_absent() -> None:
    found = body(record(usage=Usage(1, 1, prompt=1, completion=1)))
    assert "costDetails" not in found
    assert "totalCost" not in found["usage"]


def test_spans_have_no_cost() -> None:
    events = mapped(record(spans=(Observation("s", "span", START),)), Cost(0.5))
    assert "costDetails" not in events[1]["body"]


def test_environment_and_release_are_the_settings_unless_the_trace_has_its_own() -> None:
    mapper = IngestionMapper(MappingSettings(environment="prod", release="r1"), "pk", "0")
    span = Observation("s", "span", START)
    events = mapped(record(spans=(span,), scores=(Score("i", "n", 1.0),)), mapper=mapper)
    assert {event["body"]["environment"] for event in events} == {"prod"}
    assert events[0]["body"]["release"] == "r1"
    assert (
        mapped(record(), mapper=IngestionMapper(MappingSettings(environment="Prod"), "pk", "0"))[0]["body"][
            "environment"
        ]
        == "prod"
    )
    own = mapped(record(trace=Trace("t", environment="dev", release="r2")), mapper=mapper)
    assert {event["body"]["environment"] for event in own} == {"dev"}
    assert own[0]["body"]["release"] == "r2"


def test_joined_trace_gets_no_release_of_ours() -> None:
    mapper = IngestionMapper(MappingSettings(release="r1"), "pk", "0")
    assert "release" not in mapped(record(trace=Trace("t", owned=False)), mapper=mapper)[0]["body"]


def test_extra_trace_keys_go_on_but_never_over_the_wires_own() -> None:
    extra = {"custom": Raw(b'{"a":1}'), "userId": Raw(b'"evil"'), "id": Raw(b'"evil"')}
    found = mapped(record(trace=Trace("t", user_id="u", extra=extra)))[0]["body"]
    assert (found["custom"], found["userId"], found["id"]) == ({"a": 1}, "u", "t")


def test_score_belongs_to_the_call() -> None:
    found = body(record(scores=(Score("sc", "tone", "kind", "CATEGORICAL", "c"),)))
    assert found == {
        "id": "sc", "traceId": "trace-1", "observationId": "gen-1", "name": "tone", "value": "kind",
        "dataType": "CATEGORICAL", "comment": "c",
    }  # fmt: skip


def test_raw_bodies_are_spliced_byte_for_byte() -> None:
    text = b'{ "a" : "\\u00e9\\ud83d\\ude00" , "b":1.50e+3}'
    trace, generation = MAPPER.events(record(input=Raw(text), trace=Trace("t", input=Raw(text))), UNKNOWN)
    assert text in trace.data
    assert text in generation.data


def whole(events: list[Event], mapper: IngestionMapper = MAPPER) -> Any:
    return json.loads(b"".join(mapper.body(events)))


def test_body_has_the_events_and_the_batchs_metadata() -> None:
    events = MAPPER.events(record(), UNKNOWN)
    found = whole(events)
    assert found["batch"] == [json.loads(event.data) for event in events]
    assert found["metadata"] == {
        "batch_size": 2,
        "sdk_integration": "litellm",
        "sdk_name": "shipper",
        "sdk_version": "0.1.0",
        "public_key": 'pk-lf-"quoted"',
    }


def test_integration_is_shipper_only_if_no_event_is_litellms() -> None:
    plain = MAPPER.events(record(origin="plain"), UNKNOWN)
    assert whole(plain)["metadata"]["sdk_integration"] == "shipper"
    assert whole(plain + MAPPER.events(record(), UNKNOWN))["metadata"]["sdk_integration"] == "litellm"


@given(st.integers(0, 1200), st.booleans())
def test_envelope_bytes_are_exact(count: int, plain: bool) -> None:
    events = [Event(str(number), b"{}", "plain" if plain else "litellm") for number in range(count)]
    size = sum(map(len, MAPPER.body(events)))
    assert size == MAPPER.envelope_bytes(count) + 2 * count + max(0, count - 1)
    assert MAPPER.envelope_bytes(count) == MAPPER.envelope_bytes(999_999)


def test_event_bytes_do_not_depend_on_what_was_mapped_before() -> None:
    call = record(usage=Usage(1, 2, prompt=1, completion=2))
    first = [event.data for event in MAPPER.events(call, Cost(0.5))]
    MAPPER.events(replace(call, origin="plain"), UNKNOWN)
    other = IngestionMapper(MappingSettings(), "pk", "9")
    assert [event.data for event in other.events(call, Cost(0.5))] == first
