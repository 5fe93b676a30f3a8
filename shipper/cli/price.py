"""`shipper price`: what things cost, and new prices."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from shipper import exit_codes
from shipper.cli.options import configured, load_settings
from shipper.cli.price_show import show

if TYPE_CHECKING:
    from shipper.pricing.changes import Changed, Changes

_LINES_SHOWN = 20  # of each kind of change


class _ModelOrCommand(click.Group):
    """A group in which whatever is no command of its own is meant for `show`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_ModelOrCommand, short_help="What a call costs and why; new prices.")
def price() -> None:
    """Show what a model or a call costs, or take new prices.

    `shipper price MODEL …` is short for `shipper price show MODEL …`.

    \b
    Example: shipper price gpt-4o --input 1000 --output 200
    Example: shipper price update model_prices_and_context_window.json --dry-run

    \b
    Exit codes: 0 ok; 65 refused data, or a price that is not known;
    69 the snapshot cannot be written; 78 bad configuration.
    """


@price.command(short_help="Check new prices, show what changes, write a snapshot.")
@click.argument("file", type=click.File("rb"))
@click.option("--as-of", metavar="DATE", help="The day from which the prices hold, e.g. 2026-12-01; else today (UTC).")
@click.option("--accept-shrunken", is_flag=True, help="Also take a map with far fewer models than the newest.")
@click.option("--leave-out-doubtful", is_flag=True, help="Leave out models with prices above $0.01 a token.")
@click.option("--dry-run", is_flag=True, help="Write nothing.")
@configured
def update(
    file: BinaryIO,
    as_of: str | None,
    accept_shrunken: bool,
    leave_out_doubtful: bool,
    dry_run: bool,
    config_file: str | None,
    flags: dict[str, str],
) -> None:
    """Take LiteLLM's price map FILE (model_prices_and_context_window.json; - is the standard input) as a new snapshot.

    Checks it, prints what changes against the newest snapshot, and writes it condensed into pricing.snapshots, from
    where a running daemon takes it within seconds. Calls that start before that day keep their prices.

    \b
    Example: shipper price update model_prices_and_context_window.json

    \b
    Exit codes: 0 written, or nothing has changed; 65 refused: no price map,
    a price that cannot be or that nobody asks, or far fewer models; 69 it cannot be written;
    78 bad configuration.
    """
    from shipper.price_files import PriceFiles
    from shipper.price_update import UpdateRefused, prepare_update, write_snapshot

    day = _day(as_of)
    settings, _ = load_settings(config_file, flags, sections=("pricing",))
    directory = settings.pricing.snapshots
    if directory is None and not dry_run:
        click.echo("problem: pricing.snapshots is not set: the directory for new snapshots", err=True)
        sys.exit(exit_codes.CONFIGURATION)
    newest = PriceFiles(settings.pricing).load().newest
    try:
        new = prepare_update(file.read(), day, newest, accept_shrunken, leave_out_doubtful)
    except UpdateRefused as refused:
        for line in _bounded(refused.problems, _LINES_SHOWN):
            click.echo(f"refused: {line}", err=True)
        sys.exit(exit_codes.REFUSED_DATA)
    for line in (*(f"left out: {name}" for name in new.left_out), *_told(new.changes, newest.name)):
        click.echo(line)
    if dry_run or directory is None or not new.changes:
        click.echo("nothing written")
        return
    try:
        path = write_snapshot(Path(directory), new)
    except OSError as error:
        click.echo(f"problem: {directory}: cannot be written: {error.strerror}", err=True)
        sys.exit(exit_codes.UNAVAILABLE)
    click.echo(f"written: {path}")


price.add_command(show)


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"--as-of {text!r} is no day such as 2026-12-01") from None


def _told(changes: Changes, newest: str) -> Iterator[str]:
    if not changes:
        yield f"no price differs from {newest}"
        return
    models = len({change.model for change in changes.changed})
    yield f"against {newest}: {len(changes.new)} models new, {len(changes.gone)} gone, {models} changed"
    yield from _bounded([f"+ {name}" for name in changes.new], _LINES_SHOWN)
    yield from _bounded([f"- {name}" for name in changes.gone], _LINES_SHOWN)
    yield from _bounded([_line(change) for change in changes.changed], _LINES_SHOWN)


def _line(change: Changed) -> str:
    was, now = change.before, change.after
    percent = ""
    if isinstance(was, float | int) and isinstance(now, float | int) and was:
        percent = f" ({(now - was) / was:+.0%})"
    return f"~ {change.model}  {change.key}: {_shown(was)} → {_shown(now)}{percent}"


def _shown(value: object) -> str:
    return "none" if value is None else str(value)


def _bounded(lines: list[str] | tuple[str, ...], most: int) -> Iterator[str]:
    yield from lines[:most]
    if len(lines) > most:
        yield f"  and {len(lines) - most} more"
