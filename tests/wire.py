"""A server that says exactly the bytes it is told to: for what a well-behaved server library cannot do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Wire:
    """What came in: `requests` with head and body, and how many `connections` there were."""

    def __init__(self) -> None:
        self.requests: list[tuple[bytes, bytes]] = []
        self.connections = 0
        self.url = ""

    async def read(self, reader: asyncio.StreamReader) -> None:
        """Take one whole request; IncompleteReadError where the client ends before."""
        head = await reader.readuntil(b"\r\n\r\n")
        length_bytes = int(self.header(head, "content-length") or 0)
        self.requests.append((head, await reader.readexactly(length_bytes)))

    @staticmethod
    def header(head: bytes, name: str) -> str | None:
        """The value of a header of a request, None if it is not there."""
        found = [line for line in head.decode().split("\r\n")[1:] if line.lower().startswith(f"{name}:")]
        assert len(found) <= 1
        return found[0].partition(":")[2].strip() if found else None


@asynccontextmanager
async def wire(*answers: bytes | Script) -> AsyncIterator[Wire]:
    """Serve the answers one a request, the last again and again; a Script has the connection to itself.

    Bytes are said after the whole request was read, and the connection stays open.
    """
    served = Wire()
    left = list(answers)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.connections += 1
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            while True:
                answer = left.pop(0) if len(left) > 1 else left[0]
                if not isinstance(answer, bytes):
                    await answer(reader, writer)
                    return
                await served.read(reader)
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has gone
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    served.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield served
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def answer(status: int, body: bytes, *headers: str) -> bytes:
    """A whole answer as bytes."""
    lines = [f"HTTP/1.1 {status} -", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
