"""What was used, as LiteLLM's own usage object writes it down, is read back bucket for bucket."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from shipper.decode.usage import to_usage
from shipper.decode.usage_shapes import UsageObject
from shipper.records import Terms, Units, Usage
from tests.pricing.oracle import Oracle
from tests.pricing.questions import question
from tests.pricing.sweep import rows, seeded
from tests.pricing.usages import billing, mode_of

MODES = ("chat", "completion", "responses", "realtime", "moderation")
# No usage object counts these: they show in the answer alone.
IN_THE_ANSWER = {"web_searches": 0, "file_searches": 0, "code_sessions": 0}
ROWS = {name: row for name, row in rows().items() if mode_of(row) in MODES}


def _without_tools(usage: Usage) -> Usage:
    if usage.other is None:
        return usage
    other = replace(usage.other, **IN_THE_ANSWER)
    return replace(usage, other=None if other == Units() else other)


def _with_text(usage: dict[str, Any], known: Usage) -> dict[str, Any]:
    """The same with the text tokens that some providers name beside the others."""
    other = known.other or Units()
    cached_text = known.cache_read - other.cache_read_audio - other.cache_read_image
    prompt = {**usage["prompt_tokens_details"], "text_tokens": known.input + cached_text}
    completion = {**usage["completion_tokens_details"], "text_tokens": known.output}
    return {**usage, "prompt_tokens_details": prompt, "completion_tokens_details": completion}


@pytest.mark.parametrize("names_text", [False, True], ids=["the rest is text", "text is named"])
def test_every_bucket_comes_back(oracle: Oracle, names_text: bool) -> None:
    calls = [(name, billing(name, ROWS[name], random)) for name, random in seeded(ROWS, 1)]
    used: list[tuple[str, Usage, dict[str, Any]]] = []
    for name, call in calls:
        assert call.usage is not None
        asked = question(ROWS[name], replace(call, terms=call.terms or Terms()))["usage"]
        used.append((name, call.usage, _with_text(asked, call.usage) if names_text else asked))
    answers = oracle.ask({"ask": "logged", "usage": asked} for *_, asked in used)
    for (name, usage, _), answer in zip(used, answers, strict=True):
        read = to_usage(msgspec.convert(answer["usage"], UsageObject))
        assert read is not None
        assert _without_tools(read) == _without_tools(usage), f"{name}: {answer}"
