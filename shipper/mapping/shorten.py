"""Cuts JSON to a size and leaves it JSON: long texts lose their middle and say how much of it.

Pure, and knows nothing of events. Works on JSON as it is written: no escape, no UTF-8 sequence and no pair of
surrogates is ever cut in two, and what is not cut keeps its bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Raw
from msgspec.json import Encoder

from shipper.decode.media import MIN_CHARACTERS, describe_base64

_SOME_TEXT_BYTES = 200  # a text is not cut below this: less would tell nothing any more

_encode = Encoder().encode
# Keys too, so that the search never loses its place.
_TEXT = re.compile(rb'("[^"\\]*+(?:\\.[^"\\]*+)*+")(\s*:)?', re.DOTALL)
_ONLY_BASE64 = re.compile(rb"(?:[\w+/=-]|\\/)++")
_MIN_ALPHABET = 48  # different characters: words, names and hexadecimal digits have fewer
_LOW_SURROGATE = re.compile(rb"\\u[dD][c-fC-F]")
_LONGEST_CHARACTER = len(rb"\ud83d\ude00")


def shorten(value: Raw, size_bytes: int, *, whole: bool = True) -> Raw:
    """The value in at most so many bytes, which should be some hundreds.

    Its base64 is described, then its longest texts are cut; where that is not enough, and `whole` allows it, the
    value becomes the text of its JSON, cut itself.
    """
    text = _TEXT.sub(_described, bytes(value))
    if len(text) > size_bytes:
        lengths = [len(match[1]) for match in _TEXT.finditer(text) if match[2] is None]
        longest = level(lengths, len(text) - size_bytes, _SOME_TEXT_BYTES)
        text = _TEXT.sub(lambda match: match.group() if match[2] else _cut(match[1], longest), text)
    if whole and len(text) > size_bytes:
        text = bytes(value)
        text = _cut(text if text[:1] == b'"' else _encode(text.decode()), size_bytes)
    return Raw(text)


def level(sizes: Sequence[int], excess: int, floor: int) -> int:
    """The size to cut all larger ones down to so that `excess` is saved; the `floor` if it cannot be had above it."""
    total, ordered = 0, sorted((size for size in sizes if size > floor), reverse=True)
    for count, size in enumerate(ordered, 1):
        total += size
        after = ordered[count] if count < len(ordered) else floor
        if total - count * after >= excess:
            return (total - excess) // count
    return floor


def _described(match: re.Match[bytes]) -> bytes:
    literal: bytes = match.group()
    if (
        match[2] is None
        and len(literal) > MIN_CHARACTERS
        and _ONLY_BASE64.fullmatch(literal, 1, len(literal) - 1)
        and len(set(literal)) >= _MIN_ALPHABET
    ):
        text = describe_base64(literal[1:-1], "base64")
        if text is not None:
            return b'"%b"' % text
    return literal


def _cut(literal: bytes, size_bytes: int) -> bytes:
    """A JSON string in at most so many bytes, its head and tail kept."""
    if len(literal) <= size_bytes:
        return literal
    room = size_bytes - len(_note(len(literal))) - 2 - _LONGEST_CHARACTER
    head_end = _boundary(literal, 1 + room // 2)
    tail_start = _boundary(literal, len(literal) - 1 - room // 2)
    return b"".join((literal[:head_end], _note(tail_start - head_end), literal[tail_start:]))


def _note(cut_bytes: int) -> bytes:
    return f"…[shipper: {cut_bytes:,} bytes cut]…".encode()


def _boundary(literal: bytes, at: int) -> int:
    """Where the character begins that is written at this place."""
    while literal[at] & 0xC0 == 0x80:  # inside of a UTF-8 sequence
        at -= 1
    escape_at = literal.rfind(b"\\", max(1, at - 5), at)
    if escape_at > 0:
        before = literal[1:escape_at]
        is_escaped = (len(before) - len(before.rstrip(b"\\"))) % 2
        end = escape_at + (6 if literal[escape_at + 1] == ord("u") else 2)
        if not is_escaped and end > at:
            at = escape_at
    return at - 6 if _LOW_SURROGATE.match(literal, at) else at
