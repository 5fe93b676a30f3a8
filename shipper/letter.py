"""A dead letter: a refused record as it is kept, with what is known about it in headers of ours.

Rule: key, value and headers are kept byte for byte, and nobody but us writes a header under our prefix.
Pure. Knows nothing of producing; which topic takes the letter is told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from msgspec import Struct

from shipper.records import Record, Rejected

OWN_PREFIX = "shipper."
FRAMING_BYTES = 16_384  # record batch and request around a letter, at the most


class Letter(Struct, frozen=True):
    """One dead letter as it is produced; a header's value may be None, as in Kafka."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]

    @property
    def size_bytes(self) -> int:
        """What its produce request may need at the most."""
        headers_bytes = sum(len(name.encode()) + len(value or b"") + 16 for name, value in self.headers)
        return len(self.key or b"") + len(self.value or b"") + headers_bytes + FRAMING_BYTES


def letter(record: Record, rejected: Rejected, topic: str, version: str) -> Letter:
    """The dead letter of one record: its own key, value and headers, and our headers about it.

    A foreign header under our prefix is renamed, so that nobody forges a reason. A record with neither key nor
    value gets an empty value: the client refuses to produce a message that has neither.
    """
    theirs = [(f"original.{name}" if name.startswith(OWN_PREFIX) else name, value) for name, value in record.headers]
    value = b"" if record.key is None and record.value is None else record.value
    return Letter(topic, record.key, value, [*theirs, *_ours(record, rejected, version)])


def reference(record: Record, rejected: Rejected, topic: str, version: str) -> Letter:
    """What is left of a dead letter that the broker refuses for good: where the record was, and what it was.

    Our headers and two more, `shipper.bytes` and `shipper.sha256` of the value; no key, an empty value, and none
    of the record's own headers, since any of them may be what is too large.
    """
    value = record.value or b""
    about = [("bytes", str(len(value))), ("sha256", hashlib.sha256(value).hexdigest())]
    return Letter(topic, None, b"", [*_ours(record, rejected, version), *_headers(about)])


def _ours(record: Record, rejected: Rejected, version: str) -> list[tuple[str, bytes | None]]:
    return _headers(
        [
            ("reason", rejected.reason),
            ("detail", rejected.detail),
            ("topic", record.topic),
            ("partition", str(record.partition)),
            ("offset", str(record.offset)),
            ("timestamp", str(record.timestamp_ms)),
            ("version", version),
        ]
    )


def _headers(texts: Iterable[tuple[str, str]]) -> list[tuple[str, bytes | None]]:
    return [(OWN_PREFIX + name, text.encode(errors="backslashreplace")) for name, text in texts]
