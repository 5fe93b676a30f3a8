"""The metadata of a LiteLLM generation."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from shipper.decode.metadata import (
    Enrichments,
    HiddenParams,
    compose,
    read_hidden,
    read_known,
    read_usage,
    without_keys,
)

Json = dict[str, Any]


# What every call adds; the tests look at the rest.
COST = {"litellm_response_cost": 0.5}
ADDED = {**COST, "cache_hit": False}


def spliced(raw: Raw, **more: Any) -> Any:
    return json.loads(bytes(compose(raw, read_known(raw), Enrichments(0.5, cache_hit=False, **more))))


def composed(metadata: Json, **more: Any) -> Any:
    """The same from a record written without and with blanks."""
    compact, spaced = (
        spliced(Raw(json.dumps(metadata, separators=separators).encode()), **more)
        for separators in ((",", ":"), (", ", ": "))
    )
    assert compact == spaced
    return compact


def test_nulls_stay_and_requester_metadata_becomes_an_object() -> None:
    assert composed({"a": None, "requester_metadata": None}) == {"a": None, "requester_metadata": {}, **ADDED}


def test_missing_requester_metadata_is_added_empty() -> None:
    assert composed({"a": 1}) == {"a": 1, "requester_metadata": {}, **ADDED}
    assert composed({}) == {"requester_metadata": {}, **ADDED}


def test_what_the_requester_gave_is_only_in_its_own_key() -> None:
    found = composed({"a": 1, "b": 2, "requester_metadata": {"a": 3}})
    assert found == {"b": 2, "requester_metadata": {"a": 3}, **ADDED}


def test_nested_requester_metadata_is_left_alone() -> None:
    nested = {"x": {"requester_metadata": None}, "requester_metadata": None}
    assert composed(nested) == {"x": {"requester_metadata": None}, "requester_metadata": {}, **ADDED}


def test_enrichments_win_over_the_metadata() -> None:
    written = {"cache_hit": True, "hidden_params": 1, "litellm_response_cost": 2}
    assert composed(written, hidden_params=Raw(b'{"model_id":"m"}')) == {
        **ADDED,
        "hidden_params": {"model_id": "m"},
        "requester_metadata": {},
    }


def test_enrichments_that_are_not_there_are_left_out() -> None:
    """But an unknown cost is said."""
    raw = Raw(b"{}")
    found = json.loads(bytes(compose(raw, read_known(raw), Enrichments(None))))
    assert found == {"requester_metadata": {}, "litellm_response_cost": None}


@pytest.mark.parametrize("text", [b"", b"null", b"[1]", b'"x"'])
def test_metadata_that_is_no_object_counts_as_empty(text: bytes) -> None:
    assert spliced(Raw(text)) == {"requester_metadata": {}, **ADDED}


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
    assert composed(metadata) == {**expected, "requester_metadata": requester, **ADDED}


def _pruned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _pruned(item) for key, item in value.items() if item is not None}
    return [_pruned(item) for item in value if item is not None] if isinstance(value, list) else value


HIDDEN = st.sampled_from(["model_id", "response_cost", "additional_headers", "usage_object", "api_base"])


@given(st.dictionaries(HIDDEN, VALUES, max_size=5) | st.dictionaries(HIDDEN | KEYS, VALUES, max_size=6))
def test_hidden_params_lose_their_nulls_at_any_depth(params: Json) -> None:
    hidden = read_hidden(Raw(json.dumps(params).encode()))
    assert composed({}, hidden_params=hidden)["hidden_params"] == _pruned(params)


@pytest.mark.parametrize("text", [b"", b"null", b"[1]"])
def test_hidden_params_that_are_no_object_are_none(text: bytes) -> None:
    assert "hidden_params" not in composed({}, hidden_params=read_hidden(Raw(text)))


def test_hidden_params_of_the_known_shape_are_read_the_fast_way() -> None:
    params = {"model_id": None, "api_base": "a", "response_cost": 0.5, "additional_headers": {"x": "y"}}
    assert isinstance(read_hidden(Raw(json.dumps(params).encode())), HiddenParams)
    assert not isinstance(read_hidden(Raw(b'{"from_a_newer_version":1}')), HiddenParams)


@pytest.mark.parametrize("text", [b"{}", b"{ }", b'{"a":1 }', b'{"a":1, "requester_metadata" : null}'])
def test_blanks_are_no_matter(text: bytes) -> None:
    assert spliced(Raw(text)) == {**json.loads(text), "requester_metadata": {}, **ADDED}


def test_large_integers_of_the_requester_are_texts() -> None:
    """Langfuse's server would round them; its SDK for Python writes them so."""
    found = composed({"requester_metadata": {"id": 2**60, "nested": {"id": -(2**60)}, "small": 2**53 - 1}})
    assert found["requester_metadata"] == {"id": str(2**60), "nested": {"id": str(-(2**60))}, "small": 2**53 - 1}


def test_credentials_among_the_requesters_headers_are_left_out() -> None:
    """What LiteLLM has written over itself stays as it is."""
    headers = {"user-agent": "x", "x-api-key": "sk", "x-secret": "s", "cookie": "***REDACTED***"}
    kept = {"user-agent": "x", "cookie": "***REDACTED***"}
    found = composed({"requester_metadata": {"headers": headers, "k": 1}, "requester_custom_headers": headers})
    assert found["requester_metadata"] == {"headers": kept, "k": 1}
    assert found["requester_custom_headers"] == kept
    odd = composed({"requester_metadata": {"headers": "none"}, "requester_custom_headers": [1]})
    assert (odd["requester_metadata"], odd["requester_custom_headers"]) == ({"headers": "none"}, [1])


@pytest.mark.parametrize("requester", [{}, {"requester_metadata": None}])
def test_nor_are_they_sent_where_the_requester_gave_no_metadata(requester: dict[str, Any]) -> None:
    """As in calls of /v1/messages."""
    headers = {"x-own": "1", "x-auth-token": "s", "x-amz-security-token": "s", "x-api-key": "s"}
    found = composed({"a": None, **requester, "requester_custom_headers": headers})
    assert found == {"a": None, "requester_metadata": {}, "requester_custom_headers": {"x-own": "1"}, **ADDED}


def test_usage_is_read_from_metadata_if_it_counts_something() -> None:
    assert read_usage(Raw(b'{"usage_object":{"prompt_tokens":3}}')) is not None
    for text in (
        b'{"usage_object":{"prompt_tokens":0}}',
        b'{"usage_object":null}',
        b"{}",
        b"[]",
        b'{"usage_object":7}',
    ):
        assert read_usage(Raw(text)) is None


def test_keys_are_taken_out_of_metadata() -> None:
    assert json.loads(bytes(without_keys(Raw(b'{"user_api_key_alias":"a","user_agent":"x"}')))) == {"user_agent": "x"}
    assert without_keys(Raw(b"[1]")) == Raw(b"[1]")
