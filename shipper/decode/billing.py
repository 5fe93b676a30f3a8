"""What may be known of a LiteLLM call's price: names to look up, units, terms, and the recorded cost if it is real.

Rules: LiteLLM writes `response_cost` 0.0 into its payload also where it knows no price (cost_calculator.py
raises, the logger catches), so a zero needs evidence; and it knows a price of zero only where somebody set one.
"""

from __future__ import annotations

from math import inf

from msgspec import Raw

from shipper.decode.deployment import Deployment, to_deployment
from shipper.decode.facts import Facts
from shipper.decode.litellm_terms import to_terms
from shipper.decode.reported_cost import to_reported_cost
from shipper.decode.values import NULL, to_names, to_text, to_value
from shipper.records import Billing, Observation

_UNKNOWN = Deployment()
_NULL_BYTES = len(NULL)


def to_billing(facts: Facts, call: Observation) -> Billing:
    """Everything that pricing may know of the call."""
    record, payload, known, cost = facts.record, facts.payload, facts.known, facts.cost
    row, deployment = payload.model_map_information, _UNKNOWN
    if len(facts.steering.model_info) > _NULL_BYTES or len(record.litellm_metadata) > _NULL_BYTES:
        deployment = to_deployment(record, facts.steering)
    cache_hit = record.cache_hit or payload.cache_hit or False
    team = known.user_api_key_team_id
    return Billing(
        # What the operator says it is, what LiteLLM looked up, what was served, what was asked for.
        to_names(
            deployment.base_model,
            row.model_map_key if row is not None else None,
            facts.response.model,
            record.model,
            payload.model,
        ),
        payload.custom_llm_provider or "",
        call.start,
        facts.usage,
        cost if cost is not None and 0.0 < cost < inf else _other_cost(facts, deployment, cache_hit),
        cache_hit,
        facts.failed,
        to_terms(facts, deployment.prices),
        payload.cost_breakdown,
        call.end,
        # Who has the alias has the id too.
        to_text(known.user_api_key_team_alias) or to_text(team) if team and team != NULL else None,
        # LiteLLM's word first: a caller's header may name another key.
        to_text(known.user_api_key_alias) or facts.steering.user_api_key_alias,
    )


def _other_cost(facts: Facts, deployment: Deployment, cache_hit: bool) -> float | None:
    """The recorded cost where it is none or zero at first sight."""
    payload, usage, cost = facts.payload, facts.usage, facts.cost
    breakdown = payload.cost_breakdown
    if cost is None and breakdown is not None:
        cost = breakdown.total_cost
    if cost is not None and cost >= 0 and (cost > 0 or cache_hit):
        return cost
    reported = to_reported_cost(facts.response.usage)
    if reported is not None:
        return reported
    if cost is None or cost < 0:
        return None
    if usage is not None and (usage.prompt or usage.completion):
        return 0.0 if deployment.is_free else None
    is_priced = breakdown is not None or _was_calculated(payload.hidden_params)
    return 0.0 if is_priced and not facts.failed else None


def _was_calculated(hidden_params: Raw) -> bool:
    hidden = to_value(hidden_params) if hidden_params else None
    return isinstance(hidden, dict) and hidden.get("response_cost") is not None
