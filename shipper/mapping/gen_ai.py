"""CallRecords as spans for any OTLP backend: one complete span for each observation of a call.

Pure. The spans are those of OpenTelemetry's semantic conventions for generative AI (open-telemetry/
semantic-conventions-genai, schema 1.42.0, model/gen-ai/spans.yaml and events.yaml); so are the attributes, or they are
those of OpenInference (`open_inference`), or both, as `mapping.conventions` says. What neither has a name for stands
under `shipper.`, and in deploy/docs/otlp.md. Prompts, answers, tools and what guardrails saw are there only if
`mapping.capture_content` says so.
"""

from __future__ import annotations

from msgspec import Raw

from shipper.mapping import gen_ai_attributes, open_inference
from shipper.mapping.attribute_values import flatten
from shipper.mapping.call_facts import to_facts
from shipper.mapping.gen_ai_names import operation_of
from shipper.mapping.observation_span import to_span
from shipper.mapping.otel_ids import parent_of, span_id, trace_id
from shipper.mapping.settings import MappingSettings
from shipper.mapping.span import CLIENT, INTERNAL, Attributes, Span, SpanEvent
from shipper.records import CallRecord, Cost, Observation, Score, Trace, UnknownCost

_MODEL_CALLS = ("generation", "embedding")
_REMOTE = (*_MODEL_CALLS, "retriever")  # what somebody else's server does
_OTHER_ERROR = "_OTHER"  # the conventions' name for an error that has none
# Members of LiteLLM's metadata that may hold what was asked and answered (hidden_params: what a search found).
_CONTENT = (
    "vector_store_request_metadata",
    "mcp_tool_call_metadata",
    "prompt_management_metadata",
    "hidden_params",
)
_LONG_KEY, _LONGEST_KEY = 80, 256


class GenAiSpans:
    """Makes the spans of calls; one a process."""

    def __init__(self, settings: MappingSettings) -> None:
        """Of the settings `conventions`, `capture_content`, `environment` and `release` matter here."""
        self._is_gen_ai = "gen_ai" in settings.conventions
        self._is_open_inference = "openinference" in settings.conventions
        self._captures = settings.capture_content
        self._environment = settings.environment
        self._release = settings.release

    def spans(self, call: CallRecord, cost: Cost | UnknownCost) -> list[Span]:
        """The call's own span first, with its scores as events, then those around it, which are its children."""
        main, trace = call.observation, call.trace
        trace_bytes, call_bytes = trace_id(trace.id), span_id(main.id)
        parent, is_remote = _parent(trace, main, call_bytes)
        shared = self._shared(trace)
        facts = to_facts(call)
        attributes: Attributes = {}
        if self._is_gen_ai:
            gen_ai_attributes.add_call(attributes, call, cost, facts, self._captures)
        if self._is_open_inference:
            open_inference.add_call(attributes, call, cost, facts, self._captures)
        self._add_about(attributes, main, trace)
        if call.exchange.call_id is not None:
            attributes["shipper.call.id"] = call.exchange.call_id
        if call.exchange.error_type is not None:
            attributes["error.type"] = call.exchange.error_type
        name = _name(facts.operation, facts.model if main.type in _MODEL_CALLS else main.name, main)
        is_client = main.type in _REMOTE or (main.type == "agent" and call.billing.provider != "")
        span = _span(main, name, is_client, (trace_bytes, call_bytes, parent), attributes | shared, is_remote)
        span.events = tuple(_event(score, span.end_ns, call.exchange.response_id) for score in call.scores)
        spans = [span, *(self._around(child, trace, span, shared) for child in call.spans)]
        if self._is_open_inference:  # OpenTelemetry leaves a status unset, OpenInference says that it is well
            for one in spans:
                one.is_ok = not one.failed
        return spans

    def _around(self, one: Observation, trace: Trace, call: Span, shared: Attributes) -> Span:
        """One of the spans around a call."""
        operation = operation_of(one)
        attributes: Attributes = {}
        if self._is_gen_ai:
            gen_ai_attributes.add_step(attributes, one, operation, self._captures)
        if self._is_open_inference:
            open_inference.add_step(attributes, one, self._captures)
        self._add_about(attributes, one, trace)
        parent = span_id(one.parent_id) if one.parent_id else call.span_id
        name, own = _name(operation, one.name, one), span_id(one.id)
        return _span(one, name, one.type in _REMOTE, (call.trace_id, own, parent), attributes | shared, False)

    def _shared(self, trace: Trace) -> Attributes:
        """What is of the whole trace, on every span of it."""
        session = trace.session_id
        named = (
            ("user.id", trace.user_id),
            ("session.id", session),
            ("gen_ai.conversation.id", session if self._is_gen_ai else None),
            ("deployment.environment.name", trace.environment or self._environment),
            ("service.version", trace.release or (self._release if trace.owned else None)),
            ("shipper.trace.name", trace.name),
            ("shipper.version", trace.version),
        )
        shared: Attributes = {name: value for name, value in named if value is not None}
        if trace.tags:
            shared["shipper.tags"] = trace.tags
            if self._is_open_inference:
                shared["tag.tags"] = trace.tags
        if trace.metadata is not None:
            _add_metadata(shared, "shipper.trace.metadata", trace.metadata)
        return shared

    def _add_about(self, attributes: Attributes, one: Observation, trace: Trace) -> None:
        """What OpenTelemetry's conventions have no name for."""
        hidden = () if self._captures else _CONTENT
        if self._is_open_inference:
            metadata = open_inference.to_metadata(one, trace, hidden)
            if metadata is not None:
                attributes["metadata"] = metadata
        attributes["shipper.type"] = one.type
        if one.name is not None:
            attributes["shipper.name"] = one.name
        if one.version is not None:
            attributes["shipper.version"] = one.version
        if one.prompt_version is not None:
            attributes["shipper.prompt.version"] = one.prompt_version
        if one.metadata is not None:
            _add_metadata(attributes, "shipper.metadata", one.metadata)
            for key in hidden:
                attributes.pop(f"shipper.metadata.{key}", None)


def _span(
    one: Observation, name: str, is_client: bool, ids: tuple[bytes, bytes, bytes], attributes: Attributes, remote: bool
) -> Span:
    if one.level == "ERROR":
        attributes.setdefault("error.type", _OTHER_ERROR)
    return to_span(one, name, CLIENT if is_client else INTERNAL, ids, attributes, is_remote=remote)


def _add_metadata(attributes: Attributes, name: str, metadata: Raw) -> None:
    """One attribute for each member. A key that is no name loses its dots: some backends build trees of them."""
    found: Attributes = {}
    flatten(found, name, metadata)
    for key in [key for key in found if len(key) > _LONG_KEY]:
        short = f"{name}.{key[len(name) + 1 : _LONGEST_KEY].replace('.', '_')}"
        found.setdefault(short, found.pop(key))
    attributes.update(found)


def _parent(trace: Trace, main: Observation, own: bytes) -> tuple[bytes, bool]:
    """The span above a call, and whether it is another process's.

    A call that joins a trace without saying where has none: a backend that is not Langfuse takes no name from it.
    """
    if not main.parent_id and trace.parent_span is None:
        return b"", False
    return parent_of(trace, main.parent_id, own)


def _name(operation: str | None, what: str | None, one: Observation) -> str:
    if operation is None:
        return one.name or one.type
    return f"{operation} {what}" if what else operation


def _event(score: Score, time_ns: int, response_id: str | None) -> SpanEvent:
    """A score; Langfuse's categories are labels, its numbers and flags values."""
    attributes: Attributes = {"gen_ai.evaluation.name": score.name}
    if isinstance(score.value, str):
        attributes["gen_ai.evaluation.score.label"] = score.value
    else:
        attributes["gen_ai.evaluation.score.value"] = float(score.value)
    if score.comment is not None:
        attributes["gen_ai.evaluation.explanation"] = score.comment
    if response_id is not None:
        attributes["gen_ai.response.id"] = response_id
    return SpanEvent("gen_ai.evaluation.result", time_ns, attributes)
