"""Spans for any OTLP backend: names, kinds, ids, errors, scores, and what is of the whole trace."""

from __future__ import annotations

from typing import Any

import pytest

from shipper.mapping.otel_ids import span_id, trace_id
from shipper.mapping.span import CLIENT, INTERNAL, LOCAL_PARENT, REMOTE_PARENT
from tests.decode.examples import golden, litellm, plain
from tests.mapping.provider_calls import CALLS
from tests.mapping.views import attributes, parsed, those, viewed

NAMES = {
    "openai": ("chat gpt-4o", CLIENT),
    "anthropic": ("chat claude-sonnet-4-5", CLIENT),
    "gemini": ("generate_content gemini-2.5-flash", CLIENT),
    "completion": ("text_completion gpt-3.5-turbo-instruct", CLIENT),
    "embedding": ("embeddings text-embedding-3-small", CLIENT),
    "tool": ("execute_tool weather", INTERNAL),
    "agent": ("invoke_agent planner", INTERNAL),
    "retriever": ("retrieval handbook", CLIENT),
    "guardrail": ("pii", INTERNAL),
    "chain": ("pipeline", INTERNAL),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_span_is_named_by_its_operation_and_has_its_kind(name: str) -> None:
    (span,) = viewed(CALLS[name])
    assert (span.name, span.kind) == NAMES[name]


def test_a_span_without_model_or_name_is_called_by_its_operation_else_its_type() -> None:
    nameless: dict[str, Any] = {"model": ..., "request": ..., "response": ...}
    assert viewed(plain(**nameless))[0].name == "chat"
    assert viewed(plain(type="tool", **nameless))[0].name == "execute_tool"
    assert viewed(plain(type="span", **nameless))[0].name == "span"


def test_an_agent_of_a_provider_is_its_client() -> None:
    assert viewed(plain(type="agent", provider="openai"))[0].kind == CLIENT


def test_ids_and_times_are_by_the_rule_of_the_other_wire() -> None:
    (span,) = viewed(plain(trace={"id": "t"}, parent_id="above"))
    assert (span.trace_id, span.span_id, span.parent_id) == (trace_id("t"), span_id("p-1"), span_id("above"))
    assert (span.start_ns, span.end_ns) == (1_795_425_516_500_000_000, 1_795_425_517_500_000_000)
    assert span.flags == REMOTE_PARENT


def test_a_span_without_an_end_ends_where_it_starts() -> None:
    (span,) = viewed(plain(end_time=...))
    assert span.end_ns == span.start_ns


def test_a_traceparent_makes_the_call_a_child() -> None:
    (span,) = viewed(plain(traceparent=f"00-{'a' * 32}-{'b' * 16}-01"))
    assert (span.trace_id.hex(), span.parent_id.hex(), span.flags) == ("a" * 32, "b" * 16, REMOTE_PARENT)


def test_a_call_that_joins_a_trace_without_saying_where_is_a_root() -> None:
    """Langfuse's view makes a parent up, so that the trace keeps its name; here nobody takes one from it."""
    (span,) = viewed(litellm(metadata={"existing_trace_id": "t"}))
    assert (span.trace_id, span.parent_id, span.flags) == (trace_id("t"), b"", LOCAL_PARENT)


def test_no_span_is_its_own_parent() -> None:
    (span,) = viewed(plain(parent_id="p-1"))
    assert (span.parent_id, span.flags) == (b"", LOCAL_PARENT)


def test_spans_around_a_call_are_its_children() -> None:
    call, guardrail = viewed(golden("guardrail")["records"][0])
    assert (guardrail.name, guardrail.kind, guardrail.parent_id) == ("guardrail", INTERNAL, call.span_id)
    assert guardrail.trace_id == call.trace_id
    assert guardrail.span_id != call.span_id
    assert guardrail.flags == LOCAL_PARENT
    assert parsed(guardrail.attributes)["shipper.metadata.guardrail_name"] == "presidio-pii"


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        (CALLS["failed"], "rate_limit_error"),
        (golden("fail_rate_limit")["records"][0], "RateLimitError"),
        (plain(error="broken"), "_OTHER"),
        (plain(type="tool", error={"code": 5}), "5"),
    ],
)
def test_an_error_is_the_status_and_has_a_type(record: Any, kind: str) -> None:
    (span,) = viewed(record)
    assert span.failed
    assert span.error
    assert span.attributes["error.type"] == kind


def test_a_success_has_neither() -> None:
    (span,) = viewed(plain())
    assert (span.failed, span.is_ok) == (False, False)
    assert "error.type" not in span.attributes


def test_openinference_says_that_a_success_is_one() -> None:
    call, guardrail = viewed(golden("guardrail")["records"][0], conventions=("gen_ai", "openinference"))
    assert (call.is_ok, guardrail.is_ok) == (True, True)
    (failed,) = viewed(CALLS["failed"], conventions=("openinference",))
    assert (failed.failed, failed.is_ok) == (True, False)


def test_scores_are_events_at_the_calls_end() -> None:
    (span,) = viewed(CALLS["openai"])
    assert [(event.name, event.time_ns) for event in span.events] == [("gen_ai.evaluation.result", span.end_ns)] * 2
    assert [event.attributes for event in span.events] == [
        {
            "gen_ai.evaluation.name": "good",
            "gen_ai.evaluation.score.value": 0.5,
            "gen_ai.evaluation.explanation": "fine",
            "gen_ai.response.id": "chatcmpl-1",
        },
        {
            "gen_ai.evaluation.name": "kind",
            "gen_ai.evaluation.score.label": "yes",
            "gen_ai.response.id": "chatcmpl-1",
        },
    ]
    assert viewed(plain())[0].events == ()


def test_what_is_of_the_trace_is_on_every_span() -> None:
    found = attributes(CALLS["openai"])
    shared = {
        "user.id": "u-1",
        "session.id": "s-1",
        "gen_ai.conversation.id": "s-1",
        "deployment.environment.name": "prod",
        "service.version": "r-1",
        "shipper.trace.name": "chat",
        "shipper.tags": ("a", "b"),
        "shipper.trace.metadata.team": "x",
    }
    assert found.items() >= shared.items()
    call, guardrail = viewed(
        {**golden("guardrail")["records"][0], "metadata": {"session_id": "s", "trace_user_id": "u"}}
    )
    for name, value in {"session.id": "s", "user.id": "u"}.items():
        assert call.attributes[name] == guardrail.attributes[name] == value


def test_environment_and_release_of_the_settings_are_for_those_that_name_none() -> None:
    named = attributes(CALLS["openai"], environment="e", release="r")
    assert (named["deployment.environment.name"], named["service.version"]) == ("prod", "r-1")
    unnamed = attributes(plain(), environment="e", release="r")
    assert (unnamed["deployment.environment.name"], unnamed["service.version"]) == ("e", "r")
    joined = attributes(litellm(metadata={"existing_trace_id": "t"}), environment="e", release="r")
    assert joined["deployment.environment.name"] == "e"
    assert "service.version" not in joined


def test_what_no_convention_has_a_name_for_is_our_own() -> None:
    found = attributes(litellm(metadata={"generation_name": "g", "version": "v", "trace_name": "n"}))
    expected = {"shipper.type": "generation", "shipper.name": "g", "shipper.version": "v", "shipper.trace.name": "n"}
    assert {name: found[name] for name in expected} == expected
    assert found["shipper.call.id"] == "call-1"


def test_metadata_has_an_attribute_for_each_member() -> None:
    found = attributes(plain(metadata={"a": "x", "b": 1, "c": [1], "d": None}))
    assert those(found, "shipper.metadata") == {
        "shipper.metadata.a": "x",
        "shipper.metadata.b": 1,
        "shipper.metadata.c": [1],
    }


@pytest.mark.parametrize("key", ["a." * 700 + "b", "x" * 5_000, "." * 100])
def test_a_key_that_is_no_name_makes_no_deep_or_long_name(key: str) -> None:
    """Phoenix builds trees of them, and loses the whole request where one is too deep."""
    (name,) = those(attributes(plain(metadata={key: 1})), "shipper.metadata")
    assert name.count(".") == 2
    assert len(name) <= 256
    assert attributes(plain(metadata={"a.b": 1}))["shipper.metadata.a.b"] == 1


def test_litellms_metadata_of_what_was_asked_is_content() -> None:
    members = {
        "vector_store_request_metadata": [{"query": "canary"}],
        "mcp_tool_call_metadata": {"arguments": "canary"},
        "prompt_management_metadata": {"prompt_variables": {"x": "canary"}},
    }
    record = litellm({"metadata": {**members, "team": "x"}, "hidden_params": {"response_cost": 1, "x": "canary"}})
    for conventions in (("gen_ai",), ("openinference",)):
        hidden = str(attributes(record, conventions=conventions))
        assert "canary" not in hidden
        assert "team" in hidden
        assert "canary" in str(attributes(record, conventions=conventions, capture_content=True))


@pytest.mark.parametrize(
    ("conventions", "heads"),
    [
        (("gen_ai",), {"gen_ai"}),
        (("openinference",), {"openinference", "llm"}),
        (("openinference", "gen_ai"), {"gen_ai", "openinference", "llm"}),
    ],
)
def test_spans_have_the_attributes_of_the_conventions_that_are_asked_for(conventions: Any, heads: set[str]) -> None:
    found = {name.partition(".")[0] for name in attributes(CALLS["openai"], conventions=conventions)}
    assert found & {"gen_ai", "openinference", "llm"} == heads
    assert {"user", "session", "shipper"} <= found
