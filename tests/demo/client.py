"""A client of the inbox for its tests, and events for it."""

from __future__ import annotations

import json
from typing import Any

import aiohttp

from shipper.demo.inbox import Inbox

PATH = "/api/public/ingestion"
AT = "2026-05-01T12:00:00.000Z"


def event(kind: str, event_id: str = "e1", at: str = AT, /, **body: Any) -> dict[str, Any]:
    """One event of a batch; keyword arguments are its body."""
    return {"id": event_id, "type": kind, "timestamp": at, "body": body}


def headers(inbox: Inbox, **more: str) -> dict[str, str]:
    """What an honest client sends."""
    credentials = aiohttp.encode_basic_auth(inbox.public_key, inbox.secret_key)
    return {"Authorization": credentials, "Content-Type": "application/json", **more}


class Answered:
    """An answer, read to its end."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def successes(self) -> set[str]:
        """Ids that were accepted."""
        return {success["id"] for success in self.json["successes"]}

    @property
    def errors(self) -> dict[str, tuple[int, str]]:
        """Ids that were not, with status and message."""
        return {error["id"]: (error["status"], error["message"]) for error in self.json["errors"]}


async def request(method: str, url: str, **arguments: Any) -> Answered:
    """One request on a connection of its own, redirects not followed."""
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, allow_redirects=False, **arguments) as response,
    ):
        return Answered(response.status, dict(response.headers), await response.read())


async def post(inbox: Inbox, *events: dict[str, Any]) -> Answered:
    """Post a batch as an honest client does."""
    body = json.dumps({"batch": events}).encode()
    return await request("POST", inbox.url + PATH, data=body, headers=headers(inbox))
