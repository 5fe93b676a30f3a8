"""`shipper price update`, and which of its words is a command and which a model."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shipper import exit_codes
from shipper.cli import main
from shipper.prices import bundled_snapshot

BUNDLED: dict[str, Any] = json.loads(bundled_snapshot()[0])
Output = pytest.CaptureFixture[str]
Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `shipper price` in this process without configuration; gives the exit code."""
    for name in os.environ:
        if name.startswith(("SHIPPER_", "LANGFUSE_")):
            monkeypatch.delenv(name)

    def run_command(*args: str) -> int:
        with pytest.raises(SystemExit) as stop:
            main(["price", *args])
        return int(stop.value.code or 0)

    return run_command


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """An empty directory for snapshots."""
    (tmp_path / "snapshots").mkdir()
    return tmp_path / "snapshots"


def new_map(tmp_path: Path, rows: Any) -> str:
    """A file with a price map."""
    path = tmp_path / "new.json"
    path.write_text(json.dumps(rows))
    return str(path)


def test_a_new_map_is_told_and_written(run: Run, tmp_path: Path, directory: Path, capsys: Output) -> None:
    rows = {name: row for name, row in BUNDLED.items() if name != "gpt-4o"}
    rows["gpt-4o-mini"] = {**rows["gpt-4o-mini"], "input_cost_per_token": 3e-07}
    rows["gpt-new"] = {"mode": "chat", "input_cost_per_token": 1e-06}
    file = new_map(tmp_path, rows)
    arguments = ("update", file, "--as-of", "2026-12-01", "--set", f"pricing.snapshots={directory}")
    assert run(*arguments) == exit_codes.OK
    path = directory / "litellm-2026-12-01.json"
    assert capsys.readouterr().out.splitlines() == [
        "against litellm-2026-11-24: 1 models new, 1 gone, 1 changed",
        "+ gpt-new",
        "- gpt-4o",
        "~ gpt-4o-mini  input_cost_per_token: 1.5e-07 → 3e-07 (+100%)",
        f"written: {path}",
    ]
    assert json.loads(path.read_bytes()) == rows

    assert run(*arguments) == exit_codes.OK
    assert capsys.readouterr().out == "no price differs from litellm-2026-12-01\nnothing written\n"


def test_the_day_is_today_unless_it_is_given(run: Run, tmp_path: Path, directory: Path) -> None:
    before = datetime.now(UTC).date()
    assert run("update", new_map(tmp_path, BUNDLED | {"x": {}}), "--set", f"pricing.snapshots={directory}") == 0
    (path,) = directory.iterdir()
    assert path.name in {f"litellm-{day}.json" for day in (before, datetime.now(UTC).date())}


def test_a_dry_run_writes_nothing_and_needs_no_directory(run: Run, tmp_path: Path, capsys: Output) -> None:
    assert run("update", new_map(tmp_path, BUNDLED | {"x": {}}), "--dry-run") == exit_codes.OK
    assert capsys.readouterr().out.splitlines()[1:] == ["+ x", "nothing written"]


def test_long_lists_are_cut(run: Run, tmp_path: Path, capsys: Output) -> None:
    rows = BUNDLED | {f"x{number:02}": {} for number in range(30)}
    assert run("update", new_map(tmp_path, rows), "--dry-run") == exit_codes.OK
    assert capsys.readouterr().out.splitlines()[-3:] == ["+ x19", "  and 10 more", "nothing written"]


def test_a_refused_map_is_65_with_every_reason(run: Run, tmp_path: Path, directory: Path, capsys: Output) -> None:
    rows = {"m": {"input_cost_per_token": 0.5}}
    file = new_map(tmp_path, rows)
    assert run("update", file, "--set", f"pricing.snapshots={directory}") == exit_codes.REFUSED_DATA
    assert capsys.readouterr().err.splitlines() == [
        "refused: model 'm': input_cost_per_token = 0.5 would be $500,000 a million tokens",
        "refused: only 1 models have a price, litellm-2026-11-24 has 4457: is the file whole?",
    ]
    assert list(directory.iterdir()) == []


def test_left_out_models_are_named(run: Run, tmp_path: Path, capsys: Output) -> None:
    rows = BUNDLED | {"m": {"input_cost_per_token": 0.5}}
    assert run("update", new_map(tmp_path, rows), "--dry-run", "--leave-out-doubtful") == exit_codes.OK
    assert capsys.readouterr().out.splitlines()[0] == "left out: m"


def test_without_a_directory_it_is_bad_configuration(run: Run, tmp_path: Path, capsys: Output) -> None:
    assert run("update", new_map(tmp_path, BUNDLED)) == exit_codes.CONFIGURATION
    assert "pricing.snapshots is not set" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_cannot_be_written_is_69(run: Run, tmp_path: Path, directory: Path) -> None:
    directory.chmod(0o500)
    file = new_map(tmp_path, BUNDLED | {"x": {}})
    assert run("update", file, "--set", f"pricing.snapshots={directory}") == exit_codes.UNAVAILABLE


def test_a_full_disk_is_69(
    run: Run, tmp_path: Path, directory: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shipper.price_update.os.fsync", full)
    file = new_map(tmp_path, BUNDLED | {"x": {}})
    assert run("update", file, "--set", f"pricing.snapshots={directory}") == exit_codes.UNAVAILABLE
    assert "cannot be written: No space left on device" in capsys.readouterr().err


@pytest.mark.parametrize("day", ["soon", "2026-13-01", "01.12.2026"])
def test_a_day_that_is_none_is_a_usage_error(run: Run, tmp_path: Path, day: str) -> None:
    assert run("update", new_map(tmp_path, BUNDLED), "--as-of", day, "--dry-run") == exit_codes.USAGE


@pytest.mark.parametrize("words", [("gpt-4o",), ("show", "gpt-4o"), ("--at", "2026-11-25", "gpt-4o")])
def test_what_is_no_command_is_a_model(run: Run, words: tuple[str, ...], capsys: Output) -> None:
    assert run(*words) == exit_codes.OK
    assert "gpt-4o" in capsys.readouterr().out


@pytest.mark.parametrize("words", [("--help",), ("update", "--help"), ("show", "--help")])
def test_each_has_its_help(run: Run, words: tuple[str, ...], capsys: Output) -> None:
    assert run(*words) == exit_codes.OK
    text = capsys.readouterr().out
    assert "Usage: shipper price" in text
    assert "Example:" in text
    assert "Exit codes:" in text
