"""A problem is one printable line without a secret."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from shipper.config.problem import Problem, shown


def test_a_problem_names_key_value_origin_and_what_is_allowed() -> None:
    problem = Problem("batch.in_flight", "must be at least 1", value="0", origin="--set")
    assert str(problem) == "batch.in_flight = 0 (--set): must be at least 1"
    assert str(Problem("kafka.topics", "is required")) == "kafka.topics: is required"


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_a_problem_is_one_printable_line_whatever_it_names(key: str, value: str, origin: str) -> None:
    assert str(Problem(key, "must be right", value=value, origin=origin)).isprintable()


@given(st.from_regex(r"[a-z]+://[^@?]{0,10}:canary[^?]{0,10}@[a-z]{1,10}", fullmatch=True))
def test_what_stands_before_an_at_sign_is_not_shown(url: str) -> None:
    assert "canary" not in shown(url)
    assert "canary" not in shown(["a", url])
    assert "canary" not in shown({"a": {"b": url}})


def test_queries_and_secret_keys_are_not_shown() -> None:
    assert shown("https://x.example/?token=canary") == '"https://x.example/?***"'
    assert shown("sk-lf-canary-1") == '"sk-***"'


def test_other_values_are_shown_as_they_are() -> None:
    assert shown("https://zürich.example") == '"https://zürich.example"'
    assert shown(["a", 1, True]) == '["a", 1, true]'
    assert json.loads(shown({"a": 0.5})) == {"a": 0.5}


def test_a_long_value_is_cut() -> None:
    assert len(shown("x" * 10_000)) < 200
