"""Usage of Google's APIs as disjoint buckets: generateContent, Live, Interactions and Vertex AI's predict.

Rules: the Gemini API reference (UsageMetadata) and pricing; LiteLLM, llms/vertex_ai/gemini (`_calculate_usage`,
`calculate_grounding_requests`) and llm_cost_calc/usage_object_transformation.py. Names are the API's or, in snake
case, those of its Python SDK.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from msgspec import DecodeError, Meta, Raw, Struct
from msgspec.json import Decoder

from shipper.decode.buckets import to_buckets
from shipper.decode.counts import Object, count, objects, text
from shipper.decode.usage_shapes import MAX_COUNT
from shipper.decode.values import NOTHING
from shipper.records import Units, Usage


class _Statistics(Struct, frozen=True, gc=False):
    token_count: Annotated[float, Meta(ge=0, le=MAX_COUNT)] = 0.0  # Google writes whole numbers with a point


class _Embeddings(Struct, frozen=True, gc=False):
    statistics: _Statistics = _Statistics()


class _Prediction(Struct, gc=False):
    embeddings: _Embeddings = _Embeddings()
    bytesBase64Encoded: Raw = NOTHING
    gcsUri: Raw = NOTHING


_predictions = Decoder(list[_Prediction]).decode


def from_gemini(usage: Object, grounding: Iterable[Object] = ()) -> Usage | None:
    """`usageMetadata` of a response with the grounding metadata of its candidates; None if it counts nothing.

    Thoughts are outside of the candidates' count unless the total says otherwise. What Google's own search and maps
    read is paid by the query and not as tokens.
    """
    total, thoughts = count(usage, "totalTokenCount", "total_token_count"), _thoughts(usage)
    prompt = count(usage, "promptTokenCount", "prompt_token_count")
    tools = count(usage, "toolUsePromptTokenCount", "tool_use_prompt_token_count")
    completion = count(
        usage, "responseTokenCount", "response_token_count", "candidatesTokenCount", "candidates_token_count"
    )
    if not (prompt or completion or thoughts):
        return Usage(total, prompt=total) if total else None
    if prompt + tools + completion != total:
        completion += thoughts
    searches, maps = _queries(grounding)
    asked = _modalities(objects(usage, "promptTokensDetails", "prompt_tokens_details"))
    cached = _modalities(objects(usage, "cacheTokensDetails", "cache_tokens_details"))
    made = _modalities(
        objects(
            usage,
            *("candidatesTokensDetails", "candidates_tokens_details"),
            *("responseTokensDetails", "response_tokens_details"),
        )
    )
    return to_buckets(
        prompt if searches or maps else prompt + tools,
        completion,
        count(usage, "cachedContentTokenCount", "cached_content_token_count"),
        parts=_parts(asked, cached, made, thoughts, searches, maps),
    )


def from_interactions(usage: Object) -> Usage | None:
    """`usage` of an interaction; None if it counts nothing."""
    reasoning = count(usage, "total_reasoning_tokens", "total_thought_tokens")
    prompt = count(usage, "total_input_tokens") + count(usage, "total_tool_use_tokens")
    completion = count(usage, "total_output_tokens") + reasoning
    if not (prompt or completion):
        total = count(usage, "total_tokens")
        return Usage(total, prompt=total) if total else None
    asked = _modalities(objects(usage, "input_tokens_by_modality") + objects(usage, "tool_use_tokens_by_modality"))
    cached = _modalities(objects(usage, "cached_tokens_by_modality"))
    made = _modalities(objects(usage, "output_tokens_by_modality"))
    searches = sum(
        count(tool, "count") for tool in objects(usage, "grounding_tool_count") if tool.get("type") == "google_search"
    )
    return to_buckets(
        prompt,
        completion,
        count(usage, "total_cached_tokens"),
        parts=_parts(asked, cached, made, reasoning, searches, 0),
    )


def from_predictions(predictions: Raw) -> Usage | None:
    """Vertex AI's predict: tokens of the texts that it embedded, or the number of its pictures; None if neither."""
    try:
        found = _predictions(predictions)
    except DecodeError:  # those of some other model
        return None
    tokens = sum(int(one.embeddings.statistics.token_count) for one in found)
    if tokens:
        return Usage(tokens, prompt=tokens)
    pictures = sum(1 for one in found if one.bytesBase64Encoded or one.gcsUri)
    return Usage(other=Units(images_output=pictures)) if pictures else None


def _thoughts(usage: Object) -> int:
    return count(usage, "thoughtsTokenCount", "thoughts_token_count")


def _modalities(details: Iterable[Object]) -> dict[str, int]:
    """Tokens by modality; a document is text."""
    sums: dict[str, int] = {}
    for detail in details:
        name = str(detail.get("modality")).upper().removeprefix("MEDIAMODALITY.")
        sums[name] = sums.get(name, 0) + count(detail, "tokenCount", "token_count", "tokens")
    return sums


def _parts(
    asked: dict[str, int], cached: dict[str, int], made: dict[str, int], reasoning: int, searches: int, maps: int
) -> Units:
    fresh = {name: max(0, tokens - cached.get(name, 0)) for name, tokens in asked.items()}
    return Units(
        audio_input=fresh.get("AUDIO", 0),
        image_input=fresh.get("IMAGE", 0),
        video_input=fresh.get("VIDEO", 0),
        reasoning=reasoning,
        audio_output=made.get("AUDIO", 0),
        image_output=made.get("IMAGE", 0),
        video_output=made.get("VIDEO", 0),
        cache_read_audio=cached.get("AUDIO", 0),
        cache_read_image=cached.get("IMAGE", 0),
        web_searches=searches,
        map_queries=maps,
    )


def _queries(grounding: Iterable[Object]) -> tuple[int, int]:
    """Distinct queries to the web and to maps; who used maps without a query still used them once."""
    web: set[str] = set()
    maps: set[str] = set()
    has_maps = False
    for found in grounding:
        chunks = objects(found, "groundingChunks", "grounding_chunks")
        kinds = {kind for chunk in chunks for kind, source in chunk.items() if source}
        queries = found.get("webSearchQueries", found.get("web_search_queries"))
        asked = {query for query in queries if isinstance(query, str) and query} if isinstance(queries, list) else set()
        is_maps = "maps" in kinds or bool(
            text(found, "googleMapsWidgetContextToken", "google_maps_widget_context_token")
        )
        has_maps |= is_maps
        (maps if is_maps and "web" not in kinds else web).update(asked)
    return len(web), max(len(maps), 1) if has_maps else 0
