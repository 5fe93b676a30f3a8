"""Why a model stopped, where the usual shapes of a response do not tell it.

Rules: the API references of OpenAI (responses), Google, Amazon, Cohere and Ollama. Each API is told by the names it
alone uses.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Raw

from shipper.decode.splice import is_text, to_items, to_members
from shipper.decode.values import NOTHING, to_text

_NAMES = ("stopReason", "stop_reason", "finish_reason", "done_reason")
_LISTS = (
    ("choices", "finish_reason"),
    ("candidates", "finishReason"),
    ("candidates", "finish_reason"),
    ("results", "completionReason"),  # Titan
    ("outputs", "stop_reason"),  # Mistral on Bedrock
    ("generations", "finish_reason"),
)
_ANSWERS = frozenset({"output", "outputs", "steps"})
_OPEN = ("in_progress", "queued")


def find_endings(response: Mapping[str, Raw]) -> tuple[str, ...]:
    """The provider's words for it, one for each answer; none where it does not tell."""
    for name, inner in _LISTS:
        items = to_items(response[name]) if name in response else None
        words = tuple(filter(None, [_word(to_members(item) or {}, inner) for item in items or ()]))
        if words:
            return words
    for name in _NAMES:
        word = _word(response, name)
        if word:
            return (word,)
    return _of_a_status(response) if "status" in response and not _ANSWERS.isdisjoint(response) else ()


def _of_a_status(response: Mapping[str, Raw]) -> tuple[str, ...]:
    """OpenAI's responses, Google's interactions: whether it is complete, or why not; nothing while it is not over."""
    details = to_members(response.get("incomplete_details")) or {}
    word = _word(details, "reason") or _word(response, "status")
    return (word,) if word and word not in _OPEN else ()


def _word(members: Mapping[str, Raw], name: str) -> str | None:
    raw = members.get(name, NOTHING)
    return to_text(raw) if is_text(raw) else None
