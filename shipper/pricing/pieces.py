"""The prices of what is not counted in tokens: images, seconds, characters, queries, pages, and the fees of tools.

Rules: LiteLLM's calculators by call type (cost_calculator.py: `default_image_cost_calculator`,
`default_video_cost_calculator`, `rerank_cost`, `ocr_cost`, `_per_second_pricing_cost`; llm_cost_calc/
tool_call_cost_tracking.py; the cost modules of gemini, anthropic, xai, perplexity), as one table of unit and key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from shipper.pricing.lines import Price
from shipper.records import Terms

# Unit of `Units`, and the keys that price it, the first that the row has.
_KEYS = {
    "characters_input": ("input_cost_per_character",),
    "characters_output": ("output_cost_per_character",),
    "video_input_s": ("input_cost_per_video_per_second",),
    "audio_input_s": ("input_cost_per_audio_per_second",),
    "queries": ("input_cost_per_query",),
    "images_input": ("input_cost_per_image",),
    "images_output": ("output_cost_per_image",),
    "pages": ("ocr_cost_per_page",),
    "pages_annotated": ("annotation_cost_per_page", "ocr_cost_per_page"),
    "credits": ("ocr_cost_per_credit",),
    "requests": ("input_cost_per_request",),
}
_BATCHABLE = frozenset({"pages", "pages_annotated"})
# Modes whose models are paid for by the time that a call takes, where they have no price for tokens.
_CLOCKED_MODES = frozenset({None, "chat", "completion", "embedding", "responses", "realtime"})
_SIZE = re.compile(r"(\d{1,5})(?:-?x-?)(\d{1,5})", re.IGNORECASE)
_RESOLUTION = re.compile(r"\d[\d.]*[KkPp]?")  # 2K, 1080p, 512; no other text may become part of a key
_DEFAULT_PIXELS = 1024 * 1024

# List prices in USD of tools where the row has none (LiteLLM's defaults).
_XAI_SEARCH_USD = 0.005
_GEMINI_SEARCH_USD = 0.035
_FILE_SEARCH_USD = 0.0025
_MAPS_QUERY_USD, _MAPS_PROMPT_USD = 0.014, 0.025


def piece_prices(row: Mapping[str, Any], terms: Terms, paid_by_tokens: bool) -> dict[str, Price]:
    """The price of every unit that the row prices, in US dollars, by the names of `Units`.

    `requests` is the call itself and `request_s` a second of the time it takes (only where `paid_by_tokens` is false).
    """
    prices = {}
    for unit, keys in _KEYS.items():
        if terms.batch and unit in _BATCHABLE:
            keys = (*(key + "_batches" for key in keys), *keys)
        if price := _first(row, keys):
            prices[unit] = price
    prices |= _by_mode(row, terms, prices, paid_by_tokens)
    return prices


def _by_mode(
    row: Mapping[str, Any], terms: Terms, prices: Mapping[str, Price], paid_by_tokens: bool
) -> Iterable[tuple[str, Price]]:
    """What a key means depends on what the model does: a second is one of sound, of film, or of waiting."""
    match row.get("mode"):
        case "image_generation" | "image_edit":
            return _images(row, terms, prices)
        case "video_generation":
            return _films(row, terms)
        case "audio_transcription":
            heard = ("output_cost_per_second",) if row.get("output_cost_per_second") else ()
            return _one(row, "audio_input_s", (*heard, "input_cost_per_second", "cost_per_second"))
        case "audio_speech":
            # A song costs what the row calls an image, however long it is.
            song = _one(row, "requests", ("output_cost_per_image",))
            return (*_one(row, "audio_output_s", ("output_cost_per_second",)), *song)
        case "search" if "queries" not in prices:
            return _search_tiers(row, terms)
        case mode if mode in _CLOCKED_MODES and not paid_by_tokens:
            return _one(row, "request_s", ("cost_per_second", "input_cost_per_second", "output_cost_per_second"))
    return ()


def tool_fees(row: Mapping[str, Any], terms: Terms, provider: str) -> tuple[dict[str, Price], frozenset[str]]:
    """What tools cost beside the tokens, and which of them cost the same however often a prompt uses them.

    `provider` is LiteLLM's name of whom the call went to.
    """
    fees = {}
    if session := _first(row, ("code_interpreter_cost_per_session",)):
        fees["code_sessions"] = session
    if search := _web_search(row, terms, provider):
        fees["web_searches"] = search
    google = _is_google(row, provider)
    by_query = row.get("web_search_billing_unit") == "per_query"
    if google:
        default = Price(_MAPS_QUERY_USD if by_query else _MAPS_PROMPT_USD, "Google's list price")
        fees["map_queries"] = _first(row, ("google_maps_grounding_cost_per_query",)) or default
    if provider == "openai":
        fees["file_searches"] = Price(_FILE_SEARCH_USD, "OpenAI's list price")
    if thousand := _first(row, ("file_search_cost_per_1k_calls",)):
        fees["file_searches"] = Price(thousand.usd / 1000, f"{thousand.rule} / 1000")
    return fees, frozenset(("web_searches", "map_queries")) if google and not by_query else frozenset()


def _web_search(row: Mapping[str, Any], terms: Terms, provider: str) -> Price | None:
    by_size = row.get("search_context_cost_per_query")
    size = terms.search or "medium"
    if provider == "perplexity":
        size = "low"
    elif provider in ("anthropic", "xai") or _is_google(row, provider):
        size = "medium"
    key = f"search_context_size_{size}"
    if isinstance(by_size, Mapping) and (price := _first(by_size, (key,))):
        return Price(price.usd, f"search_context_cost_per_query.{key}")
    if provider == "xai":
        return Price(_XAI_SEARCH_USD, "xAI's list price")
    return Price(_GEMINI_SEARCH_USD, "Google's list price") if _is_google(row, provider) else None


def _is_google(row: Mapping[str, Any], provider: str) -> bool:
    """Whether Google bills the tools: Gemini there, not the models of others that Vertex AI serves."""
    owner = row.get("litellm_provider") or ""
    return provider.startswith(("gemini", "vertex_ai")) and owner in (
        "gemini",
        "vertex_ai",
        "vertex_ai-language-models",
        "vertex_ai-vision-models",
    )


def _first(row: Mapping[str, Any], keys: tuple[str, ...]) -> Price | None:
    return next((Price(float(usd), key) for key in keys if isinstance(usd := row.get(key), int | float)), None)


def _one(row: Mapping[str, Any], unit: str, keys: tuple[str, ...]) -> Iterator[tuple[str, Price]]:
    if price := _first(row, keys):
        yield unit, price


def _images(row: Mapping[str, Any], terms: Terms, prices: Mapping[str, Price]) -> Iterator[tuple[str, Price]]:
    """The price of one image made: by its resolution, else by the image, else by its pixels.

    `input_cost_per_image` of an image model is the image that it makes, unless it has an output price beside.
    """
    is_resolution = _RESOLUTION.fullmatch(terms.resolution or "")
    own = _first(row, (f"output_cost_per_image_{terms.resolution}",)) if is_resolution else None
    made = own or prices.get("images_output") or prices.get("images_input")
    if made is None:
        pixels = _pixels(terms.size)
        pixel = _first(row, ("input_cost_per_pixel", "output_cost_per_pixel"))
        made = pixel and Price(pixel.usd * pixels, f"{pixel.rule} x {pixels}")
    if made is not None:
        yield "images_output", made


def _films(row: Mapping[str, Any], terms: Terms) -> Iterator[tuple[str, Price]]:
    resolution = terms.resolution or ""
    own = (f"output_cost_per_second_{resolution.lower()}",) if _RESOLUTION.fullmatch(resolution) else ()
    keys = ("output_cost_per_video_per_second", *own, "output_cost_per_second")
    return _one(row, "video_output_s", keys)


def _pixels(size: str | None) -> int:
    match = _SIZE.fullmatch(size or "")
    return int(match[1]) * int(match[2]) if match else _DEFAULT_PIXELS


def _search_tiers(row: Mapping[str, Any], terms: Terms) -> Iterator[tuple[str, Price]]:
    """A search's price by the most results it may bring: that of the first tier where nobody said, at most the last."""
    found = None
    for number, tier in enumerate(row.get("tiered_pricing") or ()):
        bounds, price = tier.get("max_results_range"), _first(tier, ("input_cost_per_query",))
        if bounds and price:
            found = Price(price.usd, f"tiered_pricing[{number}].{price.rule}")
            if terms.results is None or terms.results <= bounds[1]:
                break
    if found is not None:
        yield "queries", found
