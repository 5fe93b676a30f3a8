"""JSON put together of pieces of JSON, as they were written: no text is decoded that need not be.

Pure. A value here is one JSON value as bytes (`Raw`), so what comes out is JSON because what goes in is.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import DecodeError, Raw, Struct, ValidationError
from msgspec.json import Decoder, Encoder

from shipper.decode.surrogates import mend_surrogates
from shipper.decode.values import NULL, to_text

Members = dict[str, Raw]
_WORDS = (b'"', b"-", *(b"%d" % digit for digit in range(10)))

_members = Decoder(dict[str, Raw]).decode
_items = Decoder(list[Raw]).decode
_text = Decoder(str).decode
_json = Decoder().decode
encode = Encoder().encode


class Text(Struct, gc=False):
    """A text that comes in pieces: JSON strings, each kept without its quotes."""

    pieces: list[bytes]

    def add(self, raw: Raw | None) -> None:
        """One more piece; what is no string is none."""
        if raw is not None and is_text(raw):
            self.pieces.append(bytes(raw)[1:-1])

    def raw(self) -> Raw:
        """The whole, as one JSON string."""
        return Raw(b'"' + b"".join(self.pieces) + b'"')

    def json(self) -> Raw | None:
        """The JSON that the text holds (a tool's arguments); the text itself if it broke off, None if it is empty.

        Escapes in it were escaped once more until now, so nobody has mended them.
        """
        written = _text(self.raw()).encode()
        if not written:
            return None
        written = mend_surrogates(written) or written
        try:
            _json(written)
        except (DecodeError, ValueError, RecursionError):
            return self.raw()
        return Raw(written)


def is_text(raw: Raw) -> bool:
    """Whether the value is a string."""
    return bytes(raw)[:1] == b'"'


def to_word(raw: Raw | None) -> str | None:
    """A string, or a number as it is written; None for any other value and for an empty string."""
    return to_text(raw) if raw and bytes(raw)[:1] in _WORDS else None


def to_members(raw: Raw | None) -> Members | None:
    """The members of an object; None for any other value."""
    try:
        return _members(raw) if raw else None
    except ValidationError:
        return None


def to_items(raw: Raw | None) -> list[Raw] | None:
    """The items of a list; None for any other value."""
    try:
        return _items(raw) if raw else None
    except ValidationError:
        return None


def to_array(items: Iterable[Raw]) -> Raw:
    """The list of these values."""
    return Raw(b"[" + b",".join(map(bytes, items)) + b"]")


def to_object(members: Members) -> Raw:
    """The object of these members."""
    return Raw(encode(members))


def to_joined(first: Raw | None, more: Raw) -> Raw:
    """Two pieces of one text, or of one list; else the later value."""
    one, other = bytes(first or NULL), bytes(more)
    if one[:1] == other[:1] == b'"':
        return Raw(one[:-1] + other[1:])
    if one[:1] == other[:1] == b"[":
        return to_array((*(to_items(Raw(one)) or ()), *(to_items(more) or ())))
    return more
