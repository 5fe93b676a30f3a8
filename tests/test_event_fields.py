"""Events taken apart: what their fields are called and what they are, on both wires."""

from __future__ import annotations

import json
from typing import Any

from msgspec import Raw

from shipper.event_fields import EventFields, read_event
from shipper.mapping.span import CLIENT, Span, SpanEvent
from shipper.mapping.span_json import encode_span
from shipper.records import Event


def of_span(**attributes: Any) -> EventFields:
    """What is read of a span with these attributes; the dots of their names are underlines here."""
    named = {name.replace("__", "."): value for name, value in attributes.items()}
    events = (SpanEvent("scored", 3, {"of.score": "good"}),)
    span = Span(b"\1" * 16, b"\2" * 8, b"", "chat", CLIENT, 1, 2, named, 0x100, True, "late", events)
    return read_event(Event("id", encode_span(span), wire="otlp"))


def of_event(kind: str, body: dict[str, Any]) -> EventFields:
    document = {"id": "e", "type": kind, "timestamp": "t", "body": body}
    return read_event(Event("id", json.dumps(document).encode()))


def test_a_span_has_the_names_of_otlp_and_of_its_attributes() -> None:
    fields = of_span(shipper__type="tool", a=1, b=1.5, c=True, d="text", e=("x", "y"), f=Raw(b'{"a":1}'))
    assert fields.kind == "tool span"
    assert fields.values == {
        "traceId": "01" * 16, "spanId": "02" * 8, "name": "chat", "kind": 3,
        "startTimeUnixNano": "1", "endTimeUnixNano": "2", "flags": 256, "status.message": "late", "status.code": 2,
        "shipper.type": "tool", "a": 1, "b": 1.5, "c": True, "d": "text", "e": ["x", "y"], "f": '{"a":1}',
        "events[0].name": "scored", "events[0].timeUnixNano": "3", "events[0].of.score": "good",
    }  # fmt: skip


def test_members_of_usage_cost_and_settings_are_fields_of_their_own() -> None:
    fields = of_span(
        langfuse__observation__type="generation",
        langfuse__observation__usage_details=Raw(b'{"input":1,"output":2}'),
        langfuse__observation__cost_details=Raw(b"{}"),
    )
    assert fields.kind == "generation span"
    assert fields.values["langfuse.observation.usage_details.output"] == 2
    assert fields.values["langfuse.observation.cost_details"] == {}
    body = of_event("generation-create", {"usage": {"input": 1}, "metadata": {}, "name": "n"})
    assert [name for name in body.values if name.startswith("body.")] == [
        "body.usage.input",
        "body.metadata",
        "body.name",
    ]


def test_who_knows_the_rules_goes_with_the_wire() -> None:
    assert of_event("trace-create", {}).rule_of("body.sessionId") == "the caller's"
    assert of_span().rule_of("session.id") == "the caller's; on every span of the trace"
    assert of_span().kind == "span"
