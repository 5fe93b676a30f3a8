"""`shipper run`, `check` and `config`: the daemon and what it is told."""

from __future__ import annotations

import sys

import click

from shipper import exit_codes
from shipper.cli.options import configured, load_settings


@click.command(short_help="Run the daemon until SIGTERM or SIGINT.")
@configured
def run(config_file: str | None, flags: dict[str, str]) -> None:
    """Run the daemon until SIGTERM or SIGINT.

    \b
    Example: shipper run --config shipper.toml --set log.level=debug

    \b
    Exit codes: 0 stopped by a signal, everything settled or given back;
    69 every partition stopped, an operator is needed; 70 a bug;
    78 bad configuration, all of it named, before Kafka is touched;
    130 or 143 at once after a second signal.
    """
    settings, _ = load_settings(config_file, flags)
    from shipper.daemon import run_daemon

    sys.exit(run_daemon(settings))


@click.command(short_help="Check the configuration, name every problem.")
@configured
@click.option("--connect", is_flag=True, help="Also try Kafka and the backend.")
def check(config_file: str | None, flags: dict[str, str], connect: bool) -> None:
    """Check the configuration and print what is in force, secrets masked.

    \b
    Example: shipper check --config shipper.toml --connect

    \b
    Exit codes: 0 ok; 69 (--connect) Kafka or the backend cannot be used;
    78 bad configuration, every problem on a line of its own.
    """
    settings, origins = load_settings(config_file, flags)
    from shipper.config.render import effective

    click.echo(effective(settings, origins))
    if connect:
        from shipper.daemon import check_connections

        checked = check_connections(settings)
        for note in checked.notes:
            click.echo(note)
        for problem in checked.problems:
            click.echo(f"problem: {problem}", err=True)
        if checked.problems:
            sys.exit(exit_codes.UNAVAILABLE)
    click.echo("ok")


@click.command(short_help="Print a commented example configuration.")
@click.option("--markdown", is_flag=True, help="The operator's page of all keys instead.")
def config(markdown: bool) -> None:
    """Print a commented example configuration, made from the settings themselves.

    \b
    Example: shipper config > shipper.toml

    Exit code: 0.
    """
    from shipper.config import render

    click.echo(render.markdown() if markdown else render.example(), nl=False)
