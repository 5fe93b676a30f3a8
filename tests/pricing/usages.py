"""Random calls for a row of a price map: usage in every unit that the row prices, at and around its thresholds, on
every term that it knows. One generator for all: a seeded sweep gives it a `Random`, Hypothesis its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st

from shipper.records import Billing, Terms, Units, Usage

Row = Mapping[str, Any]

START = datetime(2026, 11, 30, tzinfo=UTC)  # a Monday, after the bundled snapshot
CHATS = frozenset({None, "chat", "completion", "responses", "evaluation"})

# LiteLLM's name of whom a call goes to, where the row's `litellm_provider` is none.
_PROVIDERS = (("vertex_ai", "vertex_ai"), ("bedrock_converse", "bedrock"), ("fireworks_ai-embedding", "fireworks_ai"))
_THRESHOLD = re.compile(r"_above_(\d+)(k?)_tokens")
_TIERS = ("priority", "flex", "balanced", "ultrafast")

_OTHER_INPUTS = ("audio_input", "image_input", "video_input")
_OTHER_OUTPUTS = ("audio_output", "image_output", "video_output")
# Keys that say that a model takes or makes such tokens; without one such calls are rare.
_SIGNS = {
    "audio_input": "input_cost_per_audio_token",
    "image_input": "input_cost_per_image_token",
    "video_input": "input_cost_per_video_token",
    "reasoning": "output_cost_per_reasoning_token",
    "audio_output": "output_cost_per_audio_token",
    "image_output": "output_cost_per_image_token",
    "video_output": "output_cost_per_video_token",
    "cache_read_audio": "cache_read_input_audio_token_cost",
    "cache_write_12h": "cache_creation_input_token_cost_above_12hr",
}
_SOMETIMES, _RARELY = 0.5, 0.08


def called_by(name: str, row: Row) -> tuple[str, str]:
    """Provider and model by which a call finds the row."""
    owner = row.get("litellm_provider") or ""
    provider = next((known for prefix, known in _PROVIDERS if owner.startswith(prefix)), owner)
    return provider, name.removeprefix(f"{provider}/")


def billing(name: str, row: Row, random: Random) -> Billing:
    """A call of the row's model that used something, on terms that may change its price."""
    provider, model = called_by(name, row)
    terms = _terms(provider, row, random)
    start = START + timedelta(minutes=random.randrange(7 * 24 * 60))
    usage = _tokens(row, random, terms)
    end = start + timedelta(milliseconds=random.randrange(1, 120_000))
    return Billing((model,), provider, start, usage, None, terms=terms, end=end)


def billings(rows: Iterable[tuple[str, Row]]) -> st.SearchStrategy[tuple[str, Billing]]:
    """Strategy: a row's name, and a call of its model."""
    return st.builds(
        lambda named, random: (named[0], billing(named[0], named[1], random)),
        st.sampled_from(list(rows)),
        st.randoms(use_true_random=False),
    )


def _terms(provider: str, row: Row, random: Random) -> Terms | None:
    tiers = [tier for tier in _TIERS if any(key.endswith(f"_{tier}") for key in row)]
    has_batch = any(key.endswith("_batches") for key in row)
    draw = random.random()
    tier = random.choice(tiers) if tiers and draw < 0.4 else random.choice(_TIERS) if draw < 0.45 else None
    multipliers = row.get("provider_specific_entry") or {}
    terms = Terms(
        tier=tier,
        batch=tier is None and random.random() < (0.3 if has_batch else 0.05),
        location=_maybe(random, "regional_endpoint_uplift_multiplier" in row, ("us-east5", "global")),
        residency=_maybe(random, "regional_processing_uplift_multiplier_eu" in row, ("eu", "us")),
        geo=_maybe(random, "us" in multipliers, ("us", "global", "not_available")),
        speed=_maybe(random, "fast" in multipliers, ("fast", "standard")),
        explicit_cache=provider == "dashscope" and random.random() < _SOMETIMES,
    )
    return None if terms == Terms() else terms


def _maybe(random: Random, is_priced: bool, values: tuple[str, ...]) -> str | None:
    return random.choice(values) if is_priced and random.random() < _SOMETIMES else None


def _tokens(row: Row, random: Random, terms: Terms | None) -> Usage:
    """Tokens in all kinds that the row prices, and rarely in others; a part is never larger than its whole."""
    prompt = _prompt(row, random)
    parts = dict.fromkeys(("cache_read", "cache_write", *_OTHER_INPUTS), 0)
    left = prompt
    for kind in random.sample(sorted(parts), len(parts)):
        if random.random() < _chance(row, kind):
            parts[kind] = _share(random, left)
            left -= parts[kind]
    read, write = parts.pop("cache_read"), parts.pop("cache_write")
    write_1h = _share(random, write) if random.random() < _SOMETIMES else 0
    units = {
        **parts,
        "cache_read_audio": _share(random, read) if random.random() < _chance(row, "cache_read_audio") else 0,
        "cache_write_12h": _share(random, write - write_1h) if random.random() < _chance(row, "cache_write_12h") else 0,
    }
    output = 0 if random.random() < _RARELY else random.randrange(1, 20_000)
    for kind in ("reasoning", *_OTHER_OUTPUTS):
        likely = _SOMETIMES if kind == "reasoning" else _chance(row, kind)
        units[kind] = random.randrange(1, 20_000) if random.random() < likely else 0
    other = Units(**units) if any(units.values()) else None
    completion = output + sum(units[kind] for kind in ("reasoning", *_OTHER_OUTPUTS))
    return Usage(left, output, read, write, write_1h, prompt, completion, other)


def _chance(row: Row, kind: str) -> float:
    if kind in ("cache_read", "cache_write"):
        return _SOMETIMES
    return _SOMETIMES if row.get(_SIGNS[kind]) is not None else _RARELY


def _prompt(row: Row, random: Random) -> int:
    """A prompt's tokens: often at a threshold of the row or one beside it."""
    marks = _thresholds(row)
    if marks and random.random() < 0.7:
        return max(1, random.choice(marks) + random.choice((-1, 0, 1, 50_000)))
    return random.choice((random.randrange(1, 100), random.randrange(1, 150_000)))


def _thresholds(row: Row) -> list[int]:
    found = {int(match[1]) * (1000 if match[2] else 1) for key in row if (match := _THRESHOLD.search(key))}
    for tier in row.get("tiered_pricing") or ():
        found.update(int(bound) for bound in tier.get("range") or ())
    return sorted(found)


def _share(random: Random, whole: int) -> int:
    return whole if random.random() < _RARELY else random.randint(0, whole)
