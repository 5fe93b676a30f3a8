"""The prices of one model on the terms of a call, and the arithmetic: units in, US dollars out.

Plain float64 in LiteLLM's order of operations (`generic_cost_per_token` in llm_cost_calc/utils.py), nothing rounded,
so that a cost equals LiteLLM's bit for bit. Knows no model names, no table and no record.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from math import inf
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import astuple

from shipper.pricing.off_peak import OffPeak
from shipper.records import Cost, Units, Usage

_MOST_UNITS = 2**53  # above it a float no longer counts in ones, and no call is that long
_NO_UNITS = Units()

# Where a bucket's cost is shown: Langfuse's keys of `costDetails`. In the order in which LiteLLM adds up.
_INPUT_KEYS = {
    "input": "input",
    "cache_read": "cache_read_input_tokens",
    "cache_read_audio": "cache_read_input_tokens",
    "cache_read_image": "cache_read_input_tokens",
    "audio_input": "input_audio_tokens",
    "image_input": "input_image_tokens",
    "video_input": "input_video_tokens",
    "cache_write": "cache_creation_input_tokens",
    "cache_write_1h": "cache_creation_input_tokens",
    "cache_write_12h": "cache_creation_input_tokens",
    "citations": "input_citation_tokens",
    "characters_input": "input_characters",
    "images_input": "input_images",
    "video_input_s": "input_video_seconds",
    "audio_input_s": "input_audio_seconds",
    "queries": "input_queries",
    "pages": "input_pages",
    "pages_annotated": "input_pages_annotated",
    "credits": "input_credits",
    "request_s": "input_seconds",
    "requests": "input_requests",
}
_OUTPUT_KEYS = {
    "output": "output",
    "audio_output": "output_audio_tokens",
    "reasoning": "output_reasoning_tokens",
    "image_output": "output_image_tokens",
    "video_output": "output_video_tokens",
    "characters_output": "output_characters",
    "images_output": "output_images",
    "video_output_s": "output_video_seconds",
    "audio_output_s": "output_audio_seconds",
}
_TOOL_KEYS = {
    "map_queries": "google_maps",
    "web_searches": "web_search",
    "file_searches": "file_search",
    "code_sessions": "code_interpreter",
}
KEYS = {**_INPUT_KEYS, **_OUTPUT_KEYS, **_TOOL_KEYS}

_UNITS = frozenset(Units.__struct_fields__)
_OUTPUT_TOKENS = ("output", "audio_output", "reasoning", "image_output", "video_output")
_OTHER_TOKENS = Units.__struct_fields__[: Units.__struct_fields__.index("citations") + 1]
# Pieces that stand for tokens: where a piece has a price, the tokens that it holds are not paid for.
_INPUT_PIECES = {
    "characters_input": "input",
    "images_input": "image_input",
    "video_input_s": "video_input",
    "audio_input_s": "audio_input",
}
_OUTPUT_PIECES = ("characters_output", "images_output", "video_output_s", "audio_output_s")
# Tokens that are no text: their place in `Units`, and where their cost is shown.
_TOKEN_KINDS = Units.__struct_fields__.index("video_output") + 1
_OTHER_INPUTS = tuple((_OTHER_TOKENS.index(name), KEYS[name]) for name in ("audio_input", "image_input", "video_input"))
_OTHER_OUTPUTS = tuple((_OTHER_TOKENS.index(name), KEYS[name]) for name in _OUTPUT_TOKENS[1:])
_FREE_WITHOUT_PRICE = frozenset({"citations"})  # beside the prompt, and only one provider's are paid for


class Price(NamedTuple):
    """US dollars a unit, and the key of the row that says so (with what was done to it)."""

    usd: float
    rule: str


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
        others = [prices.get(bucket) for bucket in _OTHER_TOKENS[:_TOKEN_KINDS]]
        return cls(above, prices, rates, tuple(price and price.usd for price in others))


class Line(NamedTuple):
    """One line of a calculation: `units` of a bucket at a price, in US dollars, and where it is shown (`key`)."""

    bucket: str
    units: float
    price: Price
    usd: float

    @property
    def key(self) -> str:
        """The key of `costDetails` that the line's cost is added to."""
        return KEYS[self.bucket]


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
                    return _usual_cost(usage, rates)
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
        tokens = _tokens(usage)
        pieces = _pieces(usage.other, self.pieces, start, end)
        if not all(0 <= count <= _MOST_UNITS for count in (*tokens.values(), *pieces.values())):
            return None
        prices = self.step(usage.prompt, start).prices if self.steps else {}
        counted = {**_counted_once(tokens, pieces, prices, self.tokens_first), **pieces}
        lines = []
        for bucket in KEYS:
            if units := counted.get(bucket):
                price = self.pieces.get(bucket) or prices.get(bucket)
                if price is not None:
                    units = 1 if bucket in self.per_prompt else units
                    lines.append(Line(bucket, units, price, units * price.usd))
                elif bucket not in _FREE_WITHOUT_PRICE:
                    return None
        return None if not lines and (any(tokens.values()) or usage.other is not None) else lines


def _usual_cost(usage: Usage, rates: Rates) -> Cost | None:
    fresh, read, write, output = usage.input, usage.cache_read, usage.cache_write, usage.output
    write_1h = usage.cache_write_1h
    write_other = write - write_1h
    # An `or` of integers is negative if one of them is, and no smaller than the largest.
    if not 0 <= fresh | read | write_other | write_1h | output <= _MOST_UNITS:
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
    usual = _usual_cost(usage, rates)
    if usual is None:
        return None
    split = usual.split
    asked = split.get("input", 0.0) + split.get("cache_read_input_tokens", 0.0)
    answered = split.get("output", 0.0)
    written = split.get("cache_creation_input_tokens", 0.0)
    for index, key in _OTHER_INPUTS:
        if count := counts[index]:
            price = prices[index]
            if price is None or not 0 < count <= _MOST_UNITS:
                return None
            split[key] = part = count * price
            asked += part
    for index, key in _OTHER_OUTPUTS:
        if count := counts[index]:
            price = prices[index]
            if price is None or not 0 < count <= _MOST_UNITS:
                return None
            split[key] = part = count * price
            answered += part
    cost = asked + written + answered
    return Cost(cost, split) if cost < inf else None


def _tokens(usage: Usage) -> dict[str, int]:
    """Tokens by bucket, the parts of a bucket apart from its rest."""
    other = usage.other or _NO_UNITS
    return {
        "input": usage.input,
        "cache_read": usage.cache_read - other.cache_read_audio - other.cache_read_image,
        "cache_write": usage.cache_write - usage.cache_write_1h - other.cache_write_12h,
        "cache_write_1h": usage.cache_write_1h,
        "output": usage.output,
        **{name: getattr(other, name) for name in _OTHER_TOKENS},
    }


def _pieces(
    other: Units | None, prices: Mapping[str, Price], start: datetime, end: datetime | None
) -> dict[str, float]:
    """What the call used of all that has a price and is no token."""
    found: dict[str, float] = {} if other is None else {name: getattr(other, name) for name in prices if name in _UNITS}
    if "requests" in prices:
        found["requests"] = 1
    if "request_s" in prices and end is not None:
        found["request_s"] = (end - start).total_seconds()
    return {name: count for name, count in found.items() if count}


def _counted_once(
    tokens: dict[str, int], pieces: dict[str, float], prices: Mapping[str, Price], tokens_first: bool
) -> dict[str, int]:
    """The tokens that are paid for; of `pieces` those are taken out that tokens pay for."""
    paid = {bucket: count for bucket, count in tokens.items() if count}
    if not prices:
        return {}
    by_tokens = any(prices[bucket].usd for bucket in _OUTPUT_TOKENS if bucket in paid and bucket in prices)
    if tokens_first and paid:
        for piece in _INPUT_PIECES:
            pieces.pop(piece, None)
    for piece, instead in _INPUT_PIECES.items():
        if piece in pieces:
            paid.pop(instead, None)
            if "input" not in prices:  # nor is what else went in
                paid = {bucket: count for bucket, count in paid.items() if bucket in _OUTPUT_TOKENS}
    if by_tokens:
        pieces.pop("images_output", None)
    if any(piece in pieces for piece in _OUTPUT_PIECES):
        for bucket in _OUTPUT_TOKENS:
            paid.pop(bucket, None)
    return paid


def total(lines: list[Line]) -> Cost | None:
    """The sum of a calculation. None where it is no finite number."""
    split: dict[str, float] = {}
    sides: tuple[dict[str, float], ...] = ({}, {}, {})  # as LiteLLM adds: input, output and tools each for themselves
    for line in lines:
        side = sides[0 if line.bucket in _INPUT_KEYS else 1 if line.bucket in _OUTPUT_KEYS else 2]
        side[line.key] = side.get(line.key, 0.0) + line.usd
    for side in sides:
        split |= side
    asked, answered, tools = (sum(side.values()) for side in sides)
    cost = asked + answered + tools
    return Cost(cost, split) if cost < inf else None
