"""The rates of one model and the arithmetic: token counts in, US dollars out.

Plain float64 in LiteLLM's order of operations (`generic_cost_per_token` in llm_cost_calc/utils.py), nothing rounded,
so that a cost equals LiteLLM's bit for bit. Knows no model names, no table and no record.
"""

from __future__ import annotations

from math import inf

from msgspec import Struct

from shipper.records import Cost, Usage

_MOST_TOKENS = 2**53  # above it a float no longer counts in ones, and no call is that long


class Rates(Struct, frozen=True, gc=False):
    """US dollars a token; `cache_write_1h` is for writes kept for one hour, `cache_write` for all others."""

    input: float
    output: float
    cache_read: float
    cache_write: float
    cache_write_1h: float


class Tariff(Struct, frozen=True, gc=False):
    """All rates of a model: `base`, and above a number of prompt tokens (ascending) those that replace them."""

    base: Rates
    above: tuple[tuple[int, Rates], ...] = ()

    def rates(self, prompt_tokens: int) -> Rates:
        """The rates of a whole call: crossing a threshold changes every token's price, not only of those above it."""
        rates = self.base
        for threshold, higher in self.above:
            if prompt_tokens <= threshold:
                break
            rates = higher
        return rates

    def cost(self, usage: Usage) -> Cost | None:
        """The cost of `usage` in US dollars, split by the buckets that hold tokens.

        The split adds up to the total exactly when summed in its own order. None where a count cannot be true
        (negative, above 2^53, more one-hour writes than writes) or the sum is no finite number.
        """
        fresh, read, write, output = usage.input, usage.cache_read, usage.cache_write, usage.output
        write_1h = usage.cache_write_1h
        write_other = write - write_1h
        # An `or` of integers is negative if one of them is, and no smaller than the largest.
        if not 0 <= fresh | read | write_other | write_1h | output <= _MOST_TOKENS:
            return None
        rates = self.rates(usage.prompt) if self.above else self.base
        split: dict[str, float] = {}
        total = 0.0
        if fresh:
            split["input"] = total = fresh * rates.input
        if read:
            split["cache_read_input_tokens"] = cost = read * rates.cache_read
            total += cost
        if write:
            cost = write_other * rates.cache_write + write_1h * rates.cache_write_1h
            split["cache_creation_input_tokens"] = cost
            total += cost
        if output:
            split["output"] = cost = output * rates.output
            total += cost
        return Cost(total, split) if total < inf else None
