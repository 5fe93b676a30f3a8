"""What the demo writes to the terminal."""

from __future__ import annotations

from collections import Counter
from io import StringIO

import pytest
from rich.console import Console

from shipper.demo.feed import Standing
from shipper.demo.report import Report
from shipper.demo.store import Totals

STANDING = Standing(produced=12, delivered=9, dead_letters=Counter(empty=1, too_deep=2), expected=12)


def written(*, terminal: bool, differences: list[str] | None = None, call_spans: int = 0) -> str:
    """All that a short run writes."""
    out = StringIO()
    with Report(Console(file=out, force_terminal=terminal, width=100, highlight=False)) as report:
        report.begin("http://127.0.0.1:1", "127.0.0.1:2", "dual")
        report.progress(STANDING)
        report.totals(
            STANDING, Totals(traces=4, calls=8, call_posts=9, call_spans=call_spans, unpriced=3), 2, differences or []
        )
        report.say("bye [now]")
    return out.getvalue()


def test_says_where_things_are_and_what_came_of_it() -> None:
    out = written(terminal=False)
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "inbox http://127.0.0.1:1/ as a Langfuse v4 that takes both wires" in lines
    assert "records produced 12" in lines
    assert "calls shown 8 1 more came with an id already there" in lines
    assert "dead letters 3 too_deep 2, empty 1" in lines
    assert any("3 calls without a known price" in line for line in lines)
    assert lines[-1] == "bye [now]"


@pytest.mark.parametrize(
    ("call_spans", "line"), [(0, "wire ingestion"), (9, "wire OTLP"), (4, "wire both 4 of 9 calls by OTLP")]
)
def test_says_which_wire_the_calls_came_by(call_spans: int, line: str) -> None:
    out = written(terminal=False, call_spans=call_spans)
    assert line in [" ".join(one.split()) for one in out.splitlines()]


def test_without_a_terminal_there_are_no_control_characters() -> None:
    assert "\x1b" not in written(terminal=False)


def test_on_a_terminal_nothing_of_the_progress_comes_after_the_totals() -> None:
    before, after = written(terminal=True).split("records produced")
    assert "shipping" in before
    assert "shipping" not in after


def test_a_difference_is_told_in_the_place_of_success() -> None:
    good, bad = written(terminal=False), written(terminal=False, differences=["2 records [gone]"])
    assert ("accounted for" in good, "DIFFERENCE" in good) == (True, False)
    assert ("accounted for" in bad, "DIFFERENCE: 2 records [gone]" in bad) == (False, True)
