"""What tests ask of a Phoenix over HTTP: send spans as OTLP, read them back by REST and GraphQL.

Paths and pages as its own OpenAPI document has them (`/openapi.json` of arize-phoenix 20.26). Knows nothing of
processes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from http.client import HTTPConnection
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

TIMEOUT_S = 30.0
STORED_WITHIN_S = 60.0
LOOK_AGAIN_S = 0.2  # it reads and stores on one thread: who asks too often waits longer
TRACES = "/v1/traces"
PROTOBUF = "application/x-protobuf"
PAGE = 1000  # the most that it gives at once
PROJECT_HEADER = "x-project-name"


class HttpReply(NamedTuple):
    """What came back."""

    status: int
    content_type: str
    body: bytes


class StoredSpan(NamedTuple):
    """A span as its REST interface shows it: ids in hex, attributes flat, times to the microsecond."""

    trace_id: str
    span_id: str
    parent_id: str | None
    name: str
    kind: str
    start: datetime
    end: datetime
    status: str
    status_message: str
    attributes: Mapping[str, Any]


class PhoenixApi:
    """A Phoenix that listens on a port of 127.0.0.1. Whatever is asked raises OSError while nobody answers there."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def exchange(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> HttpReply:
        """One request on a connection of its own."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)) as connection:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            return HttpReply(response.status, response.getheader("content-type", ""), response.read())

    def send(self, body: bytes, project: str, content_type: str = PROTOBUF, **headers: str) -> HttpReply:
        """Post a body to where spans go. `headers`: further ones, `_` for the dash."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.exchange("POST", TRACES, body, {"content-type": content_type, PROJECT_HEADER: project} | named)

    def spans(self, project: str, page: int = PAGE) -> list[StoredSpan]:
        """All spans of a project, as they were stored; none if it does not exist. Raises ValueError for other answers.

        `page`: how many to read at once.
        """
        found: list[StoredSpan] = []
        query: dict[str, object] = {"limit": page, "order": "asc"}
        while True:
            reply = self.exchange("GET", f"/v1/projects/{quote(project)}/spans?{urlencode(query)}")
            if reply.status == 404 and not found:
                return []
            if reply.status != 200:
                raise ValueError(f"reading {project}: HTTP {reply.status} {reply.body[:500]!r}")
            answer = json.loads(reply.body)
            found += map(_span, answer["data"])
            if answer["next_cursor"] is None:
                return found
            query["cursor"] = answer["next_cursor"]

    def stored(self, project: str, count: int, within_s: float = STORED_WITHIN_S) -> list[StoredSpan]:
        """All spans of a project when it has `count` at least: it answers before it stores. Raises TimeoutError."""
        deadline = time.monotonic() + within_s
        while len(found := self.spans(project)) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{project}: {len(found)} of {count} spans after {within_s:g} s")
            time.sleep(LOOK_AGAIN_S)
        return found

    def query(self, query: str) -> Any:
        """The data that a GraphQL query gives. Raises ValueError if it gives errors."""
        body = json.dumps({"query": query}).encode()
        reply = self.exchange("POST", "/graphql", body, {"content-type": "application/json"})
        answer = json.loads(reply.body)
        if reply.status != 200 or answer.get("errors"):
            raise ValueError(f"GraphQL: HTTP {reply.status} {answer}")
        return answer["data"]

    def span_fields(self, project: str, fields: str) -> list[Mapping[str, Any]]:
        """GraphQL fields of up to a thousand spans of a project, as its page shows them."""
        data = self.query(f"{{projects{{edges{{node{{name spans(first: 1000){{edges{{node{{{fields}}}}}}}}}}}}}}}")
        found = (edge["node"] for edge in data["projects"]["edges"])
        return [edge["node"] for node in found if node["name"] == project for edge in node["spans"]["edges"]]

    def sessions(self, project: str) -> dict[str, int]:
        """Session → number of its traces, up to a thousand of a project."""
        fields = "node{name sessions(first: 1000){edges{node{sessionId numTraces}}}}"
        found = (edge["node"] for edge in self.query(f"{{projects{{edges{{{fields}}}}}}}")["projects"]["edges"])
        listed = (edge["node"] for node in found if node["name"] == project for edge in node["sessions"]["edges"])
        return {one["sessionId"]: one["numTraces"] for one in listed}


def _span(row: Mapping[str, Any]) -> StoredSpan:
    return StoredSpan(
        trace_id=row["context"]["trace_id"],
        span_id=row["context"]["span_id"],
        parent_id=row["parent_id"],
        name=row["name"],
        kind=row["span_kind"],
        start=datetime.fromisoformat(row["start_time"]),
        end=datetime.fromisoformat(row["end_time"]),
        status=row["status_code"],
        status_message=row["status_message"],
        attributes=row["attributes"],
    )
