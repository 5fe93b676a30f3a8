"""What the request and the response of a plain record's model call tell: into a `Reading`.

Rule: request and response are as the provider's API gave them; each API is told by the names it alone uses, and where
no rule knows their shape they are shown whole. The usual answer (OpenAI's chat and completions, Anthropic's messages)
is read the quick way, all others in a second look at the bytes. Both ways read the same from what both can read.
"""

from __future__ import annotations

from msgspec import Raw, ValidationError
from msgspec.json import Decoder, Encoder

from shipper.decode.bill import to_bill
from shipper.decode.chunks import assemble
from shipper.decode.parameters import to_settings
from shipper.decode.plain_answers import is_unreadable, to_answer
from shipper.decode.plain_errors import find_error
from shipper.decode.plain_requests import take_input
from shipper.decode.plain_shapes import PlainBodies, PlainChoice, PlainResponse, Reading
from shipper.decode.splice import Members, to_array, to_members, to_object, to_word
from shipper.decode.tolerant import decode_tolerantly
from shipper.decode.tools import hide_server_keys
from shipper.decode.units import count_citations
from shipper.decode.usage_shapes import UsageObject
from shipper.decode.values import NOTHING, given, to_text

_ENDINGS = ("id", "choices", "stop_reason")

_response = Decoder(PlainResponse).decode
_usage = Decoder(UsageObject | None).decode
_encode = Encoder().encode


def read_quickly(reading: Reading, request: Members | None, response: PlainResponse | None) -> bool:
    """Whether the call is a usual one, so that all of it is now in `reading`."""
    if request is None or response is None or response.usage is None or given(response.error):
        return False
    output = given(response.content)
    choices = response.choices
    if choices:
        first = choices[0]
        if given(first.error) if len(choices) == 1 else any(given(choice.error) for choice in choices):
            return False
        output = _said(first) if len(choices) == 1 else _all_said(choices)
    if reading.fields.type == "embedding":
        output = None
    elif output is None:
        return False
    _take_request(reading, request)
    if reading.input is None:
        return False
    reading.output, reading.answer = output, response
    reading.served_model, reading.usage, reading.served_tier = response.model, response.usage, response.service_tier
    message = choices[0].message if choices else None
    if message is not None and "annotations" in message:
        reading.units = count_citations(message)
    return True


def read_call(reading: Reading, bodies: PlainBodies) -> None:
    """Into `reading` what any rule knows of a model call; what none knows is shown whole. No vectors."""
    request = to_members(bodies.request)
    if request is not None:
        _take_request(reading, request)
    if reading.input is None:
        reading.input = given(bodies.request)
    answer = given(bodies.response)
    # A stream's chunks may stand where a response should.
    response = to_members(answer) if answer else assemble(bodies.chunks)
    if response is None and answer:
        response = assemble(answer)
    whole = answer or given(bodies.chunks)
    if response is None:
        reading.output = whole
    else:
        _read_response(reading, response, whole)


def _take_request(reading: Reading, request: Members) -> None:
    """What was asked is taken out of the request: the rest are settings."""
    if "tools" in request:
        reading.tools = request["tools"] = hide_server_keys(request["tools"])
    reading.asked_model = to_text(request.pop("model", NOTHING))
    reading.input = take_input(request)
    if reading.input is None:  # no rule knows what of it is a setting
        request = {name: raw for name, raw in request.items() if bytes(raw)[:1] not in b"{["}
    reading.parameters = to_settings(_encode(request))


def _read_response(reading: Reading, response: Members, whole: Raw | None) -> None:
    fields = reading.fields
    reading.served_model, reading.served_tier = to_word(response.get("model")), to_word(response.get("service_tier"))
    reading.usage = _read_usage(response.get("usage"))
    _take_endings(reading, response)
    reading.bill = to_bill(response)
    answer = to_answer(response)
    if fields.error is None:
        fields.error = find_error(response, None if answer else fields.provider)
    if fields.type == "embedding" or (answer is None and is_unreadable(response)):
        reading.output = None
    else:
        reading.output = answer or whole


def _take_endings(reading: Reading, response: Members) -> None:
    """As the quick way does, if the response is of a usual kind after all (a stream's, or with an odd value in it)."""
    told = {name: response[name] for name in _ENDINGS if name in response}
    answer = _typed(to_object(told)) if told.keys() - {"id"} else None
    if answer is None or not (answer.choices or answer.stop_reason):
        reading.members = response
        return
    reading.answer = answer
    message = answer.choices[0].message if answer.choices else None
    if message is not None and "annotations" in message:
        reading.units = count_citations(message)


def _typed(response: Raw) -> PlainResponse | None:
    try:
        answer: PlainResponse = _response(response)
        return answer
    except ValidationError:  # one odd value in it
        return decode_tolerantly(response, PlainResponse, [])


def _read_usage(raw: Raw | None) -> UsageObject | None:
    if not raw:
        return None
    try:
        usage: UsageObject | None = _usage(raw)
        return usage
    except ValidationError:  # one odd count in it
        return decode_tolerantly(raw, UsageObject, [])


def _said(choice: PlainChoice) -> Raw | None:
    """A chat's message or a completion's text."""
    return given(choice.text) if choice.message is None else Raw(_encode(choice.message))


def _all_said(choices: list[PlainChoice]) -> Raw | None:
    said = [one for one in map(_said, choices) if one is not None]
    return to_array(said) if said else None
