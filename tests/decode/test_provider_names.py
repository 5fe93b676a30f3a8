"""Providers by LiteLLM's names."""

from __future__ import annotations

import pytest

from shipper.decode.provider_names import to_provider
from tests.decode.examples import call, plain


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("aws.bedrock", "bedrock"),
        ("azure.ai.openai", "azure"),
        ("gcp.gemini", "gemini"),
        ("gcp.vertex_ai", "vertex_ai"),
        ("mistral_ai", "mistral"),
        ("x_ai", "xai"),
        ("google", "gemini"),
        ("MistralAI", "mistral"),
        ("google-genai", "gemini"),
        ("amazon-bedrock", "bedrock"),
    ],
)
def test_names_of_the_conventions_are_litellms(written: str, name: str) -> None:
    assert to_provider(written) == name
    assert call(plain(provider=written)).billing.provider == name


@pytest.mark.parametrize("name", ["openai", "vertex_ai-anthropic_models", "Acme-AI", "cohere_chat", "azure_ai"])
def test_any_other_name_is_litellms_already(name: str) -> None:
    assert to_provider(name) == name


def test_no_provider_is_any() -> None:
    assert to_provider(None) == to_provider("") == ""
