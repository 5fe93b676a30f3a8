"""Events that are too large: cut until they fit, or refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from shipper.mapping.ingestion import IngestionMapper
from shipper.mapping.settings import MappingSettings
from shipper.mapping.size import Size
from shipper.records import Billing, CallRecord, Cost, Event, Observation, Rejected, Score, Trace, UnknownCost, Usage

START = datetime(2026, 11, 23, 9, 18, 36, 500000, UTC)
MAPPER = IngestionMapper(MappingSettings(), "pk", "0")
NO_LIMIT = 4_000_000
UNKNOWN = UnknownCost("no_usage")  # what a call cost is not cut
KEPT = (
    "id", "traceId", "parentObservationId", "startTime", "endTime", "model", "usage", "usageDetails", "costDetails",
    "promptName", "promptVersion", "level", "version", "sessionId", "userId", "release", "environment", "timestamp",
)  # fmt: skip


def raw(value: Any) -> Raw:
    return Raw(json.dumps(value).encode())


def call(trace: Trace | None = None, scores: tuple[Score, ...] = (), **fields: Any) -> CallRecord:
    observation = Observation(**{"id": "call-1", "type": "generation", "start": START, "end": START, **fields})
    billing = Billing(("m",), "", START, None, None)
    return CallRecord("plain", trace or Trace("trace-1"), observation, billing, (), scores, ("cost",))


def events(record: CallRecord) -> list[Event]:
    return MAPPER.events(record, Cost(0.5) if record.observation.usage else UnknownCost("no_usage"))


def fitted(
    record: CallRecord,
    max_event_bytes: int = 10_000,
    largest_bytes: int = NO_LIMIT,
    oversize: Literal["truncate", "dead_letter"] = "truncate",
) -> tuple[CallRecord, list[Any]]:
    """The call and its events as Python reads them; what must hold for every cut is checked on the way."""
    mapped = events(record)
    size = Size(MappingSettings(max_event_bytes=max_event_bytes, oversize=oversize), largest_bytes)
    found = size.fit(record, UNKNOWN, mapped)
    assert not isinstance(found, Rejected), found
    for before, after in zip(mapped, found[1], strict=True):
        assert len(after.data) <= min(max_event_bytes, largest_bytes)
        assert (after.id, after.origin) == (before.id, before.origin)
        ours, theirs = json.loads(after.data), json.loads(before.data)
        assert list(ours) == list(theirs)
        assert list(ours["body"]) == list(theirs["body"])
        assert {key: ours["body"].get(key) for key in KEPT} == {key: theirs["body"].get(key) for key in KEPT}
    return found[0], [json.loads(event.data)["body"] for event in found[1]]


def test_events_that_fit_are_left_alone() -> None:
    record = call(input=raw("x" * 9_000))
    mapped = events(record)
    assert Size(MappingSettings(max_event_bytes=10_000), NO_LIMIT).fit(record, UNKNOWN, mapped) == (record, mapped)


def test_the_largest_field_is_cut_and_the_others_stay() -> None:
    record, (trace, generation) = fitted(
        call(input=raw({"messages": ["i" * 50_000]}), output=raw("o" * 3_000), metadata=raw({"a": "m" * 2_000}))
    )
    assert "bytes cut" in generation["input"]["messages"][0]
    assert (generation["output"], generation["metadata"]) == ("o" * 3_000, {"a": "m" * 2_000})
    assert "input" not in trace
    assert record.repairs == ("cost", "truncated")


def test_two_large_fields_are_cut_to_the_same_size() -> None:
    _, (_, generation) = fitted(call(input=raw("i" * 50_000), output=raw("o" * 20_000), metadata=raw("m" * 100)))
    assert abs(len(generation["input"]) - len(generation["output"])) < 20
    assert len(generation["metadata"]) == 100


def test_each_event_of_a_record_is_measured_by_itself() -> None:
    text = raw("x" * 50_000)
    record, bodies = fitted(call(Trace("trace-1", input=text), input=text))
    assert all("bytes cut" in body["input"] for body in bodies)
    assert record.repairs == ("cost", "truncated", "truncated")


def test_usage_cost_model_and_ids_are_never_cut() -> None:
    """`fitted` compares them."""
    fitted(
        call(
            Trace("t" * 700, session_id="s" * 900, user_id="u" * 900, release="r" * 900, metadata=raw("m" * 50_000)),
            model="g" * 900,
            input=raw("x" * 50_000),
            usage=Usage(10, 5, prompt=10, completion=5),
            prompt_name="p" * 300,
            prompt_version=7,
        )
    )


def test_messages_names_and_comments_can_be_what_is_too_long() -> None:
    record = call(name="n" * 20_000, status_message="s" * 20_000, scores=(Score("s", "n", 1.0, None, "c" * 20_000),))
    _, (_, generation, score) = fitted(record)
    assert all("bytes cut" in text for text in (generation["name"], generation["statusMessage"], score["comment"]))


def test_tags_and_parameters_stay_what_they_are() -> None:
    parameters = {"stop": "x" * 20_000, "n": 1}
    _, (trace, generation) = fitted(call(Trace("t-1", tags=("a", "b" * 20_000)), parameters=raw(parameters)))
    assert trace["tags"][0] == "a"
    assert "bytes cut" in trace["tags"][1]
    assert generation["modelParameters"].keys() == parameters.keys()
    assert "bytes cut" in generation["modelParameters"]["stop"]


def test_an_event_that_only_has_to_travel_is_cut_to_what_travels() -> None:
    fitted(call(input=raw("x" * 50_000)), max_event_bytes=40_000, largest_bytes=20_000)


def test_what_cannot_be_cut_may_be_above_the_settings_but_not_above_what_travels() -> None:
    record = call(Trace("trace-1", user_id="u" * 20_000))
    mapped = events(record)
    cutting = MappingSettings(max_event_bytes=10_000)
    found = Size(cutting, 30_000).fit(record, UNKNOWN, mapped)
    assert not isinstance(found, Rejected)
    assert found[1] == mapped
    rejected = Size(cutting, 15_000).fit(record, UNKNOWN, mapped)
    assert rejected == Rejected("event_too_large", f"{len(mapped[0].data)} bytes in one event")


def test_the_operator_can_have_nothing_cut() -> None:
    record = call(input=raw("x" * 50_000))
    mapped = events(record)
    whole = MappingSettings(max_event_bytes=10_000, oversize="dead_letter")
    assert Size(whole, NO_LIMIT).fit(record, UNKNOWN, mapped) == Rejected(
        "event_too_large", f"{len(mapped[1].data)} bytes in one event"
    )


JSON = st.recursive(
    st.none()
    | st.integers()
    | st.text()
    | st.text('\\"\U0001f600ä', min_size=1, max_size=9).map(lambda text: text * 300),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=60)
@given(JSON, JSON, JSON, st.booleans())
def test_whatever_is_in_them_events_fit_and_are_cut_the_same_way_again(
    first: Any, second: Any, third: Any, bloated: bool
) -> None:
    bulk = [first] * 40 if bloated else first
    record = call(
        Trace("trace-1", input=raw(bulk), metadata=raw({"m": third})),
        input=raw(bulk),
        output=raw(second),
        metadata=raw(third),
    )
    assert fitted(record) == fitted(record)


@pytest.mark.parametrize("ensure_ascii", [True, False])
def test_no_lone_surrogate_comes_of_a_cut(ensure_ascii: bool) -> None:
    for shift in range(12):
        text = Raw(json.dumps("x" * shift + "\U0001f600" * 5_000, ensure_ascii=ensure_ascii).encode())
        _, (_, generation) = fitted(call(input=text))
        generation["input"].encode()
