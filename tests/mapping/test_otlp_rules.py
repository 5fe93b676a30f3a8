"""Every field of a span has a rule, and every rule a field: the list is held to what spans have."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Literal

import pytest

from shipper.assembly import Assembly
from shipper.batch import BatchSettings
from shipper.event_fields import read_event
from shipper.mapping.otlp_rules import ATTRIBUTE_RULES, SPAN_RULES, rule_of_span
from shipper.mapping.settings import MappingSettings
from shipper.records import Cost, Record, Rejected
from tests.decode.examples import GOLDEN, GOLDEN_DIR, Json, golden, litellm, plain
from tests.mapping.provider_calls import CALLS

Kind = Literal["langfuse", "otlp"]

SETTINGS = MappingSettings(
    environment="prod", release="r", conventions=("gen_ai", "openinference"), capture_content=True
)
TRACE = {"name": "t", "public": True, "version": "v", "user_id": "u", "session_id": "s", "metadata": {"a": 1}}
STEERED = {"prompt": {"name": "p", "version": 3}, "parent_observation_id": "o", "trace_name": "t", "tags": ["x"]}
RECORDS = (
    *(record for name in GOLDEN for record in golden(name)["records"]),
    plain(name="n", trace=TRACE, scores=[{"name": "tone", "value": 1}], error={"message": "m", "type": "late"}),
    litellm(metadata=STEERED),
    *CALLS.values(),
)


def parity() -> Iterator[Json]:
    """LiteLLM's other calls."""
    for path in sorted((GOLDEN_DIR / "parity").glob("*.json")):
        yield from json.loads(path.read_text())["records"]


def fields(kind: Kind) -> set[str]:
    """Names of all fields of all spans of the records."""
    assembly = Assembly(SETTINGS, BatchSettings(), "", lambda _: Cost(0.25, {"input": 0.25}), "json", kind)
    names: set[str] = set()
    for value in (*RECORDS, *parity()):
        worked = assembly.stages["otlp"].work(Record("-", 0, 0, -1, None, json.dumps(value).encode()))
        assert not isinstance(worked, Rejected), worked
        for event in worked.events:
            names |= read_event(event).values.keys() if event.wire == "otlp" else set()
    return names


@pytest.fixture(scope="module")
def every_field() -> set[str]:
    return fields("langfuse") | fields("otlp")


def test_every_field_has_a_rule(every_field: set[str]) -> None:
    assert [name for name in sorted(every_field) if rule_of_span(name) == "the caller's own, as it is"] == []


def test_every_rule_has_a_field(every_field: set[str]) -> None:
    used: set[str] = set()
    for name in every_field:
        heads = [name[:end] for end in range(len(name), 0, -1) if end == len(name) or name[end] in ".["]
        used.add(next(head for head in heads if head in SPAN_RULES or head in ATTRIBUTE_RULES))
    assert (SPAN_RULES.keys() | ATTRIBUTE_RULES.keys()) - used == set()


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("status.code", "ERROR for a failure"),
        ("events[0].gen_ai.evaluation.name", "each score"),
        ("gen_ai.request.top_p", "settings"),
        ("gen_ai.request.model", "asked for"),
        ("langfuse.observation.metadata.a.b", "vouches"),
        ("nobody.knows", "the caller's own"),
    ],
)
def test_the_longest_name_that_fits_counts(field: str, words: str) -> None:
    assert words in rule_of_span(field)
