"""Price classes by the number of parameters in a model's name."""

from __future__ import annotations

import json

import pytest

from shipper.pricing import bundled_snapshot
from shipper.pricing.size_class import size_class

BUNDLED = json.loads(bundled_snapshot()[0])


@pytest.mark.parametrize(
    ("provider", "model", "found"),
    [
        ("fireworks_ai", "accounts/me/models/Tiny-3B", "fireworks-ai-up-to-4b"),
        ("fireworks_ai", "llama-8b", "fireworks-ai-4.1b-to-16b"),
        ("fireworks_ai", "llama-70b", "fireworks-ai-above-16b"),
        ("fireworks_ai", "mixtral-8x7b", "fireworks-ai-moe-up-to-56b"),
        ("fireworks_ai", "mixtral-8x22b", "fireworks-ai-56b-to-176b"),
        ("fireworks_ai", "my-own", None),
        ("together_ai", "llama-3b", "together-ai-up-to-4b"),
        ("together_ai", "llama-8b", "together-ai-4.1b-8b"),
        ("together_ai", "llama-13b", "together-ai-8.1b-21b"),
        ("together_ai", "qwen-32b", "together-ai-21.1b-41b"),
        ("together_ai", "llama-70b", "together-ai-41.1b-80b"),
        ("together_ai", "command-104b", "together-ai-81.1b-110b"),
        ("together_ai", "llama-405b", None),
        ("together_ai", "m2-bert-80M-8k-retrieval", "together-ai-embedding-up-to-150m"),
        ("together_ai", "bge-large-335m", "together-ai-embedding-151m-to-350m"),
        ("together_ai", "my-own", None),
        ("openai", "llama-8b", None),
    ],
)
def test_a_models_size_names_its_class(provider: str, model: str, found: str | None) -> None:
    assert size_class(provider, model) == found
    assert found is None or found in BUNDLED
