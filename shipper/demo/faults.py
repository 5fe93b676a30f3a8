"""Deviations of the inbox from its contract, for tests of everything that a backend can do wrong.

A fault stands for the answer to one request. Where it says `store`, the events are kept although the answer
says otherwise (stored, then failed). Knows nothing of HTTP: the inbox acts it out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from msgspec import Struct, field

Wire = Literal["ingestion", "otlp"]


class Arrival(Struct, frozen=True):
    """One event or span as it came in: `request` counts from 1, `at_s` is monotonic seconds.

    `sha256` is of the whole of it as sent, empty where the inbox does not validate. `stored` says whether the inbox
    kept it, whatever it answered. A span's `event_id` and `body_id` are its id, 16 hex; `type` is the observation's in
    capitals (GENERATION), where an event's is its own (generation-create). `trace_id` is "" where none is told.
    """

    request: int
    event_id: str
    body_id: str
    type: str
    sha256: str
    stored: bool
    at_s: float
    trace_id: str = ""
    wire: Wire = "ingestion"


def every(_: Arrival) -> bool:
    """Chooses all events."""
    return True


class Reply(Struct, frozen=True):
    """Answer with this instead: any status, headers and body (503, 429 with Retry-After, HTML, a redirect…)."""

    status: int
    body: str | bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    store: bool = False


class Delay(Struct, frozen=True):
    """Answer as the contract says, but only after `delay_s` seconds."""

    delay_s: float


class Hang(Struct, frozen=True):
    """Never answer; the connection stays open until the inbox stops."""

    store: bool = False


class Disconnect(Struct, frozen=True):
    """Close the connection without an answer, or after its first `after_bytes` bytes; with a reset if so wanted."""

    store: bool = False
    after_bytes: int = 0
    reset: bool = False


class Drip(Struct, frozen=True):
    """Answer as the contract says, one byte every `interval_s` seconds."""

    interval_s: float
    store: bool = True


class Refuse(Struct, frozen=True):
    """A 207 in which the chosen events are errors with this status and message; the others pass as usual.

    Over OTLP: Langfuse knows all or nothing, so one chosen span makes the whole answer this status; a plain collector
    answers 200 with a `partial_success` of so many rejected spans (none chosen: with the message alone, a warning).
    """

    status: int
    message: str
    where: Callable[[Arrival], bool] = every


class Omit(Struct, frozen=True):
    """A 207 in which the chosen events are neither successes nor errors, and are not stored. Spans are lost as if
    all were well.
    """

    where: Callable[[Arrival], bool] = every


Fault = Reply | Delay | Hang | Disconnect | Drip | Refuse | Omit


def keeps(fault: Fault | None, arrival: Arrival) -> bool:
    """Whether an accepted event is stored under this fault."""
    match fault:
        case None | Delay():
            return True
        case Refuse() | Omit():
            return not fault.where(arrival)
        case _:
            return fault.store


# A Langfuse v4 in write mode `events_only` refuses every trace and observation event in these words.
EVENTS_ONLY = Refuse(
    400,
    "Event type not accepted",
    lambda arrival: arrival.wire == "ingestion" and arrival.type not in ("score-create", "sdk-log"),
)
