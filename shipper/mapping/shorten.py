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
    text = bytes(value)
    places = [
        match.span(1)
        for match in _TEXT.finditer(text)
        if match.end(1) - match.start(1) > _SOME_TEXT_BYTES and match[2] is None
    ]
    literals = [_described(text[start:end]) for start, end in places]
    excess = len(text) - size_bytes - sum(end - start for start, end in places) + sum(map(len, literals))
    if excess > 0:
        longest = level([len(literal) for literal in literals], excess, _SOME_TEXT_BYTES)
        literals = [_cut(literal, longest) for literal in literals]
    shortened = _replaced(text, places, literals)
    if whole and len(shortened) > size_bytes:
        shortened = _cut(text if text[:1] == b'"' else _encode(text.decode()), size_bytes)
    return Raw(shortened)


def level(sizes: Sequence[int], excess: int, floor: int) -> int:
    """The size to cut all larger ones down to so that `excess` is saved; the `floor` if it cannot be had above it."""
    total, ordered = 0, sorted((size for size in sizes if size > floor), reverse=True)
    for count, size in enumerate(ordered, 1):
        total += size
        after = ordered[count] if count < len(ordered) else floor
        if total - count * after >= excess:
            return (total - excess) // count
    return floor


def _replaced(text: bytes, places: Sequence[tuple[int, int]], literals: Sequence[bytes]) -> bytes:
    pieces: list[bytes] = []
    at = 0
    for (start, end), literal in zip(places, literals, strict=True):
        pieces += (text[at:start], literal)
        at = end
    return b"".join((*pieces, text[at:]))


def _described(literal: bytes) -> bytes:
    if (
        len(literal) > MIN_CHARACTERS
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
