"""All that is read of a LiteLLM record, in one place: what the parts of a call are made of."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from shipper.decode.bill import Bill
from shipper.decode.metadata import KnownMetadata
from shipper.decode.parameters import Parameters
from shipper.decode.shapes import LiteLLMRecord, Payload, Response
from shipper.decode.steering import Steering
from shipper.records import Usage


class Facts(Struct, gc=False):
    """All that is known of one call; `bare` where the payload came without a record around it.

    `cost` is LiteLLM's, in USD. `usage` holds the units that are no tokens too; `bill` is there for the rarer call
    types only, whose responses tell more than the usual one.
    """

    record: LiteLLMRecord
    payload: Payload
    response: Response
    steering: Steering
    known: KnownMetadata
    parameters: Parameters
    start: datetime
    cost: float | None
    failed: bool
    bare: bool
    usage: Usage | None = None
    bill: Bill | None = None
