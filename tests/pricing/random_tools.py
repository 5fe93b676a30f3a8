"""Random use of tools that a provider bills beside the tokens, and how a response of LiteLLM's says so.

Providers differ in where they count searches; of some a chat's answer shows only that there was one.
"""

from __future__ import annotations

from random import Random
from typing import Any

from shipper.records import Billing, Terms, Units
from tests.pricing.random_tokens import Row

_SIZES = (None, "low", "medium", "high")
_USED = 0.15
_TOOLS = ("web_searches", "file_searches", "map_queries", "code_sessions")


def tools(row: Row, provider: str, counts_items: bool, random: Random) -> dict[str, int]:
    """Tools that a call used, by their names in `Units`. `counts_items`: the answer shows each of its searches."""
    can = {
        "web_searches": "search_context_cost_per_query" in row or provider == "xai",
        "map_queries": "google_maps_grounding_cost_per_query" in row,
        "file_searches": provider == "openai" and counts_items,  # a chat's answer cannot say it
        "code_sessions": provider in ("openai", "azure"),
    }
    many = {"web_searches": counts_items or _counts(row, provider) is not None}
    return {
        tool: random.randrange(1, 5) if many.get(tool, True) else 1
        for tool in _TOOLS
        if can[tool] and random.random() < _USED
    }


def search_terms(used: dict[str, int], random: Random) -> dict[str, Any]:
    """The size of the context that a search was asked to have."""
    return {"search": random.choice(_SIZES)} if "web_searches" in used else {}


def signs(row: Row, call: Billing, other: Units, terms: Terms, shape: str) -> dict[str, Any]:
    """The tools as a question says them: signs in the answer, and parameters of the request."""
    asked: dict[str, Any] = {"tools": {}}
    if other.code_sessions:
        asked["tools"]["code_interpreter_sessions"] = other.code_sessions
    if other.file_searches:
        asked["tools"]["file_search"] = {"type": "file_search", "vector_store_ids": ["1"]}
    if terms.search:
        asked["tools"]["web_search_options"] = {"search_context_size": terms.search}
    if shape == "responses":
        asked["items"] = {"web_search_call": other.web_searches, "file_search_call": other.file_searches}
    elif other.web_searches and _counts(row, call.provider) is None:
        asked["cites"] = True
    return asked


def count(usage: dict[str, Any], row: Row, call: Billing, other: Units) -> None:
    """Adds to LiteLLM's usage object the tools that the provider counts there."""
    if other.map_queries:
        usage["prompt_tokens_details"]["google_maps_grounding_requests"] = other.map_queries
    if not other.web_searches:
        return
    match _counts(row, call.provider):
        case "prompt":
            usage["prompt_tokens_details"]["web_search_requests"] = other.web_searches
        case "server":
            usage["server_tool_use"] = {"web_search_requests": other.web_searches}
        case "xai":
            usage["server_side_tool_usage_details"] = {"web_search_calls": other.web_searches}


def _counts(row: Row, provider: str) -> str | None:
    """Where the provider counts its searches."""
    owner = row.get("litellm_provider") or ""
    if provider in ("anthropic", "azure_ai", "groq") or owner == "vertex_ai-anthropic_models":
        return "server"
    if provider in ("gemini", "vertex_ai", "perplexity"):
        return "prompt"
    return "xai" if provider == "xai" else None
