"""Names of the OpenTelemetry semantic conventions for generative AI: operations and providers.

Pure. Source: open-telemetry/semantic-conventions-genai, schema 1.42.0, model/gen-ai/registry.yaml
(`gen_ai.operation.name`, `gen_ai.provider.name`: a well-known value where there is one, else one's own); LiteLLM,
types/utils.py (CallTypes, LlmProviders).
"""

from __future__ import annotations

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
# As decode writes what was asked by an API that is not a chat's.
_HEADS = ((b'{"contents":', CONTENT), (b'{"prompt":', COMPLETION), (b'{"query":', "rerank"))
_HEAD_BYTES = max(len(start) for start, _ in _HEADS)
_QUOTE = ord('"')

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
    """By what went in and came out: a text alone, answered by a text alone, is a completion."""
    asked, answer, response = call.observation.input, call.observation.output, call.exchange.response
    if asked is None:
        return CHAT
    if response is not None and "data" in response:
        return "image_generation"
    if _first(asked) == _QUOTE:
        return COMPLETION if answer is not None and _first(answer) == _QUOTE else CHAT
    head = bytes(memoryview(asked)[:_HEAD_BYTES])
    return next((operation for start, operation in _HEADS if head.startswith(start)), CHAT)


def _first(raw: Raw) -> int:
    return memoryview(raw)[0]
