"""Cutting JSON to a size."""

from __future__ import annotations

import base64
import json
import re
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from shipper.mapping.shorten import level, shorten

NOTE = re.compile(r"…\[shipper: ([0-9,]+) bytes cut\]…")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.text('\\"/\n\U0001f600ä\u2028x', min_size=50),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=9), inner, max_size=6),
)


def short(value: Any, size_bytes: int, ensure_ascii: bool = False, **how: bool) -> Any:
    """The shortened value as Python reads it; its size is checked on the way."""
    raw = shorten(Raw(json.dumps(value, ensure_ascii=ensure_ascii).encode()), size_bytes, **how)
    assert len(raw) <= size_bytes or how
    return json.loads(bytes(raw))


def test_a_text_keeps_head_and_tail_and_says_how_much_is_missing() -> None:
    text = "head" + "x" * 10_000 + "tail"
    found = short(text, 1_000)
    match = NOTE.search(found)
    assert match is not None
    assert found.startswith("head")
    assert found.endswith("tail")
    assert len(found) > 900
    assert int(match[1].replace(",", "")) + len(NOTE.sub("", found)) == len(text)


def test_only_the_longest_texts_of_a_value_are_cut_and_its_shape_stays() -> None:
    messages = [{"role": "system", "content": "s" * 300}, {"role": "user", "content": "u" * 90_000}]
    found = short({"messages": messages}, 5_000)
    assert found["messages"][0] == messages[0]
    assert found["messages"][1]["role"] == "user"
    assert NOTE.search(found["messages"][1]["content"])


def test_long_texts_are_cut_to_the_same_length() -> None:
    found = short(["a" * 50_000, "b" * 20_000, "c" * 100], 10_000)
    assert abs(len(found[0]) - len(found[1])) < 10
    assert found[2] == "c" * 100


def test_keys_are_not_cut() -> None:
    found = short({"k" * 500: "v" * 5_000}, 1_000)
    assert list(found) == ["k" * 500]


def test_what_has_only_short_texts_becomes_the_text_of_its_json() -> None:
    value = [{"n": number} for number in range(5_000)]
    found = short(value, 2_000)
    assert isinstance(found, str)
    assert found.startswith('[{"n": 0}, {"n": 1}')
    assert found.endswith('{"n": 4999}]')
    assert NOTE.search(found)


def test_what_must_stay_a_structure_is_cut_as_far_as_that_goes() -> None:
    found = short({"a": "x" * 5_000, "b": list(range(2_000))}, 1_000, whole=False)
    assert found["b"] == list(range(2_000))
    assert NOTE.search(found["a"])


def test_base64_is_described_before_anything_is_cut() -> None:
    """Audio of OpenAI's chat API, documents of Anthropic's: they have no data URI to be known by."""
    data = bytes(range(256)) * 40
    audio = {"data": base64.b64encode(data).decode(), "format": "wav"}
    found = short([{"input_audio": audio}, "x" * 5_000], 6_000)
    said = f"[shipper: base64, 10,240 bytes, sha256 {sha256(data).hexdigest()}]"
    assert found == [{"input_audio": {"data": said, "format": "wav"}}, "x" * 5_000]


@given(JSON, st.integers(150, 3_000), st.booleans())
def test_json_of_any_kind_fits_and_is_still_json(value: Any, size_bytes: int, ensure_ascii: bool) -> None:
    """No escape, no UTF-8 sequence and no pair of surrogates is cut in two; the same bytes give the same bytes."""
    written = Raw(json.dumps(value, ensure_ascii=ensure_ascii).encode())
    found = shorten(written, size_bytes)
    assert len(found) <= max(size_bytes, 0)
    json.dumps(json.loads(bytes(found).decode()), ensure_ascii=False).encode()
    assert shorten(written, size_bytes) == found
    if len(written) <= size_bytes:
        assert json.loads(bytes(found)) == value


@given(st.text('\\"/\n\U0001f600ä\u2028x', min_size=400, max_size=1_000), st.integers(150, 400), st.booleans())
def test_what_is_kept_of_a_text_is_its_head_and_tail(text: str, size_bytes: int, ensure_ascii: bool) -> None:
    head, tail = NOTE.split(short(text, size_bytes, ensure_ascii))[::2]
    assert text.startswith(head)
    assert text.endswith(tail)
    assert len(json.dumps(head + tail, ensure_ascii=ensure_ascii)) > (size_bytes - 80) / 3


@pytest.mark.parametrize(
    "escape", [b"\\n", b"\\u00e9", b"\\ud83d\\ude00", b"\\\\", "\U0001f600".encode(), b"\\\\u00e9"]
)
@pytest.mark.parametrize("shift", range(13))
def test_a_cut_never_splits_what_is_written_as_one(escape: bytes, shift: int) -> None:
    text = shorten(Raw(b'"%b%b"' % (b"x" * shift, escape * 200)), 200)
    head, tail = NOTE.split(json.loads(bytes(text)))[::2]
    character = json.loads(b'"%b"' % escape)
    assert set(head) <= {"x", *character}
    assert set(tail) <= set(character)


@given(st.lists(st.integers(0, 10_000), max_size=8), st.integers(1, 30_000), st.integers(0, 2_000))
def test_level_saves_the_excess_and_cuts_no_more_than_it_must(sizes: list[int], excess: int, floor: int) -> None:
    found = level(sizes, excess, floor)
    saved = sum(max(0, size - found) for size in sizes)
    assert found >= floor
    assert saved >= excess or found == floor
    if found > floor:
        assert sum(max(0, size - found - 1) for size in sizes) < excess
