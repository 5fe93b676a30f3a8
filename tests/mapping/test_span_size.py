"""Spans that are too large: cut until they fit, or refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from shipper.mapping.otlp import OtlpMapper
from shipper.mapping.settings import MappingSettings
from shipper.mapping.span_size import SpanSize
from shipper.records import Billing, CallRecord, Cost, Observation, Rejected, Score, Trace, Usage
from tests.mapping.otlp_reading import read, read_json, spans

START = datetime(2026, 11, 23, 9, 18, 36, 500000, UTC)
COST = Cost(0.5)
NO_LIMIT = 4_000_000
Encoding = Literal["protobuf", "json"]


def raw(value: Any) -> Raw:
    return Raw(json.dumps(value, ensure_ascii=False).encode())


def call(
    trace: Trace | None = None, around: tuple[Observation, ...] = (), scores: tuple[Score, ...] = (), **fields: Any
) -> CallRecord:
    observation = Observation(
        **{"id": "call-1", "type": "generation", "start": START, "model": "m", "usage": Usage(1, 2), **fields}
    )
    return CallRecord(
        "plain", trace or Trace("t"), observation, Billing(("m",), "", START, None, None), around, scores, ("cost",)
    )


def fitted(
    record: CallRecord, limit_bytes: int = 10_000, encoding: Encoding = "protobuf", **settings: Any
) -> tuple[CallRecord, list[dict[str, Any]]]:
    """The call and the attributes of its spans; what must hold for every cut is checked on the way."""
    given = MappingSettings(max_event_bytes=limit_bytes, **settings)
    mapper = OtlpMapper(given, "pk", "0", encoding)
    mapped = mapper.events(record, COST)
    found = SpanSize(given, mapper, NO_LIMIT, NO_LIMIT).fit(record, COST, mapped)
    assert not isinstance(found, Rejected), found
    assert [event.id for event in found[1]] == [event.id for event in mapped]
    assert all(len(event.data) <= limit_bytes for event in found[1])
    body = b"".join(mapper.body([event for event in found[1] if event.wire == "otlp"]))
    seen = [span.attributes for span in spans(read_json(body) if encoding == "json" else read(body))]
    for name in ("model.name", "usage_details", "cost_details"):
        before = mapper.spans(record, COST)[0].attributes[f"langfuse.observation.{name}"]
        after = seen[0][f"langfuse.observation.{name}"]
        assert after == (bytes(before).decode() if isinstance(before, Raw) else before)
    return found[0], seen


def test_spans_that_fit_are_left_alone() -> None:
    record = call(input=raw("x" * 9_000))
    mapper = OtlpMapper(MappingSettings(), "pk", "0")
    events = mapper.events(record, COST)
    size = SpanSize(MappingSettings(max_event_bytes=10_000), mapper, NO_LIMIT, NO_LIMIT)
    assert size.fit(record, COST, events) == (record, events)


@pytest.mark.parametrize("encoding", ["protobuf", "json"])
def test_the_largest_attribute_is_cut_and_json_stays_json(encoding: Encoding) -> None:
    record, (span,) = fitted(
        call(input=raw({"messages": ["i" * 50_000]}), output=raw("o" * 2_500), metadata=raw({"a": "m" * 900})),
        encoding=encoding,
    )
    assert "bytes cut" in json.loads(span["langfuse.observation.input"])["messages"][0]
    assert span["langfuse.observation.output"] == "o" * 2_500
    assert span["langfuse.observation.metadata.a"] == "m" * 900
    assert record.repairs == ("cost", "truncated")


def test_an_error_is_cut_in_the_status_too() -> None:
    record, (span,) = fitted(call(level="ERROR", status_message="e" * 40_000, output=raw("e" * 40_000)))
    assert "bytes cut" in span["langfuse.observation.status_message"]
    assert record.repairs == ("cost", "truncated")


def test_a_name_is_cut() -> None:
    record, (span,) = fitted(call(Trace("t", name="n" * 20_000), name="o" * 20_000))
    assert "bytes cut" in span["langfuse.trace.name"]
    assert record.repairs == ("cost", "truncated")


def test_the_texts_of_tags_are_cut() -> None:
    _, (span,) = fitted(call(Trace("t", tags=("short", "x" * 50_000))))
    short, cut = span["langfuse.trace.tags"]
    assert short == "short"
    assert "bytes cut" in cut


@pytest.mark.parametrize("encoding", ["protobuf", "json"])
def test_metadata_of_very_many_keys_is_one_text(encoding: Encoding) -> None:
    """Each of them is too short to be cut."""
    many = raw({f"key-{n}": "v" * (n % 9) for n in range(2_000)})
    record, (span,) = fitted(call(Trace("t", metadata=many), metadata=many), encoding=encoding)
    for name in ("langfuse.observation.metadata", "langfuse.trace.metadata"):
        assert span[name].startswith('{"key-0":"","key-1":"v"')
        assert "bytes cut" in span[name]
    assert record.repairs == ("cost", "truncated")


def test_user_and_session_are_never_cut() -> None:
    _, (span,) = fitted(call(Trace("t", user_id="u" * 3_000), input=raw("i" * 9_000), output=raw("o" * 9_000)))
    assert span["user.id"] == "u" * 3_000


def test_each_span_that_is_too_large_is_cut_by_itself() -> None:
    around = Observation("g", "span", START, input=raw("g" * 30_000))
    record, (own, child) = fitted(call(around=(around,), input=raw("i" * 5_000)))
    assert own["langfuse.observation.input"] == "i" * 5_000
    assert "bytes cut" in child["langfuse.observation.input"]
    assert record.repairs == ("cost", "truncated")


def test_a_score_is_cut_by_the_rules_of_its_own_wire() -> None:
    record = call(scores=(Score("s", "name", 1.0, None, "c" * 40_000),))
    found, _ = fitted(record)
    assert found.repairs == ("cost", "truncated")


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(st.dictionaries(_TEXTS, _TEXTS.map(lambda text: text * 200), max_size=6), st.sampled_from(["protobuf", "json"]))
def test_whatever_is_long_fits_afterwards(bodies: dict[str, str], encoding: Encoding) -> None:
    record = call(input=raw(bodies), output=raw(list(bodies.values())), metadata=raw({"all": bodies}))
    fitted(record, 12_000, encoding)


def test_a_policy_of_dead_letters_refuses_the_record() -> None:
    settings = MappingSettings(max_event_bytes=10_000, oversize="dead_letter")
    mapper = OtlpMapper(settings, "pk", "0")
    record = call(input=raw("x" * 20_000))
    events = mapper.events(record, COST)
    found = SpanSize(settings, mapper, NO_LIMIT, NO_LIMIT).fit(record, COST, events)
    assert found == Rejected("event_too_large", f"{len(events[0].data)} bytes in one event")


def test_what_cannot_be_cut_is_refused() -> None:
    settings = MappingSettings(max_event_bytes=10_000)
    mapper = OtlpMapper(settings, "pk", "0")
    record = call(Trace("t", tags=tuple(f"tag-{n}" for n in range(5_000))))
    found = SpanSize(settings, mapper, NO_LIMIT, NO_LIMIT).fit(record, COST, mapper.events(record, COST))
    assert isinstance(found, Rejected)
    assert found.reason == "event_too_large"


def test_the_same_span_is_always_cut_in_the_same_places() -> None:
    record = call(input=raw({"a": "x" * 30_000, "b": ["y" * 20_000]}))
    assert fitted(record)[1] == fitted(record)[1]
