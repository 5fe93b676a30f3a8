"""Outcome + attempt + random number → what to do next.

Rule: nothing is given up for the world's sake, and an event is refused only when it stands alone accused.
Pure: sleeping, sending and counting are someone else's job. Waits are full jitter over an exponential
bound, so that many members do not come back at the same moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, assert_never

from msgspec import Meta, Struct

from shipper.outcome import Answered, Held, HoldReason, Malformed, Outcome, TooLarge
from shipper.records import Rejected

UNNAMED_ATTEMPTS = 5  # answers that never name an event before it must stand alone


class RetrySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `retry`. There is no limit on attempts: Kafka is the buffer."""

    base_s: Annotated[
        float, Meta(gt=0, le=60, description="Upper end of the first random wait; doubles each time.")
    ] = 0.5
    max_s: Annotated[float, Meta(gt=0, le=3600, description="Longest wait, also for a Retry-After.")] = 60.0


class Decision(Struct, frozen=True):
    """What becomes of each event that was sent; the indexes of all groups together are all of them.

    `again` are the groups to send next, each as a request of its own, after `wait_s` seconds.
    `hold` names what stands in the way, None if nothing does.
    """

    accepted: Sequence[int] = ()
    refused: Sequence[tuple[int, Rejected]] = ()
    again: Sequence[Sequence[int]] = ()
    wait_s: float = 0.0
    hold: HoldReason | None = None
    detail: str = ""


def backoff_s(settings: RetrySettings, attempt: int, random_0_1: float) -> float:
    """Seconds to wait after the `attempt`-th failure in a row (from 1): full jitter below min(max, base * 2^n)."""
    bound_s = min(settings.max_s, settings.base_s * 2.0 ** min(attempt - 1, 64))
    return bound_s * random_0_1


def decide(outcome: Outcome, count: int, attempt: int, settings: RetrySettings, random_0_1: float) -> Decision:
    """The next step after the `attempt`-th try (from 1) of one request with `count` events.

    Source of the rules: Langfuse's ingestion route (codes and bodies), and the table "Bad record or bad world?".
    """
    wait_s = backoff_s(settings, attempt, random_0_1)
    everything = range(count)
    match outcome:
        case Answered():
            return _after_answer(outcome, attempt, wait_s)
        case TooLarge() | Malformed() if count > 1:
            middle = count // 2
            return Decision(again=(everything[:middle], everything[middle:]), detail=outcome.detail)
        case TooLarge(own=False):
            return Decision(again=(everything,), wait_s=wait_s, hold="unknown_refusal", detail=outcome.detail)
        case TooLarge() | Malformed():
            return Decision(refused=((0, Rejected("refused_by_backend", outcome.detail)),), detail=outcome.detail)
        case Held():
            wished_s = min(outcome.retry_after_s or 0.0, settings.max_s)
            return Decision(
                again=(everything,), wait_s=max(wait_s, wished_s), hold=outcome.reason, detail=outcome.detail
            )
        case _:
            assert_never(outcome)


def _after_answer(answer: Answered, attempt: int, wait_s: float) -> Decision:
    refused = [(index, Rejected("refused_by_backend", detail)) for index, detail in answer.refused]
    again: list[Sequence[int]] = [answer.again] if answer.again else []
    unnamed = answer.unnamed
    if unnamed and attempt < UNNAMED_ATTEMPTS:
        again = [(*answer.again, *unnamed)]
    elif len(unnamed) == 1:
        refused.append((unnamed[0], Rejected("unacknowledged", "the backend's replies never name the event")))
    elif unnamed:
        again += [unnamed[: len(unnamed) // 2], unnamed[len(unnamed) // 2 :]]
    return Decision(
        accepted=answer.accepted,
        refused=refused,
        again=again,
        wait_s=wait_s if again else 0.0,
        hold=answer.hold,
        detail=answer.detail,
    )
