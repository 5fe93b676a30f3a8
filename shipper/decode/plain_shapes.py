"""What is read of a `shipper.call/1` record, which any program may write: the contract's fields and their types, and
what was read.

Rule: bodies (request, response, metadata) stay `Raw` as far as no rule reads them. `gc=False`: trees only.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Raw, Struct

from shipper.decode.bill import Bill
from shipper.decode.parameters import Parameters
from shipper.decode.shapes import Choice
from shipper.decode.usage_shapes import UsageObject
from shipper.decode.values import NOTHING
from shipper.records import ObservationType, Units

SCHEMA = "shipper.call/1"

Instant = Annotated[datetime, Meta(tz=True)]


class PlainError(Struct, gc=False):
    """Why the call failed."""

    message: str | None = None
    type: str | None = None
    code: str | int | None = None


class PlainTrace(Struct, gc=False):
    """The trace as the record describes it."""

    id: str | None = None
    name: str | None = None
    session_id: str | None = None
    user_id: str | None = None
    tags: list[str] | None = None
    metadata: Raw = NOTHING
    release: str | None = None
    version: str | None = None
    environment: str | None = None
    public: bool | None = None


class PlainScore(Struct, gc=False):
    """A score on the call."""

    name: str
    value: bool | float | str
    data_type: str | None = None
    comment: str | None = None


class PlainCost(Struct, gc=False):
    """What the call cost in USD."""

    total: float | None = None


class PlainChoice(Choice, gc=False):
    """One choice, and what went wrong with it (OpenRouter's)."""

    error: Raw = NOTHING


class PlainResponse(Struct, gc=False):
    """A response as far as the quick way knows it: OpenAI's chat and completions, Anthropic's messages."""

    id: str | None = None
    model: str | None = None
    choices: list[PlainChoice] | None = None
    content: Raw = NOTHING
    stop_reason: Raw = NOTHING
    usage: UsageObject | None = None
    service_tier: str | None = None
    error: Raw = NOTHING


class PlainFields(Struct, gc=False):
    """The fields that are read in one way only."""

    schema: Raw = NOTHING
    id: str | None = None
    type: ObservationType = "generation"
    provider: str | None = None
    model: str | None = None
    error: PlainError | str | None = None
    trace: PlainTrace | None = None
    parent_id: str | None = None
    name: str | None = None
    metadata: Raw = NOTHING
    traceparent: str | None = None
    cost: PlainCost | float | None = None
    scores: list[PlainScore] | None = None


class PlainRecord(PlainFields, gc=False):
    """The record as written, whatever its request and response are."""

    start_time: Raw = NOTHING
    end_time: Raw = NOTHING
    first_token_time: Raw = NOTHING
    request: Raw = NOTHING
    response: Raw = NOTHING
    chunks: Raw = NOTHING


class PlainBodies(Struct, gc=False):
    """What may be shown whole."""

    request: Raw = NOTHING
    response: Raw = NOTHING
    chunks: Raw = NOTHING


class UsualRecord(PlainFields, gc=False):
    """The same where request and response are objects and times say their offset."""

    start_time: Instant | float | None = None
    end_time: Instant | float | None = None
    first_token_time: Instant | float | None = None
    request: dict[str, Raw] | None = None
    response: PlainResponse | None = None


class Reading(Struct, gc=False):
    """What was read of one record: up to `tools` it is its request's, the later its response's.

    `answer` is a response of the usual kind, `members` and `bill` are those of any other. `units` is what a chat's
    message tells beside its usage. `is_whole` says that the output of a model's call is its response as it is, because
    no rule knows an answer in it.
    """

    fields: PlainFields
    start: datetime
    end: datetime | None
    first_token: datetime | None
    call_type: str | None = None
    asked_model: str | None = None
    parameters: Parameters | None = None
    tools: Raw | None = None
    input: Raw | None = None
    output: Raw | None = None
    served_model: str | None = None
    served_tier: str | None = None
    usage: UsageObject | None = None
    units: Units | None = None
    bill: Bill | None = None
    answer: PlainResponse | None = None
    members: dict[str, Raw] | None = None
    is_whole: bool = False
