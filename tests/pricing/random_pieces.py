"""Random use of what is not counted in tokens, by the mode of a row: images, sound, film, queries, pages, tools."""

from __future__ import annotations

import re
from random import Random

from msgspec.structs import replace

from shipper.records import Units, Usage
from tests.pricing.random_tokens import SOMETIMES, Row, tokens

_RESOLUTION = re.compile(r"output_cost_per_(?:second|image)_((?!token)[\w.]+)")
_PIECES = {
    "input_cost_per_character": "characters_input",
    "input_cost_per_image": "images_input",
    "input_cost_per_video_per_second": "video_input_s",
    "input_cost_per_audio_per_second": "audio_input_s",
    "input_cost_per_query": "queries",
}


def embedded(row: Row, random: Random) -> Usage:
    """What an embedding model read: text, or media by the piece."""
    pieces = {unit: random.randrange(1, 500) for key, unit in _PIECES.items() if key in row and random.random() < 0.4}
    if "input_cost_per_token" in row and not (pieces and random.random() < SOMETIMES):
        usage = tokens(row, random, has_output=False)
    else:
        usage = Usage()
        pieces = pieces or {next((unit for key, unit in _PIECES.items() if key in row), "queries"): 1}
    return with_units(usage, **pieces)


def images(row: Row, random: Random) -> Usage:
    """Images made, with the tokens they took where the model counts them."""
    made = random.randrange(1, 5)
    read = random.randrange(1, 20) if row.get("input_cost_per_image") and random.random() < SOMETIMES else 0
    priced_by_token = any("per_token" in key or "image_token" in key for key in row)
    if not (priced_by_token and random.random() < 0.8):
        return with_units(Usage(), images_output=made, images_input=read if "output_cost_per_image" in row else 0)
    text, image = random.randrange(1, 500), random.randrange(0, 5_000)
    drawn, written = random.randrange(1, 10_000), random.choice((0, random.randrange(1, 500)))
    usage = Usage(text, written, prompt=text + image, completion=drawn + written)
    return with_units(usage, image_input=image, image_output=drawn, images_output=made)


def heard(row: Row, random: Random) -> Usage:
    """Sound that was written down: by its seconds, by tokens, or both as some providers report it."""
    by_token = any("token" in key for key in row)
    by_second = any("per_second" in key for key in row)
    seconds = round(random.uniform(0.1, 4000), random.choice((0, 1, 3)))
    if by_second and not (by_token and random.random() < SOMETIMES):
        return with_units(Usage(), audio_input_s=seconds)
    text, sound, written = random.randrange(0, 100), random.randrange(1, 50_000), random.randrange(1, 5_000)
    usage = Usage(text, written, prompt=text + sound, completion=written)
    both = by_second and random.random() < SOMETIMES
    return with_units(usage, audio_input=sound, audio_input_s=seconds if both else 0.0)


def spoken(row: Row, random: Random) -> Usage:
    """A text that was read out."""
    if "input_cost_per_character" in row or not any("token" in key for key in row):
        return with_units(Usage(), characters_input=random.randrange(1, 5_000))
    text, sound = random.randrange(1, 2_000), random.randrange(1, 20_000)
    return with_units(Usage(text, prompt=text, completion=sound), audio_output=sound)


def filmed(row: Row, random: Random) -> Usage:
    """A film of some seconds, sometimes made from images."""
    read = random.randrange(1, 9) if row.get("input_cost_per_image") and random.random() < SOMETIMES else 0
    return with_units(Usage(), video_output_s=random.choice((4.0, 5.0, 8.0, 10.0, 7.5)), images_input=read)


def ranked(row: Row, random: Random) -> Usage:
    """A rerank by search units, or by the tokens that it read."""
    if row.get("input_cost_per_query"):
        return with_units(Usage(), queries=random.randrange(1, 9))
    read = random.randrange(1, 50_000)
    return Usage(read, prompt=read)


def searched(row: Row, random: Random) -> Usage:
    return with_units(Usage(), queries=random.randrange(1, 6))


def scanned(row: Row, random: Random) -> Usage:
    """Pages that were read, with notes on some."""
    if "ocr_cost_per_credit" in row:
        return with_units(Usage(), credits=random.randrange(1, 900))
    pages = random.randrange(1, 300)
    return with_units(Usage(), pages=pages, pages_annotated=random.choice((0, 0, random.randint(1, pages))))


def resolutions(row: Row) -> list[str]:
    """The resolutions of which the row has prices."""
    return [match[1] for key in row if (match := _RESOLUTION.fullmatch(key))]


def with_units(usage: Usage, **pieces: float) -> Usage:
    """The usage with pieces in it."""
    known = {} if usage.other is None else {name: getattr(usage.other, name) for name in Units.__struct_fields__}
    return replace(usage, other=Units(**{**known, **pieces}))
