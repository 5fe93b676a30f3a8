"""Model parameters."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import Raw

from shipper.decode.parameters import Parameters, is_secret, to_parameters, to_settings
from tests.decode.examples import parsed


def parameters(given: dict[str, Any]) -> Parameters:
    return to_parameters(Raw(json.dumps(given).encode()))


def test_scalars_stay_as_written() -> None:
    given = Raw(b'{"temperature":0.20,"n":1,"stream":true,"user":"\\u00e9"}')
    assert bytes(to_parameters(given).settings) == b'{"temperature":0.20,"n":1,"stream":true,"user":"\\u00e9"}'


def test_what_is_no_scalar_becomes_pythons_text_of_it() -> None:
    found = parameters({"a": {}, "b": {"include_usage": True}, "c": ["x", 1.5], "d": None})
    assert parsed(found.settings) == {
        "a": "{}",
        "b": "{'include_usage': True}",
        "c": "['x', 1.5]",
        "d": "None",
    }


def test_functions_tools_and_secret_fields_are_no_parameters() -> None:
    found = parameters({"functions": [1], "tools": [2], "secret_fields": {"a": "b"}, "n": 1})
    assert parsed(found.settings) == {"n": 1}
    assert (parsed(found.functions), parsed(found.tools)) == ([1], [2])
    assert found.repairs == ()


def test_credentials_are_left_out_at_any_depth_and_noted() -> None:
    found = parameters({"api_key": "sk-1", "extra_headers": {"Authorization": "sk-2", "x": [{"aws_secret": "sk-3"}]}})
    assert parsed(found.settings) == {"extra_headers": "{'x': [{}]}"}
    assert found.repairs == ("secret_parameter",) * 3


@pytest.mark.parametrize(
    "name",
    [
        "api_key", "apiKey", "x-api-key", "aws_secret_access_key", "aws_access_key_id", "aws_session_token",
        "azure_ad_token", "vertex_credentials", "Authorization", "Cookie", "set-cookie", "client_secret", "password",
    ],
)  # fmt: skip
def test_names_of_credentials(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", ["max_tokens", "pad_token", "temperature", "user", "aws_region_name", "top_k", "stop"])
def test_names_of_settings(name: str) -> None:
    assert not is_secret(name)


@pytest.mark.parametrize("number", [b"1e999", b"9" * 400, b"[1e999]", b"[" + b"9" * 5000 + b"]"])
def test_number_that_nobody_can_hold_is_left_out_and_noted(number: bytes) -> None:
    found = to_parameters(Raw(b'{"a":%b,"n":1}' % number))
    assert (parsed(found.settings), found.repairs) == ({"n": 1}, ("parameter_out_of_range",))


def test_system_fingerprint_is_a_setting() -> None:
    given = Raw(b'{"n":1}')
    assert parsed(to_parameters(given, "fp").settings) == {"n": 1, "system_fingerprint": "fp"}
    assert parsed(to_parameters(given).settings) == {"n": 1}


def test_large_parameters_are_read_like_small_ones() -> None:
    found = parameters({"tools": ["x" * 5000], "n": 1})
    assert (parsed(found.settings), parsed(found.tools)) == ({"n": 1}, ["x" * 5000])


@pytest.mark.parametrize("text", [b"", b"null", b"[1]", b'"x"'])
def test_what_is_no_object_has_no_parameters(text: bytes) -> None:
    assert to_parameters(Raw(text)) == Parameters(Raw(b"{}"), None, None, ())


def test_a_credential_that_is_not_given_is_a_null_like_any_other() -> None:
    found = parameters({"api_key": None, "extra_body": {"secret": None}})
    assert parsed(found.settings) == {"api_key": "None", "extra_body": "{'secret': None}"}
    assert found.repairs == ()


def test_lists_and_objects_that_mean_something_are_kept_as_they_are() -> None:
    given = {"stop": ["a"], "response_format": {"type": "json_object"}, "logit_bias": {}, "stop_sequences": "b"}
    for found in (parameters(given), to_settings(json.dumps(given).encode())):
        assert found.shaped is not None
        assert {name: parsed(raw) for name, raw in found.shaped.items()} == {
            "stop": ["a"],
            "response_format": {"type": "json_object"},
        }
    assert parameters({"stop": "a"}).shaped is None
