"""`shipper check --connect`: does Kafka let us in, are the topics there, does the backend take what we send?

Asks and reads only; joins no group, commits nothing, sends no event.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

import aiohttp
import msgspec
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shipper import __version__
from shipper.kafka import KafkaSettings, LastClientError, client_arguments
from shipper.outcome import Answered, Held
from shipper.sink import BackendSettings, Sink
from shipper.telemetry import ADVICE

if TYPE_CHECKING:
    from shipper.config import Settings

TIMEOUT_S = 20.0


async def problems(settings: Settings) -> list[str]:
    """What stands in the way of a daemon with these settings, a line each; nothing if nothing does."""
    kafka, backend = await asyncio.gather(_kafka(settings.kafka), _backend(settings.backend))
    return kafka + backend


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


async def _backend(settings: BackendSettings) -> list[str]:
    loop = asyncio.get_running_loop()
    sink = Sink(settings, 1, __version__, loop.time)
    try:
        attempt = await sink.send([b'{"batch":[]}'], [])
    finally:
        await sink.close()
    match attempt.outcome:
        case Answered():
            return await _mode(settings)
        case Held(reason=reason, detail=detail):
            return [f"backend at {settings.host}: {detail}: {ADVICE.get(reason, reason)}"]
        case refused:
            return [f"backend at {settings.host}: an empty batch is refused: {refused.detail}"]


async def _mode(settings: BackendSettings) -> list[str]:
    """A Langfuse v4 in its default mode takes an empty batch too: ask its list of traces, which says it to anyone."""
    url = settings.host.rstrip("/") + "/api/public/traces?limit=1"
    context = ssl.create_default_context(cafile=settings.ca_file)
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)) as session,
            session.get(url, ssl=context, allow_redirects=False) as response,
        ):
            body = await response.content.read(65_536)
            if response.status == 404 and "events_only" in str(msgspec.json.decode(body)):
                return [f"backend at {settings.host}: {ADVICE['event_type_not_accepted']}"]
    except (aiohttp.ClientError, OSError, TimeoutError, msgspec.DecodeError, UnicodeDecodeError):
        pass  # other servers say other things here; the batch was taken
    return []
