"""Tiers and sizes by their names."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import Raw

from shipper.decode.parameters import Parameters, to_parameters
from shipper.decode.terms import setting, to_geo, to_search_size, to_size, to_tier


def asked(**settings: Any) -> Parameters:
    return to_parameters(Raw(json.dumps(settings).encode()))


@pytest.mark.parametrize(
    ("served", "wish", "expected"),
    [
        ("priority", None, "priority"),
        ("PRIORITY", "flex", "priority"),
        ("fast", None, "priority"),
        ("flex", None, "flex"),
        ("default", "priority", None),
        ("standard", "flex", None),
        ("ON_DEMAND_FLEX", None, "flex"),
        ("ON_DEMAND_PRIORITY", None, "priority"),
        ("ON_DEMAND", "priority", None),
        ("scale", "flex", "flex"),
        (None, "flex", "flex"),
        (None, {"type": "priority"}, "priority"),
        (None, "auto", None),
        (None, "default", None),
        (None, 7, None),
        (None, None, None),
        ("ultrafast", None, "ultrafast"),
        ("balanced", None, "balanced"),
    ],
)
def test_served_tier_goes_before_the_one_asked_for(served: str | None, wish: Any, expected: str | None) -> None:
    assert to_tier(served, asked(service_tier=wish).priced) == expected
    assert to_tier(served, asked(serviceTier=wish).priced) == expected


def test_no_settings_ask_for_no_tier() -> None:
    assert to_tier(None, None) is None
    assert to_tier(None, asked(temperature=1).priced) is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [("1024x1536", "1024x1536"), ("1024-x-1024", "1024x1024"), ("512*512", "512x512"), ("auto", None), ("", None)],
)
def test_a_size_is_width_and_height(written: str, expected: str | None) -> None:
    assert to_size(None, written) == expected


def test_the_first_size_is_taken() -> None:
    assert to_size("auto", "1x2", "3x4") == "1x2"


def test_search_size_is_the_known_one_then_the_one_asked_for() -> None:
    wish = asked(web_search_options={"search_context_size": "low"}).priced
    assert to_search_size(wish, None, None, "high") == "high"
    assert to_search_size(wish, None, None, "huge") == "low"
    tools = asked(tools=[{"type": "function"}, {"type": "web_search", "search_context_size": "medium"}]).tools
    assert to_search_size(None, tools) == "medium"
    nothing: list[Any] = [None, {}, "low", [1]]
    for options in nothing:
        assert to_search_size(asked(web_search_options=options).priced, Raw(b"[1]")) is None
    assert to_search_size(None, None) is None


def test_geo_is_a_place() -> None:
    assert [to_geo(geo) for geo in ("us", "global", "not_available", None)] == ["us", None, None, None]


def test_a_setting_is_a_text() -> None:
    priced = asked(quality="hd", n=2).priced
    assert [setting(priced, name) for name in ("quality", "n", "size")] == ["hd", "2", None]
    assert setting(None, "n") is None
