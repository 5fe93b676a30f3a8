"""Numbers that JSON, or a double, does not have.

Python's json.dumps writes NaN and Infinity, which no JSON reader takes; and a number like 1e999 is JSON, but Langfuse
reads it as Infinity and refuses the event that has it in its metadata. An integer beyond 2^53 it rounds, so its SDK for
Python (serializer.py) writes such a one as a text.
"""

from __future__ import annotations

import re
from math import isfinite

from msgspec import Raw

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?'
_CONSTANT = re.compile(_STRING + rb"|NaN|-?Infinity", re.DOTALL)
_NUMBER = re.compile(_STRING + rb"|-?[0-9][0-9.eE+-]*", re.DOTALL)
_MIN_OVERFLOWING = len(b"1e309")
_MAX_DIGITS = 308
_SAMPLE = _MAX_DIGITS // 3
_MIN_ROUNDED = len(b"9007199254740992")
_MAX_EXACT = 2**53 - 1
_THREE_DIGITS = re.compile(rb"[0-9]{3}").search


def mend_constants(value: bytes) -> bytes | None:
    """NaN and the infinities as null, in linear time; None if there are none. Texts are left alone."""
    mended = _CONSTANT.sub(lambda match: match.group() if match.group().startswith(b'"') else b"null", value)
    return mended if mended != value else None


def mend_overflow(raw: Raw) -> Raw | None:
    """JSON with the numbers that no double can hold as strings of their digits; None if there are none."""
    if len(raw) < _MIN_OVERFLOWING:
        return None
    text = bytes(raw)
    mended = _NUMBER.sub(_within_double, text)
    return Raw(mended) if len(mended) != len(text) else None


def mend_integers(raw: Raw) -> Raw:
    """JSON with the integers that a double would round as strings of their digits."""
    if len(raw) < _MIN_ROUNDED:
        return raw
    text = bytes(raw)
    mended = _NUMBER.sub(_within_exact, text)
    return Raw(mended) if len(mended) != len(text) else raw


def may_have_long_number(raw: Raw) -> bool:
    """Whether there may be a number of more digits than a double holds: how Python writes one that overflows.

    Quick, and right where it says no: so many digits in a row cannot hide between three bytes that are far apart.
    """
    return len(raw) > _MAX_DIGITS and _THREE_DIGITS(bytes(raw)[::_SAMPLE]) is not None


def _within_double(match: re.Match[bytes]) -> bytes:
    token: bytes = match.group()
    return token if token.startswith(b'"') or isfinite(float(token)) else b'"%b"' % token


def _within_exact(match: re.Match[bytes]) -> bytes:
    token: bytes = match.group()
    if len(token) < _MIN_ROUNDED or not token.lstrip(b"-").isdigit():  # a text, a real number
        return token
    is_exact = len(token) <= _MIN_ROUNDED + 1 and abs(int(token)) <= _MAX_EXACT
    return token if is_exact else b'"%b"' % token
