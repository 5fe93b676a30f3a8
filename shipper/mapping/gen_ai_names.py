"""Names of the OpenTelemetry semantic conventions for generative AI: operations and providers.

Pure. Source: open-telemetry/semantic-conventions-genai, schema 1.42.0, model/gen-ai/registry.yaml
(`gen_ai.operation.name`, `gen_ai.provider.name`: a well-known value where there is one, else one's own); LiteLLM,
types/utils.py (CallTypes, LlmProviders).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from msgspec import Raw

from shipper.records import CallRecord, Observation

CHAT, COMPLETION, EMBEDDINGS, CONTENT = "chat", "text_completion", "embeddings", "generate_content"

# LiteLLM's names of its calls; those that run asynchronously have an `a` before them.
_CALLS = {
    "completion": CHAT,
    "responses": CHAT,
    "anthropic_messages": CHAT,
    "text_completion": COMPLETION,
    "embedding": EMBEDDINGS,
    "generate_content": CONTENT,
    "generate_content_stream": CONTENT,
    "vector_store_search": "retrieval",
    # No well-known values from here on.
    "image_generation": "image_generation",
    "image_edit": "image_edit",
    "speech": "speech",
    "transcription": "transcription",
    "rerank": "rerank",
    "moderation": "moderation",
    "search": "search",
    "ocr": "ocr",
}
_OPERATIONS = {prefix + name: operation for name, operation in _CALLS.items() for prefix in ("", "a")}
_OF_TYPES = {"tool": "execute_tool", "agent": "invoke_agent", "retriever": "retrieval", "embedding": EMBEDDINGS}
# As decode writes what was asked.
_HEADS = (
    (b'{"messages":', CHAT),
    (b'{"contents":', CONTENT),
    (b'{"prompt":', COMPLETION),
    (b'{"query":', "rerank"),
)
_HEAD_BYTES = max(len(start) for start, _ in _HEADS)
_VECTORS = frozenset({"embedding", "embeddings"})
_IMAGES = "image_generation"
_PICTURE = b'"bytesBase64Encoded"'

_PROVIDERS = {
    "azure": "azure.ai.openai",
    "azure_text": "azure.ai.openai",
    "azure_openai": "azure.ai.openai",
    "azure_ai": "azure.ai.inference",
    "text-completion-openai": "openai",
    "anthropic_text": "anthropic",
    "bedrock": "aws.bedrock",
    "bedrock_converse": "aws.bedrock",
    "bedrock_mantle": "aws.bedrock",
    "amazon": "aws.bedrock",
    "aws": "aws.bedrock",
    "google": "gcp.gen_ai",
    "gemini": "gcp.gemini",
    "vertex_ai": "gcp.vertex_ai",
    "vertex_ai_beta": "gcp.vertex_ai",
    "vertex": "gcp.vertex_ai",
    "cohere_chat": "cohere",
    "watsonx": "ibm.watsonx.ai",
    "watsonx_text": "ibm.watsonx.ai",
    "xai": "x_ai",
    "mistral": "mistral_ai",
    "codestral": "mistral_ai",
    "text-completion-codestral": "mistral_ai",
    "moonshot": "moonshot_ai",
}


def to_operation(call: CallRecord) -> str | None:
    """What a call did, by its well-known name where it has one; None for steps that the conventions do not know."""
    one = call.observation
    if one.type != "generation":
        return _OF_TYPES.get(one.type)
    call_type = call.exchange.call_type
    return _OPERATIONS.get(call_type, call_type) if call_type else _told(call)


def operation_of(one: Observation) -> str | None:
    """The same of an observation around a call."""
    return _OF_TYPES.get(one.type)


@lru_cache(maxsize=256)
def to_provider(name: str) -> str | None:
    """A provider's well-known name, for LiteLLM's (or what a program calls it); another one as it is, None for none."""
    plain = name.strip().lower()
    if plain.startswith("vertex_ai-"):  # by whose model it is (LiteLLM's price map)
        plain = "vertex_ai"
    return _PROVIDERS.get(plain, plain) or None


def _told(call: CallRecord) -> str:
    """By what went in and came out: texts alone, answered by texts alone, are a completion."""
    one, response = call.observation, call.exchange.response
    if one.input is None:
        return CHAT
    head = bytes(memoryview(one.input)[:_HEAD_BYTES])
    told = next((operation for start, operation in _HEADS if head.startswith(start)), None)
    if told is not None and told != COMPLETION:
        return told
    answered = None if response is None else _answered(response, one)
    if answered is None and told is None:
        told = COMPLETION if head[:1] in (b'"', b"[") and one.output is not None and _are_texts(one.output) else CHAT
    return answered or told or CHAT


def _answered(response: Mapping[str, Raw], one: Observation) -> str | None:
    """By what only one kind of call answers; vectors are not shown."""
    is_list = one.output is not None and bytes(memoryview(one.output)[:1]) == b"["
    if not _VECTORS.isdisjoint(response):
        return EMBEDDINGS
    if "data" in response or "predictions" in response:
        if one.output is None:
            return EMBEDDINGS
        return _IMAGES if "data" in response or bytes(one.output).find(_PICTURE) >= 0 else None
    return "moderation" if is_list and "results" in response else None


def _are_texts(raw: Raw) -> bool:
    return bytes(memoryview(raw)[:2]).startswith((b'"', b'["'))
