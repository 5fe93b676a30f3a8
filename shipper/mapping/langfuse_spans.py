"""CallRecords as spans in Langfuse's own words: one complete span for each observation of a call.

Pure. Sources: Langfuse, OtelIngestionProcessor.ts (which attribute becomes which field); the attributes that LiteLLM's
callback (integrations/langfuse/langfuse_sdk.py) and Langfuse's SDKs write. A span is never updated: Langfuse v4 reads
rows as they were sent. So what is of the whole trace stands on every span of it.
"""

from __future__ import annotations

from msgspec import Raw
from msgspec.json import Encoder

from shipper.mapping.attribute_values import bare, flatten
from shipper.mapping.costs import to_cost_details
from shipper.mapping.limits import wire_environment
from shipper.mapping.observation_span import to_span
from shipper.mapping.otel_ids import parent_of, span_id, trace_id
from shipper.mapping.settings import MappingSettings
from shipper.mapping.span import INTERNAL, Attributes, Span
from shipper.mapping.usage import to_usage_details
from shipper.records import CallRecord, Cost, Observation, Trace, UnknownCost

# Without a usage the server counts the tokens of a failed call itself, at the cost of a worker (langfuse #17327).
_NO_USAGE = Raw(b'{"input":0,"output":0,"total":0}')
_STATUS = "status_message"  # of the trace: a failed call of LiteLLM's has it

_encode = Encoder().encode


class LangfuseSpans:
    """Makes the spans of calls; one a process."""

    def __init__(self, settings: MappingSettings) -> None:
        """Of the settings `environment` and `release` matter here."""
        self._environment = None if settings.environment is None else wire_environment(settings.environment)
        self._release = settings.release

    def spans(self, call: CallRecord, cost: Cost | UnknownCost) -> list[Span]:
        """The call's own span first, then those around it, which are its children."""
        main, trace = call.observation, call.trace
        trace_bytes, call_bytes = trace_id(trace.id), span_id(main.id)
        parent, is_remote = parent_of(trace, main.parent_id, call_bytes)
        attributes = _around(main)
        _add_call(attributes, call, cost)
        _add_bodies(attributes, trace, main)
        self._share(attributes, trace)
        ids = (trace_bytes, call_bytes, parent)
        spans = [to_span(main, main.name or main.type, INTERNAL, ids, attributes, is_remote=is_remote)]
        for child in call.spans:
            above = span_id(child.parent_id) if child.parent_id else call_bytes
            attributes = _around(child)
            self._share(attributes, trace)
            ids = (trace_bytes, span_id(child.id), above)
            spans.append(to_span(child, child.name or child.type, INTERNAL, ids, attributes))
        return spans

    def _share(self, shared: Attributes, trace: Trace) -> None:
        """What is of the whole trace, for each of its spans; over a version of the observation's own."""
        if trace.name is not None:
            shared["langfuse.trace.name"] = trace.name
        if trace.user_id is not None:
            shared["user.id"] = trace.user_id
        if trace.session_id is not None:
            shared["session.id"] = trace.session_id
        if trace.version is not None:
            shared["langfuse.version"] = trace.version
        release = trace.release or (self._release if trace.owned else None)
        if release is not None:
            shared["langfuse.release"] = release
        environment = trace.environment or self._environment
        if environment is not None:
            shared["langfuse.environment"] = environment
        if trace.public is not None:
            shared["langfuse.trace.public"] = trace.public
        if trace.tags:
            shared["langfuse.trace.tags"] = trace.tags
        if trace.metadata is not None:
            flatten(shared, "langfuse.trace.metadata", trace.metadata)


def _around(one: Observation) -> Attributes:
    """What every observation may have."""
    attributes: Attributes = {"langfuse.observation.type": one.type}
    if one.level is not None:
        attributes["langfuse.observation.level"] = one.level
    if one.status_message is not None:
        attributes["langfuse.observation.status_message"] = one.status_message
    if one.version is not None:
        attributes["langfuse.version"] = one.version
    if one.input is not None:
        attributes["langfuse.observation.input"] = bare(one.input)
    if one.output is not None:
        attributes["langfuse.observation.output"] = bare(one.output)
    if one.metadata is not None:
        flatten(attributes, "langfuse.observation.metadata", one.metadata)
    return attributes


def _add_call(attributes: Attributes, call: CallRecord, cost: Cost | UnknownCost) -> None:
    """What is of the call itself."""
    one, exchange = call.observation, call.exchange
    if one.model is not None:
        attributes["langfuse.observation.model.name"] = one.model
    if one.parameters is not None:
        attributes["langfuse.observation.model.parameters"] = one.parameters
    if one.usage is not None:
        attributes["langfuse.observation.usage_details"] = Raw(_encode(to_usage_details(one.usage, call.origin)))
    elif one.level == "ERROR" and one.model is not None:
        attributes["langfuse.observation.usage_details"] = _NO_USAGE
    if isinstance(cost, Cost):
        attributes["langfuse.observation.cost_details"] = Raw(_encode(to_cost_details(cost)))
    if one.first_token is not None:
        # A JSON text, quotes and all: so Langfuse's SDKs write it.
        attributes["langfuse.observation.completion_start_time"] = Raw(_encode(one.first_token))
    if one.prompt_name is not None and one.prompt_version is not None:
        attributes["langfuse.observation.prompt.name"] = one.prompt_name
        attributes["langfuse.observation.prompt.version"] = one.prompt_version
    if exchange.call_id is not None:
        attributes["langfuse.observation.metadata.litellm_call_id"] = exchange.call_id
        if exchange.response_id is not None:
            attributes["langfuse.observation.metadata.response_id"] = exchange.response_id


def _add_bodies(attributes: Attributes, trace: Trace, main: Observation) -> None:
    """What went into the trace and came out of it, where its root does not say so already."""
    is_root = main.parent_id is None and trace.owned and trace.parent_span is None
    if trace.input is not None and not (is_root and trace.input == main.input):
        attributes["langfuse.trace.input"] = bare(trace.input)
    # LiteLLM: on this wire what came out of a failed call's own trace is the error, whatever its caller said.
    answer = main.output if trace.owned and _STATUS in trace.extra else trace.output
    if answer is not None and not (is_root and answer == main.output):
        attributes["langfuse.trace.output"] = bare(answer)
