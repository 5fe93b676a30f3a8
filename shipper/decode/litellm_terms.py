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
_NULL_BYTES = len(NULL)


class _SearchOptions(Struct, gc=False):
    search_context_size: str | None = None


class _BuiltInTools(Struct, gc=False):
    web_search_options: _SearchOptions | None = None


_tools = Decoder(_BuiltInTools).decode


def to_terms(facts: Facts, prices: tuple[tuple[str, float], ...]) -> Terms | None:
    """The terms of the call; None for the usual ones. `prices` are those that the operator set for it."""
    record, payload, response, bill, usage = facts.record, facts.payload, facts.response, facts.bill, facts.usage
    written, breakdown, priced = response.usage, payload.cost_breakdown, facts.parameters.priced
    served, geo, speed, location, residency = response.service_tier, None, None, None, None
    if written is not None:
        served = served or written.service_tier
        geo, speed = written.inference_geo, written.speed
    if breakdown is not None:
        served = served or breakdown.service_tier
        location, residency = breakdown.vertex_location, breakdown.data_residency
    elif payload.custom_llm_provider == "openai":
        residency = _residency(record.api_base or payload.api_base)
    if (
        (served is None or served == "default")
        and not (priced or geo or speed or location or residency or prices or bill)
        and (usage is None or (usage.other is None and not usage.cache_read))
        and len(record.aws_region_name) <= _NULL_BYTES
        and len(record.vertex_location) <= _NULL_BYTES
        and payload.call_type not in _BATCH_CALLS
    ):
        return None
    bill = bill or _NO_BILL
    served = served or bill.tier
    is_rare = facts.bill is not None
    terms = Terms(
        to_tier(served, priced),
        served == "batch" or payload.call_type in _BATCH_CALLS,
        _place(record.aws_region_name),
        _place(record.vertex_location) or location,
        residency,
        to_geo(geo),
        None if speed == "standard" else speed,
        _search(facts),
        _is_explicit(facts),
        to_size(bill.size, setting(priced, "size")) if is_rare else None,
        (bill.quality or setting(priced, "quality")) if is_rare else None,
        (bill.resolution or setting(priced, "resolution")) if is_rare else None,
        to_results(priced) if is_rare else None,
        prices,
    )
    return None if terms == _USUAL else terms


def _is_explicit(facts: Facts) -> bool:
    """Whether what was read of a cache had been put there on purpose (DashScope's word for it)."""
    usage, written = facts.usage, facts.response.usage
    details = None if written is None else written.prompt_tokens_details
    return details is not None and details.cache_type == "ephemeral" and usage is not None and usage.cache_read > 0


def _place(raw: Raw) -> str | None:
    """The name of a region or location; none has two letters, so what is as short as null is none."""
    return to_text(raw) if len(raw) > _NULL_BYTES else None


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
        facts.parameters.priced,
        facts.parameters.tools,
        None if options is None else options.search_context_size,
        None if usage is None else usage.search_context_size,
    )
