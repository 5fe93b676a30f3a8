"""Runs in the environments `langfuse4` and `langfuse5`: what Langfuse's own SDK sends for an observation.

One question a line on the standard input, one answer a line on the standard output. A question with a `seed` is
answered with the ids that the SDK derives from it; any other is an observation (`observation`: arguments of
`start_observation`, or of `create_event` for an event) in a trace (`trace`: arguments of `propagate_attributes`), and
is answered with the one request that the SDK's exporter posts for it: path, headers, and body in base64.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
from base64 import b64encode
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from threading import Thread
from typing import Any

os.environ["LANGFUSE_MEDIA_UPLOAD_ENABLED"] = "false"

from langfuse import Langfuse, propagate_attributes
from langfuse.api import Prompt_Text
from langfuse.model import TextPromptClient

Json = dict[str, Any]

posted: Queue[Json] = Queue()


class Langfuses(BaseHTTPRequestHandler):
    """Stands for Langfuse's OTLP endpoint."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        headers = {name.lower(): value for name, value in self.headers.items()}
        posted.put({"path": self.path, "headers": headers, "body": b64encode(body).decode()})
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None:
        pass


def observe(client: Langfuse, question: Json) -> Json:
    """Make the observation, end it, and wait for what is posted."""
    fields = dict(question["observation"])
    if "completion_start_time" in fields:
        fields["completion_start_time"] = datetime.fromisoformat(fields["completion_start_time"])
    if "prompt" in fields:
        name, version = fields["prompt"]
        prompt = Prompt_Text(prompt="p", name=name, version=version, config={}, labels=[], tags=[])
        fields["prompt"] = TextPromptClient(prompt)
    with propagate_attributes(**question["trace"]):
        if fields["as_type"] == "event":
            del fields["as_type"]
            client.create_event(trace_context=question["context"], **fields)
        else:
            made = client.start_observation(trace_context=question["context"], **fields)
            if question["public"]:
                made.set_trace_as_public()
            made.end()
    client.flush()
    return posted.get(timeout=30)


def main() -> None:
    server = HTTPServer(("127.0.0.1", 0), Langfuses)
    Thread(target=server.serve_forever, daemon=True).start()
    client = Langfuse(
        public_key="pk-lf-oracle",
        secret_key="sk-lf-oracle",
        base_url=f"http://127.0.0.1:{server.server_port}",
        environment="prod",
        release="r1",
    )
    for line in sys.stdin:
        question = json.loads(line)
        if "seed" in question:
            seed = question["seed"]
            answer = {
                "trace_id": client.create_trace_id(seed=seed),
                "span_id": client._create_observation_id(seed=seed),
            }
        else:
            answer = observe(client, question)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


main()
