"""The prices of one model on the terms of a call, and the arithmetic: units in, US dollars out.

Plain float64 in LiteLLM's order of operations (`generic_cost_per_token` in llm_cost_calc/utils.py), nothing rounded,
so that a cost equals LiteLLM's bit for bit. Knows no model names, no table and no record.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from math import inf

from msgspec import Struct
from msgspec.structs import astuple

from shipper.pricing.counted import MOST_UNITS, counted
from shipper.pricing.lines import KEYS, OTHER_TOKENS, OUTPUT_TOKENS, Line, Price, total
from shipper.pricing.off_peak import OffPeak
from shipper.records import Cost, Units, Usage

# Tokens that are no text: their place in `Units`, and where their cost is shown.
_TOKEN_KINDS = Units.__struct_fields__.index("video_output") + 1
_OTHER_INPUTS = tuple((OTHER_TOKENS.index(name), KEYS[name]) for name in ("audio_input", "image_input", "video_input"))
_OTHER_OUTPUTS = tuple((OTHER_TOKENS.index(name), KEYS[name]) for name in OUTPUT_TOKENS[1:])
_FREE_WITHOUT_PRICE = frozenset({"citations"})  # beside the prompt, and only one provider's are paid for


class Rates(Struct, frozen=True, gc=False):
    """US dollars a token for what most calls consist of; `cache_write_1h` is for writes kept for one hour."""

    input: float
    output: float
    cache_read: float
    cache_write: float
    cache_write_1h: float


class Step(Struct, frozen=True):
    """The prices of all tokens where the prompt has more than `above` tokens, by the names of `Usage` and `Units`.

    `rates` has the same for the usual buckets, where the row prices them all, `others` that of other tokens than text,
    in the order of `Units`.
    """

    above: int
    prices: Mapping[str, Price]
    rates: Rates | None
    others: tuple[float | None, ...]

    @classmethod
    def of(cls, above: int, prices: Mapping[str, Price]) -> Step:
        """A step with its rates."""
        usual = [prices.get(bucket) for bucket in Rates.__struct_fields__]
        rates = Rates(*(price.usd for price in usual if price)) if all(usual) else None
        others = [prices.get(bucket) for bucket in OTHER_TOKENS[:_TOKEN_KINDS]]
        return cls(above, prices, rates, tuple(price and price.usd for price in others))


class Tariff(Struct, frozen=True):
    """All prices of a model on some terms.

    `steps` ascend by the prompt's tokens, and `off_peak` replaces them in its hours; without any, tokens are not what
    is paid for. `pieces` are the prices of all else, by the names of `Units`, with `requests` for the call itself and
    `request_s` for the time it took. `tokens_first`: what was counted both in tokens and in pieces is paid by the
    tokens. `per_prompt` are pieces that cost the same however many a call used.
    """

    steps: tuple[Step, ...]
    pieces: Mapping[str, Price] = {}
    off_peak: tuple[OffPeak, tuple[Step, ...]] | None = None
    tokens_first: bool = False
    per_prompt: frozenset[str] = frozenset()
    by_tokens: bool = False  # nothing but tokens is looked at, unless the call counts something else
    one_step: bool = False  # the first step holds whatever the prompt and the hour

    @property
    def flat(self) -> Rates | None:
        """The rates of every call that uses text and cache alone, where neither prompt nor hour changes them."""
        return self.steps[0].rates if self.by_tokens and self.one_step else None

    def cost(self, usage: Usage, start: datetime, end: datetime | None = None) -> Cost | None:
        """The cost of `usage` in US dollars, split by the buckets that hold anything; the split sums to the total.

        `start` decides whether off-peak prices hold, `end` how long the call took. None where the row has no price
        for what the call used, where a count cannot be true (negative, above 2^53, a part larger than its whole) or
        the sum is no finite number.
        """
        if self.by_tokens:
            other = usage.other
            step = self.steps[0] if self.one_step else self.step(usage.prompt, start)
            rates = step.rates
            if rates is not None:
                if other is None:
                    return usual_cost(usage, rates)
                counts = astuple(other)
                if not any(counts[_TOKEN_KINDS:]):
                    return _cost_of_tokens(usage, rates, counts[:_TOKEN_KINDS], step.others)
        lines = self.lines(usage, start, end)
        return None if lines is None else total(lines)

    def step(self, prompt_tokens: int, start: datetime) -> Step:
        """The prices of a whole call: crossing a threshold changes every token's, not only of those above it."""
        steps = self.steps
        if self.off_peak is not None and self.off_peak[0].holds(start):
            steps = self.off_peak[1]
        found = steps[0]
        for higher in steps[1:]:
            if prompt_tokens <= higher.above:
                break
            found = higher
        return found

    def lines(self, usage: Usage, start: datetime, end: datetime | None = None) -> list[Line] | None:
        """The calculation line by line, in LiteLLM's order; empty for a call that used nothing. None as for `cost`."""
        prices = self.step(usage.prompt, start).prices if self.steps else {}
        units = counted(usage, prices, self.pieces, self.tokens_first, start, end)
        if units is None:
            return None
        lines = []
        for bucket in KEYS:
            if count := units.get(bucket):
                price = self.pieces.get(bucket) or prices.get(bucket)
                if price is not None:
                    count = 1 if bucket in self.per_prompt else count
                    lines.append(Line(bucket, count, price, count * price.usd))
                elif bucket not in _FREE_WITHOUT_PRICE:
                    return None
        return None if not lines and (usage.total or usage.other is not None) else lines


def usual_cost(usage: Usage, rates: Rates) -> Cost | None:
    """What text and cache cost at one set of rates, whatever else was used. None as for `Tariff.cost`."""
    fresh, read, write, output = usage.input, usage.cache_read, usage.cache_write, usage.output
    write_1h = usage.cache_write_1h
    write_other = write - write_1h
    # An `or` of integers is negative if one of them is, and no smaller than the largest.
    if not 0 <= fresh | read | write_other | write_1h | output <= MOST_UNITS:
        return None
    split: dict[str, float] = {}
    cost = 0.0
    if fresh:
        split["input"] = cost = fresh * rates.input
    if read:
        split["cache_read_input_tokens"] = part = read * rates.cache_read
        cost += part
    if write:
        part = write_other * rates.cache_write + write_1h * rates.cache_write_1h
        split["cache_creation_input_tokens"] = part
        cost += part
    if output:
        split["output"] = part = output * rates.output
        cost += part
    return Cost(cost, split) if cost < inf else None


def _cost_of_tokens(
    usage: Usage, rates: Rates, counts: tuple[int, ...], prices: tuple[float | None, ...]
) -> Cost | None:
    """The same with tokens that are no text: their `counts` and `prices` in the order of `Units`."""
    usual = usual_cost(usage, rates)
    if usual is None:
        return None
    split = usual.split
    asked = split.get("input", 0.0) + split.get("cache_read_input_tokens", 0.0)
    answered = split.get("output", 0.0)
    written = split.get("cache_creation_input_tokens", 0.0)
    for index, key in _OTHER_INPUTS:
        if count := counts[index]:
            price = prices[index]
            if price is None or not 0 < count <= MOST_UNITS:
                return None
            split[key] = part = count * price
            asked += part
    for index, key in _OTHER_OUTPUTS:
        if count := counts[index]:
            price = prices[index]
            if price is None or not 0 < count <= MOST_UNITS:
                return None
            split[key] = part = count * price
            answered += part
    cost = asked + written + answered
    return Cost(cost, split) if cost < inf else None
