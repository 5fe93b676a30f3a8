"""Reads `shipper.call/1` records: the usual one in one pass over its bytes, any other with more patience.

Rule: both ways read the same from a record that both can read; the second only costs more.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Raw, ValidationError
from msgspec.json import Decoder

from shipper.decode.plain_calls import read_call, read_quickly
from shipper.decode.plain_shapes import SCHEMA, PlainBodies, PlainError, PlainRecord, Reading, UsualRecord
from shipper.decode.times import from_epoch, from_json
from shipper.decode.tolerant import decode_tolerantly
from shipper.decode.values import given, to_text
from shipper.records import Rejected

UNKNOWN = Rejected("unknown_shape", "none of the shapes that shipper schema prints")

_WRITTEN_SCHEMA = Raw(b'"%b"' % SCHEMA.encode())
MODEL_CALLS = ("generation", "embedding")
_DIGITS = [b"%d" % digit for digit in range(10)]

_usual = Decoder(UsualRecord).decode
_any = Decoder(PlainRecord).decode
_bodies = Decoder(PlainBodies).decode


def read_usual(value: bytes) -> Reading | None:
    """A record whose request and response are objects and whose times can be used. None for any other."""
    try:
        record = _usual(value)
    except ValidationError:
        return None
    start, end, first_token = record.start_time, record.end_time, record.first_token_time
    # Texts are instants by now; numbers must still become some.
    if not isinstance(start, datetime):
        start = from_epoch(start)
    if end is not None and not isinstance(end, datetime):
        end = from_epoch(end)
        if end is None:
            return None
    if first_token is not None and not isinstance(first_token, datetime):
        first_token = from_epoch(first_token)
        if first_token is None:
            return None
    if start is None or not record.id or record.schema != _WRITTEN_SCHEMA:
        return None
    if record.error is not None and _is_empty(record.error):
        record.error = None
    reading = Reading(record, start, end, first_token)
    if record.type in MODEL_CALLS and read_quickly(reading, record.request, record.response):
        return reading
    # Another API, a stream, or an error: only now a second look at the bytes.
    return _read_bodies(reading, _bodies(value))


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
        if is_number:
            return Rejected("out_of_range", "start_time is no time in seconds since 1970")
        return Rejected("wrong_type", "start_time is no RFC 3339 time with offset")
    if record.error is not None and _is_empty(record.error):
        record.error = None
    end = _time(record.end_time, "end_time", repairs)
    reading = Reading(record, start, end, _time(record.first_token_time, "first_token_time", repairs))
    return _read_bodies(reading, PlainBodies(record.request, record.response, record.chunks))


def _read_bodies(reading: Reading, bodies: PlainBodies) -> Reading:
    if reading.fields.type in MODEL_CALLS:
        read_call(reading, bodies)
    else:
        reading.input, reading.output = given(bodies.request), given(bodies.response) or given(bodies.chunks)
    return reading


def _is_empty(error: PlainError | str) -> bool:
    """Whether nothing went wrong: a program whose texts cannot be absent writes empty ones."""
    if isinstance(error, str):
        return error == ""
    return error.message == "" and not error.type and not error.code


def _time(raw: Raw, name: str, repairs: list[str]) -> datetime | None:
    moment = from_json(raw) if given(raw) else None
    if moment is None and given(raw):
        repairs.append(name)
    return moment
