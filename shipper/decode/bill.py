"""What a response says of its price where the usual shapes (`usage_shapes`) do not tell: a second, slower look.

Rule: each API is told by the names it alone uses, never by a guess; a response of none has no bill.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import DecodeError, Raw, Struct
from msgspec.json import Decoder

from shipper.decode.buckets import with_units
from shipper.decode.counts import Object, member, text
from shipper.decode.units import to_units
from shipper.decode.usage_amazon import from_converse, from_invocation
from shipper.decode.usage_cohere import from_cohere
from shipper.decode.usage_google import from_gemini, from_interactions, from_predictions
from shipper.decode.usage_ollama import from_ollama
from shipper.decode.values import NOTHING, to_value
from shipper.records import Usage

# Who has no object of counts.
_COUNTED_OUTSIDE = frozenset(
    {"prompt_eval_count", "eval_count", "inputTextTokenCount", "prompt_token_count", "generation_token_count"}
    | {"amazon-bedrock-invocationMetrics", "results"}
)
# Members that may be long (answers, pictures, vectors) are not read.
_SMALL = _COUNTED_OUTSIDE | {
    *("usage", "usageMetadata", "usage_metadata", "meta", "usage_info", "tool_usage"),
    *("modelVersion", "model_version", "model", "serviceTier"),
    *("object", "seconds", "duration", "size", "quality"),
}


class Bill(Struct, frozen=True, gc=False):
    """Usage (units that are no tokens in it) and what else chooses the price, as the response names it."""

    usage: Usage | None = None
    model: str | None = None
    tier: str | None = None
    size: str | None = None
    quality: str | None = None
    resolution: str | None = None


class _Candidate(Struct, gc=False):
    groundingMetadata: Raw = NOTHING
    grounding_metadata: Raw = NOTHING


_members = Decoder(dict[str, Raw]).decode
_candidates = Decoder(list[_Candidate]).decode


def read_bill(response: Raw) -> Bill | None:
    """The bill of a response; None if it is no object. Never raises."""
    try:
        return to_bill(_members(response))
    except DecodeError:
        return None


def to_bill(members: Mapping[str, Raw]) -> Bill:
    """The bill of a response with these members."""
    small: Object = {name: to_value(members[name]) for name in members.keys() & _SMALL}
    model = text(small, "model", "modelVersion", "model_version")
    google = member(small, "usageMetadata", "usage_metadata")
    if google:
        return Bill(from_gemini(google, _grounding(members)), model, _traffic(google))
    usage = from_predictions(members["predictions"]) if "predictions" in members else _from_others(small)
    return Bill(
        with_units(usage, to_units(members, small)),
        model,
        text(member(small, "serviceTier"), "type") if "serviceTier" in small else None,
        text(small, "size"),
        text(small, "quality"),
        text(member(small, "usage"), "video_resolution"),
    )


def _from_others(small: Object) -> Usage | None:
    usage = member(small, "usage")
    if "inputTokens" in usage or "outputTokens" in usage:
        return from_converse(usage)
    if "billed_units" in usage or "tokens" in usage:
        return from_cohere(usage)
    if "total_input_tokens" in usage or "total_output_tokens" in usage:
        return from_interactions(usage)
    meta = member(small, "meta")
    if "billed_units" in meta or "tokens" in meta:
        return from_cohere(meta)
    return None if _COUNTED_OUTSIDE.isdisjoint(small) else from_ollama(small) or from_invocation(small)


def _traffic(google: Object) -> str | None:
    """Google's batches are paid as flex is (LiteLLM: `_map_traffic_type_to_service_tier`)."""
    kind = text(google, "trafficType", "traffic_type")
    return "flex" if kind is not None and kind.upper() == "BATCH" else kind


def _grounding(members: Mapping[str, Raw]) -> list[Object]:
    try:
        found = _candidates(members.get("candidates", NOTHING))
    except DecodeError:
        return []
    values = (to_value(one.groundingMetadata or one.grounding_metadata) for one in found)
    return [value for value in values if isinstance(value, dict)]
