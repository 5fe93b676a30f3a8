"""Why a call failed, where the record does not say it but the provider's answer does.

Rules: the error shapes of the API references. A text called `message` or `detail` is an error only of those whose
errors have nothing else, so the record must name the provider; of anybody else it may be an answer.
"""

from __future__ import annotations

from msgspec import Raw

from shipper.decode.plain_shapes import PlainError
from shipper.decode.splice import Members, is_text, to_items, to_members
from shipper.decode.values import NOTHING, given, to_text

_SPARSE = ("cohere", "bedrock", "amazon", "aws", "sagemaker", "mistral")
_MESSAGES = ("message", "Message", "msg")
_STREAM_FAULTS = (  # of Bedrock's streams
    "internalServerException",
    "modelStreamErrorException",
    "serviceUnavailableException",
    "throttlingException",
    "validationException",
)
_NAMES = dict.fromkeys(("error", "Error", *_STREAM_FAULTS))  # in this order; `Error` is botocore's


def find_error(response: Members, provider: str | None) -> PlainError | None:
    """The error that a response, or an event of a stream, is; None if it is none."""
    for name in () if _NAMES.keys().isdisjoint(response) else _NAMES:
        raw = given(response.get(name, NOTHING))
        if raw is not None:
            return _named(raw, name if name in _STREAM_FAULTS else None)
    inner = _of_a_choice(response["choices"]) if "choices" in response else None
    if inner is not None:
        return inner
    kind = to_text(response.get("object", NOTHING)) or to_text(response.get("type", NOTHING))
    if kind == "error" or "__type" in response:  # Mistral's, an event of OpenAI's responses; Amazon's
        return _of(response, None)
    if provider and provider.lower().startswith(_SPARSE):
        if _message(response) is not None:
            return _of(response, None)
        if "detail" in response:
            return _detail(response["detail"])
    return None


def _of_a_choice(choices: Raw) -> PlainError | None:
    """OpenRouter says in a choice what went wrong after the answer began."""
    for choice in map(to_members, to_items(choices) or ()):
        raw = given(choice["error"]) if choice and "error" in choice else None
        if raw is not None:
            return _named(raw, None)
    return None


def _named(raw: Raw, kind: str | None) -> PlainError | None:
    members = to_members(raw)
    if members is not None:
        return _of(members, kind) if members else None
    return PlainError(to_text(raw), kind) if is_text(raw) and to_text(raw) else None


def _of(error: Members, kind: str | None) -> PlainError:
    said = _message(error)
    kind = kind or _word(error, "type", "__type") or _google_status(error)
    kind = None if kind == "error" else kind  # says of an event of OpenAI's responses what it is
    return PlainError(said or kind or "error", kind, _word(error, "code", "Code", "status"))


def _google_status(error: Members) -> str | None:
    """Google's name for what went wrong; of others it is HTTP's number."""
    status = error.get("status", NOTHING)
    return to_text(status) if is_text(status) else None


def _message(error: Members) -> str | None:
    for name in _MESSAGES:
        raw = error.get(name)
        if raw is not None and is_text(raw):
            return to_text(raw)
    # Mistral says what is wrong with a request in an object.
    return _first_message(to_members(error.get("message")))


def _first_message(members: Members | None) -> str | None:
    found = _detail(members["detail"]) if members and "detail" in members else None
    return None if found is None else found.message


def _detail(raw: Raw) -> PlainError | None:
    """What is wrong with a request: a text, or a list of faults of which the first is told."""
    if is_text(raw):
        return PlainError(to_text(raw))
    items = to_items(raw)
    members = to_members(items[0]) if items else None
    return _of(members, None) if members else None


def _word(error: Members, *names: str) -> str | None:
    return next((text for text in (to_text(error.get(name, NOTHING)) for name in names) if text), None)
