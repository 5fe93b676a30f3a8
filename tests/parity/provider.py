"""Any provider of models: answers each case's requests with what the case has in store for it."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Mapping[str, Any]  # status, type, and one of: json, text, base64 (bytes), lines (of a stream)
HEADERS = {
    "x-request-id": "req_abc123",
    "openai-processing-ms": "412",
    "x-ratelimit-remaining-requests": "9999",
    "x-ratelimit-reset-requests": "6ms",
}

NOBODY: Reply = {"status": 404, "json": {"error": {"message": "the case has no reply", "type": "not_found"}}}


@contextmanager
def provider(replies: Mapping[str, Sequence[Reply]]) -> Iterator[str]:
    """Serves on a free port of 127.0.0.1 inside the block; gives the URL, below which each case has a path.

    A case's replies come in order, and the last one again and again.
    """
    served: dict[str, int] = {}
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            case = self.path.split("/")[1]
            with lock:
                number = served.get(case, 0)
                served[case] = number + 1
            stored = replies.get(case) or [NOBODY]
            self._answer(stored[min(number, len(stored) - 1)])

        do_GET = do_PUT = do_DELETE = do_POST

        def _answer(self, reply: Reply) -> None:
            time.sleep(reply.get("delay_s", 0))
            body = _body(reply)
            self.send_response(reply.get("status", 200))
            for name, value in {**HEADERS, **reply.get("headers", {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Type", reply.get("type", "application/json"))
            self.send_header("Content-Length", str(len(body) + reply.get("missing_bytes", 0)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: a test reads records, not access logs."""

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that gave up is part of a case."""

    server = Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _body(reply: Reply) -> bytes:
    if "lines" in reply:
        return "".join(f"{line}\n\n" for line in reply["lines"]).encode()
    if "base64" in reply:
        return base64.b64decode(reply["base64"])
    return reply["text"].encode() if "text" in reply else json.dumps(reply["json"]).encode()
