"""JSON put together of pieces of JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from shipper.decode.splice import Text, to_array, to_items, to_joined, to_members, to_object


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))), st.booleans())
def test_pieces_of_a_text_are_the_text(texts: list[str], is_ascii: bool) -> None:
    whole = Text([])
    for text in texts:
        whole.add(Raw(json.dumps(text, ensure_ascii=is_ascii).encode()))
    assert json.loads(bytes(whole.raw())) == "".join(texts)


def test_what_is_no_text_is_no_piece() -> None:
    whole = Text([])
    for raw in (None, Raw(b"null"), Raw(b"1"), Raw(b"{}")):
        whole.add(raw)
    assert whole.pieces == []


@pytest.mark.parametrize(
    ("text", "found"), [('{"a": 1.0}', '{"a": 1.0}'), ('{"a"', '"{\\"a\\""'), ("NaN", '"NaN"'), ("", None)]
)
def test_json_inside_of_a_text_is_as_it_was_written(text: str, found: str | None) -> None:
    raw = Text([json.dumps(text).encode()[1:-1]]).json()
    assert (None if raw is None else bytes(raw).decode()) == found


@pytest.mark.parametrize(
    ("one", "other", "joined"),
    [(b'"a"', b'"b"', b'"ab"'), (b"[1]", b"[2,3]", b"[1,2,3]"), (b"1", b'"b"', b'"b"'), (b"", b"[]", b"[]")],
)
def test_two_of_a_kind_are_joined_and_else_the_later_stays(one: bytes, other: bytes, joined: bytes) -> None:
    assert bytes(to_joined(Raw(one), Raw(other))) == joined


def test_members_and_items_are_none_of_any_other_value() -> None:
    for raw in (None, Raw(b""), Raw(b"1"), Raw(b'"a"'), Raw(b"null")):
        assert (to_members(raw), to_items(raw)) == (None, None)
    members = to_members(Raw(b'{"a" : [1, 2]}'))
    assert members is not None
    assert bytes(to_object(members)) == b'{"a":[1, 2]}'
    assert bytes(to_array(to_items(members["a"]) or ())) == b"[1,2]"
