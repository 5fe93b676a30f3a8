"""Counts in values of which nobody promised anything: what is no count is none."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

from shipper.decode.usage_shapes import MAX_COUNT

Object = Mapping[str, Any]
_NONE: Object = {}


def count(given: Object, *names: str) -> int:
    """The first of these members that is a positive whole number (12.0 is one); else 0."""
    for name in names:
        value = given.get(name)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if type(value) is int and 0 < value <= MAX_COUNT:
            return value
    return 0


def seconds(given: Object, *names: str) -> float:
    """The first of these members that is a positive finite number, or the text of one; else 0."""
    for name in names:
        value = given.get(name)
        try:
            number = float(value) if isinstance(value, str) else value
        except ValueError:
            continue
        if isinstance(number, float | int) and not isinstance(number, bool) and 0 < number < inf:
            return float(number)
    return 0.0


def member(given: Object, *names: str) -> Object:
    """The first of these members that is an object; else an empty one."""
    for name in names:
        value = given.get(name)
        if isinstance(value, dict):
            return value
    return _NONE


def objects(given: Object, *names: str) -> list[Object]:
    """The objects in the first of these members that is a list; else none."""
    for name in names:
        value = given.get(name)
        if isinstance(value, list):
            return [item for item in value if isinstance(item, dict)]
    return []


def text(given: Object, *names: str) -> str | None:
    """The first of these members that is a text and not an empty one."""
    for name in names:
        value = given.get(name)
        if isinstance(value, str) and value:
            return value
    return None
