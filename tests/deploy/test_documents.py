"""The operator's pages name only what exists, and all that an operator may meet."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from shipper.cli import commands
from shipper.config.settings import KEYS
from shipper.metrics import Metrics
from shipper.outcome import HoldReason
from shipper.records import Reason, Repair

DEPLOY = Path(__file__).parents[2] / "deploy"
OPERATING = DEPLOY / "docs" / "operating.md"
PRICING = DEPLOY / "docs" / "pricing.md"
MAPPING = DEPLOY / "docs" / "mapping.md"
PAGES = [
    DEPLOY / "README.md",
    OPERATING,
    PRICING,
    MAPPING,
    DEPLOY / "docs" / "otlp.md",
    DEPLOY / "systemd" / "README.md",
    DEPLOY / "producers" / "README.md",
]
SECTIONS = {key.section for key in KEYS.values()}


def exposed() -> set[str]:
    """Names of the samples that /metrics can have, and of the families that have no labels yet."""
    families = list(Metrics().registry.collect())
    suffix = {"counter": "_total"}
    return {family.name + suffix.get(family.type, "") for family in families}


def first_column(page: Path, heading: str) -> list[str]:
    """What stands in code in the first column of the table below a heading."""
    section = page.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return [word for cell in cells for word in re.findall(r"`([^`]+)`", cell)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_metrics_on_the_page_exist(page: Path) -> None:
    """By the name that /metrics has."""
    named = set(re.findall(r"\bshipper_[a-z_]+", page.read_text()))
    assert named <= exposed()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_keys_and_variables_on_the_page_exist(page: Path) -> None:
    """`section.key`, `SHIPPER_SECTION__KEY`, and the file of a secret."""
    text = page.read_text()
    dotted = set(re.findall(rf"\b(?:{'|'.join(SECTIONS)})\.(?!md\b)[a-z][a-z_]+\b", text))
    variables = set(re.findall(r"\bSHIPPER_[A-Z]+__[A-Z_]+\b", text))
    known = {key.variable for key in KEYS.values()} | {f"{key.variable}_FILE" for key in KEYS.values() if key.secret}
    assert dotted <= KEYS.keys()
    assert variables <= known


def test_the_times_around_a_stop_are_the_defaults_and_fit_into_each_other() -> None:
    """Each line of the README's sum: keys with their defaults, rising."""
    lines = [line for line in PAGES[0].read_text().splitlines() if line.startswith("    ") and "  <  " in line]
    assert len(lines) == 2
    for line in lines:
        for dotted, number in re.findall(r"([a-z_]+\.[a-z_]+) (\d+)", line):
            assert KEYS[dotted].default == int(number)
        times_s = [int(number) for number in re.findall(r"\b\d+\b", line)]
        assert times_s == sorted(set(times_s))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_commands_on_the_page_exist(page: Path) -> None:
    """In code: `shipper NAME`."""
    named = set(re.findall(r"(?:`|bin/)shipper ([a-z-]+)", page.read_text()))
    assert named <= commands.commands.keys()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_files_that_the_page_links_to_exist(page: Path) -> None:
    """Relative to the page."""
    links = re.findall(r"\]\(((?!https:)[^)#]+)\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_hold_has_its_line_in_the_runbook() -> None:
    """In the closed list's order."""
    assert first_column(OPERATING, "Holds") == list(get_args(HoldReason))


def test_every_reason_of_a_dead_letter_has_its_line_in_the_runbook() -> None:
    """In the closed list's order."""
    assert first_column(OPERATING, "Dead letters") == list(get_args(Reason))


def test_every_repair_has_its_line_on_the_page_of_the_mapping() -> None:
    """In the closed list's order; fields of another type are counted by their names beside these."""
    lines = MAPPING.read_text().partition("\n## Repairs\n")[2].partition("\n## ")[0].splitlines()
    assert [line.split("`")[1] for line in lines if line.startswith("| `")] == list(get_args(Repair))
