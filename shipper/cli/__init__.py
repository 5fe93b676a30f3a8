"""Commands and exit codes.

Rule: a command reads its arguments, calls one function and turns the outcome into an exit code. What a command
needs is imported when it runs, so that `--help` does not wait for clients that nobody uses.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn, cast

import click

from shipper import __version__, exit_codes
from shipper.cli.price import price
from shipper.cli.records import map_, schema
from shipper.cli.service import check, config, run
from shipper.cli.show import demo

HELP = """\b
Ships LLM call records from Kafka to Langfuse: priced, batched,
nothing lost, nothing double.

\b
Try it:        shipper demo
Start from:    shipper config > shipper.toml
Check it:      shipper check --config shipper.toml
Run it:        shipper run --config shipper.toml

\b
Or without a file:
  SHIPPER_KAFKA__BOOTSTRAP_SERVERS=localhost:9092 \\
  SHIPPER_KAFKA__TOPICS=llm-calls \\
  LANGFUSE_BASE_URL=https://langfuse.example.com \\
  LANGFUSE_PUBLIC_KEY=pk-lf-... LANGFUSE_SECRET_KEY=sk-lf-... \\
  shipper run
"""
EXIT_CODES = """\b
Exit codes: 0 ok, 64 usage, 65 refused data, 69 unavailable,
70 a bug in shipper, 78 configuration.
"""


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run one command (`args`, else the process's own) and end the process with its exit code."""
    sys.exit(_exit_code(args))


def _exit_code(args: Sequence[str] | None) -> str | int | None:
    """Usage errors are 64 instead of click's 2; a bug is 70 and says no value of a record."""
    try:
        return cast(int | None, commands.main(args, prog_name="shipper", standalone_mode=False))
    except SystemExit as stop:
        # click answers 1, quietly, when whoever read our output has seen enough; no command of ours ends with 1.
        return exit_codes.OK if stop.code == 1 else stop.code
    except click.ClickException as error:
        error.show()
        return exit_codes.USAGE
    except click.Abort:
        return exit_codes.INTERRUPTED
    except Exception as error:
        # The message may quote a record; the places in the code cannot.
        traceback.print_tb(error.__traceback__)
        click.echo(f"shipper: a bug: {type(error).__name__}. Please report it with the lines above.", err=True)
        return exit_codes.BUG


@click.group("shipper", help=HELP, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="shipper", message="%(prog)s %(version)s")
def commands() -> None:
    # Written out here and not at the interpreter's end, where a reader that has gone would be an error.
    click.get_current_context().call_on_close(sys.stdout.flush)


for _command in (run, check, config, map_, price, schema, demo):
    commands.add_command(_command)
