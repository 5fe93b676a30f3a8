"""The metadata of a LiteLLM generation."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from shipper.decode.metadata import KnownMetadata, compose, without_nulls

Json = dict[str, Any]


def composed(metadata: Json, enrichments: bytes = b'"cache_hit":false') -> Any:
    raw = Raw(json.dumps(metadata, separators=(",", ":")).encode())
    return json.loads(bytes(compose(raw, KnownMetadata.read(raw), [enrichments])))


def test_nulls_stay_and_requester_metadata_becomes_an_object() -> None:
    assert composed({"a": None, "requester_metadata": None}) == {
        "a": None,
        "requester_metadata": {},
        "cache_hit": False,
    }


def test_missing_requester_metadata_is_added_empty() -> None:
    assert composed({"a": 1}) == {"a": 1, "requester_metadata": {}, "cache_hit": False}
    assert composed({}) == {"requester_metadata": {}, "cache_hit": False}


def test_what_the_requester_gave_is_only_in_its_own_key() -> None:
    found = composed({"a": 1, "b": 2, "requester_metadata": {"a": 3}})
    assert found == {"b": 2, "requester_metadata": {"a": 3}, "cache_hit": False}


def test_nested_requester_metadata_is_left_alone() -> None:
    nested = {"x": {"requester_metadata": None}, "requester_metadata": None}
    assert composed(nested) == {"x": {"requester_metadata": None}, "requester_metadata": {}, "cache_hit": False}


def test_enrichments_win_over_the_metadata() -> None:
    assert composed({"cache_hit": True, "hidden_params": 1}, b'"cache_hit":false,"hidden_params":2') == {
        "cache_hit": False,
        "hidden_params": 2,
        "requester_metadata": {},
    }


@pytest.mark.parametrize("text", [b"", b"null", b"[1]", b'"x"'])
def test_metadata_that_is_no_object_counts_as_empty(text: bytes) -> None:
    raw = Raw(text)
    found = json.loads(bytes(compose(raw, KnownMetadata.read(raw), [b'"cache_hit":false'])))
    assert found == {"requester_metadata": {}, "cache_hit": False}


VALUES = st.recursive(
    st.none() | st.integers(0, 9) | st.sampled_from(["", "null", '":null,"', "requester_metadata"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(["a", "b", "requester_metadata", "cache_hit", "hidden_params", 'odd":null,"', ""])


@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_composing_equals_the_rule_on_parsed_values(metadata: Json) -> None:
    requester = metadata.get("requester_metadata")
    requester = requester if isinstance(requester, dict) else {}
    expected = {key: value for key, value in metadata.items() if key not in requester}
    assert composed(metadata) == {**expected, "requester_metadata": requester, "cache_hit": False}


def _pruned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _pruned(item) for key, item in value.items() if item is not None}
    return [_pruned(item) for item in value if item is not None] if isinstance(value, list) else value


HIDDEN = st.sampled_from(["model_id", "response_cost", "additional_headers", "usage_object", "api_base"])


@given(st.dictionaries(HIDDEN, VALUES, max_size=5) | st.dictionaries(HIDDEN | KEYS, VALUES, max_size=6))
def test_hidden_params_lose_their_nulls_at_any_depth(params: Json) -> None:
    found = without_nulls(Raw(json.dumps(params).encode()))
    assert found is not None
    assert json.loads(found) == _pruned(params)


@pytest.mark.parametrize("text", [b"", b"null", b"[1]"])
def test_hidden_params_that_are_no_object_are_none(text: bytes) -> None:
    assert without_nulls(Raw(text)) is None


@pytest.mark.parametrize("text", [b"{}", b"{ }", b'{"a":1 }', b'{"a":1, "requester_metadata" : null}'])
def test_blanks_are_no_matter(text: bytes) -> None:
    found = json.loads(bytes(compose(Raw(text), KnownMetadata.read(Raw(text)), [b'"cache_hit":false'])))
    assert found == {**json.loads(text), "requester_metadata": {}, "cache_hit": False}
