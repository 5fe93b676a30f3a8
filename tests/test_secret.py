"""A secret has no way out but `reveal`."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import pprint
from collections.abc import Callable

import msgspec
import pytest
import structlog

from shipper.endpoint import BackendSettings
from shipper.secret import Secret

CANARY = "sk-lf-canary"

WAYS_OUT: dict[str, Callable[[Secret], object]] = {
    "str": str,
    "repr": repr,
    "format": lambda secret: f"{secret} {secret!r} {secret!s} {secret!a}",
    "percent": lambda secret: "%s %r" % (secret, secret),  # noqa: UP031  # one of the ways
    "in a list": lambda secret: str([secret, {"key": secret}, (secret,)]),
    "in settings": lambda secret: repr(BackendSettings(secret_key=secret)),
    "pprint": pprint.pformat,
    "exception": lambda secret: repr(ValueError(secret)),
    "logging": lambda secret: logging.LogRecord("n", 20, "p", 1, "%s", (secret,), None).getMessage(),
    "structlog": lambda secret: structlog.processors.JSONRenderer()(None, "info", {"event": "e", "key": secret}),
    "json with repr": lambda secret: json.dumps({"key": secret}, default=repr),
}


@pytest.mark.parametrize("way", WAYS_OUT.values(), ids=WAYS_OUT)
def test_every_text_of_it_is_masked(way: Callable[[Secret], object]) -> None:
    text = str(way(Secret(CANARY)))
    assert "***" in text
    assert "canary" not in text


@pytest.mark.parametrize(
    "copying",
    [pickle.dumps, copy.deepcopy, msgspec.json.encode, msgspec.to_builtins, json.dumps],
    ids=lambda copying: f"{copying.__module__}.{copying.__name__}",
)
def test_nothing_serialises_it(copying: Callable[[object], object]) -> None:
    """And what refuses it does not tell it either."""
    with pytest.raises(TypeError) as refusal:
        copying(Secret(CANARY))

    assert "canary" not in str(refusal.value)


def test_it_has_no_dictionary() -> None:
    """What walks over attributes finds none."""
    assert not hasattr(Secret(CANARY), "__dict__")


def test_the_value_is_there_for_the_one_who_asks() -> None:
    assert Secret(CANARY).reveal() == CANARY


def test_equal_values_are_equal() -> None:
    """Settings compare by value; a secret never equals its text."""
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
