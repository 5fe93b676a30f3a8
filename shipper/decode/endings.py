"""Why a model stopped, where the usual shapes of a response do not tell it.

Rules: the API references of Google, Amazon, Cohere and Ollama. Each API is told by the names it alone uses.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Raw

from shipper.decode.splice import to_items, to_members
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


def find_endings(response: Mapping[str, Raw]) -> tuple[str, ...]:
    """The provider's words for it, one for each answer; none where it does not tell."""
    for name, inner in _LISTS:
        items = to_items(response[name]) if name in response else None
        found = [to_text((to_members(item) or {}).get(inner, NOTHING)) for item in items or ()]
        words = tuple(word for word in found if word)
        if words:
            return words
    return tuple(word for word in (to_text(response.get(name, NOTHING)) for name in _NAMES) if word)[:1]
