"""Events of OpenAI's images and audio APIs, as its reference shows them."""

from __future__ import annotations

from typing import Any

import pytest

from shipper.records import Units, Usage
from tests.decode.examples import parsed
from tests.decode.streams import answer, streamed

LOOKS = {"size": "1024x1024", "quality": "high", "background": "transparent", "output_format": "png"}
DETAILS = {"text_tokens": 10, "image_tokens": 40}
IMAGE_USAGE = {"total_tokens": 100, "input_tokens": 50, "output_tokens": 50, "input_tokens_details": DETAILS}
PARTIAL = {"type": "image_generation.partial_image", "b64_json": "aa", "partial_image_index": 0, **LOOKS}
PICTURE: list[Any] = [PARTIAL, {"type": "image_generation.completed", "b64_json": "bb", **LOOKS, "usage": IMAGE_USAGE}]
HEARD = {"type": "tokens", "input_tokens": 14, "output_tokens": 45, "input_token_details": {"audio_tokens": 14}}
DELTAS: list[Any] = [{"type": "transcript.text.delta", "delta": piece} for piece in ("I see", " skies")]
TRANSCRIPT: list[Any] = [*DELTAS, {"type": "transcript.text.done", "text": "I see skies", "usage": HEARD}]


@pytest.mark.parametrize("kind", ["image_generation", "image_edit"])
def test_the_complete_picture_is_shown_and_billed(kind: str) -> None:
    record = streamed([{**event, "type": event["type"].replace("image_generation", kind)} for event in PICTURE])
    assert parsed(record.observation.output) == [{"b64_json": "bb"}]
    assert record.billing.usage == Usage(
        10, prompt=50, completion=50, other=Units(image_input=40, image_output=50, images_output=1)
    )
    assert record.billing.terms is not None
    assert (record.billing.terms.size, record.billing.terms.quality) == ("1024x1024", "high")


def test_a_picture_that_is_half_made_is_shown_as_it_came() -> None:
    assert answer([PARTIAL]) == [PARTIAL]


def test_a_transcript_is_its_last_events() -> None:
    record = streamed(TRANSCRIPT)
    assert parsed(record.observation.output) == "I see skies"
    assert record.observation.usage == Usage(0, 45, prompt=14, completion=45, other=Units(audio_input=14))


def test_a_transcript_that_broke_off_keeps_what_came() -> None:
    assert answer(DELTAS) == "I see skies"


def test_speech_is_billed_and_not_shown() -> None:
    usage = {"input_tokens": 14, "output_tokens": 101, "total_tokens": 115}
    record = streamed([{"type": "speech.audio.delta", "audio": "aa"}, {"type": "speech.audio.done", "usage": usage}])
    assert record.observation.output is None
    assert record.observation.usage == Usage(14, 101, prompt=14, completion=101)
