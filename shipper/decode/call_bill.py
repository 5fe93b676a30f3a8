"""The bill of the rarer LiteLLM calls, which are paid by other units than tokens: a second look at their response.

Rules: LiteLLM, cost_calculator.py (`completion_cost`), which tells the units by the type of the call. The usual
call, a chat, is not read twice.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import DecodeError, Raw, Struct
from msgspec.json import Decoder

from shipper.decode.bill import Bill, read_bill
from shipper.decode.buckets import with_units
from shipper.decode.facts import Facts
from shipper.decode.usage import to_usage
from shipper.decode.values import NOTHING, to_value
from shipper.records import Units

_REDACTED = "redacted-by-litellm"


class _Payload(Struct, gc=False):
    response: Raw = NOTHING


class _Value(Struct, gc=False):
    standard_logging_object: _Payload | None = None
    response: Raw = NOTHING


_value = Decoder(_Value).decode


def to_call_bill(facts: Facts, value: bytes) -> Bill:
    """The bill of a call whose type is one of RARE_CALLS; `value` is the whole record."""
    try:
        found = _value(value)
    except DecodeError:  # odd elsewhere: what was read of it stands
        found = _Value()
    payload = found.standard_logging_object
    bill = read_bill(found.response if payload is None else payload.response) or Bill()
    usage = with_units(to_usage(facts.response.usage), None if bill.usage is None else bill.usage.other)
    units = RARE_CALLS[facts.payload.call_type or ""]
    return Bill(
        with_units(usage or bill.usage, None if units is None else units(facts)),
        bill.model,
        bill.tier,
        bill.size,
        bill.quality,
        bill.resolution,
    )


def _speech(facts: Facts) -> Units | None:
    """LiteLLM pays characters that are no blanks (utils.py: `count_characters`); redacted ones nobody can count."""
    text = to_value(facts.record.messages or facts.payload.messages)
    if isinstance(text, list) and len(text) == 1 and isinstance(text[0], dict):
        text = text[0].get("content")
    if not isinstance(text, str) or text == _REDACTED:
        return None
    return Units(characters_input=sum(len(word) for word in text.split()))


def _search(facts: Facts) -> Units:
    priced = facts.parameters.priced
    query = to_value(priced["query"]) if priced and "query" in priced else None
    return Units(queries=len(query) if isinstance(query, list) and query else 1)


def _one_query(_: Facts) -> Units:
    return Units(queries=1)


def _edit(_: Facts) -> Units:
    """The picture that was edited is not in the record, but there was one."""
    return Units(images_input=1)


_BY_SHAPE = None
_CALLS: dict[str, Callable[[Facts], Units | None] | None] = {
    "speech": _speech,
    "transcription": _BY_SHAPE,
    "rerank": _one_query,
    "search": _search,
    "vector_store_search": _one_query,
    "image_generation": _BY_SHAPE,
    "passthrough_image_generation": _BY_SHAPE,
    "image_edit": _edit,
    "image_variation": _BY_SHAPE,
    "ocr": _BY_SHAPE,
    "create_video": _BY_SHAPE,
    "video_edit": _BY_SHAPE,
    "video_remix": _BY_SHAPE,
    "generate_content": _BY_SHAPE,
    "generate_content_stream": _BY_SHAPE,
}
RARE_CALLS = {prefix + name: units for name, units in _CALLS.items() for prefix in ("", "a")}
