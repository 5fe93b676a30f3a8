"""Counts of which nobody promised anything."""

from __future__ import annotations

from typing import Any

import pytest

from shipper.decode.counts import count, member, objects, seconds, text


@pytest.mark.parametrize(
    ("value", "expected"),
    [(3, 3), (3.0, 3), (3.5, 0), (-1, 0), (True, 0), ("3", 0), (None, 0), (2**53, 0), (1e300, 0), ([3], 0)],
)
def test_a_count_is_a_positive_whole_number(value: Any, expected: int) -> None:
    assert count({"n": value}, "n") == expected


def test_the_first_that_counts_is_taken() -> None:
    assert count({"a": 0, "b": 4, "c": 5}, "a", "b", "c") == 4


@pytest.mark.parametrize(
    ("value", "expected"),
    [(3, 3.0), (0.5, 0.5), ("17.57", 17.57), ("x", 0.0), ("inf", 0.0), ("nan", 0.0), (-1, 0.0), (True, 0.0), ({}, 0.0)],
)
def test_seconds_are_positive_and_finite(value: Any, expected: float) -> None:
    assert seconds({"n": value}, "n") == expected


def test_members_of_another_type_are_none() -> None:
    assert member({"a": [1], "b": {"c": 1}}, "a", "b") == {"c": 1}
    assert member({}, "a") == {}
    assert objects({"a": [1, {"b": 2}]}, "a") == [{"b": 2}]
    assert objects({"a": {"b": 2}}, "a") == []
    assert text({"a": "", "b": 1, "c": "t"}, "a", "b", "c") == "t"
    assert text({}, "a") is None
