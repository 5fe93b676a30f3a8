"""What is read of a LiteLLM record: only the fields that a cost or an event needs.

Rule: bodies (prompts, answers, metadata) stay `Raw`, so that one pass over the bytes suffices and nothing of
them is rewritten. Every field is optional here; what a record must have is decided where it is understood.
Field names are LiteLLM's (types/utils.py: StandardLoggingPayload; the callback's kwargs), and so is their order:
the decoder looks for a field after the last one first. `gc=False`: trees only.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import UNSET, Raw, Struct, UnsetType

from shipper.decode.usage_shapes import UsageObject
from shipper.decode.values import NOTHING
from shipper.records import Breakdown, Ending


class Choice(Ending, gc=False):
    """One choice: a chat message (its members as they are) or a completion's text, and how it ended."""

    message: dict[str, Raw] | None = None
    text: Raw = NOTHING


class Response(Struct, gc=False):
    """A response of any call type; which fields are set tells the type."""

    id: str | None = None
    model: str | None = None
    system_fingerprint: str | None = None
    choices: list[Choice] | None = None
    results: Raw = NOTHING
    output: Raw = NOTHING
    data: Raw = NOTHING
    text: Raw = NOTHING
    response: Raw = NOTHING
    usage: UsageObject | None = None
    service_tier: str | None = None
    stop_reason: Raw = NOTHING


class CostBreakdown(Breakdown, frozen=True, gc=False):
    """LiteLLM's own calculation, and the terms that it calculated by."""

    service_tier: str | None = None
    data_residency: str | None = None
    vertex_location: str | None = None


class ModelMap(Struct, gc=False):
    """The row of LiteLLM's price table that it used; its values are skipped."""

    model_map_key: str | None = None


class ErrorInformation(Struct, gc=False):
    """Details of a failure."""

    error_code: str | None = None
    error_class: str | None = None
    error_message: str | None = None


class Payload(Struct, gc=False):
    """LiteLLM's StandardLoggingPayload."""

    id: str | None = None
    litellm_call_id: str | None = None
    trace_id: str | None = None
    session_id: str | None = None
    call_type: str | None = None
    cache_hit: bool | None = None
    status: str | None = None
    custom_llm_provider: str | None = None
    startTime: float | None = None
    endTime: float | None = None
    completionStartTime: float | None = None
    model: str | None = None
    metadata: Raw = NOTHING
    cache_key: str | None = None
    response_cost: float | None = None
    cost_breakdown: CostBreakdown | None = None
    request_tags: list[str] | None = None
    api_base: Raw = NOTHING
    model_id: str | None = None
    messages: Raw = NOTHING
    response: Response | str | list[Raw] | None = None
    model_parameters: Raw = NOTHING
    hidden_params: Raw = NOTHING
    model_map_information: ModelMap | None = None
    error_str: str | None = None
    error_information: ErrorInformation | None = None
    guardrail_information: Raw = NOTHING
    standard_built_in_tools_params: Raw = NOTHING


class ProxyRequest(Struct, gc=False):
    """The request as LiteLLM's proxy got it; headers are read only where a rule needs one."""

    headers: Raw = NOTHING


class LiteLLMRecord(Struct, gc=False):
    """The callback's kwargs as far as they are JSON, around the StandardLoggingPayload.

    The last four fields are there to tell the shapes apart.
    """

    standard_logging_object: Payload | None = None
    metadata: Raw = NOTHING
    litellm_metadata: Raw = NOTHING
    optional_params: Raw = NOTHING
    proxy_server_request: ProxyRequest | None = None
    response_cost: float | UnsetType | None = UNSET
    cache_hit: bool | None = None
    messages: Raw = NOTHING
    model: str | None = None
    litellm_trace_id: str | None = None
    system_fingerprint: str | None = None
    vertex_location: Raw = NOTHING
    aws_region_name: Raw = NOTHING
    start_time: datetime | None = None
    end_time: datetime | None = None
    completion_start_time: datetime | UnsetType | None = UNSET
    api_base: Raw = NOTHING
    schema: Raw = NOTHING
    call_type: Raw = NOTHING
    startTime: Raw = NOTHING
    id: Raw = NOTHING
    litellm_call_id: Raw = NOTHING
