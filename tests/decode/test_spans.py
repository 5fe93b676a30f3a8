"""Spans of guardrails and grounding."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from shipper.records import Observation
from tests.decode.examples import call, litellm, parsed

ENTRY = {
    "guardrail_name": "pii",
    "guardrail_mode": "pre_call",
    "guardrail_request": {"t": "x"},
    "guardrail_response": [1],
    "masked_entity_count": {"PERSON": 1},
    "start_time": 1747000000.1,
    "end_time": 1747000000.4,
}


def spans(guardrails: Any = None, grounding: Any = None) -> tuple[Observation, ...]:
    hidden = {"vertex_ai_grounding_metadata": grounding}
    return call(litellm({"guardrail_information": guardrails, "hidden_params": hidden})).spans


def test_guardrail_is_one_span_with_its_true_times() -> None:
    (span,) = spans([ENTRY])
    assert (span.type, span.name) == ("span", "guardrail")
    assert span.start == datetime.fromtimestamp(1747000000.1, UTC)
    assert span.end == datetime.fromtimestamp(1747000000.4, UTC)
    assert (parsed(span.input), parsed(span.output)) == ({"t": "x"}, [1])
    assert parsed(span.metadata) == {
        "guardrail_name": "pii",
        "guardrail_mode": "pre_call",
        "guardrail_masked_entity_count": {"PERSON": 1},
    }


def test_guardrail_without_fields_starts_with_its_call_and_has_nulls_in_its_metadata() -> None:
    (span,) = spans([{}])
    assert span.start == datetime(2026, 11, 23, 9, 18, 36, 500000, UTC)
    assert (span.end, span.input, span.output) == (None, None, None)
    assert set(parsed(span.metadata).values()) == {None}


def test_guardrail_that_ended_before_its_call_and_does_not_say_when_it_began_starts_at_its_end() -> None:
    (span,) = spans([{**ENTRY, "start_time": None}])
    assert span.start == span.end == datetime.fromtimestamp(1747000000.4, UTC)


def test_every_span_has_its_own_repeatable_id() -> None:
    first = spans([ENTRY, ENTRY])
    assert first[0].id != first[1].id
    assert [span.id for span in spans([ENTRY, ENTRY])] == [span.id for span in first]
    other = call(litellm({"guardrail_information": [ENTRY]}, metadata={"generation_id": "g"})).spans
    assert other[0].id != first[0].id


def test_grounding_is_a_span_a_key() -> None:
    found = spans(None, [{"webSearchQueries": ["q"], "nothing": None}, "text"])
    assert [(span.name, parsed(span.input)) for span in found] == [
        ("webSearchQueries", ["q"]),
        ("vertex_ai_grounding_metadata", "text"),
    ]


def test_grounding_that_is_no_list_is_one_span() -> None:
    (span,) = spans(None, {"a": 1})
    assert (span.name, parsed(span.input)) == ("vertex_ai_grounding_metadata", {"a": 1})


def test_grounding_comes_before_guardrails() -> None:
    assert [span.name for span in spans([ENTRY], [{"a": 1}])] == ["a", "guardrail"]


@pytest.mark.parametrize("guardrails", [None, {}, "x", [1, None]])
def test_what_is_no_guardrail_is_no_span(guardrails: Any) -> None:
    assert spans(guardrails, []) == ()
