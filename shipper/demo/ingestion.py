"""One verdict an event: what Langfuse's ingestion endpoint accepts, and what it says of the rest.

Two things are refused here that the real server takes and then loses data over: text that is not UTF-8, and lone
surrogates; a body with either counts as no JSON. Pure. Knows nothing of HTTP and of what becomes of an accepted event.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from msgspec import DecodeError, Meta, Raw, Struct, ValidationError, field
from msgspec.json import Decoder

from shipper.demo.event_types import BODIES, Kind, Time


class Event(Struct, frozen=True):
    """An event that passed: `stamp` is the envelope's timestamp; `body` is the decoded body, unknown keys and all.

    Kind `span` came by OTLP: `id` is the span's, `type` the observation's, `trace` what it says of its trace.
    Kind `skimmed` was believed unread: its body holds ids only, `stamp` and `data` hold nothing.
    """

    id: str
    type: str
    kind: Kind
    stamp: datetime
    body: dict[str, Any]
    data: Raw
    trace: dict[str, Any] = field(default_factory=dict)


class Refusal(Struct, frozen=True):
    """An event that did not pass: an entry of `errors` in the answer. `id` is "unknown" where there is none."""

    id: str
    type: str
    body_id: str
    status: int
    message: str
    error: str
    data: Raw


class _Envelope(Struct):
    id: Annotated[str, Meta(min_length=1, max_length=800, pattern=r"\A[^\r]*\Z")]
    timestamp: Time
    type: str
    body: Raw


class _SkimmedBody(Struct):
    id: str | None = None


class _Skimmed(Struct):
    id: str
    type: str
    body: _SkimmedBody


class _SkimmedBatch(Struct):
    batch: list[_Skimmed]


class _Batch(Struct):
    batch: list[Raw]


class _Loose(Struct):
    """What can still be said of an event that is not valid."""

    id: Any = None
    type: Any = None
    body: Any = None


_BATCH = Decoder(_Batch)
_SKIMMED = Decoder(_SkimmedBatch)
_ENVELOPE = Decoder(_Envelope)
_LOOSE = Decoder(_Loose)
_OBJECT = Decoder(dict[str, Any])
_NEVER = datetime.min.replace(tzinfo=UTC)
_NOTHING = Raw(b"")


def split(body: bytes) -> list[Raw]:
    """A request body → its events, each as JSON text. Raises what msgspec raises: ValidationError for a wrong
    envelope; DecodeError, UnicodeDecodeError or RecursionError where it is no JSON.
    """
    body.decode()  # msgspec does not look into what it passes over
    return _BATCH.decode(body or b"{}").batch


def skim(body: bytes) -> list[Event]:
    """A request body → its events, believed unread; raises as `split` does."""
    return [skimmed(event.id, event.type, {"id": event.body.id}) for event in _SKIMMED.decode(body).batch]


def skimmed(event_id: str, event_type: str, ids: dict[str, Any]) -> Event:
    """An event of which only ids were read."""
    return Event(event_id, event_type, "skimmed", _NEVER, ids, _NOTHING)


def judge(data: Raw) -> Event | Refusal:
    """One event of a batch as JSON text → accepted, or refused with the server's status and message."""
    try:
        envelope = _ENVELOPE.decode(data)
        stamp = datetime.fromisoformat(envelope.timestamp)
        if envelope.type not in BODIES:
            raise ValidationError("Invalid discriminator value at `type`")
        kind, body = BODIES[envelope.type]
        body.decode(envelope.body)
        return Event(envelope.id, envelope.type, kind, stamp, _OBJECT.decode(envelope.body), data)
    except (DecodeError, ValueError) as error:
        return refuse(data, 400, "Invalid request data", str(error))


def refuse(data: Raw, status: int, message: str, error: str = "") -> Refusal:
    """A refusal of this event, whatever it is, with the id that can be read from it."""
    try:
        loose = _LOOSE.decode(data)
    except ValidationError:  # not even an object
        loose = _Loose()
    body_id = loose.body.get("id") if isinstance(loose.body, dict) else None
    return Refusal(
        loose.id if isinstance(loose.id, str) else "unknown",
        loose.type if isinstance(loose.type, str) else "",
        body_id if isinstance(body_id, str) else "",
        status,
        message,
        error,
        data,
    )
