"""Texts as Langfuse and what is behind it take them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.mapping.limits import cut, wire_environment, wire_id, wire_key

TEXT = st.text(st.characters(codec="utf-8"))


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize("text", ["a", "x" * 800, "\U0001f600" * 200, "tr/ä b", "a.b", "...", "/".join("abc")])
def test_an_id_that_everybody_takes_is_left_alone(text: str) -> None:
    assert wire_id(text) == text


@pytest.mark.parametrize("text", ["x" * 801, "\U0001f600" * 201, "ä" * 5000])
def test_a_long_id_is_cut_and_ends_in_a_hash_of_the_whole(text: str) -> None:
    found = wire_id(text)
    assert 795 < len(found.encode()) <= 800
    assert text.startswith(found[:-33])
    assert wire_id(text + "y") != found


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a\rb", "a-b"),  # refused by Langfuse
        ("a\nb\x00", "a-b-"),
        ("https://x.example/7", "https:-x.example-7"),  # MinIO takes no empty part of a path
        ("/a", "-a"),
        ("a/", "a-"),
        ("a/../b", "a-..-b"),
        (".", "."),
        ("..", ".."),
        ("", ""),
        ("\r", "-"),
    ],
)
def test_an_id_that_would_break_a_storage_key_is_cleaned_and_ends_in_a_hash(text: str, clean: str) -> None:
    head, _, digest = wire_id(text).rpartition("-")
    assert head == clean
    assert len(digest) == 32


def test_ids_that_look_alike_after_cleaning_stay_different() -> None:
    assert len({wire_id(text) for text in ("a\rb", "a\nb", "a//b", "a-b", "/a/b")}) == 5


def test_the_operator_can_have_shorter_ids() -> None:
    assert len(wire_id("x" * 256, 255)) == 255
    assert wire_id("x" * 255, 255) == "x" * 255


@given(TEXT, st.sampled_from([64, 255, 800]))
def test_every_id_can_be_a_part_of_a_storage_key(text: str, max_bytes: int) -> None:
    found = wire_id(text, max_bytes)
    assert 1 <= len(found.encode()) <= max_bytes
    assert not set(found) & {chr(code) for code in (*range(32), 127)}
    assert {"", ".", ".."}.isdisjoint(found.split("/"))
    assert wire_id(found, max_bytes) == found


@pytest.mark.parametrize("text", ["", "session 7", "https://x.example/7", "x" * 1000, "a\r\nb"])
def test_a_key_that_postgresql_takes_is_left_alone(text: str) -> None:
    assert wire_key(text) == text


@given(TEXT | st.text("ä\x00", min_size=490, max_size=600))
def test_every_key_is_what_postgresql_takes(text: str) -> None:
    found = wire_key(text)
    assert "\x00" not in found
    assert len(found.encode()) <= 1000
    assert found == text or len(found.rpartition("-")[2]) == 32


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("production", "production"),
        ("Prod", "prod"),
        ("eu-1_b", "eu-1_b"),
        ("Prod-EU.1", "default"),
        ("pröd", "default"),
        ("", "default"),
        ("langfuse-prod", "prod"),
        ("Langfuse_x", "x"),
        ("langfuse", "default"),
        ("langfuseprod", "default"),
        ("langfuse-langfuse-x", "default"),
        ("x" * 41, "x" * 40),
    ],
)
def test_an_environment_is_what_langfuse_makes_of_it(name: str, found: str) -> None:
    assert wire_environment(name) == found


@given(st.text(st.characters(codec="utf-8"), max_size=60), st.integers(0, 60))
def test_cut_is_the_longest_head_that_fits(text: str, limit: int) -> None:
    head = cut(text, limit)
    assert text.startswith(head)
    assert units(head) <= limit
    assert len(head) == len(text) or units(text[: len(head) + 1]) > limit
