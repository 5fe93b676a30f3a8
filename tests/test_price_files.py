"""The files that prices come from, on a real disk: read together, refused together, and watched."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from shipper.price_files import PriceFiles, PriceFilesError
from shipper.prices import bundled_snapshots
from shipper.pricing import PriceBook, PricingSettings

NOW = datetime(2027, 3, 1, tzinfo=UTC)
ROW = {"mode": "chat", "input_cost_per_token": 1.0}


class Disk:
    """A directory of snapshots and a file of own prices."""

    def __init__(self, place: Path) -> None:
        self.directory = place / "prices"
        self.directory.mkdir()
        self.overrides = place / "own.toml"

    def snapshot(self, day: str, rows: dict[str, Any]) -> Path:
        """Write one."""
        path = self.directory / f"litellm-{day}.json"
        path.write_text(json.dumps(rows))
        return path

    def files(self, overrides: bool = False) -> PriceFiles:
        """What reads them."""
        return PriceFiles(
            PricingSettings(snapshots=str(self.directory), overrides=str(self.overrides) if overrides else None)
        )


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path)


def price(book: PriceBook, model: str, at: datetime = NOW) -> object:
    """The input price found, or None."""
    found = book.find("", model, at)
    return None if found is None else found.row.get("input_cost_per_token")


def refused(files: PriceFiles) -> list[str]:
    """Why they make no book."""
    with pytest.raises(PriceFilesError) as caught:
        files.load()
    return list(caught.value.problems)


def test_without_files_of_the_operator_the_packaged_snapshots_are_the_book() -> None:
    files = PriceFiles(PricingSettings())
    assert not files.any
    assert files.load().days == tuple(day for _, day in bundled_snapshots())


def test_snapshots_of_the_directory_come_beside_the_packaged_ones(disk: Disk) -> None:
    disk.snapshot("2027-01-01", {"gpt-x": ROW})
    disk.snapshot("2024-06-01", {"gpt-old": ROW})
    (disk.directory / "notes.txt").write_text("not looked at")
    files = disk.files()
    assert files.any
    book = files.load()
    assert book.days[0] == date(2024, 6, 1)
    assert book.days[-1] == date(2027, 1, 1)
    assert price(book, "gpt-x") == 1.0
    assert price(book, "gpt-old") == 1.0
    assert price(book, "gpt-4o") == 2.5e-06


def test_a_snapshot_of_a_packaged_day_replaces_it(disk: Disk) -> None:
    disk.snapshot("2026-11-24", {"gpt-4o": ROW})
    assert price(disk.files().load(), "gpt-4o") == 1.0


def test_a_delta_of_the_operator_may_lean_on_a_packaged_snapshot(disk: Disk) -> None:
    disk.snapshot("2026-11-01", {"delta_against": "2026-11-24", "gpt-4o": ROW})
    book = disk.files().load()
    assert price(book, "gpt-4o", datetime(2026, 11, 2, tzinfo=UTC)) == 1.0
    assert price(book, "gpt-4o") == 2.5e-06


def test_own_prices_are_laid_over(disk: Disk) -> None:
    disk.overrides.write_text("models.gpt-4o.input_cost_per_token = 1e-6")
    assert price(disk.files(overrides=True).load(), "gpt-4o") == 1e-6


def test_everything_that_is_wrong_is_named_with_its_file(disk: Disk) -> None:
    bad = disk.snapshot("2027-01-01", {"gpt-x": {"input_cost_per_token": -1}})
    strange = disk.directory / "litellm-latest.json"
    strange.write_text("{}")
    impossible = disk.directory / "litellm-2027-02-30.json"
    impossible.write_text("{}")
    disk.overrides.write_text("model = 1\ndiscounts.openai = 2")
    problems = refused(disk.files(overrides=True))
    assert problems == [
        f"{bad}: model 'gpt-x': input_cost_per_token = -1 is no price in US dollars a unit",
        f"{impossible}: day is out of range for month",
        f"{strange}: must be called litellm-YYYY-MM-DD.json",
        f"{disk.overrides}: model: no such table; there are models, teams, keys, discounts, margins",
        f"{disk.overrides}: discounts.openai: must be a fraction from 0 to 1 (0.05 is five per cent)",
    ]


def test_files_that_are_not_there_are_named(disk: Disk) -> None:
    disk.directory.rmdir()
    assert refused(disk.files(overrides=True)) == [
        f"{disk.directory}: cannot be read: No such file or directory",
        f"{disk.overrides}: cannot be read: No such file or directory",
    ]


def test_a_delta_without_its_base_is_refused(disk: Disk) -> None:
    disk.snapshot("2026-12-01", {"delta_against": "2026-12-24", "gpt-4o": ROW})
    assert refused(disk.files()) == [
        f"{disk.directory}: litellm-2026-12-01 is a delta against 2026-12-24, of which there is no table"
    ]


def test_the_fingerprint_changes_with_every_kind_of_change(disk: Disk) -> None:
    disk.overrides.write_text("")
    files = disk.files(overrides=True)
    seen = [files.fingerprint()]
    path = disk.snapshot("2027-01-01", {"gpt-x": ROW})
    seen.append(files.fingerprint())
    path.write_text("{}")
    seen.append(files.fingerprint())
    os.utime(path, ns=(1, 1))
    seen.append(files.fingerprint())
    disk.overrides.write_text("models = {}")
    seen.append(files.fingerprint())
    path.unlink()
    seen.append(files.fingerprint())
    disk.overrides.unlink()
    seen.append(files.fingerprint())
    disk.directory.rmdir()
    seen.append(files.fingerprint())
    assert len(set(seen)) == len(seen)
    assert files.fingerprint() == seen[-1]


def test_a_swapped_link_is_a_change(tmp_path: Path) -> None:
    """As Kubernetes updates a mounted ConfigMap: the file links into ..data, and that link is replaced."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "own.toml").write_text(f"models.m.input_cost_per_token = {1 if name == 'one' else 2}")
        os.utime(tmp_path / name / "own.toml", ns=(1, 1))
    (tmp_path / "..data").symlink_to("one")
    (tmp_path / "own.toml").symlink_to("..data/own.toml")
    files = PriceFiles(PricingSettings(overrides=str(tmp_path / "own.toml")))
    before = files.fingerprint()
    assert price(files.load(), "m") == 1
    (tmp_path / "..new").symlink_to("two")
    os.replace(tmp_path / "..new", tmp_path / "..data")
    assert files.fingerprint() != before
    assert price(files.load(), "m") == 2
