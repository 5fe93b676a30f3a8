"""Reads `shipper.call/1` records: the usual call in one pass over its bytes, any other with more patience.

Rule: both ways read the same from a record that both can read; the second only costs more. Request and response
are as the provider's API gave them; where no rule knows their shape they are shown whole.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Raw, Struct, ValidationError
from msgspec.json import Decoder, Encoder

from shipper.decode.bill import Bill, read_bill
from shipper.decode.chunks import assemble
from shipper.decode.content import to_input
from shipper.decode.parameters import Parameters, to_settings
from shipper.decode.plain_answers import has_vectors, to_answer
from shipper.decode.plain_errors import find_error
from shipper.decode.plain_requests import take_input
from shipper.decode.plain_shapes import SCHEMA, PlainBodies, PlainFields, PlainRecord, PlainResponse, UsualRecord
from shipper.decode.splice import to_members, to_object
from shipper.decode.times import from_epoch, from_json
from shipper.decode.tolerant import decode_tolerantly
from shipper.decode.units import count_citations
from shipper.decode.usage_shapes import UsageObject
from shipper.decode.values import NOTHING, given, to_text
from shipper.records import Rejected, Units

UNKNOWN = Rejected("unknown_shape", "none of the shapes that shipper schema prints")

_WRITTEN_SCHEMA = Raw(b'"%b"' % SCHEMA.encode())
MODEL_CALLS = ("generation", "embedding")
_DIGITS = [b"%d" % digit for digit in range(10)]

_usual = Decoder(UsualRecord).decode
_any = Decoder(PlainRecord).decode
_bodies = Decoder(PlainBodies).decode
_response = Decoder(PlainResponse).decode
_encode = Encoder().encode


class Reading(Struct, gc=False):
    """What was read of one record: `asked_model`, `parameters` and `tools` are its request's, the later its response's.

    `answer` is the response as the usual rules know it, `members` are there where they do not know how it ended; `bill`
    is there where it is of a rarer kind. `units` is what a chat's message tells beside its usage.
    """

    fields: PlainFields
    start: datetime
    end: datetime | None
    first_token: datetime | None
    asked_model: str | None = None
    parameters: Parameters | None = None
    tools: Raw | None = None
    input: Raw | None = None
    output: Raw | None = None
    served_model: str | None = None
    served_tier: str | None = None
    usage: UsageObject | None = None
    units: Units | None = None
    bill: Bill | None = None
    answer: PlainResponse | None = None
    members: dict[str, Raw] | None = None


def read_usual(value: bytes) -> Reading | None:
    """A record whose request and response are objects and whose times can be used. None for any other."""
    try:
        record = _usual(value)
    except ValidationError:
        return None
    if not record.id or record.schema != _WRITTEN_SCHEMA:
        return None
    start, end, first_token = _instant(record.start_time), _instant(record.end_time), None
    if record.first_token_time is not None:
        first_token = _instant(record.first_token_time)
        if first_token is None:
            return None
    if start is None or (end is None and record.end_time is not None):
        return None
    reading = Reading(record, start, end, first_token)
    if record.type in MODEL_CALLS:
        _read_call(reading, record.request, record.response)
        is_shown = reading.input is not None and (reading.output is not None or record.type == "embedding")
        if is_shown and reading.usage is not None:
            return reading
    # Another API, a stream, or an error: only now a second look at the bytes.
    _look_again(reading, _bodies(value))
    return reading


def read_any(value: bytes, repairs: list[str]) -> Reading | Rejected:
    """Any record of the schema; fields that are not usable are named in `repairs`, required ones must be."""
    try:
        record: PlainRecord | None = _any(value)
    except ValidationError:
        record = decode_tolerantly(value, PlainRecord, repairs)
    if record is None or not record.schema or to_text(record.schema) != SCHEMA:
        return UNKNOWN
    if not record.id:
        return Rejected("wrong_type", "id is missing or no text")
    start = from_json(record.start_time) if record.start_time else None
    if start is None:
        is_number = bytes(record.start_time)[:1] in (b"-", *_DIGITS)
        return Rejected("out_of_range" if is_number else "wrong_type", "start_time is no RFC 3339 time with offset")
    end = _time(record.end_time, "end_time", repairs)
    reading = Reading(record, start, end, _time(record.first_token_time, "first_token_time", repairs))
    if record.type in MODEL_CALLS:
        _read_call(reading, to_members(record.request), _read_response(record.response))
    _look_again(reading, record)
    return reading


def _read_call(reading: Reading, request: dict[str, Raw] | None, response: PlainResponse | None) -> None:
    """Into `reading` what rules know of a model call."""
    if request is not None:
        reading.tools = request.get("tools")
        reading.asked_model = to_text(request.pop("model", NOTHING))
        reading.input = _asked(request)
        # What was asked is taken out: the rest are settings.
        reading.parameters = to_settings(_encode(request))
    if response is not None:
        reading.answer = response
        reading.served_model, reading.usage, reading.served_tier = response.model, response.usage, response.service_tier
        if response.choices:
            message = response.choices[0].message
            if message is not None and "annotations" in message:
                reading.units = count_citations(message)
        if reading.fields.type != "embedding":
            reading.output = _answer(response)


def _look_again(reading: Reading, bodies: PlainBodies | PlainRecord) -> None:
    """Into `reading` what rarer rules know of a model call; what none knows is shown whole. No vectors."""
    if reading.fields.type in MODEL_CALLS:
        _read_rare(reading, bodies)
        if reading.input is None:
            reading.input = given(bodies.request)
        return
    reading.input, reading.output = given(bodies.request), given(bodies.response) or given(bodies.chunks)


def _read_rare(reading: Reading, bodies: PlainBodies | PlainRecord) -> None:
    request, answer = to_members(bodies.request), given(bodies.response)
    if request is not None:
        request.pop("model", None)
        reading.input = take_input(request)
        reading.parameters = to_settings(_encode(request))
    # A stream's chunks may stand where a response should.
    response = to_members(answer) if answer else assemble(bodies.chunks)
    if response is None and answer:
        response = assemble(answer)
    if response is None:
        reading.output = answer or given(bodies.chunks)
        return
    written = answer
    if written is None or bytes(written)[:1] == b"[":
        written = to_object(response)
        _read_call(reading, None, _read_response(written))
    reading.bill = read_bill(written)
    usual = reading.answer
    if usual is None or not (usual.choices or usual.stop_reason):
        reading.members = response
    found, fields = to_answer(response), reading.fields
    if fields.error is None:
        fields.error = find_error(response, None if found else fields.provider)
    is_embedding = fields.type == "embedding" or (found is None and has_vectors(response))
    reading.output = None if is_embedding else found or answer or given(bodies.chunks)


def _asked(request: dict[str, Raw]) -> Raw | None:
    """What went in, taken out of the request: a chat's messages with what belongs to them, or another API's input."""
    if "messages" not in request:
        return take_input(request)
    messages, system = request.pop("messages"), request.pop("system", None)
    return to_input(messages, request.pop("functions", None), request.pop("tools", None), system)


def _answer(response: PlainResponse) -> Raw | None:
    """What came out: a chat's first message or text, Anthropic's content."""
    if response.choices:
        first = response.choices[0]
        return given(first.text) if first.message is None else Raw(_encode(first.message))
    return given(response.content)


def _instant(written: datetime | float | None) -> datetime | None:
    if isinstance(written, datetime):
        return written if written.tzinfo is not None else None
    return from_epoch(written)


def _time(raw: Raw, name: str, repairs: list[str]) -> datetime | None:
    moment = from_json(raw) if given(raw) else None
    if moment is None and given(raw):
        repairs.append(name)
    return moment


def _read_response(raw: Raw) -> PlainResponse | None:
    try:
        return _response(raw) if raw else None
    except ValidationError:  # a shape that no rule knows, or one odd field in it
        return decode_tolerantly(raw, PlainResponse, [])
