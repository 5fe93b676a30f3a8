"""`shipper.call/1`: a call as any program may write it, as a CallRecord.

Rule: `id`, `start_time` and `schema` are required, the rest is optional and of the contract's types. Knows what
the fields mean; how they are read is `plain_reading`'s business.
"""

from __future__ import annotations

from hashlib import blake2b

from msgspec import Raw

from shipper.decode.endings import find_endings
from shipper.decode.plain_billing import to_plain_billing
from shipper.decode.plain_reading import MODEL_CALLS, read_any, read_usual
from shipper.decode.plain_shapes import PlainError, PlainFields, PlainResponse, PlainScore, PlainTrace, Reading
from shipper.decode.splice import Members, encode, to_members, to_word
from shipper.decode.traceparent import parse_traceparent
from shipper.decode.values import NOTHING, given
from shipper.records import Billing, CallRecord, Exchange, Observation, Rejected, Score, Trace

_NO_TRACE = PlainTrace()
_NO_ANSWER = PlainResponse()
_IDS = ("id", "responseId", "response_id")
_FINISH = b'{"finish_reason":'


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
    billing = to_plain_billing(reading, repairs)
    call = _observation(reading, billing)
    scores = _scores(fields) if fields.scores else ()
    exchange = _exchange(reading) if fields.type in MODEL_CALLS or fields.error is not None else Exchange()
    return CallRecord("plain", _trace(fields, call), call, billing, (), scores, tuple(repairs), exchange)


def _observation(reading: Reading, billing: Billing) -> Observation:
    fields, parameters, usage = reading.fields, reading.parameters, billing.usage
    models = billing.models
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
        _metadata(fields.metadata, _finish(reading)),
        None if fields.error is None else "ERROR",
        None if fields.error is None else _message(fields.error),
        None,
        fields.model or (models[0] if models else None),
        None if parameters is None else parameters.settings,
        None,
        None,
        # What is paid by other units is no usage in tokens.
        usage if usage is not None and (usage.other is None or usage.total) else None,
    )


def _metadata(written: Raw, finish: bytes | None) -> Raw | None:
    """The call's metadata and, beside it, why the answer ended: Langfuse has no field for that."""
    if finish is None:
        return given(written)
    text = bytes(written)
    if text[:2] == b'{"':
        # `find`, because for bytes `in` takes CPython four times as long.
        return Raw(_FINISH + finish + b"," + text[1:]) if text.find(b'"finish_reason"') < 0 else written
    if not text or text == b"null":
        return Raw(_FINISH + finish + b"}")
    members = to_members(written)
    return written if members is None else Raw(encode({"finish_reason": Raw(finish), **members}))


def _finish(reading: Reading) -> bytes | None:
    """The provider's word for why its first answer ended, as JSON."""
    answer = reading.answer
    if answer is not None:
        word = bytes(answer.choices[0].finish_reason if answer.choices else answer.stop_reason)
        return word if word[:1] == b'"' and word != b'""' else None
    words = () if reading.members is None else find_endings(reading.members)
    return encode(words[0]) if words else None


def _exchange(reading: Reading) -> Exchange:
    fields, answer, members, error = reading.fields, reading.answer or _NO_ANSWER, reading.members, reading.fields.error
    return Exchange(
        None,
        answer.id or (None if members is None else _response_id(members)),
        reading.call_type,
        reading.asked_model or fields.model,
        reading.served_model or (None if reading.bill is None else reading.bill.model),
        answer.choices,
        answer.stop_reason,
        members,
        NOTHING,
        reading.served_tier,
        None if reading.parameters is None else reading.parameters.shaped,
        None if error is None else _error_type(error),
        error is not None and not reading.is_whole,
    )


def _response_id(members: Members) -> str | None:
    """The provider's id of a response; Google's and Cohere's (v1) names for it too."""
    return to_word(next((members[name] for name in _IDS if name in members), None))


def _trace(fields: PlainFields, call: Observation) -> Trace:
    """The trace as the record describes it; what a root call did is shown on its trace too."""
    about = fields.trace or _NO_TRACE
    is_root = call.parent_id is None
    parent = parse_traceparent(fields.traceparent) if fields.traceparent else None
    trace_id = about.id or (call.id if parent is None else parent.trace_id)
    return Trace(
        trace_id,
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
        parent_span=None if parent is None else parent.span_in(trace_id),
    )


def _message(error: PlainError | str) -> str | None:
    if isinstance(error, PlainError):
        return error.message or error.type or (None if error.code is None else str(error.code))
    return error


def _error_type(error: PlainError | str) -> str | None:
    if isinstance(error, PlainError):
        return error.type or (None if error.code is None else str(error.code))
    return None


def _value(score: PlainScore) -> tuple[float | str, str | None]:
    """The score's value and data type: to Langfuse true is 1, and a flag only if it is said to be one."""
    if isinstance(score.value, bool):
        return float(score.value), score.data_type or "BOOLEAN"
    return score.value, score.data_type


def _scores(fields: PlainFields) -> tuple[Score, ...]:
    call = blake2b((fields.id or "").encode(), digest_size=16).hexdigest()
    return tuple(
        Score(f"{call}-score-{number}", score.name, *_value(score), score.comment)
        for number, score in enumerate(fields.scores or ())
        if score.name
    )
