"""What the demo says on the terminal: progress while it runs, totals at the end; plain lines where there is none.

Knows neither Kafka nor HTTP.
"""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from shipper.demo.feed import Standing
from shipper.demo.inbox import Mode
from shipper.demo.store import Totals

_LINE_EVERY_S = 1.0
_STANDS_FOR: dict[Mode, str] = {
    "legacy": "as a Langfuse v3",
    "dual": "as a Langfuse v4 that takes both wires",
    "events_only": "as a Langfuse v4, which takes OTLP only",
}


class Report:
    """Writes to the standard output. Use as a context manager around the run, so that the progress bar ends."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._began_s = time.monotonic()
        self._next_line_s = self._began_s + _LINE_EVERY_S
        self._bar = Progress(
            TextColumn("  {task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.completed:,.0f} delivered"),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("shipping", total=None)

    def __enter__(self) -> Report:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def begin(self, inbox_url: str, broker: str, mode: Mode) -> None:
        """Say what runs where, and what the inbox stands for."""
        self._console.print("producer → embedded Kafka broker → shipper → embedded trace inbox")
        self._console.print(f"  broker  {broker}\n  inbox   {inbox_url}/  {_STANDS_FOR[mode]}")

    def progress(self, standing: Standing) -> None:
        """Show how far it is: a bar on a terminal, else one line a second at most."""
        self._bar.update(self._task, completed=standing.settled, total=standing.expected)
        now_s = time.monotonic()
        if not self._console.is_terminal and now_s >= self._next_line_s:
            self._next_line_s = now_s + _LINE_EVERY_S
            self._console.print(f"  {standing.settled:,} of {standing.expected or standing.produced:,} delivered")

    def totals(self, standing: Standing, totals: Totals, batches: int, differences: list[str]) -> None:
        """Say what came of it, and what does not add up. The progress ends here."""
        self._bar.stop()
        elapsed_s = time.monotonic() - self._began_s
        table = Table.grid(padding=(0, 2))
        table.add_column()
        table.add_column(justify="right")
        table.add_column()
        dead = ", ".join(f"{reason} {count:,}" for reason, count in standing.dead_letters.most_common())
        unpriced = f"{totals.unpriced:,} calls without a known price" if totals.unpriced else ""
        repeated = totals.call_posts - totals.calls
        wire, wire_note = _wire(totals)
        for name, value, note in (
            ("records produced", f"{standing.produced:,}", ""),
            (
                "calls shown",
                f"{totals.calls:,}",
                f"{repeated:,} more came with an id already there" if repeated else "",
            ),
            ("dead letters", f"{standing.dead_letters.total():,}", dead),
            ("traces", f"{totals.traces:,}", ""),
            ("tokens", f"{totals.tokens:,}", ""),
            ("cost", f"${totals.cost_usd:,.4f}", unpriced),
            ("failed calls", f"{totals.errors:,}", ""),
            ("wire", wire, wire_note),
            ("requests", f"{batches:,}", f"{totals.events:,} events in {elapsed_s:.1f} s"),
        ):
            table.add_row("  " + name, value, note)
        self._console.print(table)
        for difference in differences:
            self._console.print(f"DIFFERENCE: {difference}", style="bold red", markup=False)
        if not differences:
            self._console.print("Every record is accounted for, none twice.", style="green")

    def say(self, text: str) -> None:
        """One line, as it is."""
        self._console.print(text, markup=False)


def _wire(totals: Totals) -> tuple[str, str]:
    """The wire that the calls came by, and a note where it changed on the way."""
    if not totals.call_posts:
        return "none", ""
    if not totals.call_spans:
        return "ingestion", ""
    if totals.call_spans == totals.call_posts:
        return "OTLP", ""
    return "both", f"{totals.call_spans:,} of {totals.call_posts:,} calls by OTLP"
