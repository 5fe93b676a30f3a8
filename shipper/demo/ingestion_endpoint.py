"""Langfuse's ingestion endpoint: size, JSON, key, envelope, then every event on its own.

Source, order of the checks included: `web/src/pages/api/public/ingestion.ts` of Langfuse. Knows no connection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec
from msgspec import Struct

from shipper.demo.access import Keys
from shipper.demo.answer import Answer
from shipper.demo.faults import EVENTS_ONLY, Arrival, Fault, Wire
from shipper.demo.ingestion import Event, Refusal, judge, refuse, skim, split
from shipper.demo.settlement import answer_of

MAX_BODY_BYTES = 4_718_592  # "4.5mb"
UNAUTHORISED = Answer.json(401, {"error": "UnauthorizedError", "message": "Invalid credentials"})


class IngestionEndpoint(Struct, frozen=True):
    """`takes_traces` is false on a server in events-only mode, which refuses their events one by one."""

    keys: Keys
    validate: bool
    takes_traces: bool

    wire: ClassVar[Wire] = "ingestion"
    max_bytes: ClassVar[int | None] = MAX_BODY_BYTES
    too_large: ClassVar[Answer] = Answer(413, b"Body exceeded 4.5mb limit")
    wrong_method: ClassVar[Answer] = Answer.json(405, {"message": "Method not allowed"})

    def receive(self, headers: Mapping[str, str], body: bytes) -> Answer | Sequence[Event | Refusal]:
        """The batch's events, judged."""
        scope = self.keys.scope(headers.get("Authorization", ""))
        try:
            if headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
                raise msgspec.ValidationError("Invalid input: expected object, received string")
            if not self.validate and scope == "project":
                return skim(body)
            events = split(body)
        except msgspec.ValidationError as error:
            wrong = Answer.json(400, {"message": "Invalid request data", "errors": [str(error)]})
            return wrong if scope == "project" else UNAUTHORISED
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return Answer(400, b"Invalid JSON")
        if scope is None:
            return UNAUTHORISED
        judged = [judge(data) for data in events]
        return judged if scope == "project" else [_in_score_scope(event) for event in judged]

    def fault(self, fault: Fault | None, arrivals: Sequence[Arrival]) -> Fault | None:
        """As scripted, and else what the server's mode makes of it."""
        return EVENTS_ONLY if fault is None and not self.takes_traces else fault

    def answer(
        self, number: int, received: Sequence[Event | Refusal], arrivals: Sequence[Arrival], fault: Fault | None
    ) -> Answer:
        """The 207."""
        return Answer.json(207, answer_of(received, arrivals, fault))


def _in_score_scope(event: Event | Refusal) -> Event | Refusal:
    """A public key alone may write scores; the real server says so event by event."""
    if isinstance(event, Refusal) or event.kind in ("score", "log"):
        return event
    return refuse(event.data, 401, "Authentication error", "Access Scope Denied")
