"""Calls in the attributes of OpenInference, without their content."""

from __future__ import annotations

from typing import Any

import pytest

from shipper.records import Cost, UnknownCost
from tests.decode.examples import golden, litellm, plain
from tests.mapping.provider_calls import CALLS
from tests.mapping.views import COST, parsed, those
from tests.mapping.views import attributes as viewed
from tests.mapping.views import viewed as spans

# Arize Phoenix fails over any other.
KINDS = {
    "LLM", "CHAIN", "TOOL", "RETRIEVER", "EMBEDDING", "AGENT", "RERANKER", "GUARDRAIL", "EVALUATOR",
}  # fmt: skip
NAMES = (
    *("openinference.", "llm.", "embedding.", "reranker.", "retrieval.", "input.", "output.", "tool.", "agent."),
    *("metadata", "tag.", "annotations.", "prompt."),
)
OPENAI = {
    "openinference.span.kind": "LLM",
    "llm.model_name": "gpt-4o-2024-08-06",
    "llm.request.model_name": "gpt-4o",
    "llm.response.model_name": "gpt-4o-2024-08-06",
    "llm.provider": "openai",
    "llm.system": "openai",
    "llm.finish_reason": "tool_calls",
    "llm.token_count.prompt": 100,
    "llm.token_count.completion": 50,
    "llm.token_count.total": 150,
    "llm.token_count.prompt_details.cache_read": 40,
    "llm.token_count.completion_details.reasoning": 20,
    "llm.cost.total": 0.25,
    "llm.cost.prompt": 0.1,
    "llm.cost.completion": 0.15,
    "llm.cost.prompt_details.input": 0.1,
    "llm.cost.completion_details.output": 0.15,
    "metadata": {"team": "x", "finish_reason": "tool_calls", "k": 1},
    "tag.tags": ("a", "b"),
    "annotations.0.annotation.name": "good",
    "annotations.0.annotation.score": 0.5,
    "annotations.0.annotation.explanation": "fine",
    "annotations.1.annotation.name": "kind",
    "annotations.1.annotation.label": "yes",
}


def attributes(record: Any, cost: Cost | UnknownCost = COST) -> dict[str, Any]:
    return those(viewed(record, cost, conventions=("openinference",)), *NAMES)


def test_a_call_of_openais() -> None:
    found = attributes(CALLS["openai"])
    parameters = found.pop("llm.invocation_parameters")
    assert (parameters["temperature"], parameters["service_tier"], parameters["stream"]) == (0.2, "flex", True)
    assert {found.pop(f"annotations.{number}.annotation.identifier")[-1] for number in (0, 1)} == {"0", "1"}
    assert found == OPENAI


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("anthropic", "LLM"),
        ("embedding", "EMBEDDING"),
        ("rerank", "RERANKER"),
        ("tool", "TOOL"),
        ("agent", "AGENT"),
        ("retriever", "RETRIEVER"),
        ("guardrail", "GUARDRAIL"),
        ("chain", "CHAIN"),
    ],
)
def test_a_span_has_its_kind(name: str, kind: str) -> None:
    assert attributes(CALLS[name])["openinference.span.kind"] == kind


def test_every_type_of_observation_has_a_kind_of_the_list() -> None:
    for kind in ("span", "event", "evaluator", "chain", "generation"):
        assert attributes(plain(type=kind))["openinference.span.kind"] in KINDS
    assert attributes(golden("embedding_batch")["records"][0])["openinference.span.kind"] == "EMBEDDING"


def test_a_guardrail_of_litellms_is_one() -> None:
    _, guardrail = spans(golden("guardrail")["records"][0], conventions=("openinference",))
    assert guardrail.attributes["openinference.span.kind"] == "GUARDRAIL"
    assert parsed(guardrail.attributes)["metadata"]["guardrail_name"] == "presidio-pii"


@pytest.mark.parametrize(
    ("provider", "host", "system"),
    [
        ("openai", "openai", "openai"),
        ("azure", "azure", "openai"),
        ("bedrock", "aws", None),
        ("vertex_ai", "google", "vertexai"),
        ("gemini", "google", None),
        ("mistral", "mistralai", "mistralai"),
        ("xai", "xai", None),
        ("together_ai", "together", None),
        ("ollama", "ollama", None),
    ],
)
def test_who_runs_a_model_and_whose_api_it_is(provider: str, host: str, system: str | None) -> None:
    found = attributes(plain(provider=provider))
    assert (found["llm.provider"], found.get("llm.system")) == (host, system)


def test_models_of_other_kinds_have_names_of_their_own() -> None:
    assert attributes(CALLS["embedding"])["embedding.model_name"] == "text-embedding-3-small"
    assert attributes(CALLS["rerank"])["reranker.model_name"] == "rerank-v3.5"
    for name in ("embedding", "rerank"):
        assert not those(attributes(CALLS[name]), "llm.model_name", "llm.provider", "llm.system")


def test_the_model_asked_for_stands_where_nobody_says_which_answered() -> None:
    assert attributes(CALLS["bedrock"])["llm.model_name"] == "amazon.nova-pro-v1:0"


def test_costs_of_tools_and_discounts_are_in_the_total_alone() -> None:
    split = {
        "input": 1.0,
        "cache_read_input_tokens": 0.5,
        "input_audio_tokens": 0.25,
        "output": 2.0,
        "output_reasoning_tokens": 1.0,
        "web_search": 4.0,
        "discount": -0.5,
    }
    assert those(attributes(plain(), Cost(8.25, split)), "llm.cost") == {
        "llm.cost.total": 8.25,
        "llm.cost.prompt": 1.75,
        "llm.cost.completion": 3.0,
        "llm.cost.prompt_details.input": 1.0,
        "llm.cost.prompt_details.cache_read": 0.5,
        "llm.cost.prompt_details.audio": 0.25,
        "llm.cost.completion_details.output": 2.0,
        "llm.cost.completion_details.reasoning": 1.0,
    }
    assert those(attributes(plain(), Cost(1.0)), "llm.cost") == {"llm.cost.total": 1.0}
    assert those(attributes(plain(), UnknownCost("no_model")), "llm.cost") == {}


def test_texts_among_the_settings_are_content_but_for_a_closed_list() -> None:
    asked = {
        "temperature": 0.2,
        "reasoning_effort": "high",
        "user": "canary",
        "stop": "canary",
        "prediction": {"a": "canary"},
    }
    record = litellm(optional_params=asked)
    assert attributes(record)["llm.invocation_parameters"] == {"temperature": 0.2, "reasoning_effort": "high"}
    shown = viewed(record, conventions=("openinference",), capture_content=True)["llm.invocation_parameters"]
    assert shown.keys() == asked.keys()


def test_a_prompt_of_langfuses_has_its_name() -> None:
    found = attributes(litellm(metadata={"prompt": {"name": "p", "version": 3}}))
    assert (found["prompt.vendor"], found["prompt.id"], found["llm.prompt_template.version"]) == ("langfuse", "p", "3")


def test_metadata_is_one_object_of_what_says_something() -> None:
    assert "metadata" not in attributes(plain())
    assert "metadata" not in attributes(plain(metadata="text"))
    assert attributes(plain(metadata={"a": None, "b": [1]}))["metadata"] == {"b": [1]}
