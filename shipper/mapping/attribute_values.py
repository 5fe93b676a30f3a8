"""JSON values as values of attributes.

Pure. A text goes without its quotes, a flag or a small number as itself, anything else as its JSON text.
"""

from __future__ import annotations

from functools import cache
from struct import Struct as Layout

from msgspec import Raw
from msgspec.json import Decoder

from shipper.decode.splice import to_members
from shipper.decode.values import NULL
from shipper.mapping.span import Attributes, Value

_MOST = 2**31 - 1  # Langfuses before June 2026 read other integers wrong (langfuse #13342)
_SCALAR_BYTES = len(str(_MOST))
_FLAGS = {b"true": True, b"false": False}
_MOST_NAMES, _LONGEST_KEY = 1_024, 64

_text = Decoder(str).decode
_first_byte = Layout("c").unpack_from


def bare(raw: Raw) -> Value:
    """A text without its quotes, anything else as its JSON text."""
    return _text(raw) if _first_byte(raw)[0] == b'"' else raw


def flatten(attributes: Attributes, name: str, value: Raw) -> None:
    """Into `attributes` one for each member of an object, under its key; one for any other value. Nulls are none."""
    members = to_members(value)
    if members is None:
        if value != NULL:
            attributes[name] = bare(value)
        return
    names = _names(name)
    for key, raw in members.items():
        if raw == NULL:  # looked for first, as LiteLLM's metadata is full of them
            continue
        if _first_byte(raw)[0] == b'"':
            attributes[names[key]] = _text(raw)
        else:
            attributes[names[key]] = raw if len(raw) > _SCALAR_BYTES else _scalar(raw)


class _Names(dict[str, str]):
    """The names of an object's members, made once each. Callers choose the keys, so there is an end to what is kept."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def __missing__(self, key: str) -> str:
        name = f"{self._name}.{key}"
        if len(key) <= _LONGEST_KEY:
            if len(self) >= _MOST_NAMES:
                self.clear()
            self[key] = name
        return name


_names = cache(_Names)  # of the few names that views give to metadata


def _scalar(raw: Raw) -> Value:
    """What is as short as a flag or a number that goes as itself."""
    written = bytes(raw)
    if written in _FLAGS:
        return _FLAGS[written]
    return int(written) if written.isdigit() and int(written) <= _MOST else raw
