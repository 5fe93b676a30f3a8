"""The terms of a LiteLLM call: what of the record, its usage and LiteLLM's own calculation chooses its prices.

Rules: LiteLLM, cost_calculator.py (`_served_service_tier`: response, then usage, then Google's traffic type) and
llms/openai/data_residency.py; what LiteLLM calculated by (`cost_breakdown`) stands where the record says no more.
"""

from __future__ import annotations

from msgspec import DecodeError, Raw, Struct
from msgspec.json import Decoder

from shipper.decode.bill import Bill
from shipper.decode.facts import Facts
from shipper.decode.terms import SearchSize, setting, to_geo, to_results, to_search_size, to_size, to_tier
from shipper.decode.values import NULL, to_text
from shipper.records import Terms

_BATCH_CALLS = frozenset({"retrieve_batch", "aretrieve_batch"})
_NO_BILL = Bill()
_USUAL = Terms()


class _SearchOptions(Struct, gc=False):
    search_context_size: str | None = None


class _BuiltInTools(Struct, gc=False):
    web_search_options: _SearchOptions | None = None


_tools = Decoder(_BuiltInTools).decode


def to_terms(facts: Facts, prices: tuple[tuple[str, float], ...]) -> Terms | None:
    """The terms of the call; None for the usual ones. `prices` are those that the operator set for it."""
    record, written, breakdown = facts.record, facts.response.usage, facts.payload.cost_breakdown
    bill, geo, speed, is_explicit = facts.bill or _NO_BILL, None, None, False
    served = facts.response.service_tier or bill.tier
    location = _place(record.vertex_location)
    residency = None
    if written is not None:
        served = served or written.service_tier
        geo, speed = written.inference_geo, written.speed
        details = written.prompt_tokens_details
        is_explicit = details is not None and details.cache_type == "ephemeral"
    if breakdown is not None:
        served = served or breakdown.service_tier
        location = location or breakdown.vertex_location
        residency = breakdown.data_residency
    elif facts.payload.custom_llm_provider == "openai":
        residency = _residency(record.api_base or facts.payload.api_base)
    priced = facts.parameters.priced
    tier = to_tier(served, priced) if priced is not None or (served is not None and served != "default") else None
    is_batch = served == "batch" or facts.payload.call_type in _BATCH_CALLS
    region, search = _place(record.aws_region_name), _search(facts)
    has_terms = tier or is_batch or region or location or residency or geo or speed or search or is_explicit or prices
    if not has_terms and facts.bill is None:
        return None
    terms = Terms(
        tier,
        is_batch,
        region,
        location,
        residency,
        to_geo(geo),
        None if speed == "standard" else speed,
        search,
        is_explicit,
        to_size(bill.size, setting(priced, "size")) if facts.bill is not None else None,
        (bill.quality or setting(priced, "quality")) if facts.bill is not None else None,
        (bill.resolution or setting(priced, "resolution")) if facts.bill is not None else None,
        to_results(priced) if facts.bill is not None else None,
        prices,
    )
    return None if terms == _USUAL else terms


def _place(raw: Raw) -> str | None:
    """The name of a region or location; none has two letters, so what is as short as null is none."""
    return to_text(raw) if len(raw) > len(NULL) else None


def _residency(api_base: Raw) -> str | None:
    """OpenAI's hosts for data that must stay in the EU or the US."""
    written = bytes(api_base)
    for region, host in (("eu", b'"https://eu.api.openai.com'), ("us", b'"https://us.api.openai.com')):
        if written.startswith(host) and written[len(host) : len(host) + 1] in (b"/", b":", b'"'):
            return region
    return None


def _search(facts: Facts) -> SearchSize | None:
    """The context's size where something was searched."""
    other = None if facts.usage is None else facts.usage.other
    if other is None or not other.web_searches:
        return None
    try:
        options = _tools(facts.payload.standard_built_in_tools_params).web_search_options
    except DecodeError:  # absent, or no object
        options = None
    usage = facts.response.usage
    return to_search_size(
        facts.parameters,
        None if options is None else options.search_context_size,
        None if usage is None else usage.search_context_size,
    )
