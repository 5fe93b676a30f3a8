"""A request's settings as attributes of the OpenTelemetry semantic conventions for generative AI.

Pure. Each setting is told by the names that the providers' APIs give it; those that the conventions do not know are
left out. Source: open-telemetry/semantic-conventions-genai, schema 1.42.0, model/gen-ai/registry.yaml.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from math import isfinite
from typing import Any

from msgspec import Raw

from shipper.decode.values import to_value
from shipper.mapping.span import Attributes, Value

_CACHED_BYTES = 1024  # a program's calls repeat their settings
_MOST = 2**63 - 1
_FORMATS = frozenset({"response_format", "text", "format"})
_DIMENSIONS = ("dimensions", "outputDimensionality", "output_dimensionality", "output_dimension")


def add_settings(attributes: Attributes, settings: Raw, shaped: Mapping[str, Raw] | None, is_openai: bool) -> None:
    """Into `attributes` those of a JSON object of scalars, and of the settings that are lists or objects.

    Some of them are OpenAI's alone.
    """
    written = bytes(settings)
    found = _cached(written, is_openai) if len(written) <= _CACHED_BYTES else _read(written, is_openai)
    attributes.update(found)
    if shaped:
        _add_shaped(attributes, shaped)


def _read(written: bytes, is_openai: bool) -> Attributes:
    settings = to_value(Raw(written))
    found: Attributes = {}
    for name, value in settings.items() if isinstance(settings, dict) else ():
        rule = _RULES.get(name) or (_OPENAI.get(name) if is_openai else None)
        attribute = None if rule is None else rule[1](value)
        if rule is not None and attribute is not None:
            found.setdefault(rule[0], attribute)
    return found


_cached = lru_cache(maxsize=512)(_read)


def _add_shaped(attributes: Attributes, shaped: Mapping[str, Raw]) -> None:
    for name, raw in shaped.items():
        value = to_value(raw)
        if name in _FORMATS:
            kind = _output_type(name, value)
            if kind is not None:
                attributes["gen_ai.output.type"] = kind
        elif isinstance(value, list):
            texts = tuple(text for text in value if isinstance(text, str))
            if texts:
                attributes["gen_ai.request.stop_sequences"] = texts


def _output_type(name: str, value: Any) -> str | None:
    """What an answer is to be: OpenAI's formats, in its responses one level deeper; Ollama's is a JSON Schema."""
    if not isinstance(value, dict):
        return None
    if name == "format":
        return "json"
    kind = value.get("type")
    if name == "text":
        form = value.get("format")
        kind = form.get("type") if isinstance(form, dict) else None
    return None if not isinstance(kind, str) or not kind else "json" if kind.startswith("json") else kind


def _mime_type(value: Any) -> Value | None:
    """Google's; Ollama says `json` alone."""
    return "json" if value in ("application/json", "json") else "text" if value == "text/plain" else None


def _number(value: Any) -> Value | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and isfinite(value) else None


def _integer(value: Any) -> Value | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and -_MOST <= value <= _MOST else None


def _choices(value: Any) -> Value | None:
    return None if value == 1 else _integer(value)


def _flag(value: Any) -> Value | None:
    return True if value is True else None


def _texts(value: Any) -> Value | None:
    """One text; LiteLLM's spelling of a list as a text is none, the list itself is among the shaped settings."""
    return (value,) if isinstance(value, str) and value and not value.startswith("[") else None


def _tier(value: Any) -> Value | None:
    return value if isinstance(value, str) and value not in ("", "auto") else None


def _text(value: Any) -> Value | None:
    return value if isinstance(value, str) and value else None


def _named(attribute: str, rule: Callable[[Any], Value | None], *names: str) -> dict[str, tuple[str, Any]]:
    return dict.fromkeys(names, (attribute, rule))


_RULES: dict[str, tuple[str, Callable[[Any], Value | None]]] = {
    **_named("gen_ai.request.temperature", _number, "temperature"),
    **_named("gen_ai.request.top_p", _number, "top_p", "topP", "p"),
    **_named("gen_ai.request.top_k", _number, "top_k", "topK", "k"),
    **_named("gen_ai.request.frequency_penalty", _number, "frequency_penalty", "frequencyPenalty"),
    **_named("gen_ai.request.presence_penalty", _number, "presence_penalty", "presencePenalty"),
    **_named(
        "gen_ai.request.max_tokens",
        _integer,
        *("max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens", "maxTokens"),
        *("max_tokens_to_sample", "maxTokenCount", "num_predict", "max_gen_len"),
    ),
    **_named("gen_ai.request.seed", _integer, "seed", "random_seed"),
    **_named("gen_ai.request.choice.count", _choices, "n", "candidateCount", "num_generations"),
    **_named("gen_ai.request.stream", _flag, "stream"),
    **_named("gen_ai.request.stop_sequences", _texts, "stop", "stop_sequences", "stopSequences"),
    **_named("gen_ai.request.encoding_formats", _texts, "encoding_format"),
    **_named("gen_ai.embeddings.dimension.count", _integer, *_DIMENSIONS),
    **_named("gen_ai.output.type", _mime_type, "responseMimeType", "response_mime_type", "format"),
}
_OPENAI: dict[str, tuple[str, Callable[[Any], Value | None]]] = {
    **_named("openai.request.service_tier", _tier, "service_tier"),
    **_named("openai.response.system_fingerprint", _text, "system_fingerprint"),
}
