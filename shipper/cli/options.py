"""The options by which a command is configured, and what becomes of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, TypeVar

import click

from shipper import exit_codes

if TYPE_CHECKING:
    from shipper.config import Settings

F = TypeVar("F", bound=Callable[..., Any])


def configured(command: F) -> F:
    """The options by which a command is configured."""
    file = click.option("--config", "config_file", metavar="FILE", help="TOML file with the configuration.")
    flags = click.option(
        "--set",
        "flags",
        metavar="SECTION.KEY=VALUE",
        multiple=True,
        callback=_pairs,
        help="One key; wins over variables and file. Lists by comma. May be repeated.",
    )
    return file(flags(command))


def load_settings(
    file: str | None, flags: dict[str, str], sections: Collection[str] = (), keys: Collection[str] = ()
) -> tuple[Settings, dict[str, str]]:
    """Settings and where they came from; ends the process with every problem named if there are any.

    With `sections` or `keys` nothing else is looked at, nothing else needs to be there, and the machine's own
    configuration file is left alone unless it is named.
    """
    from shipper.config import KEYS, load

    only = [key.dotted for key in KEYS.values() if key.section in sections or key.dotted in keys]
    loaded = load(flags, os.environ, file, default_file=None, only=only) if only else load(flags, os.environ, file)
    for warning in loaded.warnings:
        click.echo(f"warning: {warning}", err=True)
    if loaded.settings is None:
        for problem in loaded.problems:
            click.echo(f"problem: {problem}", err=True)
        sys.exit(exit_codes.CONFIGURATION)
    return loaded.settings, loaded.origins


def _pairs(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    flags = {}
    for value in values:
        name, separator, text = value.partition("=")
        if not separator:
            raise click.BadParameter("must be section.key=value")
        flags[name.strip()] = text
    return flags
