"""What one attempt to deliver can end in: a closed union, so that nothing is decided by exceptions.

Pure nouns. Events are named by their index in what was sent. `detail` is for an operator's eyes: it comes
from the backend or the network, is bounded and cleaned by whoever makes it, and never holds record content.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

# Why the daemon holds: the world's fault, so nothing is dropped. Closed: it is a metric label.
HoldReason = Literal[
    "backend_unavailable",  # no connection, time-out, 408, 5xx
    "throttled",  # 429
    "unauthorized",  # 401, for the request or for an event
    "forbidden",  # 403, likewise
    "not_found",  # 404, 405, 410 or a redirect: this is not the ingestion endpoint
    "unsupported_encoding",  # 415: the endpoint takes another encoding of OTLP
    "event_type_not_accepted",  # a Langfuse v4 that takes no trace events on this endpoint
    "unknown_reply",  # 2xx, but the body is not the contract's
    "unknown_refusal",  # refused in a form that the backend's contract does not have
    "dead_letter_limit",  # too many records refused without one accepted event
    "dead_letters_unavailable",  # the dead-letter topic takes nothing
    "kafka_unavailable",  # the source cannot be read
    "partition_stopped",  # out of range or unreadable: an operator is needed
]


class Reply(Struct, frozen=True):
    """An HTTP answer as far as wires read it; `body` is None where it was longer than any reply of a contract."""

    status: int
    body: bytes | None
    retry_after_s: float | None = None


class Answered(Struct, frozen=True):
    """The backend answered event by event. The four groups are disjoint and together all that was sent.

    `hold` is set where the refusals are the world's: then the refused indexes are in `again`.
    """

    accepted: tuple[int, ...]
    refused: tuple[tuple[int, str], ...] = ()
    again: tuple[int, ...] = ()
    unnamed: tuple[int, ...] = ()
    hold: HoldReason | None = None
    detail: str = ""


class TooLarge(Struct, frozen=True):
    """413. `own` tells whether the form is the backend's own (else something before it said so)."""

    own: bool
    detail: str


class Malformed(Struct, frozen=True):
    """400 for the whole request, in the backend's own form, or OTLP's partial success: at least one event spoils it."""

    detail: str


class Held(Struct, frozen=True):
    """No verdict on any event: the world is not as it should be. `retry_after_s` is the server's wish."""

    reason: HoldReason
    detail: str
    retry_after_s: float | None = None


Outcome = Answered | TooLarge | Malformed | Held
