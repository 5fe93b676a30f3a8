"""An event of either wire taken apart into its fields, each with a name, a value and a rule: what `explain` asks about.

Pure. Reads what was written, as whoever receives it would: the events of the ingestion API, and spans as OTLP/JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from msgspec import Struct

from shipper.mapping.otlp_rules import rule_of_span
from shipper.mapping.rules import rule_of
from shipper.records import Event

# Objects whose members are explained one by one: of an ingestion event's body, and texts of JSON in a span.
_OPENED = frozenset({"metadata", "usage", "usageDetails", "costDetails", "modelParameters"})
_OPENED_ATTRIBUTES = frozenset({
    "langfuse.observation.usage_details",
    "langfuse.observation.cost_details",
    "langfuse.observation.model.parameters",
    "llm.invocation_parameters",
    "embedding.invocation_parameters",
    "metadata",
})  # fmt: skip
_TYPES = ("langfuse.observation.type", "shipper.type", "openinference.span.kind")  # who says what a span is


class EventFields(Struct, frozen=True):
    """What an event is (`trace-create`, `generation span`), its fields in their order, and who knows their rules."""

    kind: str
    values: dict[str, Any]
    rule_of: Callable[[str], str]


def read_event(event: Event) -> EventFields:
    """The fields of an event; a span's must be in JSON."""
    document = json.loads(event.data)
    if event.wire == "otlp":
        values = dict(_span_fields(document))
        kind = next((str(values[name]) for name in _TYPES if name in values), "")
        return EventFields(f"{kind} span".strip(), values, rule_of_span)
    body = document.pop("body")
    values = document | {
        f"body.{name}": value for member, item in body.items() for name, value in _opened(member, item, _OPENED)
    }
    return EventFields(document["type"], values, partial(rule_of, document["type"]))


def _span_fields(span: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    attributes, events, status = span.pop("attributes", []), span.pop("events", []), span.pop("status", {})
    yield from span.items()
    yield from ((f"status.{name}", value) for name, value in status.items())
    for name, value in _plain(attributes):
        is_json = name in _OPENED_ATTRIBUTES and isinstance(value, str)
        yield from _opened(name, json.loads(value) if is_json else value, _OPENED_ATTRIBUTES)
    for number, event in enumerate(events):
        members = {"name": event["name"], "timeUnixNano": event["timeUnixNano"], **dict(_plain(event["attributes"]))}
        yield from ((f"events[{number}].{name}", value) for name, value in members.items())


def _plain(attributes: list[dict[str, Any]]) -> Iterator[tuple[str, Any]]:
    for attribute in attributes:
        ((kind, value),) = attribute["value"].items()
        if kind == "arrayValue":
            value = [item["stringValue"] for item in value["values"]]
        yield attribute["key"], int(value) if kind == "intValue" else value


def _opened(name: str, value: Any, opened: frozenset[str]) -> Iterator[tuple[str, Any]]:
    if name in opened and isinstance(value, dict) and value:
        yield from ((f"{name}.{member}", item) for member, item in value.items())
    else:
        yield name, value
