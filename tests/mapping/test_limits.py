"""Texts as Langfuse takes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.mapping.limits import cut, wire_id


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize("text", ["a", "x" * 800, "\U0001f600" * 400, "tr/ä b\n"])
def test_an_id_that_the_server_takes_is_left_alone(text: str) -> None:
    assert wire_id(text) == text


@pytest.mark.parametrize("text", ["x" * 801, "\U0001f600" * 401, "ä" * 5000])
def test_a_long_id_is_cut_and_ends_in_a_hash_of_the_whole(text: str) -> None:
    found = wire_id(text)
    assert units(found) <= 800
    assert found[:700] == text[: min(700, len(found) - 33)] + found[min(700, len(found) - 33) : 700]
    assert wire_id(text + "y") != found


@pytest.mark.parametrize(("text", "found"), [("a\rb", "ab"), ("\r", "-"), ("\r\n", "\n")])
def test_carriage_returns_go(text: str, found: str) -> None:
    assert wire_id(text) == found


@given(st.text(st.characters(codec="utf-8"), max_size=60), st.integers(0, 60))
def test_cut_is_the_longest_head_that_fits(text: str, limit: int) -> None:
    head = cut(text, limit)
    assert text.startswith(head)
    assert units(head) <= limit
    assert len(head) == len(text) or units(text[: len(head) + 1]) > limit
