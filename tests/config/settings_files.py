"""What the tests of the configuration share: a smallest whole configuration, by variables alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from shipper.config import Loaded, Settings, load

WHOLE = {
    "SHIPPER_KAFKA__BOOTSTRAP_SERVERS": "localhost:9092",
    "SHIPPER_KAFKA__TOPICS": "llm-calls",
    "SHIPPER_BACKEND__HOST": "https://langfuse.example.com",
    "SHIPPER_BACKEND__PUBLIC_KEY": "pk-lf-1",
    "SHIPPER_BACKEND__SECRET_KEY": "sk-lf-canary",
}
NOWHERE = Path("/nowhere/shipper.toml")


def loaded(
    environ: Mapping[str, str] = {},
    flags: Mapping[str, str] = {},
    file: Path | None = None,
    without: tuple[str, ...] = (),
) -> Loaded:
    """`WHOLE` with `environ` over it and the variables in `without` taken out, as `load` sees it."""
    variables = {name: value for name, value in {**WHOLE, **environ}.items() if name not in without}
    return load(flags, variables, None if file is None else str(file), default_file=NOWHERE)


def settings(
    environ: Mapping[str, str] = {},
    flags: Mapping[str, str] = {},
    file: Path | None = None,
    without: tuple[str, ...] = (),
) -> Settings:
    """The same where it must be right."""
    result = loaded(environ, flags, file, without)
    assert result.settings is not None, [str(problem) for problem in result.problems]
    return result.settings


def problems(
    environ: Mapping[str, str] = {},
    flags: Mapping[str, str] = {},
    file: Path | None = None,
    without: tuple[str, ...] = (),
) -> list[str]:
    """The same where it must be wrong: every problem as it is printed."""
    result = loaded(environ, flags, file, without)
    assert result.settings is None
    assert result.problems
    return [str(problem) for problem in result.problems]


def warnings(environ: Mapping[str, str] = {}, flags: Mapping[str, str] = {}, file: Path | None = None) -> list[str]:
    """The warnings of a configuration that holds all the same."""
    result = loaded(environ, flags, file)
    assert result.settings is not None, [str(problem) for problem in result.problems]
    return [str(warning) for warning in result.warnings]
