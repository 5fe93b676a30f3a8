"""One HTTP attempt: a body goes out, an Outcome comes back. No retry, no sleep.

Rule: nothing the other end does becomes an exception here, takes longer than the time-out or more memory than
a reply may have; and no detail made here repeats what it sends, because a broken proxy may echo our own keys.
Knows the endpoint and its codes; what an answer's body says is read by `mapping.reply`.
"""

from __future__ import annotations

import math
import ssl
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Literal

import aiohttp
from msgspec import Meta, Struct

from shipper.mapping.reply import is_own_refusal, read_reply
from shipper.outcome import Held, HoldReason, Malformed, Outcome, TooLarge
from shipper.secret import Secret

DETAIL_MAX = 200  # characters


class BackendSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `backend`."""

    kind: Annotated[Literal["langfuse", "otlp"], Meta(description="What the backend is.")] = "langfuse"
    host: Annotated[str, Meta(description="Base URL, e.g. https://langfuse.example.com (a path prefix is kept).")] = ""
    api: Annotated[
        Literal["auto", "ingestion", "otlp"],
        Meta(description="Which wire to speak; auto takes what the server takes."),
    ] = "auto"
    public_key: Annotated[str, Meta(description="Public key of the Langfuse project (pk-lf-…).")] = ""
    secret_key: Annotated[Secret | None, Meta(description="Secret key of the Langfuse project (sk-lf-…).")] = None
    timeout_s: Annotated[
        float, Meta(gt=0, le=600, description="Total time of one attempt, from connect to the last byte of the reply.")
    ] = 20.0
    ca_file: Annotated[
        str | None, Meta(description="PEM file with the CA of the backend; the system's CAs if absent.")
    ] = None
    insecure_http: Annotated[
        bool, Meta(description="Allow http:// to a host that is not loopback: keys and prompts then travel in clear.")
    ] = False


REPLY_MAX_BYTES = 16_777_216  # a 207 that refuses every event of a large batch in many words stays below this
KEEP_ALIVE_S = 4.0  # Langfuse's server closes idle connections after 5 s: be first, or requests race with its close
WRITE_BYTES = 65_536  # below what malloc maps and unmaps each time


class Sink:
    """The backend's ingestion endpoint."""

    def __init__(self, settings: BackendSettings, in_flight: int, version: str, clock: Callable[[], float]) -> None:
        """`in_flight`: how many attempts may be under way at a time. Must be made inside a running loop."""
        self._settings = settings
        self._clock = clock
        self._url = settings.host.rstrip("/") + "/api/public/ingestion"
        secret_key = settings.secret_key.reveal() if settings.secret_key else ""
        self._headers = {
            "Authorization": "Basic " + b64encode(f"{settings.public_key}:{secret_key}".encode()).decode(),
            "Accept-Encoding": "identity",  # a compressed reply could be far larger than it looks
            "Content-Type": "application/json",
            "User-Agent": f"shipper/{version}",
            "x-langfuse-sdk-name": "shipper",
            "x-langfuse-sdk-version": version,
            "x-langfuse-public-key": settings.public_key,
        }
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

    async def send(self, body: Sequence[bytes], ids: Sequence[str]) -> Attempt:
        """Post one body, given in chunks; `ids` are the envelope ids of its events, in their order."""
        began_s = self._clock()
        code, outcome = await self._post(body, ids)
        return Attempt(outcome, code, self._clock() - began_s)

    async def _post(self, body: Sequence[bytes], ids: Sequence[str]) -> tuple[str, Outcome]:
        try:
            async with self._session.post(
                self._url, data=_Chunks(body), headers=self._headers, allow_redirects=False
            ) as response:
                reply = await _read(response.content)
                return str(response.status), _outcome(response.status, response.headers, reply, ids)
        except TimeoutError:
            return "error", Held("backend_unavailable", f"no reply within {self._settings.timeout_s:g} s")
        except (aiohttp.ClientError, OSError) as error:
            return "error", Held("backend_unavailable", _why(error))

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()


class Attempt(Struct, frozen=True):
    """What came of one request: `code` is the HTTP status, or `error` where no reply came."""

    outcome: Outcome
    code: str
    seconds: float


class _Chunks(aiohttp.Payload):
    """A body of known length that is never copied into one piece."""

    def __init__(self, chunks: Sequence[bytes]) -> None:
        super().__init__(chunks, content_type="application/json")
        self._chunks = chunks
        self._size = sum(map(len, chunks))

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


def _outcome(status: int, headers: Mapping[str, str], reply: bytes | None, ids: Sequence[str]) -> Outcome:
    """Source of the codes: Langfuse's `web/src/pages/api/public/ingestion.ts`; the rest is what stands before it."""
    detail = f"HTTP {status}"
    if 200 <= status < 300:
        answer = read_reply(reply, ids) if reply is not None else None
        return answer or Held("unknown_reply", detail + " without the contract's body")
    own = reply is not None and is_own_refusal(reply)
    if status == 413:
        return TooLarge(own, detail)
    if status == 400:
        return Malformed(detail) if own else Held("unknown_refusal", detail)
    reason: HoldReason = _REASONS.get(status) or ("backend_unavailable" if status >= 500 else "unknown_refusal")
    if 300 <= status < 400:
        reason = "not_found"
    return Held(reason, detail, _retry_after_s(headers))


_REASONS: Mapping[int, HoldReason] = {
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "not_found",
    408: "backend_unavailable",
    410: "not_found",
    425: "backend_unavailable",
    429: "throttled",
}


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
