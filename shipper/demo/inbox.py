"""An embedded trace inbox: an HTTP server on loopback that speaks Langfuse's ingestion contract.

Source of the contract: `web/src/pages/api/public/ingestion.ts` of Langfuse (self-hosted v3), order of its checks
included: size, JSON, key, envelope, then every event on its own. It is the backend of the demo and of the tests,
which script its faults (`shipper.demo.faults`). Knows nothing of Kafka and of the daemon.
"""

from __future__ import annotations

import asyncio
import time
from base64 import b64decode
from collections import Counter, deque
from collections.abc import Callable, Sequence
from ssl import SSLContext
from types import TracebackType
from typing import Self

import msgspec
from aiohttp import web

from shipper.demo import page
from shipper.demo.answer import Answer, send
from shipper.demo.faults import EVENTS_ONLY, Arrival, Fault, keeps
from shipper.demo.ingestion import Event, Refusal, judge, refuse, skim, split
from shipper.demo.settlement import answer_of, arrivals_of, noted
from shipper.demo.store import Store

MAX_BODY_BYTES = 4_718_592  # "4.5mb"
_READ_AT_MOST_BYTES = 4 * MAX_BODY_BYTES  # above it the real server closes the connection in mid-body
_PATH = "/api/public/ingestion"
_UNAUTHORISED = Answer.json(401, {"error": "UnauthorizedError", "message": "Invalid credentials"})
_V4_ONLY = {"message": "Not available: this server is running in Langfuse v4 events_only mode"}
_NOT_FOUND = b"<!DOCTYPE html><html><head><title>404</title></head><body>This page could not be found.</body></html>"


class PortUnavailable(Exception):
    """The inbox cannot listen on its port; the text says why."""


class Inbox:
    """The inbox as an async context manager, or with `start()` and `stop()`; it can be started again on its port.

    `validate=False` (for measuring) believes every event: nothing is merged, `arrivals` have no hashes.
    `keep` bounds memory: details of the last so many traces, and no `arrivals`. `events_only` makes it a Langfuse v4.
    `faults` are acted out one a request, None being an honest answer; when none is left, `fault` is asked, if set,
    with the request's number and what came in. `statuses` counts answers by HTTP status (0: no answer at all).
    """

    def __init__(
        self,
        *,
        public_key: str = "pk-lf-demo",
        secret_key: str = "sk-lf-demo",  # noqa: S107 - opens nothing but this inbox
        port: int = 0,
        validate: bool = True,
        keep: int | None = None,
        events_only: bool = False,
        keep_alive_s: float = 5.0,
        tls: SSLContext | None = None,
    ) -> None:
        self.public_key, self.secret_key = public_key, secret_key
        self.port = port
        self.events_only = events_only
        self.store = Store(keep)
        self.arrivals: list[Arrival] = []
        self.faults: deque[Fault | None] = deque()
        self.fault: Callable[[int, Sequence[Arrival]], Fault | None] | None = None
        self.requests = 0
        self.statuses: Counter[int] = Counter()
        self._validate, self._bounded = validate, keep is not None
        self._keep_alive_s, self._tls = keep_alive_s, tls
        self._runner: web.AppRunner | None = None
        self._stopping = asyncio.Event()
        self._changed = asyncio.Condition()

    @property
    def url(self) -> str:
        """Base address, as for `backend.host`."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen; a port of 0 becomes the one that the system chose. Raises PortUnavailable."""
        self._stopping.clear()
        app = web.Application()
        app.router.add_route("*", _PATH, self._ingestion)
        app.router.add_route("*", _PATH + "/", _without_slash)
        app.router.add_get("/api/public/health", self._health)
        app.router.add_get("/api/public/traces", self._list_traces)
        app.add_routes(page.routes(self.store))
        app.router.add_route("*", "/{path:.*}", _not_found)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            auto_decompress=False,  # the real server does not read Content-Encoding
            keepalive_timeout=self._keep_alive_s,
            shutdown_timeout=0.5,
        )
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=self._tls).start()
        except OSError as error:
            await self.stop()
            raise PortUnavailable(f"the inbox cannot listen on port {self.port}: {error.strerror}") from error
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening and close every connection, hanging ones too. What is stored stays."""
        runner, self._runner = self._runner, None
        if runner is not None:
            self._stopping.set()
            await runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def until(self, done: Callable[[Self], bool]) -> None:
        """Wait until `done(inbox)` holds; it is asked again after every request. The time-out is the caller's."""
        async with self._changed:
            await self._changed.wait_for(lambda: done(self))

    async def _ingestion(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        number = self.requests
        fault: Fault | None = None
        received = await self._receive(request)
        if isinstance(received, Answer):
            answer = received
        else:
            answer, fault = self._settle(number, received)
            await self._notify()
        response, status = await send(request, answer, fault, self._stopping)
        self.statuses[status] += 1
        await self._notify()
        return response

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _receive(self, request: web.Request) -> Answer | list[Event | Refusal]:
        """The batch's events, judged; or the answer to a request that is wrong as a whole."""
        if request.method != "POST":
            return Answer.json(405, {"message": "Method not allowed"})
        body = await _read(request)
        if body is None:
            return Answer(413, b"Body exceeded 4.5mb limit")
        authorised = self._authorised(request)
        try:
            if request.content_type != "application/json":
                raise msgspec.ValidationError("Invalid input: expected object, received string")
            if not self._validate and authorised:
                return list(skim(body))
            events = split(body)
        except msgspec.ValidationError as error:
            wrong = Answer.json(400, {"message": "Invalid request data", "errors": [str(error)]})
            return wrong if authorised else _UNAUTHORISED
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return Answer(400, b"Invalid JSON")
        if authorised:
            return [judge(data) for data in events]
        if request.headers.get("Authorization") == f"Bearer {self.public_key}":
            return [_in_score_scope(judge(data)) for data in events]
        return _UNAUTHORISED

    def _authorised(self, request: web.Request) -> bool:
        """Whether the secret key is ours: the public key decides nothing, as on the real server."""
        scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
        try:
            return scheme == "Basic" and b64decode(credentials).decode().partition(":")[2] == self.secret_key
        except ValueError:
            return False

    def _settle(self, number: int, received: list[Event | Refusal]) -> tuple[Answer, Fault | None]:
        """Store what is to be stored, note all that came; gives the contract's answer, and how to distort it."""
        arrivals = arrivals_of(number, received, time.monotonic())
        fault = self._next_fault(number, arrivals)
        for event, arrival in zip(received, arrivals, strict=True):
            if isinstance(event, Event) and keeps(fault, arrival):
                self.store.put(event)
        if not self._bounded:
            self.arrivals += noted(arrivals, fault)
        return Answer.json(207, answer_of(received, arrivals, fault)), fault

    def _next_fault(self, number: int, arrivals: list[Arrival]) -> Fault | None:
        if self.faults:
            fault = self.faults.popleft()
        else:
            fault = self.fault(number, arrivals) if self.fault else None
        return EVENTS_ONLY if fault is None and self.events_only else fault

    async def _health(self, request: web.Request) -> web.Response:
        return Answer.json(200, {"status": "OK", "version": "4.16.0" if self.events_only else "3.225.4"}).response()

    async def _list_traces(self, request: web.Request) -> web.Response:
        """Only as much as a client needs to find out which Langfuse this is."""
        if self.events_only:
            return Answer.json(404, _V4_ONLY).response()
        if not self._authorised(request):
            return _UNAUTHORISED.response()
        count = len(self.store.traces)
        return Answer.json(200, {"data": [], "meta": {"totalItems": count}}).response()


async def _read(request: web.Request) -> bytes | None:
    """The body; None above the limit. Far above it the connection is closed while the client still sends."""
    body, length_bytes = bytearray(), 0
    async for chunk in request.content.iter_any():
        length_bytes += len(chunk)
        if length_bytes <= MAX_BODY_BYTES:
            body += chunk
        elif length_bytes > _READ_AT_MOST_BYTES and request.transport is not None:
            request.transport.abort()
            break
    return bytes(body) if length_bytes <= MAX_BODY_BYTES else None


def _in_score_scope(event: Event | Refusal) -> Event | Refusal:
    """A public key alone may write scores; the real server says so event by event."""
    if isinstance(event, Refusal) or event.kind in ("score", "log"):
        return event
    return refuse(event.data, 401, "Authentication error", "Access Scope Denied")


async def _without_slash(request: web.Request) -> web.Response:
    return web.Response(status=308, headers={"Location": _PATH})


async def _not_found(request: web.Request) -> web.Response:
    return Answer(404, _NOT_FOUND, "text/html").response()
