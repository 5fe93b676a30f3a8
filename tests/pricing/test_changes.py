"""What differs between two tables."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shipper.pricing import PriceTable
from shipper.pricing.changes import Changed, Changes, changes

KEEP = {"keep": {"input_cost_per_token": 1.0}}


def table(rows: dict[str, Any]) -> PriceTable:
    """A whole table."""
    return PriceTable.load(json.dumps(KEEP | rows).encode(), date(2026, 1, 1))


def test_models_that_came_and_went_and_keys_that_changed_are_named_in_order() -> None:
    before = table({"z": {}, "b": {}, "m": {"output_cost_per_token": 1.0, "mode": "chat", "input_cost_per_token": 3.0}})
    after = table({"y": {}, "a": {}, "m": {"output_cost_per_token": 2.0, "input_cost_per_token": 3.0, "new_cost": 4}})
    assert changes(before, after) == Changes(
        ("a", "y"),
        ("b", "z"),
        (
            Changed("m", "mode", "chat", None),
            Changed("m", "new_cost", None, 4),
            Changed("m", "output_cost_per_token", 1.0, 2.0),
        ),
    )


rows = st.dictionaries(st.sampled_from("abc"), st.dictionaries(st.sampled_from(["x_cost", "y_cost"]), st.floats(0, 1)))


@given(rows, rows)
def test_the_changes_make_the_one_table_of_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    found = changes(table(before), table(after))
    patched = {name: dict(row) for name, row in before.items() if name not in found.gone}
    patched |= {name: after[name] for name in found.new}
    for change in found.changed:
        patched[change.model].pop(change.key, None)
        if change.after is not None:
            patched[change.model][change.key] = change.after
    assert patched == after
    assert bool(found) == (before != after)
