"""Lone UTF-16 surrogates written as JSON escapes: the one repair that is made on the bytes of a record.

They are no text, msgspec refuses them, and Langfuse's store drops other people's rows with them; Python's
json.dumps writes them all the same.
"""

from __future__ import annotations

import re

# Whole escapes only, so that an escaped backslash before `ud800` is not taken for one. A pair comes first.
_ESCAPE = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\.")


def mend_surrogates(value: bytes) -> bytes | None:
    r"""Replace every escape of a lone surrogate by `\ufffd`, in linear time; None if there is none."""
    lone = 0

    def mend(match: re.Match[bytes]) -> bytes:
        nonlocal lone
        escape = match.group()
        if len(escape) != 6:
            return escape
        lone += 1
        return rb"\ufffd"

    mended = _ESCAPE.sub(mend, value)
    return mended if lone else None
