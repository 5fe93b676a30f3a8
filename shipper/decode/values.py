"""Single JSON values, read only where a rule needs them."""

from __future__ import annotations

from typing import Any

from msgspec import DecodeError, Raw
from msgspec.json import Decoder

NULL = Raw(b"null")

_text = Decoder(str)
_any = Decoder()


def to_text(raw: Raw) -> str | None:
    """A value as the text of an id or a name: strings as they are, others as written; None if null or empty."""
    value = bytes(raw)
    if value[:1] == b'"':
        return _text.decode(raw) or None
    return None if value in (b"", b"null") else value.decode()


def to_value(raw: Raw) -> Any:
    """Any value as Python's; None for what Python cannot hold."""
    try:
        return _any.decode(raw)
    except (DecodeError, ValueError):
        return None


def to_flag(raw: Raw) -> bool:
    """A value as a flag: the strings true and false are read, everything else goes by its truth."""
    value = to_value(raw)
    if isinstance(value, str):
        return value.strip().lower() != "false" and value != ""
    return bool(value)


def given(raw: Raw) -> Raw | None:
    """The value, unless it is absent or null."""
    return raw if raw and raw != NULL else None
