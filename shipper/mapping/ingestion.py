"""CallRecords as events of Langfuse's ingestion wire (`POST /api/public/ingestion`).

Pure and deterministic: ids and times come from the record, so a re-send is the same event, byte for byte.
Knows the wire (Langfuse: packages/shared/src/server/ingestion/types.ts), not where a record came from.
Absent values are left out, never null: an explicit null overwrites what the server has.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from msgspec import Raw
from msgspec.json import Encoder

from shipper.mapping.bodies import Envelope, ObservationBody, ScoreBody, TraceBody, UsageBody, UsageDetails
from shipper.mapping.limits import MAX_NAME, cut, wire_id
from shipper.mapping.settings import MappingSettings
from shipper.records import CallRecord, Cost, Event, Observation, Score, Trace, UnknownCost, Usage

_encode = Encoder().encode

_MICROSECOND = timedelta(microseconds=1)
_HEAD = b'{"batch":['
# The count is padded with blanks, so that every body has the same bytes around its events.
_COUNT = b'],"metadata":{"batch_size":%6d,"sdk_integration":"%b"'
_TRACE_KEYS = frozenset(TraceBody.__struct_encode_fields__)


class IngestionMapper:
    """Renders calls for one Langfuse project."""

    def __init__(self, settings: MappingSettings, public_key: str, version: str) -> None:
        """`public_key` names the project in the batch's metadata; `version` is shipper's own.

        A batch's `sdk_integration` is `litellm`, or `shipper` if none of its events came from LiteLLM.
        """
        self._environment = settings.environment
        self._release = settings.release
        self._tail = b',"sdk_name":"shipper","sdk_version":%b,"public_key":%b}}' % (
            _encode(version),
            _encode(public_key),
        )

    def events(self, call: CallRecord, cost: Cost | UnknownCost) -> list[Event]:
        """The call's events in order: its trace, the spans around it, the call itself, its scores.

        Envelope ids are a hash of the call's id with the event's kind and place; envelope times are the call's
        end (else start), a microsecond apart, so that the server's merge follows the order.
        """
        main = call.observation
        at = main.end or main.start
        call_hash = blake2b(main.id.encode(), digest_size=16).hexdigest()
        environment = call.trace.environment or self._environment
        trace_id = call.trace.id
        events: list[Event] = []

        def add(kind: str, body: Any) -> None:
            number = len(events)
            event_id = f"{call_hash}-{kind}-{number}"
            envelope = Envelope(event_id, f"{kind}-create", body, _later(at, number))
            events.append(Event(event_id, _encode(envelope), call.origin))

        add("trace", self._trace(call.trace, main, environment))
        for span in call.spans:
            add(span.type, _observation(span, trace_id, environment, None))
        add(main.type, _observation(main, trace_id, environment, cost))
        for score in call.scores:
            add("score", _score(score, call, environment))
        return events

    def body(self, events: Sequence[Event]) -> list[bytes]:
        """The request body as chunks that are written one after the other; nothing is joined or copied."""
        chunks = [_HEAD]
        for event in events:
            chunks += (event.data, b",")
        if events:
            chunks.pop()
        integration = b"litellm" if any(event.origin == "litellm" for event in events) else b"shipper"
        chunks.append(_COUNT % (len(events), integration) + self._tail)
        return chunks

    def envelope_bytes(self, n_events: int) -> int:
        """Exact length of a body of that many events without the events and the commas between them.

        The same for every number up to 999,999.
        """
        return len(_HEAD) + len(_COUNT % (n_events, b"litellm")) + len(self._tail)

    def _trace(self, trace: Trace, main: Observation, environment: str | None) -> TraceBody | Raw:
        body = TraceBody(
            wire_id(trace.id),
            trace.timestamp or main.start,
            None if trace.name is None else cut(trace.name, MAX_NAME),
            trace.user_id,
            trace.input,
            trace.output,
            trace.session_id,
            trace.release or (self._release if trace.owned else None),
            trace.version,
            environment,
            trace.metadata,
            trace.tags,
            trace.public,
        )
        if not trace.extra:
            return body
        extra = {key: value for key, value in trace.extra.items() if key not in _TRACE_KEYS}
        return Raw(b"%b,%b" % (_encode(body)[:-1], _encode(extra)[1:])) if extra else body


def _observation(
    call: Observation, trace_id: str, environment: str | None, cost: Cost | UnknownCost | None
) -> ObservationBody:
    known = cost if isinstance(cost, Cost) else None
    usage = call.usage
    return ObservationBody(
        wire_id(call.id),
        wire_id(trace_id),
        call.start,
        call.name,
        call.end,
        call.first_token,
        None if call.parent_id is None else wire_id(call.parent_id),
        call.input,
        call.output,
        call.metadata,
        call.level,
        call.status_message,
        call.version,
        environment,
        call.model,
        call.parameters,
        None if usage is None else _usage(usage, known),
        None if usage is None else _details(usage),
        None if known is None else {**known.split, "total": known.total},
        call.prompt_name,
        call.prompt_version,
    )


def _usage(usage: Usage, cost: Cost | None) -> UsageBody:
    """The older form: the provider's own totals."""
    return UsageBody(usage.prompt, usage.completion, "TOKENS", None if cost is None else cost.total)


def _details(usage: Usage) -> UsageDetails:
    """The newer form: the server adds the buckets up, so they are disjoint."""
    return UsageDetails(usage.input, usage.output, usage.total, usage.cache_write, usage.cache_read)


def _score(score: Score, call: CallRecord, environment: str | None) -> ScoreBody:
    return ScoreBody(
        score.id,
        wire_id(call.trace.id),
        wire_id(call.observation.id),
        score.name,
        score.value,
        score.data_type,
        score.comment,
        environment,
    )


def _later(at: datetime, number: int) -> datetime:
    try:
        return at + number * _MICROSECOND if number else at
    except OverflowError:  # the last microsecond of the calendar
        return at
