"""`shipper.call/1`: a call as any program may write it, as a CallRecord.

Rule: `id`, `start_time` and `schema` are required, the rest is optional and of the contract's types. Request
and response are as the provider's API gave them; where no rule knows their shape they are shown whole.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from math import isfinite

from msgspec import Raw, Struct, ValidationError
from msgspec.json import Decoder, encode

from shipper.decode.content import to_input
from shipper.decode.parameters import to_parameters
from shipper.decode.shapes import NOTHING, Choice, UsageObject
from shipper.decode.times import from_json
from shipper.decode.tolerant import decode_tolerantly
from shipper.decode.traceparent import parse_traceparent
from shipper.decode.usage import to_usage
from shipper.decode.values import given, to_text
from shipper.records import Billing, CallRecord, Observation, ObservationType, Rejected, Score, Trace

SCHEMA = "shipper.call/1"
_ASKED = frozenset({"model", "messages", "input", "prompt", "system", "instructions", "query"})
_DIGITS = [b"%d" % digit for digit in range(10)]
_members = Decoder(dict[str, Raw])


class _PlainError(Struct, gc=False):
    message: str | None = None
    type: str | None = None
    code: str | int | None = None


class _PlainTrace(Struct):
    id: str | None = None
    name: str | None = None
    session_id: str | None = None
    user_id: str | None = None
    tags: list[str] | None = None
    metadata: Raw = NOTHING
    release: str | None = None
    version: str | None = None
    environment: str | None = None
    public: bool | None = None


class _PlainScore(Struct, gc=False):
    name: str
    value: float | str
    data_type: str | None = None
    comment: str | None = None


class _PlainCost(Struct, gc=False):
    total: float | None = None


class _PlainResponse(Struct):
    model: str | None = None
    choices: list[Choice] | None = None
    content: Raw = NOTHING
    usage: UsageObject | None = None


class PlainRecord(Struct):
    """The record as written; docs: the contract in the README."""

    schema: Raw = NOTHING
    id: str | None = None
    start_time: Raw = NOTHING
    end_time: Raw = NOTHING
    first_token_time: Raw = NOTHING
    type: ObservationType = "generation"
    provider: str | None = None
    model: str | None = None
    request: Raw = NOTHING
    response: Raw = NOTHING
    error: _PlainError | str | None = None
    trace: _PlainTrace | None = None
    parent_id: str | None = None
    name: str | None = None
    metadata: Raw = NOTHING
    traceparent: str | None = None
    cost: _PlainCost | float | None = None
    scores: list[_PlainScore] | None = None


_response = Decoder(_PlainResponse)


def from_plain(record: PlainRecord, repairs: list[str]) -> CallRecord | Rejected:
    """Interpret one plain record; Rejected (`wrong_type`, `out_of_range`) if a required field is not usable."""
    start = from_json(record.start_time) if record.start_time else None
    if not record.id:
        return Rejected("wrong_type", "id is missing or no text")
    if start is None:
        is_number = bytes(record.start_time)[:1] in (b"-", *_DIGITS)
        return Rejected("out_of_range" if is_number else "wrong_type", "start_time is no RFC 3339 time with offset")
    is_call = record.type in ("generation", "embedding")
    request = _object(record.request) if is_call else None
    response = _read_response(record.response) if is_call else _PlainResponse()
    observation = Observation(
        record.id,
        record.type,
        start,
        name=record.name,
        parent_id=record.parent_id or None,
        end=_time(record.end_time, "end_time", repairs),
        first_token=_time(record.first_token_time, "first_token_time", repairs),
        input=given(record.request) if request is None else _input(record.request, request),
        output=_output(record, response),
        metadata=given(record.metadata),
        level="ERROR" if record.error is not None else None,
        status_message=_message(record.error),
        model=record.model or response.model or _text_of(request, "model"),
        parameters=None if request is None else _parameters(request, repairs),
        usage=to_usage(response.usage),
    )
    return CallRecord(
        "plain",
        _trace(record, observation),
        observation,
        _billing(record, response, request, observation, repairs),
        (),
        _scores(record),
        tuple(repairs),
    )


def _trace(record: PlainRecord, call: Observation) -> Trace:
    """The trace as the record describes it; what a root call did is shown on its trace too."""
    about = record.trace or _PlainTrace()
    is_root = call.parent_id is None
    return Trace(
        about.id or parse_traceparent(record.traceparent) or call.id,
        name=about.name or (record.name if is_root else None),
        user_id=about.user_id,
        session_id=about.session_id,
        release=about.release,
        version=about.version,
        public=about.public,
        environment=about.environment,
        tags=None if about.tags is None else tuple(about.tags),
        metadata=given(about.metadata),
        input=call.input if is_root else None,
        output=call.output if is_root else None,
    )


def _billing(
    record: PlainRecord,
    response: _PlainResponse,
    request: dict[str, Raw] | None,
    call: Observation,
    repairs: list[str],
) -> Billing:
    names = (response.model, record.model, _text_of(request, "model"))
    cost = record.cost.total if isinstance(record.cost, _PlainCost) else record.cost
    if cost is not None and not (isfinite(cost) and cost >= 0):
        repairs.append("cost")
        cost = None
    return Billing(
        tuple(dict.fromkeys([name for name in names if name])),
        record.provider or "",
        call.start,
        call.usage,
        cost,
        failed=record.error is not None,
    )


def _input(whole: Raw, request: dict[str, Raw]) -> Raw:
    if "messages" in request:
        beside = [request.get(key) for key in ("functions", "tools", "system")]
        return to_input(request["messages"], *beside)
    for key in ("input", "prompt"):
        if key in request:
            return request[key]
    return whole


def _output(record: PlainRecord, response: _PlainResponse) -> Raw | None:
    """A chat's first message or text, Anthropic's content, else the whole response; no vectors."""
    if record.type == "embedding":
        return None
    if response.choices:
        first = response.choices[0]
        if first.message is not None:
            return Raw(encode(first.message))
        return given(first.text) or given(record.response)
    return given(response.content) or given(record.response)


def _parameters(request: dict[str, Raw], repairs: list[str]) -> Raw:
    """The request's settings: keys with a scalar value that are not what was asked."""
    scalars = {
        name: raw for name, raw in request.items() if name not in _ASKED and bytes(raw)[:1] not in (b"{", b"[", b"n")
    }
    parameters = to_parameters(Raw(encode(scalars)))
    repairs.extend(parameters.repairs)
    return parameters.settings


def _scores(record: PlainRecord) -> tuple[Score, ...]:
    if not record.scores:
        return ()
    call = blake2b((record.id or "").encode(), digest_size=16).hexdigest()
    return tuple(
        Score(f"{call}-score-{number}", score.name, score.value, score.data_type, score.comment)
        for number, score in enumerate(record.scores)
        if score.name
    )


def _message(error: _PlainError | str | None) -> str | None:
    if isinstance(error, _PlainError):
        return error.message or error.type or (None if error.code is None else str(error.code))
    return error


def _time(raw: Raw, name: str, repairs: list[str]) -> datetime | None:
    moment = from_json(raw) if given(raw) else None
    if moment is None and given(raw):
        repairs.append(name)
    return moment


def _read_response(raw: Raw) -> _PlainResponse:
    try:
        return _response.decode(raw) if raw else _PlainResponse()
    except ValidationError:  # a shape that no rule knows, or one odd field in it
        return decode_tolerantly(raw, _PlainResponse, []) or _PlainResponse()


def _object(raw: Raw) -> dict[str, Raw] | None:
    try:
        return _members.decode(raw) if raw else None
    except ValidationError:  # not an object
        return None


def _text_of(request: dict[str, Raw] | None, key: str) -> str | None:
    return to_text(request[key]) if request is not None and key in request else None
