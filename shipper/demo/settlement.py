"""What came in a request, and what the contract answers to it, under a fault or none.

Source: the per-event part of `processEventBatch.ts` of Langfuse: successes by envelope time with updates last, not in
the order of the request; `sdk-log` events in neither list. Pure. Knows neither HTTP nor the store.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from shipper.demo.faults import Arrival, Fault, Omit, Refuse, Wire, keeps
from shipper.demo.ingestion import Event, Refusal, refuse


def arrivals_of(number: int, received: Sequence[Event | Refusal], now_s: float, wire: Wire) -> list[Arrival]:
    """The events of request `number` as they are to be noted if no fault comes between."""
    return [_arrival(number, event, now_s, wire) for event in received]


def noted(arrivals: Sequence[Arrival], fault: Fault | None) -> list[Arrival]:
    """The same, when the fault is known: what it keeps from the store was not stored."""
    return [one if keeps(fault, one) else replace(one, stored=False) for one in arrivals]


def answer_of(
    received: Sequence[Event | Refusal], arrivals: Sequence[Arrival], fault: Fault | None
) -> dict[str, list[dict[str, Any]]]:
    """The body of the 207: `successes` and `errors`."""
    passed: list[Event] = []
    errors: list[Refusal] = []
    for event, arrival in zip(received, arrivals, strict=True):
        chosen = isinstance(fault, Refuse | Omit) and fault.where(arrival)
        if not chosen:
            passed.append(event) if isinstance(event, Event) else errors.append(event)
        elif isinstance(fault, Refuse):
            errors.append(replace(refuse(event.data, fault.status, fault.message), id=event.id))
    passed.sort(key=lambda event: (event.type.endswith("-update"), event.stamp))
    return {
        "successes": [{"id": event.id, "status": 201} for event in passed if event.kind != "log"],
        "errors": [
            {"id": error.id, "status": error.status, "message": error.message, "error": error.error} for error in errors
        ],
    }


def _arrival(number: int, event: Event | Refusal, now_s: float, wire: Wire) -> Arrival:
    if isinstance(event, Refusal):
        body_id, trace_id, stored = event.body_id, "", False
    else:
        body_id = _text(event.body.get("id"))
        trace_id = body_id if event.kind == "trace" else _text(event.body.get("traceId"))
        stored = bool(body_id) and event.kind != "log"
    sha256 = hashlib.sha256(event.data).hexdigest() if bytes(event.data) else ""
    return Arrival(number, event.id, body_id, event.type, sha256, stored, now_s, trace_id, wire)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
