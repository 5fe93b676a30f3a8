"""What Langfuse would refuse or fail over is put right and named; a test a rule."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from shipper.mapping.conform import Conform
from shipper.mapping.settings import MappingSettings
from shipper.records import Billing, CallRecord, Observation, Score, Trace
from tests.decode.examples import GOLDEN, golden
from tests.decode.examples import call as decoded

START = datetime(2026, 11, 23, 9, 18, 36, 500000, UTC)
CONFORM = Conform(MappingSettings()).conform


def call(trace: Trace | None = None, **fields: Any) -> CallRecord:
    """A plain call with these fields of its observation; `spans`, `scores` and `repairs` are the call's own."""
    around = {key: fields.pop(key) for key in ("spans", "scores", "repairs", "origin") if key in fields}
    observation = Observation(**{"id": "call-1", "type": "generation", "start": START, **fields})
    billing = Billing(("m",), "", START, None, None)
    return CallRecord(
        **{"origin": "plain", **around}, trace=trace or Trace("trace-1"), observation=observation, billing=billing
    )


@pytest.mark.parametrize("name", GOLDEN)
def test_nothing_is_changed_in_litellms_own_records(name: str) -> None:
    for value in golden(name)["records"]:
        record = decoded(value)
        assert CONFORM(record) is record


@pytest.mark.parametrize(
    "record",
    [
        call(),
        call(parent_id="p/1", metadata=Raw(b'{"a":1e308}'), prompt_name="p", prompt_version=1, end=START, model="m"),
        call(Trace("t/\U0001f600", name="n" * 1000, session_id="s" * 300, environment="prod", timestamp=START)),
        call(scores=(Score("s", "n", 0.5, "NUMERIC"),), spans=(Observation("s-1", "span", START),)),
    ],
)
def test_a_call_without_a_fault_is_left_alone(record: CallRecord) -> None:
    assert CONFORM(record) is record


def test_ids_are_made_to_fit_wherever_they_stand_and_stay_the_same_id() -> None:
    odd = "a//b"
    found = CONFORM(call(Trace(odd), id=odd, parent_id=odd, spans=(Observation(odd, "span", START, parent_id=odd),)))
    (span,) = found.spans
    ids = {found.trace.id, found.observation.id, found.observation.parent_id, span.id, span.parent_id}
    assert len(ids) == 1
    assert odd not in ids
    assert found.repairs == ("id",) * 5


def test_the_operators_limit_of_ids_holds() -> None:
    long = "x" * 256
    assert CONFORM(call(id=long)).observation.id == long
    assert len(Conform(MappingSettings(max_id_bytes=255)).conform(call(id=long)).observation.id) == 255


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=300))
def test_the_quick_look_at_an_id_misses_nothing(text: str) -> None:
    """A call that is looked at closely for another reason gets the same id."""
    closely = CONFORM(call(Trace(text), id=text, scores=(Score("s", "n", 1.0),)))
    quickly = CONFORM(call(Trace(text), id=text))
    assert (quickly.trace.id, quickly.observation.id) == (closely.trace.id, closely.observation.id)


@pytest.mark.parametrize("name", ["n" * 1001, "\U0001f600" * 501])
def test_a_trace_name_is_cut_to_1000_utf_16_units(name: str) -> None:
    found = CONFORM(call(Trace("trace-1", name=name)))
    assert name.startswith(found.trace.name or "-")
    assert len((found.trace.name or "").encode("utf-16-le")) == 2000
    assert found.repairs == ("trace_name",)


@pytest.mark.parametrize("session_id", ["a\x00", "s" * 1001])
def test_a_session_that_postgresql_would_not_take_is_made_to_fit(session_id: str) -> None:
    found = CONFORM(call(Trace("trace-1", session_id=session_id)))
    assert found.trace.session_id is not None
    assert "\x00" not in found.trace.session_id
    assert found.repairs == ("session_id",)


def test_an_environment_is_spelled_as_langfuse_wants_it() -> None:
    found = CONFORM(call(Trace("trace-1", environment="Prod")))
    assert (found.trace.environment, found.repairs) == ("prod", ("environment",))


def test_an_environment_stays_as_it_is_for_any_other_backend() -> None:
    conform = Conform(MappingSettings(), keeps_ids=True, keeps_environment=True).conform
    found = conform(call(Trace("trace-1", name="n" * 2000, environment="Prod/EU")))
    assert (found.trace.environment, found.repairs) == ("Prod/EU", ("trace_name",))


def test_model_and_prompt_lose_what_postgresql_cannot_look_up() -> None:
    found = CONFORM(call(model="gpt\x00-4o", prompt_name="\x00p", prompt_version=1))
    assert (found.observation.model, found.observation.prompt_name) == ("gpt-4o", "p")
    assert found.repairs == ("nul", "nul")


@pytest.mark.parametrize("year", [1, 1969, 2149, 9999])
def test_times_that_no_call_was_made_at_are_moved_to_the_nearest_that_can_be_stored(year: int) -> None:
    odd = datetime(year, 6, 1, tzinfo=UTC)
    found = CONFORM(call(Trace("trace-1", timestamp=odd), start=odd, end=odd, first_token=odd))
    main = found.observation
    (moment,) = {main.start, main.end, main.first_token, found.trace.timestamp}
    assert moment == (datetime(1970, 1, 1, tzinfo=UTC) if year < 1970 else datetime(2148, 12, 31, tzinfo=UTC))
    assert found.repairs == ("time",) * 4


@pytest.mark.parametrize("field", ["start", "end", "first_token"])
def test_each_time_is_looked_at(field: str) -> None:
    assert CONFORM(call(None, **{field: datetime(9999, 1, 1, tzinfo=UTC)})).repairs == ("time",)


@pytest.mark.parametrize(
    ("value", "data_type", "found"),
    [
        (1.5, "NUMERIC", "NUMERIC"),
        (1.5, "numeric", "NUMERIC"),
        (1.0, "BOOLEAN", "BOOLEAN"),
        (0.5, "BOOLEAN", None),
        ("good", "CATEGORICAL", "CATEGORICAL"),
        ("good", "NUMERIC", None),
        (1.0, "CATEGORICAL", None),
        ("good", "TEXT", "TEXT"),
        ("x" * 501, "TEXT", None),
        ("", "TEXT", None),
        ("good", "CORRECTION", "CORRECTION"),
        (1.0, "STARS", None),
        (1.0, None, None),
    ],
)
def test_a_score_says_no_data_type_that_its_value_is_not_of(
    value: float | str, data_type: str | None, found: str | None
) -> None:
    record = CONFORM(call(scores=(Score("s", "n", value, data_type),)))
    assert record.scores == (Score("s", "n", value, found),)
    assert record.repairs == (("score",) if found != data_type else ())


def test_an_external_id_is_a_text() -> None:
    found = CONFORM(call(Trace("trace-1", extra={"externalId": Raw(b'{"a":"b"}'), "mine": Raw(b"7")})))
    assert {key: json.loads(bytes(raw)) for key, raw in found.trace.extra.items()} == {
        "externalId": '{"a":"b"}',
        "mine": 7,
    }
    assert found.repairs == ("external_id",)
    fine = call(Trace("trace-1", extra={"externalId": Raw(b'"x"')}))
    assert CONFORM(fine) is fine


def test_metadata_keep_numbers_that_no_double_can_hold_as_texts() -> None:
    """JavaScript reads 1e999 as Infinity, and Langfuse refuses the event then."""
    odd = Raw(b'{"a": [1e999, -1E+400, 1e308], "b": "1e999"}')
    found = CONFORM(call(Trace("trace-1", metadata=odd), metadata=odd))
    assert bytes(found.observation.metadata or b"") == b'{"a": ["1e999", "-1E+400", 1e308], "b": "1e999"}'
    assert found.trace.metadata == found.observation.metadata
    assert found.repairs == ("number", "number")


def test_a_whole_number_may_be_too_long_too() -> None:
    """Also in LiteLLM's metadata: Python's integers have no bounds."""
    long = Raw(b'{"a":%b}' % (b"9" * 309))
    for origin in ("plain", "litellm"):
        assert CONFORM(call(metadata=long, origin=origin)).repairs == ("number",)


def test_repairs_are_added_to_those_of_decode() -> None:
    assert CONFORM(call(id="a\n", repairs=("cost",))).repairs == ("cost", "id")


def test_ids_that_become_others_anyway_are_left_alone() -> None:
    """Their hash is that of the id as it was given, which the application knows."""
    long = "x/" * 900
    record = call(Trace(long), id=long, parent_id="a/../b")
    assert Conform(MappingSettings(), keeps_ids=True).conform(record) == record
