"""Observations in the attributes of OpenInference, beside OpenTelemetry's or instead of them.

Pure. Source: Arize-ai/openinference, spec/semantic_conventions.md, llm_spans.md, embedding_spans.md and annotations.md
(openinference-semantic-conventions 0.1.42). A span kind is always one of its list: Arize Phoenix fails over others.
"""

from __future__ import annotations

from functools import lru_cache

from msgspec import Raw
from msgspec.json import Encoder

from shipper.decode.splice import to_members
from shipper.decode.values import NULL, to_value
from shipper.mapping.call_facts import CallFacts, answer_of
from shipper.mapping.gen_ai_names import EMBEDDINGS
from shipper.mapping.open_inference_content import add_content
from shipper.mapping.span import Attributes
from shipper.records import CallRecord, Cost, Observation, Score, Trace, UnknownCost, Usage

_KINDS = {
    "generation": "LLM",
    "embedding": "EMBEDDING",
    "tool": "TOOL",
    "agent": "AGENT",
    "retriever": "RETRIEVER",
    "evaluator": "EVALUATOR",
    "guardrail": "GUARDRAIL",
}
_OF_OPERATIONS = {EMBEDDINGS: "EMBEDDING", "rerank": "RERANKER", "retrieval": "RETRIEVER"}
_MODELS = {"EMBEDDING": "embedding.model_name", "RERANKER": "reranker.model_name"}
_PARAMETERS = {"LLM": "llm.invocation_parameters", "EMBEDDING": "embedding.invocation_parameters"}

# By OpenTelemetry's names: who runs the model, and whose API it is where OpenInference has a name for that.
_PROVIDERS = {
    "aws.bedrock": ("aws", None),
    "azure.ai.openai": ("azure", "openai"),
    "azure.ai.inference": ("azure", None),
    "gcp.vertex_ai": ("google", "vertexai"),
    "gcp.gemini": ("google", None),
    "gcp.gen_ai": ("google", None),
    "mistral_ai": ("mistralai", "mistralai"),
    "moonshot_ai": ("moonshot", None),
    "x_ai": ("xai", None),
    "openai": ("openai", "openai"),
    "anthropic": ("anthropic", "anthropic"),
    "cohere": ("cohere", "cohere"),
    "fireworks_ai": ("fireworks", None),
    "together_ai": ("together", None),
}
# Settings that are texts and say nothing of what was asked.
_HARMLESS = frozenset(
    {"service_tier", "reasoning_effort", "tool_choice", "encoding_format", "verbosity", "truncation", "modalities"}
    | {"model", "voice", "quality", "size", "style", "output_format", "aspect_ratio", "resolution"}
    | {"system_fingerprint"}
)
_CACHED_BYTES = 1024
_COSTS = {
    "input": "prompt_details.input",
    "cache_read_input_tokens": "prompt_details.cache_read",
    "cache_creation_input_tokens": "prompt_details.cache_write",
    "input_audio_tokens": "prompt_details.audio",
    "output": "completion_details.output",
    "output_reasoning_tokens": "completion_details.reasoning",
    "output_audio_tokens": "completion_details.audio",
}

_encode = Encoder().encode


def add_call(
    attributes: Attributes, call: CallRecord, cost: Cost | UnknownCost, facts: CallFacts, captures: bool
) -> None:
    """Into `attributes` what is known of a call; content only if `captures`."""
    one, exchange, model = call.observation, call.exchange, facts.model
    kind = _add_kind(attributes, one, _OF_OPERATIONS.get(facts.operation or ""), captures, exchange.is_partial)
    served = exchange.response_model or model
    if served is not None:
        attributes[_MODELS.get(kind, "llm.model_name")] = served
    if kind == "LLM":
        _add_llm(attributes, model, exchange.response_model, facts.provider)
    if one.parameters is not None and kind in _PARAMETERS:
        attributes[_PARAMETERS[kind]] = one.parameters if captures else _harmless(one.parameters)
    if facts.reasons:
        attributes["llm.finish_reason"] = facts.reasons[0]
    if one.usage is not None:
        _add_usage(attributes, one.usage)
    if isinstance(cost, Cost):
        _add_cost(attributes, cost)
    _add_prompt(attributes, one)
    for number, score in enumerate(call.scores):
        _add_score(attributes, number, score)


def add_step(attributes: Attributes, one: Observation, captures: bool) -> None:
    """Into `attributes` what is known of an observation around a call."""
    _add_kind(attributes, one, None, captures, False)


def _add_kind(attributes: Attributes, one: Observation, kind: str | None, captures: bool, is_partial: bool) -> str:
    """What any observation has; its span kind is the one given, else by its type."""
    if kind is None:
        # LiteLLM's guardrails are spans of that name.
        kind = "GUARDRAIL" if one.type == "span" and one.name == "guardrail" else _KINDS.get(one.type, "CHAIN")
    attributes["openinference.span.kind"] = kind
    if one.name is not None:
        if kind == "TOOL":
            attributes["tool.name"] = one.name
        elif kind == "AGENT":
            attributes["agent.name"] = one.name
    if captures:
        add_content(attributes, one.input, answer_of(one, is_partial), kind)
    return kind


def to_metadata(one: Observation, trace: Trace, hidden: tuple[str, ...]) -> Raw | None:
    """One JSON object of all metadata that say something; an observation's win. Without those that are `hidden`."""
    members = {**(to_members(trace.metadata) or {}), **(to_members(one.metadata) or {})}
    shown = {name: raw for name, raw in members.items() if raw != NULL and name not in hidden}
    return Raw(_encode(shown)) if shown else None


def _add_prompt(attributes: Attributes, one: Observation) -> None:
    if one.prompt_name is not None:
        attributes["prompt.vendor"], attributes["prompt.id"] = "langfuse", one.prompt_name
        if one.prompt_version is not None:
            attributes["llm.prompt_template.version"] = str(one.prompt_version)


def _add_llm(attributes: Attributes, asked: str | None, served: str | None, provider: str | None) -> None:
    if asked is not None:
        attributes["llm.request.model_name"] = asked
    if served is not None:
        attributes["llm.response.model_name"] = served
    if provider is not None:
        host, system = _PROVIDERS.get(provider, (provider, None))
        attributes["llm.provider"] = host
        if system is not None:
            attributes["llm.system"] = system


def _add_usage(attributes: Attributes, usage: Usage) -> None:
    """Totals hold all their parts, as OpenTelemetry's do."""
    asked, said, other = usage.input + usage.cache_read + usage.cache_write, usage.output, usage.other
    details = [
        ("prompt_details.cache_read", usage.cache_read),
        ("prompt_details.cache_write", usage.cache_write),
    ]
    if other is not None:
        asked += other.audio_input + other.image_input + other.video_input
        said += other.reasoning + other.audio_output + other.image_output + other.video_output
        details += [
            ("prompt_details.audio", other.audio_input + other.cache_read_audio),
            ("completion_details.reasoning", other.reasoning),
            ("completion_details.audio", other.audio_output),
        ]
    attributes["llm.token_count.prompt"] = asked
    attributes["llm.token_count.completion"] = said
    attributes["llm.token_count.total"] = asked + said
    for name, tokens in details:
        if tokens:
            attributes[f"llm.token_count.{name}"] = tokens


def _add_cost(attributes: Attributes, cost: Cost) -> None:
    """Tools, discounts and margins are in the total alone."""
    attributes["llm.cost.total"] = cost.total
    sums = {"prompt": 0.0, "completion": 0.0}
    for part, usd in cost.split.items():
        side = "completion" if part.startswith("output") else "prompt" if part.startswith(("input", "cache_")) else None
        if side is not None:
            sums[side] += usd
        if part in _COSTS:
            attributes[f"llm.cost.{_COSTS[part]}"] = usd
    if cost.split:
        attributes["llm.cost.prompt"], attributes["llm.cost.completion"] = sums["prompt"], sums["completion"]


def _add_score(attributes: Attributes, number: int, score: Score) -> None:
    head = f"annotations.{number}.annotation"
    attributes[f"{head}.name"] = score.name
    attributes[f"{head}.label" if isinstance(score.value, str) else f"{head}.score"] = score.value
    if score.comment is not None:
        attributes[f"{head}.explanation"] = score.comment
    attributes[f"{head}.identifier"] = score.id


def _harmless(parameters: Raw) -> Raw:
    written = bytes(parameters)
    return _cached(written) if len(written) <= _CACHED_BYTES else _read(written)


def _read(written: bytes) -> Raw:
    settings = to_value(Raw(written))
    members = settings.items() if isinstance(settings, dict) else ()
    return Raw(_encode({name: value for name, value in members if not isinstance(value, str) or name in _HARMLESS}))


_cached = lru_cache(maxsize=512)(_read)
