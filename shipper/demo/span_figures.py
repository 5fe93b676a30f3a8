"""Usage, cost and model parameters of a span, from whatever attributes name them.

Source: `OtelIngestionProcessor.ts` of Langfuse (v4.16) and what was seen of a running one. Langfuse's own attributes
come first; else OpenTelemetry's `gen_ai.*`, whose counts include the cached and the reasoning tokens, and
OpenInference's `llm.*`. Left out: usage in the exact form of OpenAI's APIs, which Langfuse translates. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

_Attributes = Mapping[str, Any]
_PARAMETERS = "gen_ai.request."
_LEADING_DIGITS = re.compile(r"\s*\+?[0-9]+")

# Langfuse's key for a count → the attributes that may hold it.
_COUNTS = {
    "input": (
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.prompt_tokens",
        "llm.token_count.prompt",
    ),
    "output": (
        "gen_ai.usage.output_tokens",
        "gen_ai.usage.completion_tokens",
        "llm.token_count.completion",
    ),
    "total": ("gen_ai.usage.total_tokens", "llm.token_count.total"),
    "input_cached_tokens": ("gen_ai.usage.cache_read.input_tokens", "llm.token_count.prompt_details.cache_read"),
    "input_cache_creation": ("gen_ai.usage.cache_creation.input_tokens", "llm.token_count.prompt_details.cache_write"),
    "output_reasoning_tokens": (
        "gen_ai.usage.reasoning.output_tokens",
        "llm.token_count.completion_details.reasoning",
    ),
}
# What others count in, and Langfuse beside it.
_PARTS = {"input": ("input_cached_tokens", "input_cache_creation"), "output": ("output_reasoning_tokens",)}


def usage_details(attributes: _Attributes) -> dict[str, int] | None:
    """Tokens by kind, always with a `total`; None where nobody counted. What is no count is dropped in silence."""
    given = json_object(attributes.get("langfuse.observation.usage_details"))
    counts = _counts(given if given is not None else _named(attributes))
    if given is None:
        for whole, parts in _PARTS.items():
            if whole in counts:
                counts[whole] = max(0, counts[whole] - sum(counts.get(part, 0) for part in parts))
    if counts and "total" not in counts:
        counts["total"] = sum(counts.values())
    return counts or None


def cost_details(attributes: _Attributes) -> dict[str, float] | None:
    """USD by kind, always with a `total`; None where nobody knows it (the server would compute it then).

    Text counts as nought, and a `total` that is not given is one only of `input` and `output`: both as the server has
    it, so that a client which relies on more is found out.
    """
    given = json_object(attributes.get("langfuse.observation.cost_details"))
    if given is None:
        total = next((attributes[key] for key in ("gen_ai.usage.cost", "llm.cost.total") if attributes.get(key)), None)
        given = {} if total is None else {"total": total}
    costs = {kind: float(cost) if _is_number(cost) else 0.0 for kind, cost in given.items() if cost is not None}
    if costs and "total" not in costs:
        costs["total"] = sum(costs.values()) if costs.keys() <= {"input", "output"} else 0.0
    return costs or None


def model_parameters(attributes: _Attributes) -> dict[str, Any] | None:
    """What was asked of the model beside the prompt: numbers and texts, the rest as the JSON text of it."""
    for key in ("langfuse.observation.model.parameters", "llm.invocation_parameters"):
        given = json_object(attributes.get(key))
        if given is not None:
            break
    else:
        given = {
            key.removeprefix(_PARAMETERS): value
            for key, value in attributes.items()
            if key.startswith(_PARAMETERS) and key != "gen_ai.request.model"
        }
    return {key: value if _is_plain(value) else json_text(value) for key, value in given.items()} or None


def json_object(value: Any) -> dict[str, Any] | None:
    """The object in a JSON text; None where there is none."""
    if not value or not isinstance(value, str):
        return None
    try:
        found = msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def json_text(value: Any) -> str:
    """Text as it is, anything else as JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _named(attributes: _Attributes) -> dict[str, Any]:
    return {
        kind: attributes[key]
        for kind, names in _COUNTS.items()
        for key in [next((name for name in names if name in attributes), None)]
        if key is not None
    }


def _counts(given: Mapping[str, Any]) -> dict[str, int]:
    counts = {}
    for kind, value in given.items():
        if isinstance(value, str) and (digits := _LEADING_DIGITS.match(value)):
            counts[kind] = int(digits[0])
        elif _is_number(value) and value >= 0 and float(value).is_integer():
            counts[kind] = int(value)
    return counts


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_plain(value: Any) -> bool:
    return isinstance(value, str) or _is_number(value)
