"""Tools of each API have type, name, description and parameters."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw
from msgspec.json import encode

from shipper.mapping.tool_definitions import to_definitions
from tests.mapping.message_format import check_format
from tests.mapping.odd_records import ODD, to_raw

SCHEMA = {"type": "object", "properties": {}}
WHOLE = {"type": "function", "name": "f", "description": "d", "parameters": SCHEMA}


def definitions(*tools: Any) -> Any:
    return json.loads(encode(to_definitions([Raw(json.dumps(tool).encode()) for tool in tools])))


@pytest.mark.parametrize(
    "tool",
    [
        {"type": "function", "function": {"name": "f", "description": "d", "parameters": SCHEMA, "strict": True}},
        {"type": "function", "name": "f", "description": "d", "parameters": SCHEMA},
        {"name": "f", "description": "d", "parameters": SCHEMA},
        {"name": "f", "description": "d", "input_schema": SCHEMA},
        {"type": "custom", "name": "f", "description": "d", "input_schema": SCHEMA},
        {"functionDeclarations": [{"name": "f", "description": "d", "parameters": SCHEMA}]},
        {"type": "custom", "custom": {"name": "f", "description": "d", "parameters": SCHEMA}},
        {"toolSpec": {"name": "f", "description": "d", "inputSchema": {"json": SCHEMA}}},
    ],
)
def test_a_function_of_each_api(tool: Any) -> None:
    assert definitions(tool) == [WHOLE]


def test_a_function_needs_no_more_than_its_name() -> None:
    assert definitions({"type": "function", "function": {"name": "f"}}) == [{"type": "function", "name": "f"}]


def test_tools_that_a_provider_runs_keep_their_settings() -> None:
    search = {"type": "web_search_20250305", "name": "web_search", "max_uses": 5}
    assert definitions(search) == [search]
    assert definitions({"type": "web_search_preview", "size": "low"}) == [
        {"type": "web_search_preview", "name": "web_search_preview", "size": "low"}
    ]
    assert definitions({"googleSearch": {}}) == [{"type": "googleSearch", "name": "googleSearch"}]


def test_where_amazon_caches_is_no_tool() -> None:
    assert definitions({"toolSpec": {"name": "f"}}, {"cachePoint": {"type": "default"}}) == [
        {"type": "function", "name": "f"}
    ]


def test_what_has_neither_name_nor_type_is_left_out() -> None:
    assert definitions(5, {}, {"a": 1, "b": 2}, {"functionDeclarations": [{}]}, {"function": {"x": 1}}) == []


TOOLS = st.one_of(
    ODD,
    st.fixed_dictionaries({}, optional={"type": ODD, "name": ODD, "function": ODD, "functionDeclarations": ODD}),
    ODD.map(lambda odd: {"type": "function", "function": {"name": "f", "description": odd, "parameters": odd}}),
)


@given(TOOLS.map(to_raw))
def test_whatever_it_is_it_has_the_format_of_definitions(tool: Raw) -> None:
    found = to_definitions([tool])
    if found:
        check_format("gen_ai.tool.definitions", encode(found).decode())
