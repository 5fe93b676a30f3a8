"""Answers of the inbox and how they go out: as they are, or distorted by a fault.

Knows aiohttp's server side, and nothing of what was asked.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from typing import Any

import msgspec
from aiohttp import web
from msgspec import Struct

from shipper.demo.faults import Delay, Disconnect, Drip, Fault, Hang, Reply

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: close() sends RST
_NO_ANSWER = 0


class Answer(Struct, frozen=True):
    """A whole HTTP answer."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain"

    @classmethod
    def json(cls, status: int, value: Any) -> Answer:
        """An answer with `value` as JSON."""
        return cls(status, msgspec.json.encode(value), "application/json")

    def response(self) -> web.Response:
        """The same for aiohttp."""
        return web.Response(status=self.status, body=self.body, content_type=self.content_type)


async def send(
    request: web.Request, answer: Answer, fault: Fault | None, stopping: asyncio.Event
) -> tuple[web.StreamResponse, int]:
    """Give `answer`, or what the fault makes of it. Returns aiohttp's response and the status seen (0: none).

    Waits end when `stopping` is set; the connection is then closed without an answer.
    """
    if isinstance(fault, Reply):
        body = fault.body.encode() if isinstance(fault.body, str) else fault.body
        return web.Response(status=fault.status, body=body, headers=fault.headers), fault.status
    if isinstance(fault, Delay) and await _stopped_within(stopping, fault.delay_s):
        fault = Hang()
    if isinstance(fault, Hang):
        await stopping.wait()
        _close(request)
    elif isinstance(fault, Disconnect):
        _write_part(request, answer, fault.after_bytes)
        _close(request, flush=not fault.reset)
    elif isinstance(fault, Drip):
        return await _drip(request, answer, fault.interval_s, stopping), answer.status
    else:
        return answer.response(), answer.status
    return web.Response(), _NO_ANSWER


async def _stopped_within(stopping: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await stopping.wait()
    except TimeoutError:
        return False


def _close(request: web.Request, *, flush: bool = False) -> None:
    transport = request.transport
    if transport is None:  # the client was first
        return
    if flush:
        transport.close()
        return
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()


def _write_part(request: web.Request, answer: Answer, length_bytes: int) -> None:
    head = (
        f"HTTP/1.1 {answer.status} -\r\nContent-Type: {answer.content_type}\r\nContent-Length: {len(answer.body)}\r\n"
    )
    if length_bytes and request.transport is not None:
        request.transport.write((head.encode() + b"\r\n" + answer.body)[:length_bytes])


async def _drip(request: web.Request, answer: Answer, interval_s: float, stopping: asyncio.Event) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.content_type})
    response.content_length = len(answer.body)
    await response.prepare(request)
    with suppress(ConnectionError):  # the client has had enough
        for byte in answer.body:
            if await _stopped_within(stopping, interval_s):
                _close(request)
                break
            await response.write(bytes((byte,)))
    return response
