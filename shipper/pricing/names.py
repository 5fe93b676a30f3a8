"""Which rows of a price map may price a call: the names to try, best first, and whose rows count.

The rules are LiteLLM's (`get_potential_model_names`, `_strip_model_name`, `_check_provider_match` in utils.py), as a
closed list. Knows no table: names in, names out.
"""

from __future__ import annotations

import re

_BEDROCK = frozenset({"bedrock", "bedrock_converse"})
_BEDROCK_ROUTE = re.compile(r"^(?:bedrock|chat_completions|converse|invoke|openai|mantle|nova-2|nova)/")
_BEDROCK_REGION = re.compile(r"^(?:(?:global|us|eu|apac|jp|au|us-gov)\.|[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d/)")
_BEDROCK_THROUGHPUT = re.compile(r"(?<=:\d):\d+k$|\[\w+\]$")
_STABLE_VERSION = re.compile(r"-\d+$")  # gemini-2.0-flash-001
_SNAPSHOT_DATE = re.compile(r"-\d{4}-\d{2}-\d{2}$")  # gpt-4o-2024-08-06
_USUAL_STEPS = "50-steps"  # of an image, where the request does not say it (Stability's models at Bedrock)
_TIMES = re.compile(r"^(\d+)x(\d+)$")
_FINE_TUNE = re.compile(r"(?::[^:]*){3}$")  # ft:gpt-4o:organisation:suffix:id

# Providers that pass calls on to whom the row belongs.
_TRANSPARENT = frozenset({"litellm_proxy", "github", "nadir"})
_FAMILIES = ("vertex_ai", "fireworks_ai", "bedrock")
# Two of LiteLLM's names for two APIs of one company, which only its own callers tell apart.
_ALSO = {
    "openai": "text-completion-openai",
    "azure": "azure_text",
    "cohere": "cohere_chat",
    "cohere_chat": "cohere",
    "ollama_chat": "ollama",
}


def candidates(provider: str, model: str) -> tuple[tuple[str, str], ...]:
    """The rows to try for a call, in order: pairs of a row's name and the provider that it must belong to.

    `provider` is LiteLLM's name of it or "" for any; then a model's first path segment is read as its provider. Order:
    provider/model, the model as written, without the provider, the first and third again without date, version or
    region, the model that repeats its provider's name, the model without its first path segment.
    """
    provider = "vertex_ai" if provider == "vertex_ai_beta" else provider
    if not provider:
        owner, _, rest = model.partition("/")
        named = candidates(owner, rest) if owner and rest else ()
        bedrock = _bedrock_id(model)
        guessed = ((_stripped("", model), ""), (bedrock, "bedrock"), (_stripped("bedrock", bedrock), "bedrock"))
        return tuple(dict.fromkeys(((model, ""), *named, *guessed)))
    prefix = f"{provider}/"
    bare = model
    while bare.startswith(prefix):
        bare = bare[len(prefix) :]
    if provider in _BEDROCK:
        bare = _bedrock_id(bare)
    stripped = _stripped(provider, bare)
    tail = bare.partition("/")[2]
    names = (prefix + bare, model, bare, prefix + stripped, stripped, prefix + prefix + bare, prefix + tail, tail)
    return tuple((name, provider) for name in dict.fromkeys(names) if name)


def image_names(provider: str, model: str, size: str, quality: str | None) -> tuple[str, ...]:
    """The names of the rows that price one image of this size (WIDTHxHEIGHT) and quality, best first.

    LiteLLM's `default_image_cost_calculator`: quality/size/model, with the provider before it, size/model.
    """
    measure = _TIMES.sub(r"\1-x-\2", size)
    bare = model.removeprefix(f"{provider}/")
    own = (f"{quality}/{measure}/{bare}", f"{measure}/{quality}/{bare}") if quality else ()
    names = (*own, f"{measure}/{bare}", f"{measure}/{_USUAL_STEPS}/{bare}")
    return tuple(dict.fromkeys(name for one in names for name in (one, f"{provider}/{one}")))


def may_price(row_provider: str | None, provider: str) -> bool:
    """Whether a row that belongs to `row_provider` holds for calls to `provider` ("" is any).

    A model's name alone is not enough: who resells it sets the price.
    """
    if not provider or not row_provider or row_provider == provider or provider in _TRANSPARENT:
        return True
    if row_provider == _ALSO.get(provider):
        return True
    if provider == "azure_ai":
        return row_provider in ("azure", "openai")
    return any(provider.startswith(family) and row_provider.startswith(family) for family in _FAMILIES)


def _stripped(provider: str, model: str) -> str:
    """The model without what names a region, a version or a date, by the provider's own way of naming."""
    if provider in _BEDROCK:
        return _BEDROCK_REGION.sub("", _BEDROCK_THROUGHPUT.sub("", model))
    if provider in ("vertex_ai", "gemini", "databricks"):
        return _STABLE_VERSION.sub("", model)
    if "ft:" in model:
        return _FINE_TUNE.sub("", model)
    return _SNAPSHOT_DATE.sub("", model)


def _bedrock_id(model: str) -> str:
    """The id as AWS knows it: without LiteLLM's route or the ARN around it. A region stays, it may have a price."""
    while match := _BEDROCK_ROUTE.match(model):
        model = model[match.end() :]
    return model.rpartition("/")[2] if "arn:" in model else model
