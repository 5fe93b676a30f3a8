"""`shipper check --connect`: does Kafka let us in, are the topics there, does the backend take what we send?

Asks and reads only; joins no group, commits nothing, sends no event.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from msgspec import Struct

from shipper import __version__
from shipper.discovery import discover, takes_events_only
from shipper.endpoint import BackendSettings, first_wire, may_change_wire
from shipper.kafka import KafkaSettings, LastClientError, client_arguments
from shipper.outcome import Answered, Held
from shipper.records import Wire
from shipper.sink import Sink
from shipper.telemetry import ADVICE

if TYPE_CHECKING:
    from shipper.config import Settings

TIMEOUT_S = 20.0


class Checked(Struct, frozen=True):
    """What was found, a line each: what stands in the way of a daemon (nothing if nothing does), and what is good to
    know."""

    problems: list[str]
    notes: list[str]


async def check(settings: Settings) -> Checked:
    """Try everything that a daemon with these settings needs."""
    kafka, backend = await asyncio.gather(_kafka(settings.kafka), _backend(settings.backend))
    return Checked(kafka + backend.problems, backend.notes)


async def _kafka(settings: KafkaSettings) -> list[str]:
    with LastClientError() as last:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                admin = AIOKafkaAdminClient(**client_arguments(settings))
                try:
                    await admin.start()
                    topics = set(await admin.list_topics())
                finally:
                    await admin.close()
        except (KafkaError, OSError, TimeoutError) as error:
            return [f"Kafka at {', '.join(settings.bootstrap_servers)}: {last.text or repr(error)}"]
    return [
        f"Kafka: topic {topic!r} does not exist or may not be seen" for topic in settings.topics if topic not in topics
    ]


async def _backend(settings: BackendSettings) -> Checked:
    wire, why = first_wire(settings), "as configured"
    if may_change_wire(settings):
        found = await discover(settings, __version__)
        wire, why = found.wire or wire, found.reason
    loop = asyncio.get_running_loop()
    sink = Sink(settings, 1, __version__, loop.time)
    try:
        attempt = await sink.send([_empty_request(wire, settings)], [], wire)
    finally:
        await sink.close()
    note = f"backend at {settings.host}: wire {wire}: {why}"
    match attempt.outcome:
        case Answered():
            # A Langfuse in the mode events_only takes an empty batch too.
            refuses = wire == "ingestion" and await takes_events_only(settings, __version__)
            advice = f"backend at {settings.host}: {ADVICE['event_type_not_accepted']}"
            return Checked([advice] if refuses else [], [note])
        case Held(reason=reason, detail=detail):
            return Checked([f"backend at {settings.host}: {detail}: {ADVICE.get(reason, reason)}"], [note])
        case refused:
            return Checked([f"backend at {settings.host}: an empty batch is refused: {refused.detail}"], [note])


def _empty_request(wire: Wire, settings: BackendSettings) -> bytes:
    if wire == "ingestion":
        return b'{"batch":[]}'
    return b'{"resourceSpans":[]}' if settings.encoding == "json" else b""
