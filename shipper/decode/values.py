"""Single JSON values, read only where a rule needs them."""

from __future__ import annotations

from typing import Any

from msgspec import DecodeError, Raw, ValidationError
from msgspec.json import Decoder

NOTHING = Raw(b"")  # an absent value; a JSON null is NULL
NULL = Raw(b"null")

_FLAGS = {"true": "True", "false": "False"}
_text = Decoder(str).decode
_any = Decoder().decode


def to_text(raw: Raw) -> str | None:
    """A value as the text of an id or a name: strings as they are, flags as Python spells them, others as written.

    None if null or empty.
    """
    if not raw or raw == NULL:
        return None
    try:
        return _text(raw) or None
    except ValidationError:
        written = bytes(raw).decode()
        return _FLAGS.get(written, written)


def to_value(raw: Raw) -> Any:
    """Any value as Python's; None for what Python cannot hold."""
    try:
        return _any(raw)
    except (DecodeError, ValueError):
        return None


def to_flag(raw: Raw) -> bool:
    """A value as a flag: the strings true and false are read, everything else goes by its truth."""
    value = to_value(raw)
    if isinstance(value, str):
        return value.strip().lower() != "false" and value != ""
    return bool(value)


def to_names(*candidates: str | None) -> tuple[str, ...]:
    """Each name once and in order, without those that are missing."""
    names: list[str] = []
    for name in candidates:
        if name and name not in names:
            names.append(name)
    return tuple(names)


def given(raw: Raw) -> Raw | None:
    """The value, unless it is absent or null."""
    return raw if raw and raw != NULL else None
