"""Streams for the tests: what a call's chunks make of it, and complete answers cut into the chunks of their API."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from shipper.records import CallRecord
from tests.decode.examples import Json, call, parsed, plain


def streamed(chunks: Any, **fields: Any) -> CallRecord:
    """A call that has chunks and no response."""
    return call(plain(response=..., chunks=chunks, **fields))


def answer(chunks: Any) -> Any:
    """What is shown of a stream."""
    return parsed(streamed(chunks).observation.output)


def pieces(text: str, cuts: list[int]) -> list[str]:
    """The text, cut at these places."""
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    return [text[start:end] for start, end in pairwise(places)]


CUTS = st.lists(st.integers(0, 10_000), max_size=6)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
ARGUMENTS: st.SearchStrategy[Json] = st.dictionaries(
    TEXTS, TEXTS | st.integers(-(2**53), 2**53) | st.booleans() | st.none() | st.lists(TEXTS, max_size=2), max_size=3
)


def dumped(value: Any) -> str:
    """JSON as a provider writes it into a text."""
    return json.dumps(value, ensure_ascii=False)
