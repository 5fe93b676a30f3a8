"""Which wire a Langfuse takes, by what it says of itself. Asks two pages that need no key; sends no event.

Source: Langfuse, web/src/pages/api/public/health.ts, and what `events_only` answers on the older pages. Version 4 takes
traces by OTLP in every write mode, and in its default one by nothing else; version 3 merges what comes twice on its
ingestion API, and not what comes by OTLP.
"""

from __future__ import annotations

import ssl
from typing import Any

import aiohttp
import msgspec
from msgspec import Struct

from shipper.endpoint import BackendSettings, endpoints
from shipper.mapping.reply import clean
from shipper.records import Wire

TIMEOUT_S = 5.0
_FIRST_OTLP_MAJOR = 4
_PAGE_MAX_BYTES = 65_536
_TRACES = "/api/public/traces?limit=1"
_FAILURES = (aiohttp.ClientError, OSError, TimeoutError)


class Discovered(Struct, frozen=True):
    """`wire` is None if the server could not be asked; `reason` is for an operator's eyes."""

    wire: Wire | None
    reason: str
    version: str = ""


async def discover(settings: BackendSettings, version: str) -> Discovered:
    """Ask the server; never raises. `version` is shipper's own."""
    async with _session(settings, version) as session:
        try:
            status, health = await _get(session, settings.host.rstrip("/") + "/api/public/health")
            told = clean(str(health.get("version", ""))) if status == 200 else ""
            major = told.lstrip("v").partition(".")[0]
            if major.isdecimal():
                wire: Wire = "otlp" if int(major) >= _FIRST_OTLP_MAJOR else "ingestion"
                return Discovered(wire, f"it is a Langfuse {told}", told)
            status, traces = await _get(session, settings.host.rstrip("/") + _TRACES)
        except _FAILURES as error:
            return Discovered(None, f"it could not be asked: {type(error).__name__}")
    if _says_events_only(status, traces):
        return Discovered("otlp", "it says that it is a Langfuse in the mode events_only")
    if status >= 500:
        return Discovered(None, f"it could not be asked: HTTP {status}")
    # Perhaps a proxy lets nothing else through; if it takes no traces there, it will say so.
    return Discovered("ingestion", "it tells no version")


async def takes_events_only(settings: BackendSettings, version: str) -> bool:
    """Whether the server says that it takes no traces on its ingestion API; never raises."""
    async with _session(settings, version) as session:
        try:
            return _says_events_only(*await _get(session, settings.host.rstrip("/") + _TRACES))
        except _FAILURES:
            return False


def _session(settings: BackendSettings, version: str) -> aiohttp.ClientSession:
    headers = {
        name: value
        for name, value in endpoints(settings, version)["ingestion"].headers.items()
        if name not in ("Authorization", "Content-Type")  # neither page asks for a key, and a proxy might log it
    }
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=settings.ca_file))
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    return aiohttp.ClientSession(connector=connector, timeout=timeout, headers=headers)


def _says_events_only(status: int, traces: dict[str, Any]) -> bool:
    return status == 404 and "events_only" in str(traces.get("message", ""))


async def _get(session: aiohttp.ClientSession, url: str) -> tuple[int, dict[str, Any]]:
    """Status and JSON object of a page; an empty one for anything else."""
    async with session.get(url, allow_redirects=False) as response:
        body = await response.content.read(_PAGE_MAX_BYTES)
    try:
        return response.status, msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return response.status, {}
