"""What Langfuse would refuse or fail over is put right, so that it never reaches it. Each repair has a name.

Pure. Rules: `limits`, and Langfuse, packages/shared/src/server/ingestion/types.ts. A call without a fault, as nearly
all are, costs a look at its texts; what decode has checked already (types, integers, offsets) is not checked again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from msgspec import DecodeError, Raw
from msgspec.json import Decoder, encode
from msgspec.structs import replace

from shipper.decode.numbers import may_have_long_number, mend_overflow
from shipper.mapping.limits import MAX_KEY_BYTES, MAX_NAME, cut, wire_environment, wire_id, wire_key
from shipper.mapping.settings import MappingSettings
from shipper.records import CallRecord, Observation, Repair, Score, Trace

# What ClickHouse's Date holds (a part of Langfuse's sort keys); no call was made at another time.
_FIRST_YEAR, _LAST_YEAR = 1970, 2148
_FIRST, _LAST = datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(_LAST_YEAR, 12, 31, tzinfo=UTC)
# The data types of a score and of its value (Langfuse: packages/shared/src/features/scores).
_SCORE_TYPES = {"NUMERIC": float, "BOOLEAN": float, "CATEGORICAL": str, "TEXT": str, "CORRECTION": str}
_SAFE_KEY = MAX_KEY_BYTES // 4  # characters
_MAX_TEXT_SCORE = 500  # characters
_EXPONENT = re.compile(rb"[0-9][eE]\+?[0-9]").search

T = TypeVar("T")
_any = Decoder().decode


class Conform:
    """The stage between decode and mapping."""

    def __init__(self, settings: MappingSettings, *, keeps_ids: bool = False, keeps_environment: bool = False) -> None:
        """Of the settings only `max_id_bytes` matters here. `keeps_ids` where they become others anyway (OTLP),
        `keeps_environment` where its name may be any (no Langfuse)."""
        self._max_id_bytes = None if keeps_ids else settings.max_id_bytes
        self._to_environment: Callable[[str], str] = str if keeps_environment else wire_environment
        self._safe_id = settings.max_id_bytes // 4  # characters: one has four bytes of UTF-8 at the most

    def conform(self, call: CallRecord) -> CallRecord:
        """The same call as Langfuse takes it; `repairs` grows by what was put right."""
        main, trace = call.observation, call.trace
        call_id, trace_id, session_id, end = main.id, trace.id, trace.session_id, main.end
        if (
            # Written out, for speed: a function for each of the ids would double the cost.
            2 < len(call_id) <= self._safe_id
            and 2 < len(trace_id) <= self._safe_id
            and call_id.isprintable()
            and trace_id.isprintable()
            and "/" not in call_id
            and "/" not in trace_id
            and _FIRST_YEAR <= main.start.year <= _LAST_YEAR
            and (end is None or _FIRST_YEAR <= end.year <= _LAST_YEAR)
            and (main.first_token is None or _FIRST_YEAR <= main.first_token.year <= _LAST_YEAR)
            and (main.model is None or "\x00" not in main.model)
            and (trace.name is None or len(trace.name) <= MAX_NAME // 2)
            and (session_id is None or (len(session_id) <= _SAFE_KEY and "\x00" not in session_id))
            and (trace.environment is None or self._to_environment(trace.environment) == trace.environment)
            and (main.parent_id is None or _wire_id(main.parent_id, self._max_id_bytes) is main.parent_id)
            and main.prompt_name is None
            and trace.timestamp is None
            and not (call.spans or call.scores or trace.extra)
            and (trace.metadata is None or not _may_overflow(trace.metadata, call.origin))
            and (main.metadata is None or not _may_overflow(main.metadata, call.origin))
        ):
            return call
        return _Repair(self._max_id_bytes, self._to_environment, call.origin).of(call)


class _Repair:
    """One call that has something unusual."""

    def __init__(self, max_id_bytes: int | None, to_environment: Callable[[str], str], origin: str) -> None:
        self._max_id_bytes = max_id_bytes
        self._to_environment = to_environment
        self._origin = origin
        self._made: list[Repair] = []

    def of(self, call: CallRecord) -> CallRecord:
        conforming = replace(
            call,
            trace=self._trace(call.trace),
            observation=self._observation(call.observation),
            spans=tuple(self._observation(span) for span in call.spans),
            scores=tuple(self._score(score) for score in call.scores),
        )
        return replace(conforming, repairs=call.repairs + tuple(self._made)) if self._made else call

    def _trace(self, trace: Trace) -> Trace:
        return replace(
            trace,
            id=self._id(trace.id),
            name=self._put("trace_name", trace.name, lambda name: cut(name, MAX_NAME)),
            session_id=self._put("session_id", trace.session_id, wire_key),
            environment=self._put("environment", trace.environment, self._to_environment),
            timestamp=self._time(trace.timestamp),
            metadata=self._json(trace.metadata),
            extra=self._extra(trace.extra) if trace.extra else trace.extra,
        )

    def _observation(self, one: Observation) -> Observation:
        return replace(
            one,
            id=self._id(one.id),
            parent_id=None if one.parent_id is None else self._id(one.parent_id),
            start=self._time(one.start) or _FIRST,
            end=self._time(one.end),
            first_token=self._time(one.first_token),
            model=self._put("nul", one.model, _without_nul),
            prompt_name=self._put("nul", one.prompt_name, _without_nul),
            metadata=self._json(one.metadata),
        )

    def _id(self, text: str) -> str:
        fit = _wire_id(text, self._max_id_bytes)
        return self._changed("id", fit) if fit != text else text

    def _put(self, repair: Repair, value: T | None, rule: Callable[[T], T]) -> T | None:
        if value is None:
            return None
        fit = rule(value)
        return self._changed(repair, fit) if fit != value else value

    def _time(self, moment: datetime | None) -> datetime | None:
        if moment is None or _FIRST_YEAR <= moment.year <= _LAST_YEAR:
            return moment
        return self._changed("time", _FIRST if moment.year < _FIRST_YEAR else _LAST)

    def _json(self, raw: Raw | None) -> Raw | None:
        mended = None if raw is None or not _may_overflow(raw, self._origin) else mend_overflow(raw)
        return raw if mended is None else self._changed("number", mended)

    def _extra(self, extra: dict[str, Raw]) -> dict[str, Raw]:
        written = extra.get("externalId")
        if written is None or bytes(written)[:1] == b'"':
            return extra
        return self._changed("external_id", {**extra, "externalId": Raw(encode(bytes(written).decode()))})

    def _score(self, score: Score) -> Score:
        """Without a data type that the value is not of; Langfuse finds the type out by itself then."""
        if score.data_type is None:
            return score
        kind, value = score.data_type.upper(), score.value
        fits = _SCORE_TYPES.get(kind) is type(value)
        if isinstance(value, str):
            fits = fits and (kind != "TEXT" or 0 < len(value) <= _MAX_TEXT_SCORE)
        else:
            fits = fits and (kind != "BOOLEAN" or value in (0, 1))
        fit = kind if fits else None
        return self._changed("score", replace(score, data_type=fit)) if fit != score.data_type else score

    def _changed(self, repair: Repair, fit: T) -> T:
        self._made.append(repair)
        return fit


def _wire_id(text: str, max_bytes: int | None) -> str:
    return text if max_bytes is None else wire_id(text, max_bytes)


def _may_overflow(raw: Raw, origin: str) -> bool:
    if origin == "plain" and _EXPONENT(raw) is not None:
        try:
            _any(raw)
        except DecodeError:  # a number with an exponent too large
            return True
    # LiteLLM is a program in Python: its floats are doubles, only its integers have no bounds.
    return may_have_long_number(raw)


def _without_nul(text: str) -> str:
    return text.replace("\x00", "")
