"""Random tokens for a row of a price map, in all kinds that it prices, below, at and above its thresholds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

from shipper.records import Units, Usage

Row = Mapping[str, Any]

SOMETIMES, RARELY = 0.5, 0.08
OTHER_INPUTS = ("audio_input", "image_input", "video_input")
OTHER_OUTPUTS = ("reasoning", "audio_output", "image_output", "video_output")
# Keys that say that a model takes or makes such tokens; without one such calls are rare.
_SIGNS = {
    "cache_read": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
    "audio_input": "input_cost_per_audio_token",
    "image_input": "input_cost_per_image_token",
    "video_input": "input_cost_per_video_token",
    "reasoning": "output_cost_per_reasoning_token",
    "audio_output": "output_cost_per_audio_token",
    "image_output": "output_cost_per_image_token",
    "video_output": "output_cost_per_video_token",
    "cache_read_audio": "cache_read_input_audio_token_cost",
    "cache_read_image": "cache_read_input_image_token_cost",
    "cache_write_12h": "cache_creation_input_token_cost_above_12hr",
}
_THRESHOLD = re.compile(r"_above_(\d+)(k?)_tokens")


def tokens(row: Row, random: Random, has_output: bool = True) -> Usage:
    """What a call read and wrote; a part is never larger than its whole."""
    parts, left, prompt = _prompt(row, random)
    read, write = parts.pop("cache_read"), parts.pop("cache_write")
    write_1h = share(random, write) if random.random() < SOMETIMES else 0
    read_audio = share(random, read) if likely(row, "cache_read_audio", random) else 0
    units = {
        **parts,
        "cache_read_audio": read_audio,
        "cache_read_image": share(random, read - read_audio) if likely(row, "cache_read_image", random) else 0,
        "cache_write_12h": share(random, write - write_1h) if likely(row, "cache_write_12h", random) else 0,
        **(_answer(row, random) if has_output else {}),
    }
    output = random.randrange(1, 20_000) if has_output and random.random() > RARELY else 0
    other = Units(**units) if any(units.values()) else None
    completion = output + sum(units.get(kind, 0) for kind in OTHER_OUTPUTS)
    return Usage(left, output, read, write, write_1h, prompt, completion, other)


def likely(row: Row, kind: str, random: Random) -> bool:
    """Whether there are such tokens: where the row has a price for them, in every other call."""
    often = kind in ("reasoning", "cache_read", "cache_write") or row.get(_SIGNS[kind]) is not None
    return random.random() < (SOMETIMES if often else RARELY)


def share(random: Random, whole: int) -> int:
    """A part of a whole, now and then all of it."""
    return whole if random.random() < RARELY else random.randint(0, whole)


def _prompt(row: Row, random: Random) -> tuple[dict[str, int], int, int]:
    """The parts of a prompt that are no text, what is left, and all of it."""
    parts = dict.fromkeys(("cache_read", "cache_write", *OTHER_INPUTS), 0)
    left = prompt = _length(row, random)
    for kind in random.sample(sorted(parts), len(parts)):
        if likely(row, kind, random):
            parts[kind] = share(random, left)
            left -= parts[kind]
    return parts, left, prompt


def _answer(row: Row, random: Random) -> dict[str, int]:
    return {kind: random.randrange(1, 20_000) if likely(row, kind, random) else 0 for kind in OTHER_OUTPUTS}


def _length(row: Row, random: Random) -> int:
    """A prompt's tokens: often at a threshold of the row or one beside it."""
    marks = sorted(_thresholds(row))
    if marks and random.random() < 0.7:
        return max(1, random.choice(marks) + random.choice((-1, 0, 1, 50_000)))
    return random.choice((random.randrange(1, 100), random.randrange(1, 150_000)))


def _thresholds(row: Row) -> Iterable[int]:
    found = {int(match[1]) * (1000 if match[2] else 1) for key in row if (match := _THRESHOLD.search(key))}
    for tier in row.get("tiered_pricing") or ():
        found.update(int(bound) for bound in tier.get("range") or ())
    return found
