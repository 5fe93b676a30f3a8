"""CallRecords as events of Langfuse's ingestion wire (`POST /api/public/ingestion`).

Pure and deterministic: ids and times come from the record, so a re-send is the same event, byte for byte.
Knows the wire (Langfuse: packages/shared/src/server/ingestion/types.ts), not where a record came from.
Absent values are left out, never null: an explicit null overwrites what the server has. What a text must be to be
taken is `conform`'s business.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import MAXYEAR, timedelta
from hashlib import blake2b
from typing import Literal

from msgspec import Raw
from msgspec.json import Encoder

from shipper.mapping.bodies import Envelope, ObservationBody, ScoreBody, TraceBody, UsageBody
from shipper.mapping.costs import to_cost_details
from shipper.mapping.limits import wire_environment
from shipper.mapping.settings import MappingSettings
from shipper.mapping.usage import to_usage_details
from shipper.records import CallRecord, Cost, Event, Observation, Score, Trace, UnknownCost

_encode = Encoder().encode

_DIGEST = blake2b(digest_size=16)
_MICROSECOND = timedelta(microseconds=1)
_NO_TIME = timedelta(0)  # between the events of the calendar's last year
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
        self._environment = None if settings.environment is None else wire_environment(settings.environment)
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
        main, trace, origin = call.observation, call.trace, call.origin
        environment, trace_id = trace.environment or self._environment, trace.id
        digest = _DIGEST.copy()
        digest.update(main.id.encode())
        call_hash = digest.hexdigest()
        at = main.end or main.start
        event_id = f"{call_hash}-trace-0"
        trace_body = self._trace(trace, main, environment)
        events = [Event(event_id, _encode(Envelope(event_id, "trace-create", trace_body, at)), origin)]
        step = _MICROSECOND if at.year < MAXYEAR else _NO_TIME
        for one in (*call.spans, main):
            at += step
            event_id = f"{call_hash}-{one.type}-{len(events)}"
            body = _observation(one, trace_id, environment, cost if one is main else None, origin)
            events.append(Event(event_id, _encode(Envelope(event_id, one.type + "-create", body, at)), origin))
        if call.scores:
            events += self.scores(call, trace_id, main.id)
        return events

    def scores(self, call: CallRecord, trace_id: str, observation_id: str) -> list[Event]:
        """The call's scores alone, for the ids by which its trace and observation are known to the server."""
        main, environment = call.observation, call.trace.environment or self._environment
        digest = _DIGEST.copy()
        digest.update(main.id.encode())
        at = main.end or main.start
        step = _MICROSECOND if at.year < MAXYEAR else _NO_TIME
        events = []
        # They come after the trace, the spans around the call, and the call.
        for place, score in enumerate(call.scores, 2 + len(call.spans)):
            event_id = f"{digest.hexdigest()}-score-{place}"
            body = _score(score, trace_id, observation_id, environment)
            event = Envelope(event_id, "score-create", body, at + place * step)
            events.append(Event(event_id, _encode(event), call.origin, is_score=True))
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
            trace.id,
            trace.timestamp or main.start,
            trace.name,
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
    call: Observation,
    trace_id: str,
    environment: str | None,
    cost: Cost | UnknownCost | None,
    origin: Literal["litellm", "plain"],
) -> ObservationBody:
    known = cost if isinstance(cost, Cost) else None
    usage, total = call.usage, None if known is None else known.total
    return ObservationBody(
        call.id,
        trace_id,
        call.start,
        call.name,
        call.end,
        call.first_token,
        call.parent_id,
        call.input,
        call.output,
        call.metadata,
        call.level,
        call.status_message,
        call.version,
        environment,
        call.model,
        call.parameters,
        None if usage is None else UsageBody(usage.prompt, usage.completion, "TOKENS", total),
        None if usage is None else to_usage_details(usage, origin),
        None if known is None else to_cost_details(known),
        call.prompt_name,
        call.prompt_version,
    )


def _score(score: Score, trace_id: str, call_id: str, environment: str | None) -> ScoreBody:
    return ScoreBody(
        score.id,
        trace_id,
        call_id,
        score.name,
        score.value,
        score.data_type,
        score.comment,
        environment,
    )
