"""Lone surrogate escapes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.decode.surrogates import mend_surrogates


@pytest.mark.parametrize(
    ("written", "mended"),
    [
        (rb'"\ud800"', rb'"\ufffd"'),
        (rb'"\uDFFFx"', rb'"\ufffdx"'),
        (rb'"\ud83d\ud83d\ude00"', rb'"\ufffd\ud83d\ude00"'),
        (rb'"\ude00\ud83d"', rb'"\ufffd\ufffd"'),
        (rb'"\\\ud800"', rb'"\\\ufffd"'),
    ],
)
def test_lone_surrogate_becomes_the_replacement_character(written: bytes, mended: bytes) -> None:
    assert mend_surrogates(written) == mended


@pytest.mark.parametrize("text", [rb'"\ud83d\ude00"', rb'"\\ud800"', rb'"\u00e9"', b'"plain"'])
def test_nothing_to_mend_is_none(text: bytes) -> None:
    assert mend_surrogates(text) is None


@given(st.text(st.characters(exclude_categories=()), max_size=30))
def test_mended_json_has_no_surrogates_and_the_rest_as_it_was(text: str) -> None:
    written = json.dumps(text).encode()
    mended = mend_surrogates(written)
    read = json.loads(written if mended is None else mended)
    whole = json.loads(written)  # adjacent halves make one character
    assert read == "".join("\ufffd" if "\ud800" <= character <= "\udfff" else character for character in whole)
