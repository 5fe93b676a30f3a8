"""Usage, cost and parameters in a span's attributes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shipper.demo.span_figures import cost_details, json_object, model_parameters, usage_details

USAGE, COST, PARAMETERS = (
    "langfuse.observation.usage_details",
    "langfuse.observation.cost_details",
    "langfuse.observation.model.parameters",
)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"input": 3, "output": 4, "total": 9}, {"input": 3, "output": 4, "total": 9}),
        ({"input": 3, "cached": 4}, {"input": 3, "cached": 4, "total": 7}),
        ({"input": 3.0, "output": "4 tokens"}, {"input": 3, "output": 4, "total": 7}),
        ({"input": 3, "a": 1.5, "b": -1, "c": None, "d": {"e": 1}, "f": "x", "g": True}, {"input": 3, "total": 3}),
        ({"input": 0, "output": 0, "total": 0}, {"input": 0, "output": 0, "total": 0}),
        ({}, None),
    ],
)
def test_own_usage_is_taken_as_it_is_and_summed_up(given: dict[str, Any], expected: dict[str, int] | None) -> None:
    assert usage_details({USAGE: json.dumps(given), "gen_ai.usage.input_tokens": 99}) == expected


def test_of_inclusive_counts_the_parts_are_taken_off() -> None:
    """As seen of the real server: 100 in with 30 cached, 50 out, are 70, 30 and 50, 150 in all."""
    cached = {
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 50,
        "gen_ai.usage.cache_read.input_tokens": 30,
    }
    assert usage_details(cached) == {"input": 70, "output": 50, "input_cached_tokens": 30, "total": 150}
    assert usage_details(
        {
            "llm.token_count.prompt": 100,
            "llm.token_count.completion": 50,
            "llm.token_count.total": 150,
            "llm.token_count.prompt_details.cache_write": 20,
            "llm.token_count.completion_details.reasoning": 45,
        }
    ) == {"input": 80, "output": 5, "total": 150, "input_cache_creation": 20, "output_reasoning_tokens": 45}


def test_parts_beyond_the_whole_leave_nothing_negative() -> None:
    usage = usage_details({"gen_ai.usage.input_tokens": 1, "gen_ai.usage.cache_read.input_tokens": 5})
    assert usage == {"input": 0, "input_cached_tokens": 5, "total": 5}


@pytest.mark.parametrize("text", ["", "no json", "[1]", "3", "[" * 100_000])
def test_own_usage_that_is_no_object_falls_through(text: str) -> None:
    assert usage_details({USAGE: text, "gen_ai.usage.input_tokens": 2}) == {"input": 2, "total": 2}
    assert json_object(text) is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"total": 0.5}, {"total": 0.5}),
        ({"input": 0.25, "output": 0.5}, {"input": 0.25, "output": 0.5, "total": 0.75}),
        ({"input": 0.25, "cached": 0.5}, {"input": 0.25, "cached": 0.5, "total": 0.0}),
        ({"total": "0.5"}, {"total": 0.0}),
        ({"total": -1, "input": None}, {"total": -1.0}),
        ({}, None),
    ],
)
def test_own_cost_is_numbers_with_a_total(given: dict[str, Any], expected: dict[str, float] | None) -> None:
    assert cost_details({COST: json.dumps(given), "gen_ai.usage.cost": 9.0}) == expected


@pytest.mark.parametrize("key", ["gen_ai.usage.cost", "llm.cost.total"])
def test_cost_by_other_names_is_a_total(key: str) -> None:
    assert cost_details({key: 0.125}) == {"total": 0.125}


def test_nobody_counted_and_nobody_knows() -> None:
    assert (usage_details({}), cost_details({}), model_parameters({})) == (None, None, None)


def test_parameters_are_numbers_and_texts_and_json_of_the_rest() -> None:
    given = json.dumps({"temperature": 0.2, "max_tokens": 64, "user": "u", "stop": ["a"], "stream": True, "n": None})
    assert model_parameters({PARAMETERS: given, "gen_ai.request.top_p": 1}) == {
        "temperature": 0.2,
        "max_tokens": 64,
        "user": "u",
        "stop": '["a"]',
        "stream": "true",
        "n": "null",
    }
    assert model_parameters({"llm.invocation_parameters": '{"n":1}', "gen_ai.request.top_p": 1}) == {"n": 1}
    assert model_parameters({"gen_ai.request.top_p": 1, "gen_ai.request.model": "m"}) == {"top_p": 1}
