"""What is read of a LiteLLM record: only the fields that a cost or an event needs.

Rule: bodies (prompts, answers, metadata) stay `Raw`, so that one pass over the bytes suffices and nothing of
them is rewritten. Every field is optional here; what a record must have is decided where it is understood.
Field names are LiteLLM's (types/utils.py: StandardLoggingPayload; the callback's kwargs), and so is their order:
the decoder looks for a field after the last one first. `gc=False`: trees only.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

NOTHING = Raw(b"")  # an absent value; a JSON null is b"null"
MAX_COUNT = 10**12  # no call counts more, and sums of some counts stay what JavaScript holds as an integer (2**53)

Count = Annotated[int, Meta(ge=0, le=MAX_COUNT)]


class CacheLifetimes(Struct, gc=False):
    """Cache writes by lifetime, as Anthropic names them."""

    ephemeral_1h_input_tokens: Count | None = None


class PromptDetails(Struct, gc=False):
    """`prompt_tokens_details` (chat) and `input_tokens_details` (responses) of a usage object."""

    cached_tokens: Count | None = None
    cache_creation_tokens: Count | None = None
    cache_write_tokens: Count | None = None
    cache_creation_token_details: CacheLifetimes | None = None


class UsageObject(Struct, gc=False):
    """A usage object of OpenAI's chat or responses API, of Anthropic's messages API, or LiteLLM's own."""

    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    total_tokens: Count | None = None
    input_tokens: Count | None = None
    output_tokens: Count | None = None
    prompt_tokens_details: PromptDetails | None = None
    input_tokens_details: PromptDetails | None = None
    cache_creation_input_tokens: Count | None = None
    cache_read_input_tokens: Count | None = None
    cache_creation: CacheLifetimes | None = None


class Choice(Struct, gc=False):
    """One choice: a chat message (its members as they are) or a completion's text."""

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


class CostBreakdown(Struct, gc=False):
    """LiteLLM's own calculation; its presence says that there was a price."""

    total_cost: float | None = None


class ModelMap(Struct, gc=False):
    """The row of LiteLLM's price table that it used; its values are skipped."""

    model_map_key: str | None = None


class ErrorInformation(Struct, gc=False):
    """Details of a failure."""

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
