"""The cut of the house: what a module may import, and who may import whom."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "shipper"
PURE = (
    "records",
    "decode",
    "pricing",
    "mapping",
    "batch",
    "checkpoint",
    "retry",
    "outcome",
    "tally",
    "letter",
    "stages",
)
WORLD = {"asyncio", "time", "random", "logging", "aiokafka", "aiohttp", "structlog", "uvloop", "prometheus_client"}
ADAPTERS = ("source", "sink", "deadletter", "status", "kafka", "fence", "positions", "consumer", "watch")


def modules() -> list[Path]:
    """Every module of the package."""
    return sorted(PACKAGE.rglob("*.py"))


def stage(path: Path) -> str:
    """The first name below the package."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports(path: Path) -> set[str]:
    """Names of all modules that a module imports when it runs."""
    names: set[str] = set()
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("path", [p for p in modules() if stage(p) in PURE], ids=lambda p: str(p.relative_to(PACKAGE)))
def test_pure_stages_know_no_world(path: Path) -> None:
    """No event loop, no clock, no randomness, no log, no client in a pure stage."""
    assert not {name.split(".")[0] for name in imports(path)} & WORLD


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_only_the_command_line_knows_the_configuration(path: Path) -> None:
    """Settings are handed down; nobody below fetches them."""
    allowed = {"cli", "config", "demo", "offline", "__main__"}
    known = {name for name in imports(path) if name.startswith("shipper.config")}

    assert not known or stage(path) in allowed


@pytest.mark.parametrize("path", [p for p in modules() if stage(p) in ADAPTERS], ids=lambda p: p.stem)
def test_adapters_do_not_know_the_pipeline(path: Path) -> None:
    """An adapter can be read and used without the whole."""
    assert not imports(path) & {"shipper.pipeline", "shipper.delivery", "shipper.daemon"}


def test_there_is_one_task_group() -> None:
    """Everything that runs concurrently is started in one place."""
    with_groups = [path.name for path in modules() if "TaskGroup(" in path.read_text() and stage(path) != "demo"]

    assert with_groups == ["pipeline.py"]
