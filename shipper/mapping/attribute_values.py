"""JSON values as values of attributes.

Pure. A text goes without its quotes, a flag or a small number as itself, anything else as its JSON text.
"""

from __future__ import annotations

from msgspec import Raw
from msgspec.json import Decoder

from shipper.decode.splice import to_members
from shipper.decode.values import NULL
from shipper.mapping.span import Attributes, Value

_MOST = 2**31 - 1  # Langfuses before June 2026 read other integers wrong (langfuse #13342)
_SCALAR_BYTES = len(str(_MOST))
_FLAGS = {b"true": True, b"false": False}
_QUOTE = ord('"')

_text = Decoder(str).decode


def bare(raw: Raw) -> Value:
    """A text without its quotes, anything else as its JSON text."""
    return _text(raw) if memoryview(raw)[0] == _QUOTE else raw


def flatten(attributes: Attributes, name: str, value: Raw) -> None:
    """Into `attributes` one for each member of an object, under its key; one for any other value. Nulls are none."""
    members = to_members(value)
    if members is None:
        if value != NULL:
            attributes[name] = bare(value)
        return
    for key, raw in members.items():
        if raw != NULL:
            attributes[f"{name}.{key}"] = bare(raw) if len(raw) > _SCALAR_BYTES else _short(raw)


def _short(raw: Raw) -> Value:
    """What is as short as a flag or a number that goes as itself."""
    written = bytes(raw)
    if written in _FLAGS:
        return _FLAGS[written]
    if written[0] == _QUOTE:
        return _text(raw)
    return int(written) if written.isdigit() and int(written) <= _MOST else raw
