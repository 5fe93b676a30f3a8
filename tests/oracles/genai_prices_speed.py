"""How fast `genai_prices` prices a call: runs inside the environment `genai_prices`.

Reads a JSON list of questions from stdin (`model`, `provider`, `usage` with the fields of its `Usage`, `calls`,
`rounds`) and writes the list of answers to stdout: `calls_per_s`, the best of the rounds, and the `cost` in USD.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import genai_prices  # type: ignore[import-not-found]


def speed(question: dict[str, Any]) -> dict[str, float]:
    usage = genai_prices.Usage(**question["usage"])
    model, provider = question["model"], question["provider"]
    cost = genai_prices.calc_price(usage, model, provider_id=provider).total_price
    best_s = float("inf")
    for _ in range(question["rounds"]):
        begin = time.perf_counter()
        for _ in range(question["calls"]):
            genai_prices.calc_price(usage, model, provider_id=provider)
        best_s = min(best_s, time.perf_counter() - begin)
    return {"calls_per_s": question["calls"] / best_s, "cost": float(cost)}


json.dump([speed(question) for question in json.load(sys.stdin)], sys.stdout)
