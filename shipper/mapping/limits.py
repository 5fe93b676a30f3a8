"""Texts as Langfuse takes them, and as what is behind it takes them: else it refuses the event, or fails over it.

Sources: Langfuse, packages/shared/src/server/ingestion/types.ts (an id has 1 to 800 UTF-16 units and no carriage
return) and processEventBatch.ts: an id is a part of the key under which the payload is stored, and when that fails the
whole request is answered with 500, for ever. S3 takes keys of 1,024 bytes; MinIO no empty part between two slashes, no
`.` and no `..`; Google no line breaks. Session, model and prompt are looked up in PostgreSQL, which takes no NUL and
no key above some 2,700 bytes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b

MAX_ID_BYTES = 800
MAX_KEY_BYTES = 1000
MAX_NAME = 1000  # UTF-16 units of a trace's name
MAX_ENVIRONMENT = 40

_HASH_BYTES = 33  # with the hyphen before it
_CONTROLS = re.compile("[\x00-\x1f\x7f]")
_NO_PATH = re.compile("[\x00-\x1f\x7f/]+")
_ENVIRONMENT = re.compile("(?!langfuse)[a-z0-9_-]+")
_RESERVED = re.compile("langfuse[-_]")


def wire_id(text: str, max_bytes: int = MAX_ID_BYTES) -> str:
    """An id of at most so many bytes that can be a part of a storage's key; if changed it ends in its hash."""
    if _is_part_of_a_key(text) and len(text.encode()) <= max_bytes:
        return text
    return _hashed(text, _NO_PATH.sub("-", text), max_bytes)


def wire_key(text: str) -> str:
    """A text that PostgreSQL takes as a key; one that had to be changed ends in its hash."""
    if "\x00" not in text and len(text.encode()) <= MAX_KEY_BYTES:
        return text
    return _hashed(text, text.replace("\x00", ""), MAX_KEY_BYTES)


@lru_cache(maxsize=256)
def wire_environment(name: str) -> str:
    """What Langfuse 4 makes of an environment's name; version 3 refuses the event instead."""
    name = _RESERVED.sub("", name.lower(), count=1) if _RESERVED.match(name.lower()) else name.lower()
    name = name[:MAX_ENVIRONMENT]
    return name if _ENVIRONMENT.fullmatch(name) else "default"


def cut(text: str, units: int) -> str:
    """At most that many UTF-16 units of the text, as JavaScript counts them."""
    if len(text) <= units // 2:
        return text
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore")


def _is_part_of_a_key(text: str) -> bool:
    return _CONTROLS.search(text) is None and {"", ".", ".."}.isdisjoint(text.split("/"))


def _hashed(text: str, clean: str, max_bytes: int) -> str:
    digest = blake2b(text.encode(), digest_size=16).hexdigest()
    return f"{clean.encode()[: max_bytes - _HASH_BYTES].decode(errors='ignore')}-{digest}"
