"""LiteLLM's records (with the caller's metadata, or a bare StandardLoggingPayload) as CallRecords.

Knows LiteLLM's rules (1.103: integrations/langfuse/langfuse.py and litellm_core_utils), not Langfuse's wire.
Where LiteLLM is wrong the difference is deliberate: disjoint usage buckets, an id for every call, true times.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b

from msgspec import UNSET, Raw, Struct
from msgspec.json import encode

from shipper.decode.billing import to_billing
from shipper.decode.content import REDACTED, to_input, to_output
from shipper.decode.metadata import KnownMetadata, compose, without_nulls
from shipper.decode.parameters import Parameters, to_parameters
from shipper.decode.shapes import LiteLLMRecord, Payload, Response
from shipper.decode.spans import to_spans
from shipper.decode.steering import Steering, to_steering
from shipper.decode.times import aware, from_epoch, from_kafka
from shipper.decode.trace import Content, to_trace
from shipper.decode.usage import to_usage
from shipper.decode.values import NULL, given, to_text, to_value
from shipper.records import CallRecord, Observation, Record, Rejected

_NO_RESPONSE = Response()
_UNSAID = (NULL, Raw(b'""'))


class _Source(Struct, gc=False):
    """All that is known of one call; `bare` where the payload came without a record around it."""

    record: LiteLLMRecord
    payload: Payload
    response: Response
    steering: Steering
    known: KnownMetadata
    start: datetime
    failed: bool
    bare: bool


def to_call(
    record: LiteLLMRecord, payload: Payload, kafka: Record, repairs: list[str], tag_keys: tuple[str, ...]
) -> CallRecord | Rejected:
    """Interpret one LiteLLM record; `record` has nothing to say where its payload came alone (bare).

    `tag_keys` are the operator's default tags. `repairs` are those made so far; more may be added.
    Rejected only if neither the record nor Kafka says when the call was.
    """
    start = _start(record, payload, kafka, repairs)
    if start is None:
        return Rejected("wrong_type", "no start time, and Kafka gives none")
    response = payload.response if isinstance(payload.response, Response) else _NO_RESPONSE
    steering = to_steering(record)
    source = _Source(
        record,
        payload,
        response,
        steering,
        KnownMetadata.read(payload.metadata),
        start,
        payload.status == "failure",
        record.standard_logging_object is None,
    )
    parameters = to_parameters(
        given(record.optional_params) or payload.model_parameters,
        record.system_fingerprint or response.system_fingerprint,
    )
    repairs.extend(parameters.repairs)
    content = _content(source, parameters)
    call = _observation(source, parameters, content)
    trace = to_trace(
        record,
        payload,
        steering,
        content,
        user_id=to_text(source.known.user_api_key_end_user_id),
        session_id=payload.session_id if source.bare else None,
        call_id=payload.litellm_call_id or payload.id or call.id,
        tag_keys=tag_keys,
    )
    billing = to_billing(record, payload, start, call.usage)
    return CallRecord("litellm", trace, call, billing, to_spans(payload, call.id, start), (), tuple(repairs))


def _start(record: LiteLLMRecord, payload: Payload, kafka: Record, repairs: list[str]) -> datetime | None:
    start = aware(record.start_time) or from_epoch(payload.startTime)
    if start is None:
        repairs.append("start_time")
        start = from_kafka(kafka.timestamp_ms)
    return start


def _observation(source: _Source, parameters: Parameters, content: Content) -> Observation:
    payload, steering = source.payload, source.steering
    prompt_name, prompt_version = _prompt(steering.prompt) if steering.prompt else (None, None)
    return Observation(
        steering.generation_id or _own_id(source),
        "generation",
        source.start,
        _name(source),
        steering.parent_observation_id or None,
        aware(source.record.end_time) or from_epoch(payload.endTime),
        None if source.failed else _first_token(source),
        content.input,
        content.output,
        compose(payload.metadata, source.known, _enrichments(source)),
        "ERROR" if source.failed else "DEFAULT",
        content.error,
        steering.version or None,
        _model(source),
        parameters.settings,
        prompt_name,
        prompt_version,
        to_usage(source.response.usage),
    )


def _first_token(source: _Source) -> datetime | None:
    """For a successful call: LiteLLM's payload repeats the end where the call failed."""
    written = source.record.completion_start_time
    if written is UNSET or (written is not None and written.tzinfo is None):
        return from_epoch(source.payload.completionStartTime)
    return written


def _own_id(source: _Source) -> str:
    """LiteLLM's own generation id (utils.py: get_logging_id); without a response id a hash that is as unique.

    Never the call id alone: a router's fall-backs and retries share one. LiteLLM formats its local time, so the
    clock is taken as the record spells it.
    """
    payload, response_id = source.payload, source.response.id
    written = source.record.start_time
    if response_id and (written is not None or payload.startTime is not None):
        clock = written or source.start
        digits = (clock.hour, clock.minute, clock.second, clock.microsecond, response_id)
        return "time-%02d-%02d-%02d-%06d_%s" % digits  # noqa: UP031 half the time of an f-string
    parts = (payload.litellm_call_id, payload.id, str(written or source.start), payload.status, payload.model_id)
    return blake2b(encode(parts), digest_size=16).hexdigest()


def _content(source: _Source, parameters: Parameters) -> Content:
    payload, steering = source.payload, source.steering
    error = None
    if source.failed:
        details = payload.error_information
        error = payload.error_str or (details.error_message if details is not None else None)
        output = Raw(encode(error)) if error else None
    else:
        output = to_output(payload)
    messages = source.record.messages or payload.messages
    return Content(
        REDACTED if steering.mask_input else to_input(messages, parameters.functions, parameters.tools),
        REDACTED if steering.mask_output else output,
        error,
    )


def _name(source: _Source) -> str:
    steering = source.steering
    if steering.generation_name:
        return steering.generation_name
    alias = to_text(source.known.user_api_key_alias) if source.bare else steering.user_api_key_alias
    return f"litellm-{source.payload.call_type or 'completion'}" if not alias else f"litellm:{alias}"


def _model(source: _Source) -> str | None:
    """LiteLLM (core_helpers.py: reconstruct_model_name): the router's name with its provider wins."""
    deployment = source.steering.deployment
    if deployment and "/" in deployment:
        return deployment
    model = source.record.model or source.payload.model
    if model and source.payload.custom_llm_provider == "bedrock" and "/" not in model:
        return f"bedrock/{model}"
    return model or None


def _enrichments(source: _Source) -> list[bytes | Raw]:
    """What LiteLLM adds to the allow-listed metadata, as pieces of JSON members."""
    record, payload = source.record, source.payload
    cost = record.response_cost if record.response_cost is not UNSET else payload.response_cost
    pieces: list[bytes | Raw] = [b'"litellm_response_cost":', encode(cost)]
    hidden = without_nulls(payload.hidden_params)
    if hidden is not None:
        pieces += (b',"hidden_params":', hidden)
    api_base = record.api_base or payload.api_base
    if api_base and api_base not in _UNSAID:
        pieces += (b',"api_base":', api_base)
    if record.vertex_location and record.vertex_location not in _UNSAID:
        pieces += (b',"vertex_location":', record.vertex_location)
    if record.aws_region_name and record.aws_region_name not in _UNSAID:
        pieces += (b',"aws_region_name":', record.aws_region_name)
    if not source.failed:
        pieces.append(b',"cache_hit":true' if record.cache_hit or payload.cache_hit else b',"cache_hit":false')
    return pieces


def _prompt(raw: Raw) -> tuple[str | None, int | None]:
    """The Langfuse prompt the call was made from: name and version, both or none."""
    prompt = to_value(raw)
    if not isinstance(prompt, dict):
        return None, None
    name, version = prompt.get("name"), prompt.get("version")
    if isinstance(name, str) and name and type(version) is int and 0 < version < 2**31:
        return name, version
    return None, None
