"""`shipper.call/1`: a call as any program may write it, as a CallRecord.

Rule: `id`, `start_time` and `schema` are required, the rest is optional and of the contract's types. Knows what
the fields mean; how they are read is `plain_reading`'s business.
"""

from __future__ import annotations

from hashlib import blake2b
from math import isfinite

from shipper.decode.plain_reading import Reading, read_any, read_usual
from shipper.decode.plain_shapes import PlainCost, PlainError, PlainFields, PlainTrace
from shipper.decode.traceparent import parse_traceparent
from shipper.decode.usage import to_usage
from shipper.decode.values import given, to_names
from shipper.records import Billing, CallRecord, Observation, Rejected, Score, Trace

_NO_TRACE = PlainTrace()


def from_plain(value: bytes, repairs: list[str]) -> CallRecord | Rejected:
    """Interpret one plain record; what was left out of it is named in `repairs`.

    Rejected if it is not of this schema (`unknown_shape`), or a required field is not usable (`wrong_type`,
    `out_of_range`). Raises DecodeError for bytes that are no JSON.
    """
    reading = read_usual(value)
    if reading is None:
        any_reading = read_any(value, repairs)
        if isinstance(any_reading, Rejected):
            return any_reading
        reading = any_reading
    fields, parameters = reading.fields, reading.parameters
    if parameters is not None and parameters.repairs:
        repairs.extend(parameters.repairs)
    call = _observation(reading)
    billing = Billing(
        to_names(reading.served_model, fields.model, reading.asked_model),
        fields.provider or "",
        reading.start,
        call.usage,
        None if fields.cost is None else _cost(fields.cost, repairs),
        False,
        fields.error is not None,
    )
    scores = _scores(fields) if fields.scores else ()
    return CallRecord("plain", _trace(fields, call), call, billing, (), scores, tuple(repairs))


def _observation(reading: Reading) -> Observation:
    fields, parameters = reading.fields, reading.parameters
    return Observation(
        fields.id or "",
        fields.type,
        reading.start,
        fields.name,
        fields.parent_id or None,
        reading.end,
        reading.first_token,
        reading.input,
        reading.output,
        given(fields.metadata),
        None if fields.error is None else "ERROR",
        None if fields.error is None else _message(fields.error),
        None,
        fields.model or reading.served_model or reading.asked_model,
        None if parameters is None else parameters.settings,
        None,
        None,
        to_usage(reading.usage),
    )


def _trace(fields: PlainFields, call: Observation) -> Trace:
    """The trace as the record describes it; what a root call did is shown on its trace too."""
    about = fields.trace or _NO_TRACE
    is_root = call.parent_id is None
    return Trace(
        about.id or parse_traceparent(fields.traceparent) or call.id,
        True,
        about.name or (fields.name if is_root else None),
        about.user_id,
        about.session_id,
        about.release,
        about.version,
        about.public,
        about.environment,
        None,
        None if about.tags is None else tuple(about.tags),
        given(about.metadata) if about.metadata else None,
        call.input if is_root else None,
        call.output if is_root else None,
    )


def _cost(written: PlainCost | float, repairs: list[str]) -> float | None:
    cost = written.total if isinstance(written, PlainCost) else written
    if cost is not None and not (isfinite(cost) and cost >= 0):
        repairs.append("cost")
        return None
    return cost


def _message(error: PlainError | str) -> str | None:
    if isinstance(error, PlainError):
        return error.message or error.type or (None if error.code is None else str(error.code))
    return error


def _scores(fields: PlainFields) -> tuple[Score, ...]:
    call = blake2b((fields.id or "").encode(), digest_size=16).hexdigest()
    return tuple(
        Score(f"{call}-score-{number}", score.name, score.value, score.data_type, score.comment)
        for number, score in enumerate(fields.scores or ())
        if score.name
    )
