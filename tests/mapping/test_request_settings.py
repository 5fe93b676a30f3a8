"""Settings of each API by the conventions' names, and of their types."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from shipper.mapping.request_settings import add_settings
from shipper.mapping.span import Attributes
from tests.mapping.odd_records import ODD, to_raw


def settings(scalars: Any, shaped: dict[str, Any] | None = None, *, is_openai: bool = False) -> Attributes:
    attributes: Attributes = {}
    raws = None if shaped is None else {name: Raw(json.dumps(value).encode()) for name, value in shaped.items()}
    add_settings(attributes, Raw(json.dumps(scalars).encode()), raws, is_openai)
    return attributes


@pytest.mark.parametrize(
    ("name", "value", "attribute", "told"),
    [
        ("temperature", 0, "gen_ai.request.temperature", 0.0),
        ("top_p", 0.9, "gen_ai.request.top_p", 0.9),
        ("topP", 0.9, "gen_ai.request.top_p", 0.9),
        ("top_k", 40, "gen_ai.request.top_k", 40.0),
        ("frequency_penalty", -1, "gen_ai.request.frequency_penalty", -1.0),
        ("presencePenalty", 0.5, "gen_ai.request.presence_penalty", 0.5),
        ("max_tokens", 64, "gen_ai.request.max_tokens", 64),
        ("max_completion_tokens", 64, "gen_ai.request.max_tokens", 64),
        ("maxOutputTokens", 64.0, "gen_ai.request.max_tokens", 64),
        ("seed", 7, "gen_ai.request.seed", 7),
        ("random_seed", 7, "gen_ai.request.seed", 7),
        ("output_dimension", 256, "gen_ai.embeddings.dimension.count", 256),
        ("responseMimeType", "application/json", "gen_ai.output.type", "json"),
        ("response_mime_type", "text/plain", "gen_ai.output.type", "text"),
        ("format", "json", "gen_ai.output.type", "json"),
        ("n", 2, "gen_ai.request.choice.count", 2),
        ("candidateCount", 2, "gen_ai.request.choice.count", 2),
        ("stream", True, "gen_ai.request.stream", True),
        ("stop", "END", "gen_ai.request.stop_sequences", ("END",)),
        ("encoding_format", "base64", "gen_ai.request.encoding_formats", ("base64",)),
        ("dimensions", 256, "gen_ai.embeddings.dimension.count", 256),
    ],
)
def test_a_setting_has_the_conventions_name_and_type(name: str, value: Any, attribute: str, told: Any) -> None:
    found = settings({name: value})
    assert found == {attribute: told}
    assert type(found[attribute]) is type(told)


@pytest.mark.parametrize(
    "scalars",
    [
        {"temperature": "0.2"}, {"temperature": True}, {"temperature": None}, {"max_tokens": 1.5},
        {"max_tokens": 2**63}, {"seed": "x"}, {"n": 1}, {"stream": False}, {"stop": ""},
        {"stop": "['a']"}, {"user": "u"}, {"tools": "[]"}, [], 5,
    ],
)  # fmt: skip
def test_what_is_none_or_the_usual_is_left_out(scalars: Any) -> None:
    assert settings(scalars) == {}


def test_stop_sequences_that_are_a_list_stay_one() -> None:
    assert settings({"stop": "['a', 'b']"}, {"stop": ["a", "b", 5]}) == {"gen_ai.request.stop_sequences": ("a", "b")}
    assert settings({}, {"stopSequences": ["a"]}) == {"gen_ai.request.stop_sequences": ("a",)}
    assert settings({}, {"stop": [5]}) == {}


@pytest.mark.parametrize(("kind", "told"), [("json_object", "json"), ("json_schema", "json"), ("text", "text")])
def test_a_format_that_was_asked_for_is_the_type_of_the_output(kind: str, told: str) -> None:
    assert settings({}, {"response_format": {"type": kind}}) == {"gen_ai.output.type": told}


@pytest.mark.parametrize(
    ("shaped", "told"),
    [
        ({"text": {"format": {"type": "json_schema", "name": "n"}, "verbosity": "low"}}, "json"),
        ({"text": {"format": {"type": "text"}}}, "text"),
        ({"format": {"type": "object", "properties": {}}}, "json"),
        *(({name: odd}, None) for name in ("text", "format", "response_format") for odd in (["a"], 5)),
        ({"text": {"verbosity": "low"}}, None),
    ],
    ids=str,
)
def test_a_format_by_the_names_of_other_apis(shaped: Any, told: str | None) -> None:
    assert settings({}, shaped) == ({} if told is None else {"gen_ai.output.type": told})


def test_openais_own_settings_are_told_of_openai_only() -> None:
    asked = {"service_tier": "flex", "system_fingerprint": "fp_1"}
    assert settings(asked) == {}
    assert settings(asked, is_openai=True) == {
        "openai.request.service_tier": "flex",
        "openai.response.system_fingerprint": "fp_1",
    }
    assert settings({"service_tier": "auto"}, is_openai=True) == {}


NAMES = st.sampled_from(["temperature", "max_tokens", "stop", "n", "stream", "seed", "service_tier", "response_format"])


@given(st.dictionaries(NAMES, ODD, max_size=4).map(to_raw), st.dictionaries(NAMES, ODD.map(to_raw), max_size=3))
def test_no_setting_however_odd_makes_a_value_that_no_attribute_has(scalars: Raw, shaped: dict[str, Raw]) -> None:
    attributes: Attributes = {}
    add_settings(attributes, scalars, shaped, True)
    for value in attributes.values():
        assert isinstance(value, bool | int | float | str | tuple)
        if type(value) is int:
            assert -(2**63) <= value < 2**63
        if isinstance(value, tuple):
            assert value
            assert all(type(text) is str for text in value)
