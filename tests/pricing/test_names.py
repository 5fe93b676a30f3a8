"""Look-up by the names that records really carry."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.pricing import PriceBook, PriceTable
from shipper.pricing.names import candidates, image_names, may_price

ROWS = {
    "gpt-4o": "openai",
    "gpt-4o-2024-05-13": "openai",
    "ft:gpt-4o": "openai",
    "azure/gpt-4o": "azure",
    "claude-sonnet-4-5": "anthropic",
    "anthropic.claude-sonnet-4-5-v1:0": "bedrock",
    "eu.anthropic.claude-sonnet-4-5-v1:0": "bedrock_converse",
    "bedrock/us-gov-west-1/anthropic.claude-sonnet-4-5-v1:0": "bedrock",
    "gemini/gemini-2.5-flash": "gemini",
    "vertex_ai/gemini-2.5-flash": "vertex_ai-language-models",
    "groq/llama-3.3-70b": "groq",
    "openrouter/anthropic/claude-sonnet-4.5": "openrouter",
    "perplexity/perplexity/sonar-x": "perplexity",
    "Qwen/Qwen3-32B": "nebius",
    "gpt-3.5-turbo-instruct": "text-completion-openai",
    "command-r": "cohere_chat",
}
ARN = "arn:aws:bedrock:eu-west-1:123456789012:inference-profile"
BOOK = PriceBook.of(
    PriceTable.load(
        msgspec.json.encode(
            {name: {"litellm_provider": owner, "input_cost_per_token": 1.0} for name, owner in ROWS.items()}
        ),
        date(2026, 1, 1),
    )
)
START = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("provider", "model", "row"),
    [
        ("openai", "gpt-4o", "gpt-4o"),
        ("openai", "gpt-3.5-turbo-instruct", "gpt-3.5-turbo-instruct"),
        ("cohere", "command-r", "command-r"),
        ("openai", "openai/gpt-4o", "gpt-4o"),
        ("openai", "openai/openai/gpt-4o", "gpt-4o"),
        ("openai", "GPT-4o", "gpt-4o"),
        ("openai", "gpt-4o-2024-05-13", "gpt-4o-2024-05-13"),
        ("openai", "gpt-4o-2031-12-31", "gpt-4o"),
        ("openai", "ft:gpt-4o:my-org:suffix:id", "ft:gpt-4o"),
        ("openai", "ft:gpt-4o:my-org::id", "ft:gpt-4o"),
        ("openai", "team-a/gpt-4o", "gpt-4o"),
        ("azure", "gpt-4o", "azure/gpt-4o"),
        ("azure", "gpt-4o-2024-11-20", "azure/gpt-4o"),
        ("azure_ai", "gpt-4o", "gpt-4o"),
        ("bedrock", "anthropic.claude-sonnet-4-5-v1:0", "anthropic.claude-sonnet-4-5-v1:0"),
        ("bedrock", "bedrock/converse/anthropic.claude-sonnet-4-5-v1:0", "anthropic.claude-sonnet-4-5-v1:0"),
        ("bedrock", "us.anthropic.claude-sonnet-4-5-v1:0", "anthropic.claude-sonnet-4-5-v1:0"),
        ("bedrock", "apac.anthropic.claude-sonnet-4-5-v1:0", "anthropic.claude-sonnet-4-5-v1:0"),
        ("bedrock", "eu.anthropic.claude-sonnet-4-5-v1:0", "eu.anthropic.claude-sonnet-4-5-v1:0"),
        ("bedrock", "us-east-1/anthropic.claude-sonnet-4-5-v1:0", "anthropic.claude-sonnet-4-5-v1:0"),
        (
            "bedrock",
            "us-gov-west-1/anthropic.claude-sonnet-4-5-v1:0",
            "bedrock/us-gov-west-1/anthropic.claude-sonnet-4-5-v1:0",
        ),
        ("bedrock", "anthropic.claude-sonnet-4-5-v1:0:51k", "anthropic.claude-sonnet-4-5-v1:0"),
        ("bedrock", "converse/eu.anthropic.claude-sonnet-4-5-v1:0", "eu.anthropic.claude-sonnet-4-5-v1:0"),
        ("bedrock", f"{ARN}/us.anthropic.claude-sonnet-4-5-v1:0", "anthropic.claude-sonnet-4-5-v1:0"),
        ("bedrock", f"{ARN}/eu.anthropic.claude-sonnet-4-5-v1:0", "eu.anthropic.claude-sonnet-4-5-v1:0"),
        ("gemini", "gemini-2.5-flash-001", "gemini/gemini-2.5-flash"),
        ("vertex_ai", "gemini-2.5-flash", "vertex_ai/gemini-2.5-flash"),
        ("vertex_ai_beta", "gemini-2.5-flash-002", "vertex_ai/gemini-2.5-flash"),
        ("openrouter", "anthropic/claude-sonnet-4.5", "openrouter/anthropic/claude-sonnet-4.5"),
        ("perplexity", "perplexity/sonar-x", "perplexity/perplexity/sonar-x"),
        ("nebius", "qwen/qwen3-32b", "Qwen/Qwen3-32B"),
        ("litellm_proxy", "gpt-4o", "gpt-4o"),
        ("", "gpt-4o", "gpt-4o"),
        ("", "gpt-4o-2031-12-31", "gpt-4o"),
        ("", "groq/llama-3.3-70b", "groq/llama-3.3-70b"),
        ("", "openai/gpt-4o", "gpt-4o"),
        ("", "apac.anthropic.claude-sonnet-4-5-v1:0[1m]", "anthropic.claude-sonnet-4-5-v1:0"),
        ("", f"{ARN}/eu.anthropic.claude-sonnet-4-5-v1:0", "eu.anthropic.claude-sonnet-4-5-v1:0"),
        ("nebius", "team-a/Qwen/Qwen3-32B", "Qwen/Qwen3-32B"),
        ("groq", "team-a/llama-3.3-70b", "groq/llama-3.3-70b"),
        ("", "bedrock/us.anthropic.claude-sonnet-4-5-v1:0", "anthropic.claude-sonnet-4-5-v1:0"),
    ],
)
def test_a_name_finds_the_row_that_prices_it(provider: str, model: str, row: str) -> None:
    found = BOOK.find(provider, model, START)
    assert found is not None
    assert found.name == row


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openai", "gpt-4o-turbo"),
        ("openai", "claude-sonnet-4-5"),  # somebody else's model behind an OpenAI-shaped address
        ("hosted_vllm", "gpt-4o"),
        ("groq", "gpt-4o"),
        ("gemini", "gemini-2.5-flash-preview"),
        ("anthropic", "claude-sonnet"),
        ("openai", ""),
        ("", ""),
        ("", "/"),
        ("", "unknown/gpt-4o"),
    ],
)
def test_a_name_that_only_looks_alike_finds_nothing(provider: str, model: str) -> None:
    assert BOOK.find(provider, model, START) is None


@given(st.text(), st.text())
def test_any_name_has_a_handful_of_candidates(provider: str, model: str) -> None:
    assert len(candidates(provider, model)) <= 12


def test_the_candidates_of_a_slash_chain_do_not_grow_with_it() -> None:
    assert len(candidates("", "a/" * 5_000 + "b")) <= 12
    assert len(candidates("a", "a/" * 5_000 + "b")) <= 12


@pytest.mark.parametrize(
    ("row_provider", "provider", "holds"),
    [
        ("openai", "openai", True),
        ("openai", "", True),
        (None, "openai", True),
        ("vertex_ai-anthropic_models", "vertex_ai", True),
        ("bedrock_converse", "bedrock", True),
        ("fireworks_ai-embedding-models", "fireworks_ai", True),
        ("azure", "azure_ai", True),
        ("openai", "azure", False),
        ("anthropic", "openai", False),
        ("bedrock", "anthropic", False),
    ],
)
def test_whose_row_holds_for_a_provider(row_provider: str | None, provider: str, holds: bool) -> None:
    assert may_price(row_provider, provider) is holds


def test_an_image_is_looked_up_by_quality_size_and_the_usual_steps() -> None:
    assert image_names("openai", "openai/painter", "512x256", "hd") == (
        "hd/512-x-256/painter",
        "openai/hd/512-x-256/painter",
        "512-x-256/hd/painter",
        "openai/512-x-256/hd/painter",
        "512-x-256/painter",
        "openai/512-x-256/painter",
        "512-x-256/50-steps/painter",
        "openai/512-x-256/50-steps/painter",
    )
