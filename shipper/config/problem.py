"""What is wrong with a configuration, in one line. Rule: no secret ever gets into that line."""

from __future__ import annotations

import json
import re

from msgspec import Struct

MASK = "***"

_LONGEST_SHOWN = 160
_USERINFO_OR_QUERY = re.compile(r".*@|(?<=\?).*", re.DOTALL)
_SECRET_KEY = re.compile(r"\bsk-[\w-]+")


class Problem(Struct, frozen=True):
    """One finding: `key` (dotted, or the variable, file or credential that is at fault), what is the matter,
    the value as it may be shown, and where the value came from. As text it is one printable line."""

    key: str
    text: str
    value: str | None = None
    origin: str | None = None

    def __str__(self) -> str:
        value = "" if self.value is None else f" = {self.value}"
        origin = "" if self.origin is None else f" ({self.origin})"
        line = f"{self.key}{value}{origin}: {self.text}"
        return line if line.isprintable() else ascii(line)[1:-1]


def shown(value: object) -> str:
    """`value` as JSON of bounded length, without what may be a password: everything up to an @
    and after a ?, and anything that looks like a secret API key (it may stand in the wrong place)."""
    text = json.dumps(_redacted(value), ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"


def _redacted(value: object) -> object:
    if isinstance(value, str):
        return _SECRET_KEY.sub("sk-" + MASK, _USERINFO_OR_QUERY.sub(_mask, value))
    if isinstance(value, list | tuple):
        return [_redacted(item) for item in value]
    if isinstance(value, dict):
        return {name: _redacted(item) for name, item in value.items()}
    return value


def _mask(match: re.Match[str]) -> str:
    return MASK + ("@" if match.group().endswith("@") else "")
