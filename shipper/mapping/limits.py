"""Texts as Langfuse takes them (packages/shared/src/server/ingestion/types.ts): else it refuses the event.

Lengths count UTF-16 units, as JavaScript does.
"""

from __future__ import annotations

from hashlib import blake2b

MAX_NAME = 1000  # of a trace's name
_MAX_ID = 800


def wire_id(text: str) -> str:
    """An id as Langfuse takes it: 1 to 800 UTF-16 units, no carriage return; a long one ends in its hash."""
    if len(text) <= _MAX_ID // 2 and "\r" not in text:
        return text
    clean = text.replace("\r", "") or "-"
    if len(clean.encode("utf-16-le")) <= 2 * _MAX_ID:
        return clean
    digest = blake2b(clean.encode(), digest_size=16).hexdigest()
    return f"{cut(clean, _MAX_ID - 33)}-{digest}"


def cut(text: str, units: int) -> str:
    """At most that many UTF-16 units of the text, as JavaScript counts them."""
    if len(text) <= units // 2:
        return text
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore")
