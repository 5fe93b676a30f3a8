"""A provider in OpenAI's API for LiteLLM's calls: chat, whole or streamed, embeddings, and a model that fails."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ANSWER = "Ahoi, Welt"
USAGE = {"prompt_tokens": 11, "completion_tokens": 4, "total_tokens": 15}
FAILING_MODEL = "gpt-4o-failing"
FINGERPRINT = "fp_of_the_provider"


@contextmanager
def provider() -> Iterator[str]:
    """Serves on a free port of 127.0.0.1 inside the block; gives the base URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if request["model"] == FAILING_MODEL:
            self._send(500, {"error": {"message": "the provider is ill", "type": "server_error"}})
        elif self.path.endswith("/embeddings"):
            data = [{"object": "embedding", "index": 0, "embedding": [0.1, 0.2]}]
            usage = {"prompt_tokens": 3, "total_tokens": 3}
            self._send(200, {"object": "list", "model": request["model"], "data": data, "usage": usage})
        elif request.get("stream"):
            self._stream(request["model"])
        else:
            message = {"role": "assistant", "content": ANSWER}
            choices = [{"index": 0, "finish_reason": "stop", "message": message}]
            self._send(200, _completion(request["model"], "chat.completion", choices=choices, usage=USAGE))

    def _stream(self, model: str) -> None:
        deltas: list[tuple[dict[str, str], str | None]] = [({"role": "assistant", "content": ""}, None)]
        deltas += [({"content": word}, None) for word in ANSWER.partition(" ") if word]
        deltas += [({}, "stop")]
        parts = [[{"index": 0, "delta": delta, "finish_reason": reason}] for delta, reason in deltas]
        chunks = [_completion(model, "chat.completion.chunk", choices=part) for part in parts]
        chunks += [_completion(model, "chat.completion.chunk", choices=[], usage=USAGE)]
        lines = [json.dumps(chunk) for chunk in chunks] + ["[DONE]"]
        self._answer(200, "text/event-stream", "".join(f"data: {line}\n\n" for line in lines).encode())

    def _send(self, status: int, body: dict[str, Any]) -> None:
        self._answer(status, "application/json", json.dumps(body).encode())

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a test reads records, not access logs."""


def _completion(model: str, kind: str, **more: object) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1, "model": model, "system_fingerprint": FINGERPRINT, **more}
