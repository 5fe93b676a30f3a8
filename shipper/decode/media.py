"""Data URIs (RFC 2397) in a record: base64 that nobody reads, in the place of which comes what can be said of it.

Pure. Done on the bytes of the record, before anything else: LiteLLM writes the same picture two or three times, and
what is gone here need not be decoded, copied, mapped or sent.
"""

from __future__ import annotations

import re
from binascii import Error, a2b_base64
from hashlib import sha256

MIN_CHARACTERS = 4096  # of base64, i.e. 3 KiB of data: what is smaller is an icon, and stays

_BASE64 = b";base64,"
_HOPS = 4
# Everything but the data itself is bounded, so that no text makes the search slow. JSON lets a writer escape / + =.
_DATA_URI = re.compile(
    rb"data:([\w.+-]{0,64}(?:\\?/[\w.+-]{1,96})?)(?:;[\w.+-]{1,64}=[^;,\"\\\s]{0,96}){0,4};base64,"
    rb"((?:[\w+/=-]++|\\/|\\u00(?:2[bBfF]|3[dD]))*+)"
)
_ESCAPED = re.compile(rb"\\(?:(/)|u00(2[bBfF]|3[dD]))")


def describe_media(value: bytes) -> tuple[bytes, int]:
    """The record with every larger data URI replaced by its media type, size and SHA-256; and how many there were.

    Equal ones count once. What is no base64 after all stays as it is.
    """
    if not _may_hold_media(value):
        return value, 0
    described: dict[bytes, bytes] = {}

    def describe(match: re.Match[bytes]) -> bytes:
        uri: bytes = match.group()
        if uri not in described:
            text = describe_base64(match[2], match[1].replace(b"\\", b"").decode() or "text/plain")
            if text is None:
                return uri
            described[uri] = text
        return described[uri]

    return _DATA_URI.sub(describe, value), len(described)


def describe_base64(written: bytes, media_type: str) -> bytes | None:
    """What is said instead of base64 as it stands in a JSON string; None if it is short, or no base64."""
    if len(written) < MIN_CHARACTERS:
        return None
    if b"\\" in written:
        written = _ESCAPED.sub(lambda match: match[1] or bytes.fromhex(match[2].decode()), written)
    try:
        data = a2b_base64(written.translate(bytes.maketrans(b"-_", b"+/")))
    except Error:
        return None
    return f"[shipper: {media_type}, {len(data):,} bytes, sha256 {sha256(data).hexdigest()}]".encode()


def _may_hold_media(value: bytes) -> bool:
    # A semicolon is rare in a record, and a single byte is found ten times as fast as several. Where there are many
    # (programs), searching from the end takes CPython half the time.
    at = -1
    for _ in range(_HOPS):
        at = value.find(b";", at + 1)
        if at < 0:
            return False
        if value.startswith(_BASE64, at):
            return True
    return value.rfind(_BASE64, at) >= 0
