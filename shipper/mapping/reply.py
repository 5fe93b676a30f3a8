"""Reads what Langfuse's ingestion endpoint answers: which event is stored, which is not, and whose fault it is.

Pure. Rules: Langfuse, web/src/pages/api/public/ingestion.ts (207 with `successes` and `errors` by event id), and
shipper's division between a bad record and a bad world. What the backend says is untrusted: it is bounded, and
freed of control characters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import DecodeError, Raw, Struct
from msgspec.json import Decoder

from shipper.outcome import Answered, Held, HoldReason, Malformed, Outcome, Reply, TooLarge

_MAX_MESSAGE = 200
_NOT_ACCEPTED = "Event type not accepted"  # Langfuse v4: this endpoint takes no trace events
_VALIDATION = "Invalid request data"
_OWN_TEXTS = (b"Invalid JSON", b"Body exceeded ")
# Control, line-separating and direction-changing characters: a message must not rewrite a terminal or a log.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+")


_REASONS: dict[int, HoldReason] = {
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "not_found",
    408: "backend_unavailable",
    410: "not_found",
    425: "backend_unavailable",
    429: "throttled",
}


class _Success(Struct, gc=False):
    id: str
    status: int = 201


class _Error(Struct, gc=False):
    id: str
    status: int = 0
    message: str | None = None


class _Body(Struct):
    successes: list[_Success]
    errors: list[_Error]


class _Refusal(Struct):
    message: str
    errors: Raw


_body = Decoder(_Body)
_refusal = Decoder(_Refusal)


def read_reply(body: bytes, sent: Sequence[str]) -> Answered | None:
    """The verdicts on the events `sent` (envelope ids, in the order of the request), by their index.

    An id in both lists counts as refused, an id in neither as unnamed; ids that were never sent are only
    mentioned in `detail`. The world's refusals are in `again`, with the reason to hold. None if `body` is not
    what the contract says a 207 holds.
    """
    try:
        reply = _body.decode(body)
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return None
    stored = {success.id for success in reply.successes if 200 <= success.status < 300}
    if not reply.errors and stored.issuperset(sent):
        return Answered(tuple(range(len(sent))), detail=_strangers(stored, sent))
    errors = {error.id: error for error in reply.errors}
    accepted: list[int] = []
    unnamed: list[int] = []
    failed: list[tuple[int, _Error]] = []
    for index, event_id in enumerate(sent):
        error = errors.get(event_id)
        if error is not None:
            failed.append((index, error))
        else:
            (accepted if event_id in stored else unnamed).append(index)
    return _judge(accepted, unnamed, failed, _strangers(stored | set(errors), sent))


def read_ingestion_reply(reply: Reply, sent: Sequence[str]) -> Outcome:
    """What becomes of the events `sent`, by their envelope ids, in a request that was answered like this.

    Source of the codes: Langfuse's `web/src/pages/api/public/ingestion.ts`; the rest is what stands before it.
    """
    detail = f"HTTP {reply.status}"
    if 200 <= reply.status < 300:
        answer = read_reply(reply.body, sent) if reply.body is not None else None
        return answer or Held("unknown_reply", detail + " without the contract's body")
    own = reply.body is not None and is_own_refusal(reply.body)
    if reply.status == 413:
        return TooLarge(own, detail)
    if reply.status == 400:
        return Malformed(detail) if own else Held("unknown_refusal", detail)
    return to_hold(reply)


def to_hold(reply: Reply) -> Held:
    """What stands in the way of a request that was answered with this code, and with no verdict on any event."""
    reason = _REASONS.get(reply.status) or ("backend_unavailable" if reply.status >= 500 else "unknown_refusal")
    if 300 <= reply.status < 400:
        reason = "not_found"
    return Held(reason, f"HTTP {reply.status}", reply.retry_after_s)


def is_own_refusal(body: bytes) -> bool:
    """Whether a 400 or 413 has a form that Langfuse itself gives, so that the request's content is at fault.

    Its forms: the texts `Invalid JSON` and `Body exceeded 4.5mb limit`, or JSON with `message` and `errors`.
    """
    if body.startswith(_OWN_TEXTS):
        return True
    try:
        _refusal.decode(body)
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _judge(accepted: list[int], unnamed: list[int], failed: list[tuple[int, _Error]], strangers: str) -> Answered:
    refused: list[tuple[int, str]] = []
    again: list[int] = []
    unknown: list[tuple[int, str]] = []
    holds: dict[HoldReason, str] = {}
    for index, error in failed:
        text = f"{error.status} {clean(error.message or '')}".rstrip()
        reason = _worlds_reason(error)
        if reason is not None:
            again.append(index)
            holds.setdefault(reason, text)
        elif error.status in (408, 425, 429) or error.status >= 500:
            again.append(index)
        elif error.status == 404 or (error.status == 400 and (error.message or "").startswith(_VALIDATION)):
            refused.append((index, text))
        else:
            unknown.append((index, text))
    if unknown and not accepted and not refused:
        # No event fared better: then it is hardly the records.
        holds.setdefault("unknown_refusal", unknown[0][1])
        again.extend(index for index, _ in unknown)
    else:
        refused.extend(unknown)
    hold = next(iter(holds), None)
    details = [text for text in (holds[hold] if hold is not None else "", strangers) if text]
    return Answered(
        tuple(accepted), tuple(sorted(refused)), tuple(sorted(again)), tuple(unnamed), hold, "; ".join(details)
    )


def _worlds_reason(error: _Error) -> HoldReason | None:
    """Why everybody's events would be refused like this, if so."""
    if (error.message or "").startswith(_NOT_ACCEPTED):
        return "event_type_not_accepted"
    if error.status == 401:
        return "unauthorized"
    return "forbidden" if error.status == 403 else None


def clean(message: str) -> str:
    """What a backend says, bounded and on one line."""
    return _UNSAFE.sub(" ", message[: 2 * _MAX_MESSAGE]).strip()[:_MAX_MESSAGE]


def _strangers(named: set[str], sent: Sequence[str]) -> str:
    count = len(named.difference(sent))
    return f"{count} ids in the reply were never sent" if count else ""
