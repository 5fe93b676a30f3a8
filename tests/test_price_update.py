"""A new snapshot is checked like a stranger, and is on the disk whole or not at all."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from shipper.price_update import Update, UpdateRefused, prepare_update, write_snapshot
from shipper.pricing import PriceTable
from shipper.pricing.changes import Changed

DAY = date(2026, 12, 1)
ROW = {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-06}
ROWS = {f"m{number}": ROW for number in range(20)}
NEWEST = PriceTable.load(json.dumps(ROWS).encode(), date(2026, 11, 1))


def prepare(rows: Any, **options: bool) -> Update:
    """From rows to a snapshot."""
    return prepare_update(json.dumps(rows).encode(), DAY, NEWEST, **options)


def refused(rows: Any, **options: bool) -> list[str]:
    """Why there is none."""
    with pytest.raises(UpdateRefused) as caught:
        prepare(rows, **options)
    return list(caught.value.problems)


def test_a_raw_map_is_condensed_and_compared() -> None:
    raw = {"sample_spec": {"note": "x"}, **ROWS, "m1": {**ROW, "input_cost_per_token": 2e-06, "max_tokens": 5}}
    new = prepare(raw)
    assert json.loads(new.data) == ROWS | {"m1": {**ROW, "input_cost_per_token": 2e-06}}
    assert new.changes.changed == (Changed("m1", "input_cost_per_token", 1e-06, 2e-06),)
    assert (new.changes.new, new.changes.gone, new.left_out) == ((), (), ())
    assert new.table.as_of == DAY


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "not a price map"),
        (b"\xff", "not a price map"),
        (b"<html>", "not a price map"),
        (b"[]", "not a price map"),
        (b'{"m": 1}', "not a price map"),
        (b'{"delta_against": "2026-12-24", "m": {"input_cost_per_token": 1}}', "not a price map"),
        (b'{"m": {"input_cost_per_token": -1}}', "model 'm': input_cost_per_token = -1 is no price"),
        (b'{"m": {"input_cost_per_token": 1e999}}', "model 'm'|not a price map"),
        (b"{}", "none of 0 models has a price by the token"),
    ],
)
def test_what_is_no_price_map_is_refused(data: bytes, text: str) -> None:
    with pytest.raises(UpdateRefused, match=text):
        prepare_update(data, DAY, NEWEST, accept_shrunken=True, leave_out_doubtful=True)


def test_a_map_that_lacks_more_than_a_tenth_is_refused_unless_accepted() -> None:
    nine_tenths = dict(list(ROWS.items())[:18])
    assert prepare(nine_tenths).changes.gone == ("m18", "m19")
    fewer = dict(list(ROWS.items())[:17])
    assert refused(fewer) == ["only 17 models have a price, litellm-2026-11-01 has 20: is the file whole?"]
    assert len(prepare(fewer, accept_shrunken=True).changes.gone) == 3


def test_models_without_a_price_do_not_count() -> None:
    assert refused({name: {"mode": "chat"} for name in ROWS} | {"m0": ROW})[0].startswith("only 1 models have a price")


def test_mistakes_of_units_are_refused_unless_their_models_are_left_out() -> None:
    wrong = ROWS | {"m3": {**ROW, "input_cost_per_token": 2.5}, "m4": {**ROW, "cache_read_input_token_cost": 0.03}}
    assert refused(wrong) == [
        "model 'm3': input_cost_per_token = 2.5 would be $2,500,000 a million tokens",
        "model 'm4': cache_read_input_token_cost = 0.03 would be $30,000 a million tokens",
    ]
    new = prepare(wrong, leave_out_doubtful=True)
    assert new.left_out == new.changes.gone == ("m3", "m4")
    assert "m3" not in json.loads(new.data)


def test_a_price_in_other_units_may_be_high() -> None:
    assert prepare(ROWS | {"film": {"output_cost_per_video_per_second": 5.0, "input_cost_per_image": 2.0}}).data


def test_nothing_is_left_of_a_map_of_mistakes() -> None:
    wrong = {name: {**ROW, "input_cost_per_token": 2.5} for name in ROWS}
    assert refused(wrong, leave_out_doubtful=True) == ["none of 0 models has a price by the token"]


def test_the_snapshot_is_written_under_its_day_readable_by_others(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        path = write_snapshot(tmp_path, prepare(ROWS))
    finally:
        os.umask(before)
    assert path == tmp_path / "litellm-2026-12-01.json"
    assert json.loads(path.read_bytes()) == ROWS
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [path]


def test_one_of_the_same_day_is_replaced(tmp_path: Path) -> None:
    write_snapshot(tmp_path, prepare(ROWS))
    path = write_snapshot(tmp_path, prepare(ROWS | {"new": ROW}))
    assert "new" in json.loads(path.read_bytes())
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_snapshot(tmp_path, prepare(ROWS))

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shipper.price_update.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_snapshot(tmp_path, prepare(ROWS | {"new": ROW}))
    assert json.loads(path.read_bytes()) == ROWS
    assert list(tmp_path.iterdir()) == [path]
