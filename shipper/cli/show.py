"""`shipper demo`: everything on this machine, in one process group, for a first look."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, BinaryIO

import click

if TYPE_CHECKING:
    from shipper.demo.command import Api
    from shipper.demo.inbox import Mode


@click.command(short_help="See it all work here and now.")
@click.option("--records", type=click.File("rb"), help="Your own records, one value a line; - is standard input.")
@click.option("--count", type=click.IntRange(1), default=500, show_default=True, help="Sample records to send.")
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="Port of the page; 0 takes a free one.")
@click.option(
    "--api",
    type=click.Choice(["auto", "ingestion", "otlp"]),
    default="auto",
    show_default=True,
    help="Wire to the inbox, as backend.api.",
)
@click.option(
    "--mode",
    type=click.Choice(["legacy", "dual", "events_only"]),
    default="legacy",
    show_default=True,
    help="What the inbox stands for: a Langfuse v3, a v4 that takes both wires, a v4 as it comes.",
)
@click.option("--exit", "exit_", is_flag=True, help="End when everything has arrived; else stay until Ctrl-C.")
def demo(records: BinaryIO | None, count: int, port: int, api: Api, mode: Mode, exit_: bool) -> None:
    """Show the whole thing here and now: no Kafka, no account and no server needed.

    Starts an embedded broker and an embedded trace inbox with the real daemon between them, sends call records and
    prints the address of a page that shows what arrived.

    \b
    Example: shipper demo --exit
             shipper demo --mode events_only

    \b
    Exit codes: 0 all arrived; 65 a record that the embedded broker cannot hold;
    69 the extra is missing, no broker, or the port is taken; 70 something did not arrive.
    """
    if api == "ingestion" and mode == "events_only":
        raise click.UsageError("--api ingestion would wait for ever: --mode events_only takes traces by OTLP only")
    import uvloop

    from shipper.config import from_values
    from shipper.daemon import run_until
    from shipper.demo.command import DemoOptions
    from shipper.demo.command import demo as run_demo

    async def guest(values: Mapping[str, Mapping[str, object]], stop: asyncio.Event) -> int:
        return await run_until(from_values(values), stop)

    options = DemoOptions(records=records, count=count, port=port, api=api, mode=mode, exit=exit_)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sys.exit(runner.run(run_demo(options, guest)))
