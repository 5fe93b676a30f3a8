"""The inbox's page: three static files of this package, and what is stored as JSON for them.

The page shows what others wrote: it gets its data as JSON, sets it as text, and may load nothing from elsewhere.
Only requests that name a loopback host are answered, so that no foreign site can read the page through
a name of its own that points here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from importlib.resources import files
from itertools import islice
from typing import Any

import msgspec
from aiohttp import web

from shipper.demo.store import Entity, Store

SHOWN_TRACES = 200
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_FILES = {
    "/": ("index.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
}
_LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})

_Handler = Callable[[web.Request], Awaitable[web.Response]]


def routes(store: Store) -> list[web.RouteDef]:
    """The page's routes: `/` and its files, `/data.json` (totals and the latest traces), `/trace.json?id=`."""

    async def data(request: web.Request) -> web.Response:
        return _json(overview(store))

    async def trace(request: web.Request) -> web.Response:
        found = detail(store, request.query.get("id", ""))
        return _json(found) if found else web.Response(status=404, headers=_HEADERS)

    pages = [web.get(path, _local(_file(name, kind))) for path, (name, kind) in _FILES.items()]
    return [*pages, web.get("/data.json", _local(data)), web.get("/trace.json", _local(trace))]


def overview(store: Store) -> dict[str, Any]:
    """Totals, and one row for each of the latest traces, the last to arrive first."""
    latest = islice(reversed(store.groups), SHOWN_TRACES)
    return {"totals": store.totals, "shown": SHOWN_TRACES, "traces": [_row(store, trace_id) for trace_id in latest]}


def detail(store: Store, trace_id: str) -> dict[str, Any] | None:
    """One trace with its observations in the order of their start, bodies and all; None if it is not there."""
    if trace_id not in store.groups:
        return None
    trace = store.traces.get(trace_id)
    observations = [store.observations[body_id] for body_id in store.groups[trace_id]]
    observations.sort(key=lambda entity: _time(entity, "startTime") or 0.0)
    return {
        "id": trace_id,
        "fields": trace.fields if trace else {},
        "observations": [_call(entity) | {"fields": entity.fields} for entity in observations],
    }


def _row(store: Store, trace_id: str) -> dict[str, Any]:
    trace = store.traces.get(trace_id)
    fields = trace.fields if trace else {}
    observations = [store.observations[body_id] for body_id in store.groups[trace_id]]
    calls = [entity for entity in observations if entity.is_call]
    known = [cost for entity in calls if (cost := entity.cost_usd) is not None]
    starts = [start for entity in observations if (start := _time(entity, "startTime")) is not None]
    ends = [end for entity in observations if (end := _time(entity, "endTime")) is not None]
    started = min(starts, default=_time(trace, "timestamp") if trace else None)
    return {
        "id": trace_id,
        "name": fields.get("name"),
        "user": fields.get("userId"),
        "session": fields.get("sessionId"),
        "tags": fields.get("tags") or [],
        "calls": len(calls),
        "models": list(dict.fromkeys(model for entity in calls if (model := entity.fields.get("model")))),
        "tokens": sum(entity.tokens for entity in calls),
        "cost_usd": sum(known) if known else None,
        "unpriced": sum(entity.is_unpriced for entity in calls),
        "latency_s": max(ends) - min(starts) if starts and ends else None,
        "level": "ERROR" if any(entity.fields.get("level") == "ERROR" for entity in observations) else "DEFAULT",
        "time": started,
    }


def _call(entity: Entity) -> dict[str, Any]:
    start, end = _time(entity, "startTime"), _time(entity, "endTime")
    return {
        "id": entity.id,
        "type": entity.type,
        "tokens": entity.tokens,
        "cost_usd": entity.cost_usd,
        "latency_s": end - start if start is not None and end is not None else None,
    }


def _time(entity: Entity, key: str) -> float | None:
    """Epoch seconds."""
    text = entity.fields.get(key)
    return datetime.fromisoformat(text).timestamp() if text else None


def _file(name: str, content_type: str) -> _Handler:
    text = (files("shipper.demo") / "page" / name).read_text("utf-8")

    async def serve(request: web.Request) -> web.Response:
        return web.Response(text=text, content_type=content_type, headers=_HEADERS)

    return serve


def _local(handler: _Handler) -> _Handler:
    async def guard(request: web.Request) -> web.Response:
        if request.url.host not in _LOCAL_NAMES:
            return web.Response(status=403, text="This page answers to 127.0.0.1 and localhost only.", headers=_HEADERS)
        return await handler(request)

    return guard


def _json(value: Any) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json", headers=_HEADERS)
