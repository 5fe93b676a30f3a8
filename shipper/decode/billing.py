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
from shipper.decode.values import to_names, to_text, to_value
from shipper.records import Billing, Observation


def to_billing(facts: Facts, call: Observation) -> Billing:
    """Everything that pricing may know of the call."""
    record, payload, usage, cost = facts.record, facts.payload, facts.usage, facts.cost
    row, deployment = payload.model_map_information, to_deployment(record, facts.steering)
    cache_hit = record.cache_hit or payload.cache_hit or False
    team_id = to_text(facts.known.user_api_key_team_id)
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
        usage,
        cost if cost is not None and 0.0 < cost < inf else _other_cost(facts, deployment, cache_hit),
        cache_hit,
        payload.status == "failure",
        to_terms(facts, deployment.prices),
        payload.cost_breakdown,
        call.end,
        (to_text(facts.known.user_api_key_team_alias) or team_id) if team_id is not None else None,
        facts.steering.user_api_key_alias or to_text(facts.known.user_api_key_alias),
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
    return 0.0 if is_priced and payload.status != "failure" else None


def _was_calculated(hidden_params: Raw) -> bool:
    hidden = to_value(hidden_params) if hidden_params else None
    return isinstance(hidden, dict) and hidden.get("response_cost") is not None
