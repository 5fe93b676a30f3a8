"""Random calls for a row of a price map: usage in every unit that the row prices, on every term that it knows.

One generator for all: a seeded sweep gives it a `Random`, Hypothesis its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from hypothesis import strategies as st

from shipper.records import Billing, Terms, Usage
from tests.pricing import random_pieces as pieces
from tests.pricing.random_tokens import SOMETIMES, Row, tokens
from tests.pricing.random_tools import search_terms, tools

START = datetime(2026, 11, 30, tzinfo=UTC)  # a Monday, after the bundled snapshot
_CHATS = ("chat", "completion", "responses", "evaluation", "none")
_USED: dict[str, Callable[[Row, Random], Usage]] = {
    **dict.fromkeys((*_CHATS, "realtime", "decisions", "extraction"), tokens),
    "moderation": lambda row, random: tokens(row, random, has_output=False),
    "embedding": pieces.embedded,
    "image_generation": pieces.images,
    "image_edit": pieces.images,
    "audio_transcription": pieces.heard,
    "audio_speech": pieces.spoken,
    "video_generation": pieces.filmed,
    "rerank": pieces.ranked,
    "search": pieces.searched,
    "vector_store": lambda row, random: pieces.with_units(Usage(), queries=1),
    "ocr": pieces.scanned,
}
MODES = frozenset(_USED)

# LiteLLM's name of whom a call goes to, where the row's `litellm_provider` is none.
_PROVIDERS = (("vertex_ai", "vertex_ai"), ("bedrock_converse", "bedrock"), ("fireworks_ai-embedding", "fireworks_ai"))
# Rows of open models by their size, and a model of that size.
_SIZE_CLASSES = {
    "together-ai-up-to-4b": "acme/model-3b",
    "together-ai-4.1b-8b": "acme/model-7b",
    "together-ai-8.1b-21b": "acme/model-13b",
    "together-ai-21.1b-41b": "acme/model-34b",
    "together-ai-41.1b-80b": "acme/model-70b",
    "together-ai-81.1b-110b": "acme/model-100b",
    "together-ai-embedding-up-to-150m": "acme/embedding-110m",
    "together-ai-embedding-151m-to-350m": "acme/embedding-330m",
    "fireworks-ai-up-to-4b": "acme-3b",
    "fireworks-ai-4.1b-to-16b": "acme-13b",
    "fireworks-ai-above-16b": "acme-70b",
    "fireworks-ai-moe-up-to-56b": "acme-8x7b",
    "fireworks-ai-56b-to-176b": "acme-8x22b",
    "fireworks-ai-default": "acme",
}
_SIZED = re.compile(r"(?:(?P<quality>\w+)/)?(?P<width>\d+)-x-(?P<height>\d+)/(?:50-steps/)?(?P<model>.+)")
_TIERS = ("priority", "flex", "balanced", "ultrafast")


class Called(NamedTuple):
    """By what a call finds a row: `size` and `quality` are part of the names of some rows of images."""

    provider: str
    model: str
    size: str | None = None
    quality: str | None = None


def mode_of(row: Row) -> str:
    """The row's mode; where it has none "none", which LiteLLM takes for a chat's, or what its price tells."""
    return row.get("mode") or ("audio_speech" if "input_cost_per_character" in row else "none")


def called_by(name: str, row: Row) -> Called:
    """How a call finds the row."""
    owner = row.get("litellm_provider") or ""
    provider = next((known for prefix, known in _PROVIDERS if owner.startswith(prefix)), owner)
    model = name.removeprefix(f"{provider}/")
    if mode_of(row).startswith("image") and (sized := _SIZED.fullmatch(model)):
        return Called(provider, sized["model"], f"{sized['width']}x{sized['height']}", sized["quality"])
    return Called(provider, _SIZE_CLASSES.get(name, model))


def billing(name: str, row: Row, random: Random) -> Billing:
    """A call of the row's model that used something, on terms that may change its price."""
    called, mode = called_by(name, row), mode_of(row)
    usage = _USED[mode](row, random)
    if "citation_cost_per_token" in row:
        usage = pieces.with_units(usage, citations=random.randrange(5_000))
    used = tools(row, called.provider, mode == "responses", random) if mode in _CHATS else {}
    if used:
        usage = pieces.with_units(usage, **used)
    terms = Terms(**_terms(row, mode, random), **search_terms(used, random), size=called.size, quality=called.quality)
    start = START + timedelta(minutes=random.randrange(7 * 24 * 60))
    end = start + timedelta(milliseconds=random.randrange(1, 120_000))
    special = None if terms == Terms() else terms
    return Billing((called.model,), called.provider, start, usage, None, terms=special, end=end)


def billings(rows: Iterable[tuple[str, Row]]) -> st.SearchStrategy[tuple[str, Billing]]:
    """Strategy: a row's name, and a call of its model."""
    return st.builds(
        lambda named, random: (named[0], billing(named[0], named[1], random)),
        st.sampled_from(list(rows)),
        st.randoms(use_true_random=False),
    )


def _terms(row: Row, mode: str, random: Random) -> dict[str, Any]:
    terms: dict[str, Any] = {}
    tiers = [tier for tier in _TIERS if any(key.endswith(f"_{tier}") for key in row)]
    draw = random.random()
    if mode in (*_CHATS, "embedding"):
        terms["tier"] = random.choice(tiers) if tiers and draw < 0.4 else random.choice(_TIERS) if draw < 0.45 else None
        batches = any(key.endswith("_batches") for key in row)
        # GitHub has no batches, and LiteLLM would ask it for a login first.
        can = terms["tier"] is None and row.get("litellm_provider") != "github_copilot"
        terms["batch"] = can and random.random() < (0.3 if batches else 0.05)
    elif mode == "ocr":
        terms["batch"] = draw < SOMETIMES
    elif mode == "search" and row.get("tiered_pricing"):
        terms["results"] = random.choice((None, 1, 5, 10, 11, 25, 26, 100, 101))
    elif mode in ("video_generation", "image_generation"):
        terms["batch"] = draw < SOMETIMES and any(key.endswith("_batches") for key in row)
        terms["resolution"] = random.choice((None, *pieces.resolutions(row))) if pieces.resolutions(row) else None
    return terms | _places(row, random)


def _places(row: Row, random: Random) -> dict[str, Any]:
    """Where and how a call was served, where the row has a factor for it."""
    multipliers = row.get("provider_specific_entry") or {}
    return {
        "location": _maybe(random, "regional_endpoint_uplift_multiplier" in row, ("us-east5", "global")),
        "residency": _maybe(random, "regional_processing_uplift_multiplier_eu" in row, ("eu", "us")),
        "geo": _maybe(random, "us" in multipliers, ("us", "global", "not_available")),
        "speed": _maybe(random, "fast" in multipliers, ("fast", "standard")),
        "explicit_cache": row.get("litellm_provider") == "dashscope" and random.random() < SOMETIMES,
    }


def _maybe(random: Random, is_priced: bool, values: tuple[str, ...]) -> str | None:
    return random.choice(values) if is_priced and random.random() < SOMETIMES else None
