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
from shipper.mapping.span import INTERNAL, Attributes, Common, Span, Value
from shipper.mapping.usage import to_usage_details
from shipper.records import CallRecord, Cost, Observation, Trace, UnknownCost

# What is of many spans alike, in the order of `_in_common`.
_COMMON = (
    "langfuse.observation.type",
    "langfuse.observation.level",
    "langfuse.observation.model.name",
    "langfuse.version",
    "langfuse.trace.name",
    "langfuse.trace.public",
    "langfuse.trace.tags",
    "langfuse.environment",
    "langfuse.release",
)
_MOST_COMMON, _MOST_COMMON_CHARS = 512, 1_024

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
        self._known: dict[tuple[object, ...], Common] = {}

    def spans(self, call: CallRecord, cost: Cost | UnknownCost) -> list[Span]:
        """The call's own span first, then those around it, which are its children."""
        main, trace = call.observation, call.trace
        trace_bytes, call_bytes = trace_id(trace.id), span_id(main.id)
        parent, is_remote = parent_of(trace, main.parent_id, call_bytes)
        attributes = _around(main, trace)
        _add_call(attributes, call, cost)
        _add_bodies(attributes, trace, main)
        common = self._in_common(main, main.model, trace)
        ids = (trace_bytes, call_bytes, parent)
        spans = [to_span(main, main.name or main.type, INTERNAL, ids, attributes, common, is_remote=is_remote)]
        for child in call.spans:
            above = span_id(child.parent_id) if child.parent_id else call_bytes
            ids, common = (trace_bytes, span_id(child.id), above), self._in_common(child, None, trace)
            spans.append(to_span(child, child.name or child.type, INTERNAL, ids, _around(child, trace), common))
        return spans

    def _in_common(self, one: Observation, model: str | None, trace: Trace) -> Common:
        """What takes few values, so that most spans find it made already. The trace's version is before its own."""
        asked = (
            one.type,
            one.level,
            model,
            one.version if trace.version is None else trace.version,
            trace.name,
            trace.public,
            trace.tags,
            trace.environment or self._environment,
            trace.release or (self._release if trace.owned else None),
        )
        return self._known.get(asked) or self._learn(asked)

    def _learn(self, asked: tuple[Value | None, ...]) -> Common:
        common = Common(
            {name: value for name, value in zip(_COMMON, asked, strict=True) if value is not None and value != ()}
        )
        if len(repr(asked)) <= _MOST_COMMON_CHARS:
            if len(self._known) >= _MOST_COMMON:
                self._known.clear()  # names made up by a caller must not grow it; the real ones are back at once
            self._known[asked] = common
        return common


def _around(one: Observation, trace: Trace) -> Attributes:
    """What every observation of a trace may have, and nearly none has in common with another."""
    attributes: Attributes = {}
    if trace.user_id is not None:
        attributes["user.id"] = trace.user_id
    if trace.session_id is not None:
        attributes["session.id"] = trace.session_id
    if trace.metadata is not None:
        flatten(attributes, "langfuse.trace.metadata", trace.metadata)
    if one.status_message is not None:
        attributes["langfuse.observation.status_message"] = one.status_message
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
