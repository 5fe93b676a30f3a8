"""What Phoenix does with spans, so far as the OTLP mapping and its sink rely on it; the daemon has no part in this."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.phoenix.server import Phoenix
from tests.phoenix.spans import END_NS, START_NS, Value, request, span

ONE, TWO, THREE, FOUR, FIVE = (bytes([number]) * 8 for number in range(1, 6))

QUESTION = [{"role": "user", "parts": [{"type": "text", "content": "How deep is the sea?"}]}]
ANSWER = [{"role": "assistant", "parts": [{"type": "text", "content": "Deep."}], "finish_reason": "stop"}]
GEN_AI: Mapping[str, Value] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.request.temperature": 0.5,
    "gen_ai.response.model": "gpt-4o-2024-08-06",
    "gen_ai.response.id": "resp-1",
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.usage.input_tokens": 10,
    "gen_ai.usage.output_tokens": 2,
    "gen_ai.usage.cache_read.input_tokens": 4,
    "gen_ai.conversation.id": "session-g",
    "gen_ai.input.messages": json.dumps(QUESTION),
    "gen_ai.output.messages": json.dumps(ANSWER),
    "user.id": "user-g",
}
OPENINFERENCE: Mapping[str, Value] = {
    "openinference.span.kind": "LLM",
    "llm.model_name": "claude-x",
    "llm.provider": "anthropic",
    "llm.token_count.prompt": 100,
    "llm.token_count.completion": 20,
    "llm.token_count.total": 120,
    "llm.cost.total": 0.25,
    "session.id": "session-o",
    "user.id": "user-o",
    "input.value": '{"messages": [{"role": "user", "content": "Hi"}]}',
    "input.mime_type": "application/json",
    "output.value": "Hello",
    "output.mime_type": "text/plain",
    "llm.input_messages.0.message.role": "user",
    "llm.input_messages.0.message.content": "Hi",
    "metadata": '{"team": "blue", "cost": {"centre": 7}}',
    "tag.tags": ["a", "b"],
}
PAGE_FIELDS = """spanId spanKind tokenCountPrompt tokenCountCompletion tokenCountTotal
    input{value mimeType} output{value mimeType} costSummary{total{cost}}"""


def moment(time_ns: int) -> datetime:
    """To the microsecond, which is what it keeps."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_ns // 1000)


def on_the_page(phoenix: Phoenix, project: str) -> Mapping[str, Any]:
    """What its web page reads of the project's only span."""
    (found,) = phoenix.span_fields(project, PAGE_FIELDS)
    return found


def test_spans_are_read_back_as_they_were_sent(phoenix: Phoenix, project: str) -> None:
    """Ids, parent, name, status, times to the microsecond, attributes; the answer is an empty message."""
    parent = span(ONE, {"a.b": "x", "a.c": 7, "d": 1.5, "e": True, "f": ["g", "h"]}, name="parent")
    child = span(TWO, trace_id=ONE * 2, parent_id=ONE, name="child", error="it broke")

    reply = phoenix.send(request(parent, child), project)

    assert reply == (200, "application/x-protobuf", b"")
    one, two = phoenix.stored(project, 2)
    assert (one.trace_id, one.span_id, one.parent_id) == ("01" * 16, "01" * 8, None)
    assert (two.trace_id, two.span_id, two.parent_id) == ("01" * 16, "02" * 8, "01" * 8)
    assert [found.name for found in (one, two)] == ["parent", "child"]
    assert [(found.status, found.status_message) for found in (one, two)] == [("OK", ""), ("ERROR", "it broke")]
    assert abs(one.start - moment(START_NS)) <= timedelta(microseconds=1)
    assert abs(one.end - moment(END_NS)) <= timedelta(microseconds=1)
    assert one.attributes == {"a.b": "x", "a.c": 7, "d": 1.5, "e": True, "f": ["g", "h"]}


def test_many_spans_are_read_page_by_page(phoenix: Phoenix, project: str) -> None:
    """Each once, in the order of their coming."""
    sent = [bytes([9, number]) * 4 for number in range(25)]
    phoenix.send(request(*map(span, sent)), project)
    phoenix.stored(project, len(sent))

    assert [bytes.fromhex(found.span_id) for found in phoenix.spans(project, page=10)] == sent


def test_gen_ai_alone_gives_model_tokens_and_session(phoenix: Phoenix, project: str) -> None:
    """And messages; but no input, an output that says nothing, and the model that was asked for."""
    sent = {**GEN_AI, "gen_ai.conversation.id": project}
    phoenix.send(request(span(THREE, sent)), project)
    (found,) = phoenix.stored(project, 1)

    assert found.kind == "LLM"
    assert found.attributes.items() >= sent.items()
    made = {
        "llm.model_name": "gpt-4o",
        "llm.provider": "openai",
        "llm.token_count.prompt": 10,
        "llm.token_count.completion": 2,
        "llm.token_count.total": 12,
        "llm.token_count.prompt_details.cache_read": 4,
        "llm.finish_reason": "stop",
        "llm.invocation_parameters": '{"temperature": 0.5}',
        "llm.input_messages.0.message.content": "How deep is the sea?",
        "llm.output_messages.0.message.content": "Deep.",
        "session.id": project,
        "output.value": '{"id": "resp-1", "model": "gpt-4o-2024-08-06"}',
    }
    assert found.attributes.items() >= made.items()
    assert "input.value" not in found.attributes
    page = on_the_page(phoenix, project)
    assert (page["tokenCountPrompt"], page["tokenCountCompletion"], page["input"]) == (10, 2, None)
    assert phoenix.sessions(project) == {project: 1}


def test_openinference_fills_its_page(phoenix: Phoenix, project: str) -> None:
    """Input and output as well; metadata is read back unfolded."""
    phoenix.send(request(span(FOUR, OPENINFERENCE)), project)
    (found,) = phoenix.stored(project, 1)

    assert found.kind == "LLM"
    plain = {key: value for key, value in OPENINFERENCE.items() if key not in {"metadata", "openinference.span.kind"}}
    assert found.attributes == plain | {"metadata.team": "blue", "metadata.cost.centre": 7}
    page = on_the_page(phoenix, project)
    assert page["tokenCountTotal"] == 120
    assert page["input"] == {"value": OPENINFERENCE["input.value"], "mimeType": "json"}
    assert page["output"] == {"value": "Hello", "mimeType": "text"}


def test_with_both_conventions_openinference_stands(phoenix: Phoenix, project: str) -> None:
    """What is derived from gen_ai never takes the place of what was sent, messages included; gaps are filled."""
    phoenix.send(request(span(FIVE, {**GEN_AI, **OPENINFERENCE})), project)
    (found,) = phoenix.stored(project, 1)

    for key in ("llm.model_name", "llm.token_count.prompt", "session.id", "user.id", "input.value", "output.value"):
        assert found.attributes[key] == OPENINFERENCE[key], key
    assert found.attributes["llm.input_messages.0.message.content"] == "Hi"
    assert found.attributes["llm.output_messages.0.message.content"] == "Deep."
    assert found.attributes["gen_ai.request.model"] == "gpt-4o"


def test_its_costs_are_those_of_its_own_prices(phoenix: Phoenix, project: str) -> None:
    """A cost that is sent is kept as an attribute and nowhere summed up."""
    costs = {**GEN_AI, "llm.cost.total": 123.0, "gen_ai.usage.cost": 123.0}
    phoenix.send(request(span(b"costcost", costs)), project)
    (found,) = phoenix.stored(project, 1)

    assert found.attributes["llm.cost.total"] == 123.0
    assert on_the_page(phoenix, project)["costSummary"]["total"]["cost"] < 0.001


def test_the_same_span_again_is_stored_once(phoenix: Phoenix, project: str) -> None:
    """The first stands, in one request and in another one; also when the trace is another: the span's id decides."""
    first, after = span(b"again-1_", name="first"), span(b"again-2_", name="after")
    phoenix.send(request(first, first), project)
    phoenix.stored(project, 1)
    changed, elsewhere = span(b"again-1_", name="changed"), span(b"again-1_", trace_id=TWO * 2, name="elsewhere")

    phoenix.send(request(changed, elsewhere, after), project)

    assert [found.name for found in phoenix.stored(project, 2)] == ["first", "after"]


def test_gzip_is_taken(phoenix: Phoenix, project: str) -> None:
    """By its header."""
    body = gzip.compress(request(span(b"zip-zip_", name="zipped")))

    assert phoenix.send(body, project, content_encoding="gzip").status == 200

    assert [found.name for found in phoenix.stored(project, 1)] == ["zipped"]


@pytest.mark.parametrize("content_type", ["application/json", "application/x-protobuf; charset=utf-8"])
def test_only_protobuf_is_taken(phoenix: Phoenix, project: str, content_type: str) -> None:
    """Not even with a parameter."""
    reply = phoenix.send(b'{"resourceSpans": []}', project, content_type)

    assert reply == (415, "text/plain; charset=utf-8", b"Unsupported content type: " + content_type.encode())


def test_garbage_is_refused_whole(phoenix: Phoenix, project: str) -> None:
    """With a text."""
    reply = phoenix.send(b"\xff\xff garbage", project)

    assert reply == (422, "text/plain; charset=utf-8", b"Request body is invalid ExportTraceServiceRequest")


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("no trace", span(b"bad-1___", trace_id=b"")),
        ("no id", span(b"", trace_id=b"bad-trace-2_____")),
        ("bytes", span(b"bad-4___", {"x": b"\xff"})),
    ],
)
def test_a_span_it_cannot_store_is_dropped_without_a_word(phoenix: Phoenix, project: str, name: str, bad: Span) -> None:
    """The answer has no partial success; the spans beside it are stored."""
    before, after = span(f"bf{name:6.6}".encode(), name="before"), span(f"af{name:6.6}".encode(), name="after")

    assert phoenix.send(request(before, bad, after), project) == (200, "application/x-protobuf", b"")

    assert [found.name for found in phoenix.stored(project, 2)] == ["before", "after"]


def test_a_kind_that_it_does_not_know_is_kept_as_unknown(phoenix: Phoenix, project: str) -> None:
    """Without a word as well: REST shows what was sent, the page what it takes it for."""
    phoenix.send(request(span(b"kindless", {"openinference.span.kind": "FOO"})), project)

    assert [found.kind for found in phoenix.stored(project, 1)] == ["FOO"]
    assert on_the_page(phoenix, project)["spanKind"] == "unknown"


def test_a_trace_stays_in_the_project_of_its_first_span(phoenix: Phoenix, project: str) -> None:
    """Whatever project a later span names."""
    phoenix.send(request(span(b"member-1", trace_id=b"one trace for 2_")), project)
    phoenix.stored(project, 1)

    phoenix.send(request(span(b"member-2", trace_id=b"one trace for 2_")), f"{project}-2")

    assert len(phoenix.stored(project, 2)) == 2
    assert phoenix.spans(f"{project}-2") == []


def test_acknowledged_is_not_stored(phoenix: Phoenix, project: str) -> None:
    """The answer comes before the database has anything: what was acknowledged just before a crash is lost there."""
    ids = [b"ack-" + number.to_bytes(4) for number in range(150)]

    assert phoenix.send(request(*map(span, ids)), project).status == 200

    assert len(phoenix.spans(project)) < len(ids)
    assert len(phoenix.stored(project, len(ids))) == len(ids)
