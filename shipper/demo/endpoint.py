"""What a route of the inbox has to say to a POST; the inbox does the rest alike for all: reading, faults, storing.

Knows what an answer is, and nothing of connections.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from shipper.demo.answer import Answer
from shipper.demo.faults import Arrival, Fault, Wire
from shipper.demo.ingestion import Event, Refusal


class Endpoint(Protocol):
    """One way in, made anew for each request.

    `max_bytes` bounds the body as it comes, None does not; above it the answer is `too_large`. A method other than
    POST gets `wrong_method`.
    """

    @property
    def wire(self) -> Wire: ...
    @property
    def max_bytes(self) -> int | None: ...
    @property
    def too_large(self) -> Answer: ...
    @property
    def wrong_method(self) -> Answer: ...

    def receive(self, headers: Mapping[str, str], body: bytes) -> Answer | Sequence[Event | Refusal]:
        """What came, judged; or the answer to a request that is wrong as a whole."""

    def fault(self, fault: Fault | None, arrivals: Sequence[Arrival]) -> Fault | None:
        """What the scripted fault, if any, is on this wire."""

    def answer(
        self, number: int, received: Sequence[Event | Refusal], arrivals: Sequence[Arrival], fault: Fault | None
    ) -> Answer:
        """The contract's answer to request `number`."""
