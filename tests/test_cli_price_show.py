"""`shipper price MODEL` and `--explain`: the calculation line by line, and why a record costs what it costs."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from shipper import exit_codes
from shipper.cli import main

GOLDEN = Path(__file__).parent / "golden"
Output = pytest.CaptureFixture[str]
Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `shipper price` in this process without configuration; gives the exit code."""
    for name in os.environ:
        if name.startswith(("SHIPPER_", "LANGFUSE_")):
            monkeypatch.delenv(name)

    def run_command(*args: str, stdin: bytes = b"") -> int:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as stop:
            main(["price", *args])
        return int(stop.value.code or 0)

    return run_command


def words(capsys: Output) -> list[str]:
    """What was printed, blanks folded."""
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_each_line_has_units_price_sum_and_rule(run: Run, capsys: Output) -> None:
    usage = ("--input", "1000", "--output", "200", "--cached", "500", "--unit", "reasoning=100")
    assert run("o3-mini", "--provider", "openai", "--at", "2026-11-25", *usage) == exit_codes.OK
    assert words(capsys) == [
        "model o3-mini at openai",
        "time 2026-11-25T00:00:00+00:00",
        "prices o3-mini, from litellm-2026-11-24",
        "input 1000 x $1.1e-06 = $0.0011 input_cost_per_token",
        "cache_read 500 x $5.5e-07 = $0.000275 cache_read_input_token_cost",
        "output 200 x $4.4e-06 = $0.00088 output_cost_per_token",
        "reasoning 100 x $4.4e-06 = $0.00044 output_cost_per_token",
        "cost $0.002695: the price table's",
        "input $0.0011",
        "cache_read_input_tokens $0.000275",
        "output $0.00088",
        "output_reasoning_tokens $0.00044",
    ]


def test_the_terms_of_the_call_choose_the_price(run: Run, capsys: Output) -> None:
    assert run("gpt-5", "--input", "1000", "--tier", "priority") == exit_codes.OK
    assert any("input_cost_per_token_priority" in line for line in words(capsys))
    assert run("gpt-5", "--input", "1000", "--batch") == exit_codes.OK
    assert any("half of input_cost_per_token" in line or "_batches" in line for line in words(capsys))


def test_long_prompts_pay_by_the_threshold(run: Run, capsys: Output) -> None:
    assert run("gemini-2.5-pro", "--provider", "vertex_ai", "--cached", "200000", "--input", "1") == exit_codes.OK
    assert any("input_cost_per_token_above_200k_tokens" in line for line in words(capsys))


def test_a_day_has_the_prices_of_its_time(run: Run, capsys: Output) -> None:
    assert run("o3", "--provider", "openai", "--input", "1000", "--at", "2025-05-10") == exit_codes.OK
    assert "cost $0.01: the price table's" in words(capsys)
    assert run("o3", "--provider", "openai", "--input", "1000", "--at", "2026-11-25T12:00:00+02:00") == exit_codes.OK
    assert "cost $0.002: the price table's" in words(capsys)


def test_without_units_the_prices_are_listed_once_each(run: Run, capsys: Output) -> None:
    assert run("gemini-2.5-pro", "--provider", "vertex_ai") == exit_codes.OK
    lines = words(capsys)
    assert "input $1.25e-06 $1.25 a million input_cost_per_token" in lines
    assert "above 200000 prompt tokens" in lines
    assert sum(line.endswith(" input_cost_per_token") for line in lines) == 1


def test_own_prices_count_here_too(run: Run, tmp_path: Path, capsys: Output) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[models."gpt-4o"]\ninput_cost_per_token = 1.0\n[discounts]\nopenai = 0.5\n')
    arguments = ("gpt-4o", "--provider", "openai", "--input", "3", "--set", f"pricing.overrides={own}")
    assert run(*arguments) == exit_codes.OK
    lines = words(capsys)
    assert "prices gpt-4o, from models.gpt-4o over litellm-2026-11-24" in lines
    assert "discount 0.5 of the sum" in lines
    assert "cost $1.5: the price table's" in lines


@pytest.mark.parametrize("usage", [(), ("--input", "5")])
def test_an_unknown_price_is_65(run: Run, usage: tuple[str, ...], capsys: Output) -> None:
    assert run("unheard-of", *usage) == exit_codes.REFUSED_DATA
    assert any(line.startswith("cost unknown: ") for line in words(capsys))


@pytest.mark.parametrize(
    "arguments",
    [
        ("gpt-4o", "--unit", "paintings=3"),
        ("gpt-4o", "--unit", "reasoning=many"),
        ("gpt-4o", "--at", "yesterday"),
        ("gpt-4o", "--input", "-1"),
        ("gpt-4o", "--explain", "-"),
        ("show",),
    ],
)
def test_what_cannot_be_meant_is_64(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments) == exit_codes.USAGE


def test_price_files_that_are_broken_are_78(run: Run, tmp_path: Path, capsys: Output) -> None:
    own = tmp_path / "own.toml"
    own.write_text("[models.x]\ninput_cost_per_token = -1\n")
    assert run("gpt-4o", "--set", f"pricing.overrides={own}") == exit_codes.CONFIGURATION
    assert "problem: " in capsys.readouterr().err


# --explain


def record(case: str, **changes: object) -> bytes:
    """The first record of a golden case, with other values in its payload."""
    found = json.loads((GOLDEN / f"{case}.json").read_bytes())["records"][0]
    found["standard_logging_object"] |= changes
    return json.dumps(found | {key: changes[key] for key in changes if key == "response_cost"}).encode() + b"\n"


def test_a_record_is_explained_by_its_own_cost_and_the_tables(run: Run, capsys: Output) -> None:
    assert run("--explain", "-", stdin=record("openai_basic") + b"\n" + record("cache_hit")) == exit_codes.OK
    lines = words(capsys)
    assert lines[0] == "record 0"
    assert "record $0.0001475" in lines or any(line.startswith("record $") for line in lines)
    assert any(line.endswith("the record's own, and the price table gives the same") for line in lines)
    assert "record 2" in lines


def test_a_cost_that_the_table_does_not_give_is_shown_beside_it(run: Run, capsys: Output) -> None:
    assert run("--explain", "-", stdin=record("openai_basic", response_cost=0.5)) == exit_codes.OK
    assert any("cost $0.5: the record's own; the price table gives $" in line for line in words(capsys))


def test_no_text_of_a_record_is_shown(run: Run, capsys: Output) -> None:
    assert run("--explain", "-", stdin=record("openai_basic")) == exit_codes.OK
    shown = capsys.readouterr().out
    messages = json.loads(record("openai_basic"))["standard_logging_object"]["messages"]
    assert messages[0]["content"] not in shown


def test_a_record_that_cannot_be_read_is_named_and_65(run: Run, capsys: Output) -> None:
    assert run("--explain", "-", stdin=b"{}\n" + record("openai_basic")) == exit_codes.REFUSED_DATA
    lines = words(capsys)
    assert lines[0] == "record 0"
    assert lines[1].startswith("refused unknown_shape: ")
    assert "record 1" in lines
