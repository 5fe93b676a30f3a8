"""One HTTP attempt: a body goes out, an Outcome comes back. No retry, no sleep.

Rule: nothing the other end does becomes an exception here, takes longer than the time-out or more memory than
a reply may have; and no detail made here repeats what it sends, because a broken proxy may echo our own keys.
What an answer says is read by `mapping.reply` and `mapping.otlp_reply`.
"""

from __future__ import annotations

import asyncio
import math
import ssl
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
from isal import isal_zlib
from msgspec import Struct

from shipper.endpoint import BackendSettings, endpoints
from shipper.mapping.otlp_reply import read_traces_reply
from shipper.mapping.reply import read_ingestion_reply
from shipper.outcome import Held, Outcome, Reply
from shipper.records import Wire

DETAIL_MAX = 200  # characters


REPLY_MAX_BYTES = 16_777_216  # a 207 that refuses every event of a large batch in many words stays below this
GZIP_LEVEL = 1  # of isal's 0 to 3: a third of zlib's time at its fastest, for a body as small
THREAD_BYTES = 65_536  # below that a thread costs more than it saves
KEEP_ALIVE_S = 4.0  # Langfuse's server closes idle connections after 5 s: be first, or requests race with its close
WRITE_BYTES = 65_536  # below what malloc maps and unmaps each time
_GZIP_FORMAT = 31  # the largest window, and gzip's header
_NO_WORD = frozenset({"error", "502", "504"})  # the last two are a proxy's that heard nothing from the backend


class Sink:
    """The endpoints of one backend."""

    def __init__(self, settings: BackendSettings, in_flight: int, version: str, clock: Callable[[], float]) -> None:
        """`in_flight`: how many attempts may be under way at a time. Must be made inside a running loop."""
        self._timeout_s = settings.timeout_s
        self._clock = clock
        self._endpoints = endpoints(settings, version)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=in_flight,
                keepalive_timeout=KEEP_ALIVE_S,
                ssl=ssl.create_default_context(cafile=settings.ca_file),
            ),
            timeout=aiohttp.ClientTimeout(total=settings.timeout_s),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        )

    async def send(self, body: Sequence[bytes], ids: Sequence[str], wire: Wire = "ingestion") -> Attempt:
        """Post one body by this wire, given in chunks; `ids` are the ids of its events, in their order."""
        began_s = self._clock()
        endpoint = self._endpoints[wire]
        headers = endpoint.headers
        if endpoint.gzip:
            body = [await compressed(body)]
            headers = {**headers, "Content-Encoding": "gzip"}
        chunks = _Chunks(body, headers["Content-Type"])
        try:
            code, outcome = await self._post(endpoint.url, chunks, headers, ids, wire)
        except TimeoutError:
            code, outcome = "error", Held("backend_unavailable", f"no reply within {self._timeout_s:g} s")
        except (aiohttp.ClientError, OSError) as error:
            code, outcome = "error", Held("backend_unavailable", _why(error))
        is_ambiguous = code in _NO_WORD and chunks.is_written
        return Attempt(outcome, code, self._clock() - began_s, is_ambiguous)

    async def _post(
        self, url: str, chunks: _Chunks, headers: Mapping[str, str], ids: Sequence[str], wire: Wire
    ) -> tuple[str, Outcome]:
        async with self._session.post(url, data=chunks, headers=headers, allow_redirects=False) as response:
            reply = Reply(response.status, await _read(response.content), _retry_after_s(response.headers))
        if wire == "otlp":
            return str(reply.status), read_traces_reply(reply, len(ids))
        return str(reply.status), read_ingestion_reply(reply, ids)

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()


class Attempt(Struct, frozen=True):
    """What came of one request: `code` is the HTTP status, or `error` where no reply came.

    `ambiguous`: all of it was written and the backend said nothing of it; it may have stored the events or not.
    """

    outcome: Outcome
    code: str
    seconds: float
    ambiguous: bool = False


async def compressed(body: Sequence[bytes]) -> bytes:
    """The body as gzip; a large one in a thread, so that nobody waits for it."""
    if sum(map(len, body)) < THREAD_BYTES:
        return _gzip(body)
    return await asyncio.to_thread(_gzip, body)


def _gzip(body: Sequence[bytes]) -> bytes:
    compressor = isal_zlib.compressobj(GZIP_LEVEL, wbits=_GZIP_FORMAT)
    return b"".join([*map(compressor.compress, body), compressor.flush()])


class _Chunks(aiohttp.Payload):
    """A body of known length that is never copied into one piece."""

    def __init__(self, chunks: Sequence[bytes], content_type: str) -> None:
        super().__init__(chunks, content_type=content_type)
        self._chunks = chunks
        self._size = sum(map(len, chunks))
        self.is_written = False

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return b"".join(self._chunks).decode(encoding, errors)

    async def write(self, writer: aiohttp.abc.AbstractStreamWriter) -> None:
        await self.write_with_length(writer, None)

    async def write_with_length(self, writer: aiohttp.abc.AbstractStreamWriter, content_length: int | None) -> None:
        part: list[bytes] = []
        part_bytes = 0
        for chunk in self._chunks:
            part.append(chunk)
            part_bytes += len(chunk)
            if part_bytes >= WRITE_BYTES:
                await writer.write(b"".join(part))
                part, part_bytes = [], 0
        await writer.write(b"".join(part))
        self.is_written = True


def _why(error: Exception) -> str:
    """The error's name; its text only where that comes from the system or from TLS, and not from the other end."""
    name = type(error).__name__
    return f"{name}: {error}"[:DETAIL_MAX] if isinstance(error, OSError) else name


async def _read(content: aiohttp.StreamReader) -> bytes | None:
    """The reply, or None if it is longer than any reply of the contract."""
    parts, size_bytes = [], 0
    async for part in content.iter_any():
        parts.append(part)
        size_bytes += len(part)
        if size_bytes > REPLY_MAX_BYTES:
            return None
    return b"".join(parts)


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds or an HTTP date (RFC 9110 §10.2.3); a date is measured against the server's own clock if it tells it."""
    text = headers.get("Retry-After", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            at = parsedate_to_datetime(text)
            now = parsedate_to_datetime(headers["Date"]) if "Date" in headers else datetime.now(UTC)
            seconds = (at - now).total_seconds()
        except (ValueError, TypeError, OverflowError):  # the last for a zone offset beyond all bounds
            return None
    return seconds if 0 < seconds < math.inf else None
