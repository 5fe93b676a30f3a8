"""A span → the observation that Langfuse shows for it, and what it says of its trace.

Source: `OtelIngestionProcessor.ts` and `ObservationTypeMapper.ts` of Langfuse (v4.16). Langfuse's own attributes come
first, then OpenTelemetry's `gen_ai.*` and OpenInference's names; those of other instrumentations are left out, and so
are messages spread over numbered attributes. Fields have the names of the ingestion wire. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec import Raw

from shipper.demo.ingestion import Event
from shipper.demo.span import Span
from shipper.demo.span_figures import cost_details, json_object, json_text, model_parameters, usage_details

_Attributes = Mapping[str, Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OWN, _TRACE = "langfuse.observation.", "langfuse.trace."

_KINDS = ("CHAIN", "RETRIEVER", "EMBEDDING", "AGENT", "TOOL", "GUARDRAIL", "EVALUATOR")
_TYPES: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("langfuse.observation.type", {kind.lower(): kind for kind in ("GENERATION", "SPAN", "EVENT", *_KINDS)}),
    ("openinference.span.kind", {kind: kind for kind in _KINDS} | {"LLM": "GENERATION"}),
    (
        "gen_ai.operation.name",
        dict.fromkeys(("chat", "completion", "text_completion", "generate_content", "generate"), "GENERATION")
        | {"embeddings": "EMBEDDING", "invoke_agent": "AGENT", "create_agent": "AGENT", "execute_tool": "TOOL"},
    ),
)
_MODEL = (
    "langfuse.observation.model.name",
    "gen_ai.response.model",
    "ai.model.id",
    "gen_ai.request.model",
    "llm.response.model",
    "llm.model_name",
)
# The first pair of which one is there gives both.
_BODIES = (
    ("langfuse.observation.input", "langfuse.observation.output"),
    ("input.value", "output.value"),
    ("gen_ai.input.messages", "gen_ai.output.messages"),
    ("gen_ai.tool.call.arguments", "gen_ai.tool.call.result"),
)
_USER = ("langfuse.user.id", "user.id")
_SESSION = ("langfuse.session.id", "session.id", "gen_ai.conversation.id")
_ENVIRONMENT = ("langfuse.environment", "deployment.environment.name", "deployment.environment")
_NOT_METADATA = frozenset({key for pair in _BODIES for key in pair} | {"langfuse.trace.input", "langfuse.trace.output"})


def view(span: Span) -> Event:
    """The span as an event of kind `span`: `body` is the observation, `trace` is what the span says of its trace.

    Its type is Langfuse's of the observation; times are cut to milliseconds, a missing edge is the other.
    """
    attributes = span.attributes
    start_ns, end_ns = span.start_ns or span.end_ns, span.end_ns or span.start_ns
    given_input, given_output = _bodies(attributes)
    body = {
        "id": span.span_id,
        "traceId": span.trace_id,
        "parentObservationId": span.parent_id or None,
        "name": json_text(attributes.get("gen_ai.tool.name") or span.name),
        "startTime": _time_text(start_ns),
        "endTime": _time_text(end_ns),
        "completionStartTime": _completion_start(attributes),
        "environment": _environment(span),
        "level": attributes.get(_OWN + "level") or ("ERROR" if span.is_error else "DEFAULT"),
        "statusMessage": attributes.get(_OWN + "status_message") or span.status_message or None,
        "version": _version(span),
        "model": _first_text(attributes, _MODEL),
        "modelParameters": model_parameters(attributes),
        "usageDetails": usage_details(attributes),
        "costDetails": cost_details(attributes),
        "promptName": attributes.get(_OWN + "prompt.name"),
        "promptVersion": attributes.get(_OWN + "prompt.version"),
        "input": given_input,
        "output": given_output,
        "metadata": _observation_metadata(span),
    }
    kind = _type(attributes)
    return Event(span.span_id, kind, "span", _time(start_ns), _known(body), Raw(span.data), _known(_trace(span, body)))


def _trace(span: Span, observation: Mapping[str, Any]) -> dict[str, Any]:
    """What the trace takes from this span; its name, input and output also from the root without being told."""
    attributes, is_root = span.attributes, not span.parent_id
    return {
        "id": span.trace_id,
        "timestamp": observation["startTime"],
        "name": _first_text(attributes, ("langfuse.trace.name",)) or (observation["name"] if is_root else None),
        "userId": _first_text(attributes, _USER),
        "sessionId": _first_text(attributes, _SESSION),
        "tags": _tags(attributes.get("langfuse.trace.tags") or attributes.get("langfuse.tags")),
        "public": _public(attributes.get("langfuse.trace.public", attributes.get("langfuse.public"))),
        "release": attributes.get("langfuse.release") or span.resource.get("langfuse.release"),
        "version": observation["version"],
        "environment": observation["environment"],
        "metadata": _metadata(attributes, _TRACE + "metadata") or None,
        "input": _shown(attributes.get("langfuse.trace.input")) or (observation["input"] if is_root else None),
        "output": _shown(attributes.get("langfuse.trace.output")) or (observation["output"] if is_root else None),
    }


def _type(attributes: _Attributes) -> str:
    for key, names in _TYPES:
        if found := names.get(str(attributes.get(key))):
            return found
    if attributes.get("gen_ai.tool.name") or attributes.get("gen_ai.tool.call.id"):
        return "TOOL"
    return "GENERATION" if _first_text(attributes, _MODEL) else "SPAN"


def _bodies(attributes: _Attributes) -> tuple[Any, Any]:
    for given_input, given_output in _BODIES:
        if attributes.get(given_input) is not None or attributes.get(given_output) is not None:
            return _shown(attributes.get(given_input)), _shown(attributes.get(given_output))
    return None, None


def _shown(value: Any) -> Any:
    """As Langfuse shows what it stores as text: an object or a list in JSON as such, other text as it is."""
    if isinstance(value, str) and value.startswith(("{", "[")):
        try:
            return msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            return value
    return value


def _observation_metadata(span: Span) -> dict[str, Any]:
    """Metadata, and all other attributes below `attributes`, but for those of Langfuse's own SDKs."""
    rest = {}
    if not span.scope.name.startswith("langfuse-sdk"):
        hidden = (_OWN + "metadata", _TRACE + "metadata")
        rest["attributes"] = {
            key: value
            for key, value in span.attributes.items()
            if key not in _NOT_METADATA and not key.startswith(hidden)
        }
    if span.resource:
        rest["resourceAttributes"] = span.resource
    if span.scope.attributes:
        rest["scopeAttributes"] = span.scope.attributes
    return rest | _metadata(span.attributes, _OWN + "metadata") | _metadata(span.attributes, _TRACE + "metadata")


def _metadata(attributes: _Attributes, prefix: str) -> dict[str, Any]:
    whole = attributes.get(prefix)
    entries = json_object(whole) if whole else None
    found = entries if entries is not None else {} if whole is None else {"metadata": _shown(whole)}
    dotted = prefix + "."
    return found | {
        key.removeprefix(dotted): _shown(value) for key, value in attributes.items() if key.startswith(dotted)
    }


def _completion_start(attributes: _Attributes) -> str | None:
    """A time, or the JSON of one: SDKs send it in quotes."""
    given = attributes.get(_OWN + "completion_start_time")
    text = given.strip('"') if isinstance(given, str) else ""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return None
    return text


def _environment(span: Span) -> str:
    for key in _ENVIRONMENT:
        if found := span.attributes.get(key) or span.resource.get(key):
            return json_text(found)
    return "default"


def _version(span: Span) -> Any:
    return span.attributes.get("langfuse.version") or span.resource.get("service.version")


def _tags(value: Any) -> list[str] | None:
    """From a list, the JSON of one, or words between commas."""
    shown = _shown(value)
    if isinstance(shown, str):
        shown = [word.strip() for word in shown.split(",")] if shown else None
    return [json_text(tag) for tag in shown] if isinstance(shown, list) else None


def _public(value: Any) -> bool | None:
    return None if value is None else value in (True, "true")


def _first_text(attributes: _Attributes, keys: tuple[str, ...]) -> str | None:
    return next((json_text(attributes[key]) for key in keys if attributes.get(key)), None)


def _time(ns: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ns // 1_000_000)


def _time_text(ns: int) -> str | None:
    return _time(ns).isoformat(timespec="milliseconds").replace("+00:00", "Z") if ns else None


def _known(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Without what the span does not say."""
    return {key: value for key, value in fields.items() if value is not None}
