"""What the inbox holds: traces and observations merged by body id as Langfuse does, and totals over everything.

Merge rule (Langfuse, `worker/src/services/IngestionService`): events of one body id in the order of their envelope
timestamps, whatever order they arrive in; a later value wins, a null too; `metadata` is merged by its keys (there:
in depth), `tags` are united; the last non-empty `input` and `output` stay; identity and start are the first's.
A span that comes again replaces what was there, all of it, as in Langfuse's table of events; its trace is merged.
With `keep` set, details of older traces are forgotten; the totals still count every observation once.
Pure. Knows neither HTTP nor the page.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct, field

from shipper.demo.ingestion import Event

_FIRST_WINS = frozenset({"id", "traceId", "startTime", "timestamp", "environment"})
_TRUTHY_WINS = frozenset({"input", "output"})
_SORTS = {"span": "observation"}  # the same thing by another wire


class Entity(Struct):
    """A trace, an observation or a score as merged so far: the body's keys (camelCase), and when each was set.

    `type` is Langfuse's name: GENERATION, SPAN, EVENT, TOOL…; TRACE and SCORE for the two others.
    """

    id: str
    type: str
    fields: dict[str, Any] = field(default_factory=dict)
    stamps: dict[str, datetime] = field(default_factory=dict)

    def merge(self, stamp: datetime, body: dict[str, Any]) -> None:
        """Take in one more event's body."""
        for key, value in body.items():
            if key == "metadata":
                entries = value if isinstance(value, dict) else {} if value is None else {"metadata": value}
                held = self.fields.setdefault("metadata", {})
                for name, entry in entries.items():
                    self._set(held, name, f"metadata.{name}", entry, stamp)
            elif key == "tags":
                self.fields[key] = sorted({*(self.fields.get(key) or ()), *(value or ())})
            else:
                self._set(self.fields, key, key, value, stamp)

    def _set(self, held: dict[str, Any], key: str, path: str, value: Any, stamp: datetime) -> None:
        since = self.stamps.get(path)
        if since is None or _overwrites(path, held[key], value, stamp >= since):
            held[key], self.stamps[path] = value, stamp

    @property
    def is_call(self) -> bool:
        """Whether this is the observation of a call; spans and events are what happens around one."""
        return self.type not in ("TRACE", "SCORE", "SPAN", "EVENT")

    @property
    def tokens(self) -> int:
        """Tokens of the call: `usageDetails.total`, else the sum of the older `usage`, else 0."""
        details, usage = self.fields.get("usageDetails") or {}, self.fields.get("usage") or {}
        if isinstance(total := details.get("total"), int):
            return total
        return int(usage.get("total") or (usage.get("input") or 0) + (usage.get("output") or 0))

    @property
    def cost_usd(self) -> float | None:
        """Cost of the call in USD: `costDetails.total`, else `usage.totalCost`; None where nobody knows it."""
        for key, name in (("costDetails", "total"), ("usage", "totalCost")):
            value = (self.fields.get(key) or {}).get(name)
            if isinstance(value, int | float):
                return float(value)
        return None

    @property
    def is_unpriced(self) -> bool:
        """Whether a model answered and nobody knows what it cost."""
        answered = self.is_call and self.fields.get("model") and self.fields.get("level") != "ERROR"
        return bool(answered) and self.cost_usd is None


class Totals(Struct):
    """Over everything ever accepted. `call_posts` counts every arrival of a call, `calls` each call once, and
    `call_spans` those arrivals that were spans.

    `unpriced` are calls that a model answered at a cost nobody knows; `duplicates` are events whose envelope id, and
    spans whose id, had come before.
    """

    traces: int = 0
    calls: int = 0
    call_posts: int = 0
    call_spans: int = 0
    tokens: int = 0
    cost_usd: float = 0.0
    unpriced: int = 0
    errors: int = 0
    events: int = 0
    duplicates: int = 0


class Store:
    """Accepted events, merged. `groups` names the observations of each trace id, oldest trace first."""

    def __init__(self, keep: int | None = None) -> None:
        self.traces: dict[str, Entity] = {}
        self.observations: dict[str, Entity] = {}
        self.scores: dict[str, Entity] = {}
        self.groups: dict[str, list[str]] = {}
        self.totals = Totals()
        self._keep = keep
        self._event_ids: set[int] = set()
        self._body_ids: set[int] = set()

    def put(self, event: Event) -> None:
        """Take in one accepted event. Without a body id it is counted and forgotten, as on the real server."""
        self.totals.events += 1
        self.totals.duplicates += not _add(self._event_ids, event.id)
        body_id = event.body.get("id")
        if not isinstance(body_id, str) or event.kind in ("log", "skimmed"):
            return
        known = not _add(self._body_ids, f"{_SORTS.get(event.kind, event.kind)} {body_id}")
        if event.kind == "trace":
            self._put_trace(body_id, event.stamp, event.body, known)
        elif event.kind == "observation":
            self._put_observation(body_id, event, known)
        elif event.kind == "span":
            self._put_span(body_id, event, known)
        else:
            self.scores.setdefault(body_id, Entity(body_id, "SCORE")).merge(event.stamp, event.body)

    def has_observation(self, body_id: str) -> bool:
        """Whether an observation with this id was ever accepted, forgotten or not."""
        return hash(f"observation {body_id}") in self._body_ids

    def _put_trace(self, body_id: str, stamp: datetime, body: dict[str, Any], known: bool) -> None:
        self.totals.traces += not known
        if known and body_id not in self.traces:
            return  # forgotten
        self.traces.setdefault(body_id, Entity(body_id, "TRACE")).merge(stamp, body)
        self.groups.setdefault(body_id, [])
        self._forget()

    def _put_observation(self, body_id: str, event: Event, known: bool) -> None:
        entity = self.observations.get(body_id)
        if entity is None:
            kind = event.body.get("type") if event.type.startswith("observation") else None
            entity = Entity(body_id, kind or event.type.rpartition("-")[0].upper())
        if entity.is_call and event.type.endswith("-create"):
            self.totals.call_posts += 1
        if known and body_id not in self.observations:
            return  # forgotten
        if known:
            self._count(entity, -1)
        else:
            self.observations[body_id] = entity
            self.groups.setdefault(event.body.get("traceId") or body_id, []).append(body_id)
        entity.merge(event.stamp, event.body)
        self._count(entity, +1)
        self._forget()

    def _put_span(self, body_id: str, event: Event, known: bool) -> None:
        entity = Entity(body_id, event.type, event.body)
        self.totals.call_posts += entity.is_call
        self.totals.call_spans += entity.is_call
        held = self.observations.get(body_id)
        if known and held is None:
            return  # forgotten
        trace_id = event.body["traceId"]
        self._put_trace(trace_id, event.stamp, event.trace, not _add(self._body_ids, f"trace {trace_id}"))
        if held is not None:
            self._count(held, -1)
        else:
            self.groups.setdefault(trace_id, []).append(body_id)
        self.observations[body_id] = entity
        self._count(entity, +1)
        self._forget()

    def _count(self, entity: Entity, sign: int) -> None:
        totals = self.totals
        totals.errors += sign * (entity.fields.get("level") == "ERROR")
        if not entity.is_call:
            return
        totals.calls += sign
        totals.tokens += sign * entity.tokens
        totals.cost_usd += sign * (entity.cost_usd or 0.0)
        totals.unpriced += sign * entity.is_unpriced

    def _forget(self) -> None:
        while self._keep is not None and len(self.groups) > self._keep:
            oldest = next(iter(self.groups))
            for body_id in self.groups.pop(oldest):
                del self.observations[body_id]
            self.traces.pop(oldest, None)


def _add(known: set[int], text: str) -> bool:
    """Whether `text` is new. Its 64-bit hash stands for it: a million ids cost some 60 MB, not 200."""
    before = len(known)
    known.add(hash(text))
    return len(known) > before


def _overwrites(path: str, held: Any, value: Any, newer: bool) -> bool:
    if path in _FIRST_WINS:
        return not newer
    if path in _TRUTHY_WINS:
        return (newer and bool(value)) or not held
    return newer
