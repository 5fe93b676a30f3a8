"""What both conventions for spans of any backend tell of a call, found out once.

Pure.
"""

from __future__ import annotations

from msgspec import Raw, Struct

from shipper.decode.endings import find_endings
from shipper.decode.values import to_text
from shipper.mapping.gen_ai_names import to_operation, to_provider
from shipper.records import CallRecord, Exchange, Observation


class CallFacts(Struct, frozen=True, gc=False):
    """`operation` and `provider` by OpenTelemetry's names, `model` as it was asked for.

    `reasons` are the provider's words for why each answer ended.
    """

    operation: str | None
    provider: str | None
    model: str | None
    reasons: tuple[str, ...]


def to_facts(call: CallRecord) -> CallFacts:
    """The facts of one call."""
    return CallFacts(
        to_operation(call),
        to_provider(call.billing.provider),
        call.exchange.request_model or call.observation.model,
        _reasons(call.exchange),
    )


def answer_of(one: Observation, is_partial: bool) -> Raw | None:
    """What came out of an observation; the text of an error alone (not `is_partial`: Exchange) is no answer."""
    return one.output if one.level != "ERROR" or is_partial else None


def _reasons(exchange: Exchange) -> tuple[str, ...]:
    if exchange.endings:
        words = [to_text(ending.finish_reason) for ending in exchange.endings]
        return tuple(word for word in words if word)
    word = to_text(exchange.stop_reason)
    if word:
        return (word,)
    return () if exchange.response is None else find_endings(exchange.response)
