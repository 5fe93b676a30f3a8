"""A call in the attributes of OpenTelemetry's semantic conventions for generative AI.

Pure. Source: open-telemetry/semantic-conventions-genai, schema 1.42.0, model/gen-ai/spans.yaml and registry.yaml.
The conventions have no name for a cost: `gen_ai.usage.cost` (USD) is the one that others write and backends read.
"""

from __future__ import annotations

from shipper.mapping.call_facts import CallFacts, answer_of
from shipper.mapping.gen_ai_content import add_content
from shipper.mapping.gen_ai_names import EMBEDDINGS
from shipper.mapping.request_settings import add_settings
from shipper.mapping.server_address import add_address
from shipper.mapping.span import Attributes
from shipper.records import CallRecord, Cost, Exchange, Observation, Units, UnknownCost, Usage

_OPENAI = ("openai", "azure.ai.openai")
# Units that are in no count of tokens.
_COUNTED = Units.__struct_fields__[Units.__struct_fields__.index("citations") :]


def add_call(
    attributes: Attributes, call: CallRecord, cost: Cost | UnknownCost, facts: CallFacts, captures: bool
) -> None:
    """Into `attributes` what is known of a call; content only if `captures`."""
    one, exchange, usage = call.observation, call.exchange, call.billing.usage
    add_step(attributes, one, facts.operation, captures, facts.reasons, is_partial=exchange.is_partial)
    _add_request(attributes, call, facts)
    _add_response(attributes, one, exchange, facts.reasons)
    if one.usage is not None:
        _add_usage(attributes, one.usage, facts.operation != EMBEDDINGS)
    if usage is not None and usage.other is not None:
        _add_units(attributes, usage.other)
    if isinstance(cost, Cost):
        attributes["gen_ai.usage.cost"] = cost.total
        for part, usd in cost.split.items():
            attributes[f"shipper.cost.{part}"] = usd


def add_step(
    attributes: Attributes,
    one: Observation,
    operation: str | None,
    captures: bool,
    reasons: tuple[str, ...] = (),
    *,
    is_partial: bool = False,
) -> None:
    """Into `attributes` what any observation has, be it a call or around one.

    `reasons` say why its answers ended, `is_partial` that it has some although it failed.
    """
    if operation is not None:
        attributes["gen_ai.operation.name"] = operation
    if one.name is not None:
        if operation == "execute_tool":
            attributes["gen_ai.tool.name"] = one.name
        elif operation == "invoke_agent":
            attributes["gen_ai.agent.name"] = one.name
    if captures:
        add_content(attributes, one.input, answer_of(one, is_partial), operation, reasons)


def _add_request(attributes: Attributes, call: CallRecord, facts: CallFacts) -> None:
    one, exchange = call.observation, call.exchange
    if facts.provider is not None:
        attributes["gen_ai.provider.name"] = facts.provider
    if facts.model is not None:
        attributes["gen_ai.request.model"] = facts.model
    is_openai = facts.provider in _OPENAI
    if one.parameters is not None:
        add_settings(attributes, one.parameters, exchange.shaped, is_openai)
    if is_openai and exchange.service_tier:
        attributes["openai.response.service_tier"] = exchange.service_tier
    if one.prompt_name is not None:
        attributes["gen_ai.prompt.name"] = one.prompt_name
    add_address(attributes, exchange.address)


def _add_response(attributes: Attributes, one: Observation, exchange: Exchange, reasons: tuple[str, ...]) -> None:
    if exchange.response_id:
        attributes["gen_ai.response.id"] = exchange.response_id
    if exchange.response_model:
        attributes["gen_ai.response.model"] = exchange.response_model
    if reasons:
        attributes["gen_ai.response.finish_reasons"] = reasons
    first = one.first_token
    # LiteLLM writes the end where there was no stream.
    if first is not None and (attributes.get("gen_ai.request.stream") or first != one.end):
        since_s = (first - one.start).total_seconds()
        if since_s >= 0:
            attributes["gen_ai.response.time_to_first_chunk"] = since_s


def _add_usage(attributes: Attributes, usage: Usage, has_output: bool) -> None:
    """Totals hold all their parts (registry.yaml: notes on `gen_ai.usage.*`)."""
    asked, said, other = usage.input + usage.cache_read + usage.cache_write, usage.output, usage.other
    if other is not None:
        asked += other.audio_input + other.image_input + other.video_input
        said += other.reasoning + other.audio_output + other.image_output + other.video_output
    attributes["gen_ai.usage.input_tokens"] = asked
    if has_output or said:
        attributes["gen_ai.usage.output_tokens"] = said
    if usage.cache_read:
        attributes["gen_ai.usage.cache_read.input_tokens"] = usage.cache_read
    if usage.cache_write:
        attributes["gen_ai.usage.cache_creation.input_tokens"] = usage.cache_write
    if other is not None:
        for name, tokens in (
            ("reasoning.output", other.reasoning),
            ("audio.input", other.audio_input + other.cache_read_audio),
            ("image.input", other.image_input + other.cache_read_image),
            ("video.input", other.video_input),
            ("audio.output", other.audio_output),
        ):
            if tokens:
                attributes[f"gen_ai.usage.{name}_tokens"] = tokens


def _add_units(attributes: Attributes, units: Units) -> None:
    for name in _COUNTED:
        amount = getattr(units, name)
        if amount:
            attributes[f"shipper.usage.{name}"] = amount
