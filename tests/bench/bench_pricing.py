"""How fast pricing is on one core: `python -m tests.bench.bench_pricing`. Measures, does not judge.

The last lines are the same calls by `litellm.cost_per_token` and `genai_prices.calc_price`, in environments of their
own, which are installed on the first run.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from shipper.pricing import PriceBook, Pricer, PriceTable, PricingSettings, bundled_snapshot
from shipper.records import Billing, Terms, Usage
from tests.oracles.environment import environment
from tests.pricing.oracle import Oracle, bundled_map
from tests.pricing.questions import chat_usage

GENAI_PRICES = Path(__file__).parents[1] / "oracles" / "genai_prices_speed.py"
CALLS = 300_000
LIBRARY_CALLS = 3_000  # of the others: they take as long
ROUNDS = 5
START = datetime(2026, 11, 24, tzinfo=UTC)
CHAT = Usage(input=19, output=10, prompt=19, completion=10)
CACHED = Usage(input=21, output=305, cache_read=900, cache_write=1886, cache_write_1h=1000, prompt=2807, completion=305)


def _billing(model: str, provider: str, usage: Usage, recorded: float | None = None) -> Billing:
    return Billing((model,), provider, START, usage, recorded)


def _calls_per_s(price: Callable[[Billing], object], billing: Billing) -> float:
    """The best of several rounds: the others measure what else the machine did."""
    best_s = float("inf")
    for _ in range(ROUNDS):
        begin = perf_counter()
        for _ in range(CALLS):
            price(billing)
        best_s = min(best_s, perf_counter() - begin)
    return CALLS / best_s


def _load_ms(data: bytes, day_and_table: Callable[[bytes], object]) -> float:
    best_s = float("inf")
    for _ in range(ROUNDS):
        begin = perf_counter()
        day_and_table(data)
        best_s = min(best_s, perf_counter() - begin)
    return best_s * 1e3


def _litellms(billings: dict[str, Billing]) -> list[float]:
    questions = [
        {
            "ask": "speed",
            "model": billing.models[0],
            "provider": billing.provider,
            "usage": chat_usage(billing.usage, Terms()),
            "calls": LIBRARY_CALLS,
            "rounds": ROUNDS,
        }
        for billing in billings.values()
        if billing.usage is not None
    ]
    with Oracle(bundled_map()) as oracle:
        return [answer["calls_per_s"] for answer in oracle.ask(questions)]


def _genai_prices(billings: dict[str, Billing]) -> list[float]:
    questions = [
        {
            "model": billing.models[0],
            "provider": "google" if billing.provider == "vertex_ai" else billing.provider,
            "usage": _genai_usage(billing.usage),
            "calls": LIBRARY_CALLS,
            "rounds": ROUNDS,
        }
        for billing in billings.values()
        if billing.usage is not None
    ]
    done = subprocess.run(
        [environment("genai_prices") / "python", GENAI_PRICES],
        input=json.dumps(questions),
        capture_output=True,
        text=True,
        check=True,
    )
    return [answer["calls_per_s"] for answer in json.loads(done.stdout)]


def _genai_usage(usage: Usage) -> dict[str, Any]:
    return {
        "input_tokens": usage.prompt,
        "output_tokens": usage.completion,
        "cache_read_tokens": usage.cache_read,
        "cache_write_tokens": usage.cache_write,
    }


def _beside_others(pricer: Pricer, billings: dict[str, Billing], write: Callable[[str], object]) -> None:
    """The same calls by the libraries."""
    ours = [_calls_per_s(pricer.price, billing) for billing in billings.values()]
    speeds = zip(billings, ours, _litellms(billings), _genai_prices(billings), strict=True)
    write(f"\n{'calls/s':>12}{'litellm':>12}{'genai_prices':>14}\n")
    for name, own, litellm, genai in speeds:
        write(f"{own:>12,.0f}{litellm:>12,.0f}{genai:>14,.0f}  {name}\n")


def main() -> None:
    """Prints load time, memory and calls a second for the kinds of calls that there are."""
    data, day = bundled_snapshot()
    load_ms = _load_ms(data, lambda raw: PriceTable.load(raw, day))
    tracemalloc.start()
    table = PriceTable.load(data, day)
    held_bytes, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    write = sys.stdout.write
    write(f"snapshot {day}: {len(table)} models, {len(data):,} bytes\n")
    write(f"load: {load_ms:.1f} ms, keeps {held_bytes / 1e6:.2f} MB beside the bytes, peak {peak_bytes / 1e6:.2f} MB\n")
    pricer = Pricer(PricingSettings(), PriceBook.of(table))
    compared = {
        "chat, from the table": _billing("gpt-4o", "openai", CHAT),
        "cache reads and writes, from the table": _billing("claude-sonnet-4-5-20250929", "anthropic", CACHED),
        "long-context thresholds": _billing("gemini-2.5-pro", "vertex_ai", CACHED),
    }
    cases = {
        **compared,
        "recorded cost, split by the table": _billing("gpt-4o", "openai", CHAT, 0.0001475),
        "recorded cost, other than the table's": _billing("gpt-4o", "openai", CHAT, 0.0001),
        "unknown model": _billing("my-private-llama", "openai", CHAT),
    }
    for name, billing in cases.items():
        write(f"{_calls_per_s(pricer.price, billing):>12,.0f} calls/s  {name}\n")
    names = [_billing(name, "openai", CHAT) for name in ("gpt-4o", "gpt-4.1", "o3-mini", "gpt-5-mini")]
    begin = perf_counter()
    for _ in range(500):
        for billing in names:
            Pricer(PricingSettings(), PriceBook.of(table)).price(billing)
    write(f"{2000 / (perf_counter() - begin):>12,.0f} calls/s  first call of a model\n")
    _beside_others(pricer, compared, write)


if __name__ == "__main__":
    main()
