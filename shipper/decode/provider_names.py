"""What a provider is called, by LiteLLM's name of it: the price tables are by those.

Rules: OpenTelemetry's semantic conventions (`gen_ai.provider.name`, and `gen_ai.system` before it), OpenInference's
(`llm.provider`, `llm.system`), the names of the providers' own SDKs. A name that is none of these is LiteLLM's already.
"""

from __future__ import annotations

from functools import lru_cache

_NAMES = {
    "aws": "bedrock",
    "aws.bedrock": "bedrock",
    "aws_bedrock": "bedrock",
    "amazon": "bedrock",
    "amazon_bedrock": "bedrock",
    "azure.ai.openai": "azure",
    "az.ai.openai": "azure",
    "azure_openai": "azure",
    "azure.ai.inference": "azure_ai",
    "az.ai.inference": "azure_ai",
    "gcp.gemini": "gemini",
    "gcp.gen_ai": "gemini",
    "google": "gemini",
    "google_genai": "gemini",
    "google_ai_studio": "gemini",
    "gcp.vertex_ai": "vertex_ai",
    "google_vertexai": "vertex_ai",
    "vertexai": "vertex_ai",
    "vertex": "vertex_ai",
    "ibm.watsonx.ai": "watsonx",
    "mistral_ai": "mistral",
    "mistralai": "mistral",
    "x_ai": "xai",
    "together": "together_ai",
    "fireworks": "fireworks_ai",
    "moonshot_ai": "moonshot",
}


@lru_cache(maxsize=256)
def to_provider(written: str | None) -> str:
    """LiteLLM's name of the provider, `""` if none is given."""
    return _NAMES.get(written.lower().replace("-", "_"), written) if written else ""
