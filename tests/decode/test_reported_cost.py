"""The provider's own bill."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from shipper.decode.reported_cost import to_reported_cost
from shipper.decode.usage_shapes import UsageObject


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"cost": 0.00014, "cost_details": {"upstream_inference_cost": None}}, 0.00014),
        ({"cost": {"input_tokens_cost": 0.1, "request_cost": 0.2, "total_cost": 0.3}}, 0.3),
        ({"cost_in_usd_ticks": 37_756_000}, 0.0037756),
        ({"cost": 0.5, "cost_in_usd_ticks": 1}, 0.5),
        ({"cost": 0}, None),
        ({"cost": None}, None),
        ({"cost": -1}, None),
        ({"cost": True}, None),
        ({"cost": "0.5"}, None),
        ({"cost": {}}, None),
        ({"cost_in_usd_ticks": -5}, None),
        ({"cost_in_usd_ticks": 1.5}, None),
        ({}, None),
    ],
)
def test_a_bill_is_a_positive_number(usage: dict[str, Any], expected: float | None) -> None:
    assert to_reported_cost(msgspec.json.decode(msgspec.json.encode(usage), type=UsageObject)) == expected


def test_no_number_that_is_too_large() -> None:
    assert to_reported_cost(msgspec.json.decode(b'{"cost": 1e999}', type=UsageObject)) is None
    assert to_reported_cost(None) is None
