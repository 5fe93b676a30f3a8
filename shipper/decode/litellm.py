"""LiteLLM's records (with the caller's metadata, or a bare StandardLoggingPayload) as CallRecords.

Knows LiteLLM's rules (1.103: integrations/langfuse/langfuse.py and litellm_core_utils), not Langfuse's wire.
Where LiteLLM is wrong the difference is deliberate: disjoint usage buckets, an id for every call, true times.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b

from msgspec import UNSET, Raw
from msgspec.json import Encoder
from msgspec.structs import replace

from shipper.decode.billing import to_billing
from shipper.decode.buckets import with_units
from shipper.decode.call_bill import RARE_CALLS, to_call_bill
from shipper.decode.content import REALTIME, REDACTED, UNSEEN, to_input, to_output
from shipper.decode.facts import Facts
from shipper.decode.metadata import (
    Enrichments,
    HiddenParams,
    compose,
    read_hidden,
    read_known,
    read_usage,
    without_keys,
)
from shipper.decode.parameters import to_parameters
from shipper.decode.shapes import LiteLLMRecord, Payload, Response
from shipper.decode.spans import to_spans
from shipper.decode.steering import Steering, to_steering
from shipper.decode.times import from_epoch, from_kafka
from shipper.decode.trace import to_trace
from shipper.decode.units import count_citations, count_tools
from shipper.decode.usage import to_usage
from shipper.decode.values import NOTHING, NULL, given, to_text, to_value
from shipper.mapping.settings import MappingSettings
from shipper.records import CallRecord, Exchange, Observation, Record, Rejected, Usage

_NO_RESPONSE = Response()
_VERSION_DIGITS = 10
_TWO_DIGITS = tuple(f"{number:02d}" for number in range(60))
_encode = Encoder().encode


def to_call(
    record: LiteLLMRecord, payload: Payload, kafka: Record, repairs: list[str], settings: MappingSettings
) -> CallRecord | Rejected:
    """Interpret one LiteLLM record; `record` has nothing to say where its payload came alone (bare).

    `repairs` are those made so far; more may be added.
    Rejected only if neither the record nor Kafka says when the call was.
    """
    start = record.start_time
    if start is None or start.tzinfo is None:
        start = _other_start(payload, kafka, repairs)
        if start is None:
            return Rejected("wrong_type", "no start time, and Kafka gives none")
    wished = record.optional_params
    response = payload.response if isinstance(payload.response, Response) else _NO_RESPONSE
    parameters = to_parameters(
        wished if wished and wished != NULL else payload.model_parameters,
        record.system_fingerprint or response.system_fingerprint,
    )
    if parameters.repairs:
        repairs.extend(parameters.repairs)
    facts = Facts(
        record,
        payload,
        response,
        to_steering(record),
        read_known(payload.metadata),
        parameters,
        start,
        payload.response_cost if record.response_cost is UNSET else record.response_cost,
        payload.status == "failure",
        record.standard_logging_object is None,
    )
    if settings.redact_user_api_key_info:
        _redact(facts)
    counted = _count(facts, kafka.value or b"")
    hidden = read_hidden(payload.hidden_params)
    call = _observation(facts, hidden, counted)
    user_id = to_text(facts.known.user_api_key_end_user_id)
    trace = to_trace(record, payload, facts.steering, call, user_id, settings)
    # Grounding is none of the known fields.
    has_spans = not isinstance(hidden, HiddenParams) or given(payload.guardrail_information)
    spans = to_spans(payload, call.id, start) if has_spans else ()
    billing, exchange = to_billing(facts, call), _exchange(facts)
    return CallRecord("litellm", trace, call, billing, spans, (), tuple(repairs), exchange)


def _exchange(facts: Facts) -> Exchange:
    record, payload, response = facts.record, facts.payload, facts.response
    return Exchange(
        payload.litellm_call_id,
        response.id,
        payload.call_type,
        record.model or payload.model,
        response.model,
        response.choices,
        response.stop_reason,
        None,
        record.api_base or payload.api_base,
        response.service_tier,
        facts.parameters.shaped,
        _error_type(payload) if facts.failed else None,
    )


def _count(facts: Facts, value: bytes) -> Usage | None:
    """Into `facts` all that is counted of the call; the usage if tokens are."""
    response = facts.response
    # Of a redacted transcription the usage stands in the metadata alone.
    written = response.usage or (read_usage(facts.payload.metadata) if response.text == REDACTED else None)
    usage = counted = to_usage(written)
    if response.choices:
        message = response.choices[0].message
        if message is not None and "annotations" in message:
            usage = with_units(usage, count_citations(message))
    elif response.output:
        usage = with_units(usage, count_tools(response.output))
    if facts.payload.call_type in RARE_CALLS and not facts.failed:
        facts.bill = to_call_bill(facts, value)
        usage = facts.bill.usage
        counted = counted or (usage if usage is not None and usage.total else None)
    facts.usage = usage
    return counted


def _redact(facts: Facts) -> None:
    """As LiteLLM's redact_user_api_key_info: the end user's id stays the trace's."""
    facts.payload.metadata = without_keys(facts.payload.metadata)
    facts.known.user_api_key_alias = NOTHING
    facts.steering = replace(facts.steering, user_api_key_alias=None)


def _other_start(payload: Payload, kafka: Record, repairs: list[str]) -> datetime | None:
    """The start of a call whose record does not say it, or not its offset."""
    start = from_epoch(payload.startTime)
    if start is None:
        repairs.append("start_time")
        start = from_kafka(kafka.timestamp_ms)
    return start


def _observation(facts: Facts, hidden: HiddenParams | Raw, counted: Usage | None) -> Observation:
    record, payload, steering, failed = facts.record, facts.payload, facts.steering, facts.failed
    end, error = record.end_time, _error(payload) if failed else None
    messages = record.messages or payload.messages
    asked: Raw | None = to_input(messages, facts.parameters.functions, facts.parameters.tools)
    answer = to_output(payload, messages) if not failed else Raw(_encode(error)) if error is not None else None
    if answer is UNSEEN:
        asked = answer = None
    elif payload.call_type == REALTIME and not failed:
        asked = None
    prompt_name, prompt_version = _prompt(steering.prompt) if steering.prompt else (None, None)
    return Observation(
        steering.generation_id or _own_id(facts),
        "generation",
        facts.start,
        steering.generation_name or _name(facts),
        steering.parent_observation_id or None,
        end if end is not None and end.tzinfo is not None else from_epoch(payload.endTime),
        _first_token(record, payload, failed),
        REDACTED if steering.mask_input else asked,
        REDACTED if steering.mask_output else answer,
        compose(payload.metadata, facts.known, _enrichments(facts, hidden)),
        "ERROR" if failed else "DEFAULT",
        error,
        steering.version or None,
        _model(record, payload, steering),
        facts.parameters.settings,
        prompt_name,
        prompt_version,
        counted,
    )


def _error(payload: Payload) -> str | None:
    details = payload.error_information
    return payload.error_str or (details.error_message if details is not None else None) or None


def _error_type(payload: Payload) -> str | None:
    details = payload.error_information
    return None if details is None else details.error_class or details.error_code or None


def _first_token(record: LiteLLMRecord, payload: Payload, failed: bool) -> datetime | None:
    """When the answer began, also that of a stream that broke off."""
    written = record.completion_start_time
    if written is UNSET or (written is not None and written.tzinfo is None):
        # Of a failed call the payload repeats the end.
        return None if failed else from_epoch(payload.completionStartTime)
    return written


def _own_id(facts: Facts) -> str:
    """LiteLLM's own generation id (utils.py: get_logging_id); without a response id a hash that is as unique.

    Never the call id alone: a router's fall-backs and retries share one. LiteLLM formats its local time, so the
    clock is taken as the record spells it.
    """
    payload, response_id = facts.payload, facts.response.id
    written = facts.record.start_time
    if response_id and (written is not None or payload.startTime is not None):
        clock = written or facts.start
        # By table and zfill: half the time of formats.
        hour, minute, second = _TWO_DIGITS[clock.hour], _TWO_DIGITS[clock.minute], _TWO_DIGITS[clock.second]
        return f"time-{hour}-{minute}-{second}-{str(clock.microsecond).zfill(6)}_{response_id}"
    parts = (payload.litellm_call_id, payload.id, str(written or facts.start), payload.status, payload.model_id)
    return blake2b(_encode(parts), digest_size=16).hexdigest()


def _name(facts: Facts) -> str:
    alias = to_text(facts.known.user_api_key_alias) if facts.bare else facts.steering.user_api_key_alias
    return f"litellm:{alias}" if alias else f"litellm-{facts.payload.call_type or 'completion'}"


def _model(record: LiteLLMRecord, payload: Payload, steering: Steering) -> str | None:
    """LiteLLM (core_helpers.py: reconstruct_model_name): the router's name with its provider wins."""
    deployment = steering.deployment
    if deployment and "/" in deployment:
        return deployment
    model = record.model or payload.model
    if model and payload.custom_llm_provider == "bedrock" and "/" not in model:
        return f"bedrock/{model}"
    return model or None


def _enrichments(facts: Facts, hidden: HiddenParams | Raw) -> Enrichments:
    record, payload = facts.record, facts.payload
    api_base, location, region = record.api_base or payload.api_base, record.vertex_location, record.aws_region_name
    return Enrichments(
        facts.cost,
        hidden,
        # What has two bytes is an empty text.
        api_base if len(api_base) > 2 and api_base != NULL else NOTHING,
        location if len(location) > 2 and location != NULL else NOTHING,
        region if len(region) > 2 and region != NULL else NOTHING,
        None if facts.failed else record.cache_hit or payload.cache_hit or False,
    )


def _prompt(raw: Raw) -> tuple[str | None, int | None]:
    """The Langfuse prompt the call was made from: name and version (LiteLLM reads a text too), both or none."""
    prompt = to_value(raw)
    if not isinstance(prompt, dict):
        return None, None
    name, version = prompt.get("name"), prompt.get("version")
    if isinstance(version, str) and len(version) <= _VERSION_DIGITS and version.isdecimal():
        version = int(version)
    if isinstance(name, str) and name and type(version) is int and 0 < version < 2**31:
        return name, version
    return None, None
