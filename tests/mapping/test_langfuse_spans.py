"""A call as spans in Langfuse's words, rule by rule."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import Raw
from msgspec.structs import replace

from shipper.mapping.langfuse_spans import LangfuseSpans
from shipper.mapping.otel_ids import span_id, trace_id
from shipper.mapping.settings import MappingSettings
from shipper.mapping.span import INTERNAL, LOCAL_PARENT, REMOTE_PARENT, Span
from shipper.records import (
    Billing,
    CallRecord,
    Cost,
    Exchange,
    Observation,
    Trace,
    UnknownCost,
    Usage,
)

START = datetime(2026, 11, 23, 9, 18, 36, 500123, UTC)
END = START + timedelta(seconds=2)
UNKNOWN = UnknownCost("no_usage")
BILLING = Billing(("m",), "", START, None, None)


def raw(value: Any) -> Raw:
    return Raw(json.dumps(value).encode())


def call(trace: Trace | None = None, spans: tuple[Observation, ...] = (), **fields: Any) -> CallRecord:
    observation = Observation(**{"id": "call-1", "type": "generation", "start": START, "end": END, **fields})
    return CallRecord("litellm", trace or Trace("trace-1"), observation, BILLING, spans)


def spans(record: CallRecord, cost: Cost | UnknownCost = UNKNOWN, **settings: Any) -> list[Span]:
    return LangfuseSpans(MappingSettings(**settings)).spans(record, cost)


def attributes(record: CallRecord, cost: Cost | UnknownCost = UNKNOWN, **settings: Any) -> dict[str, Any]:
    """Those of the call's own span; JSON texts parsed."""
    found = spans(record, cost, **settings)[0].attributes
    return {key: json.loads(bytes(value)) if isinstance(value, Raw) else value for key, value in found.items()}


def test_a_call_is_one_span_with_its_times_and_ids() -> None:
    (span,) = spans(call(name="chat"))
    assert (span.trace_id, span.span_id, span.parent_id) == (trace_id("trace-1"), span_id("call-1"), b"")
    assert (span.name, span.kind, span.flags) == ("chat", INTERNAL, LOCAL_PARENT)
    assert span.start_ns == 1_795_425_516_500_123_000
    assert span.end_ns == span.start_ns + 2_000_000_000
    assert (span.failed, span.error) == (False, "")


def test_a_call_without_a_name_has_its_type_for_one() -> None:
    assert spans(call(type="tool"))[0].name == "tool"


@pytest.mark.parametrize("end", [None, START - timedelta(seconds=1)])
def test_a_span_never_ends_before_it_starts(end: datetime | None) -> None:
    (span,) = spans(call(end=end))
    assert span.end_ns == span.start_ns


def test_a_failed_call_has_the_status_error_and_its_message() -> None:
    (span,) = spans(call(level="ERROR", status_message="rate limit"))
    assert (span.failed, span.error) == (True, "rate limit")
    assert span.attributes["langfuse.observation.level"] == "ERROR"
    assert span.attributes["langfuse.observation.status_message"] == "rate limit"


# where it hangs


def test_a_parent_of_the_callers_is_another_processs_span() -> None:
    (span,) = spans(call(parent_id="00f067aa0ba902b7"))
    assert (span.parent_id.hex(), span.flags) == ("00f067aa0ba902b7", REMOTE_PARENT)


def test_a_traceparent_makes_the_call_a_child_of_the_applications_span() -> None:
    (span,) = spans(call(Trace("4bf92f3577b34da6a3ce929d0e0e4736", parent_span="00f067aa0ba902b7")))
    assert (span.parent_id.hex(), span.flags) == ("00f067aa0ba902b7", REMOTE_PARENT)


def test_the_callers_parent_wins_over_a_traceparent() -> None:
    (span,) = spans(call(Trace("t", parent_span="00f067aa0ba902b7"), parent_id="above"))
    assert span.parent_id == span_id("above")


def test_a_call_that_joins_a_trace_is_never_taken_for_its_root() -> None:
    (span,) = spans(call(Trace("t", owned=False)))
    (other,) = spans(call(Trace("t", owned=False), id="call-2"))
    assert any(span.parent_id)
    assert span.parent_id == other.parent_id
    assert span.flags == REMOTE_PARENT


# what is of the call


def test_inputs_and_outputs_go_as_they_were_written() -> None:
    (span,) = spans(call(input=Raw(b'{ "a" : "\\u00e9" }'), output=Raw(b"[1, 2]")))
    assert span.attributes["langfuse.observation.input"] == Raw(b'{ "a" : "\\u00e9" }')
    assert span.attributes["langfuse.observation.output"] == Raw(b"[1, 2]")


def test_a_text_goes_without_its_quotes() -> None:
    assert attributes(call(input=raw('a "text"\n')))["langfuse.observation.input"] == 'a "text"\n'


def test_model_parameters_prompt_and_first_token() -> None:
    found = attributes(
        call(
            model="gpt-4o",
            parameters=raw({"temperature": 0.2}),
            prompt_name="greeting",
            prompt_version=3,
            first_token=START + timedelta(seconds=1),
            version="v7",
        )
    )
    assert found["langfuse.observation.model.name"] == "gpt-4o"
    assert found["langfuse.observation.model.parameters"] == {"temperature": 0.2}
    assert found["langfuse.observation.prompt.name"] == "greeting"
    assert found["langfuse.observation.prompt.version"] == 3
    assert found["langfuse.observation.completion_start_time"] == "2026-11-23T09:18:37.500123Z"
    assert found["langfuse.version"] == "v7"


def test_a_prompts_name_alone_is_not_sent() -> None:
    assert not [key for key in attributes(call(prompt_name="greeting")) if "prompt" in key]


def test_usage_and_cost_are_json_of_numbers() -> None:
    found = attributes(
        call(usage=Usage(input=8, output=2, prompt=8, completion=2)), Cost(0.5, {"input": 0.4, "output": 0.1})
    )
    assert found["langfuse.observation.usage_details"]["total"] == 10
    assert found["langfuse.observation.cost_details"] == {"input": 0.4, "output": 0.1, "total": 0.5}


def test_an_unknown_cost_is_absent() -> None:
    assert "langfuse.observation.cost_details" not in attributes(call(model="m"))


def test_a_failed_call_without_usage_says_so_that_nobody_counts_its_tokens() -> None:
    failed = call(model="gpt-4o", level="ERROR")
    assert attributes(failed)["langfuse.observation.usage_details"] == {"input": 0, "output": 0, "total": 0}
    assert "langfuse.observation.usage_details" not in attributes(call(model="gpt-4o"))


def test_metadata_is_one_attribute_a_member() -> None:
    members = {
        "text": "t",
        "flag": True,
        "off": False,
        "count": 7,
        "zero": 0,
        "cost": 3.5e-05,
        "null": None,
        "list": [1, None],
        "object": {"a": None},
        "with.dots": "x",
        "": "empty",
        "long": "l" * 100,
        "nullish": "null",
    }
    found = attributes(call(metadata=raw(members)))
    prefix = "langfuse.observation.metadata."
    assert {key.removeprefix(prefix): value for key, value in found.items() if key.startswith(prefix)} == {
        name: value for name, value in members.items() if value is not None
    }


@pytest.mark.parametrize("number", ["-1", "2147483648", "12345678901234567890", "1e3", "1.0"])
def test_numbers_that_some_servers_read_wrong_go_as_texts(number: str) -> None:
    (span,) = spans(call(metadata=Raw(b'{"n":%b}' % number.encode())))
    assert span.attributes["langfuse.observation.metadata.n"] == Raw(number.encode())


@pytest.mark.parametrize(("metadata", "value"), [("note", "note"), ([1], [1]), (None, None)])
def test_metadata_that_is_no_object_is_one_attribute(metadata: Any, value: Any) -> None:
    assert attributes(call(metadata=raw(metadata))).get("langfuse.observation.metadata") == value


def test_litellms_ids_of_the_call_are_metadata() -> None:
    found = attributes(replace(call(), exchange=Exchange("c-1", "r-1")))
    assert found["langfuse.observation.metadata.litellm_call_id"] == "c-1"
    assert found["langfuse.observation.metadata.response_id"] == "r-1"


# what is of the whole trace


WIDE = Trace(
    "t",
    name="job",
    user_id="u",
    session_id="s",
    release="r1",
    version="v1",
    public=True,
    environment="prod",
    tags=("a", "b"),
    metadata=raw({"k": "v"}),
)
EXPECTED = {
    "langfuse.trace.name": "job",
    "user.id": "u",
    "session.id": "s",
    "langfuse.release": "r1",
    "langfuse.version": "v1",
    "langfuse.trace.public": True,
    "langfuse.environment": "prod",
    "langfuse.trace.tags": ("a", "b"),
    "langfuse.trace.metadata.k": "v",
}


def test_what_is_of_the_trace_is_on_every_span_of_it() -> None:
    guardrail = Observation("g", "span", START, name="guardrail")
    for span in spans(call(WIDE, (guardrail,))):
        assert EXPECTED.items() <= span.attributes.items()


def test_the_traces_version_wins_over_the_calls() -> None:
    assert attributes(call(WIDE, version="v2"))["langfuse.version"] == "v1"


def test_the_operators_environment_and_release_stand_where_the_record_has_none() -> None:
    found = attributes(call(), environment="Prod", release="2026-11")
    assert (found["langfuse.environment"], found["langfuse.release"]) == ("prod", "2026-11")
    own = attributes(call(WIDE), environment="other", release="other")
    assert (own["langfuse.environment"], own["langfuse.release"]) == ("prod", "r1")


def test_a_joined_trace_gets_no_release_of_the_operators() -> None:
    assert "langfuse.release" not in attributes(call(Trace("t", owned=False)), release="2026-11")


def test_empty_tags_are_none() -> None:
    assert "langfuse.trace.tags" not in attributes(call(Trace("t", tags=())))


def test_the_root_says_what_went_into_its_trace_by_its_own_input() -> None:
    body = raw({"q": 1})
    assert not [
        key for key in attributes(call(Trace("t", input=body, output=body), input=body, output=body)) if "trace." in key
    ]


@pytest.mark.parametrize(
    "record",
    [
        call(Trace("t", input=raw("other"), output=raw("other")), input=raw("in"), output=raw("out")),
        call(
            Trace("t", input=raw("other"), output=raw("other")), input=raw("other"), output=raw("other"), parent_id="p"
        ),
        call(Trace("t", owned=False, input=raw("other"), output=raw("other")), input=raw("other"), output=raw("other")),
    ],
    ids=["differs", "below another", "joined"],
)
def test_elsewhere_the_traces_input_and_output_are_said(record: CallRecord) -> None:
    found = attributes(record)
    assert (found["langfuse.trace.input"], found["langfuse.trace.output"]) == ("other", "other")


@pytest.mark.parametrize("steered", [None, "shown instead"])
def test_out_of_a_failed_calls_own_trace_came_the_error(steered: str | None) -> None:
    """LiteLLM's callback writes it over `trace_output` on this wire, and says it where the call is not the root."""
    failed = call(
        Trace("t", output=raw(steered) if steered else None, extra={"status_message": raw("bad")}),
        input=raw("in"), output=raw("bad"), level="ERROR", status_message="bad",
    )  # fmt: skip
    assert "langfuse.trace.output" not in attributes(failed)
    below = replace(failed, observation=replace(failed.observation, parent_id="p"))
    assert attributes(below)["langfuse.trace.output"] == "bad"


# spans around it


def test_spans_around_the_call_are_its_children_with_their_own_times() -> None:
    around = Observation(
        "g", "span", START - timedelta(seconds=1), name="guardrail", end=START, input=raw({"t": "x"}), output=raw("ok")
    )
    own, child = spans(call(spans=(around,), model="m"), Cost(1.0))
    assert (child.trace_id, child.parent_id, child.flags) == (own.trace_id, own.span_id, LOCAL_PARENT)
    assert (child.name, child.end_ns - child.start_ns) == ("guardrail", 1_000_000_000)
    assert child.attributes == {
        "langfuse.observation.type": "span",
        "langfuse.observation.input": raw({"t": "x"}),
        "langfuse.observation.output": "ok",
    }


# what many spans have in common


def test_what_calls_have_alike_is_one_object_that_need_be_written_only_once() -> None:
    view = LangfuseSpans(MappingSettings())
    (one,), (same,), (other,) = (
        view.spans(call(Trace(name, name="chat"), id=name, model=model), UNKNOWN)
        for name, model in (("a", "m"), ("b", "m"), ("c", "n"))
    )
    assert one.common is same.common is not other.common
    assert (one.attributes | {"langfuse.observation.model.name": "n"}) == other.attributes


def test_long_values_are_not_kept_and_neither_are_more_than_some_hundred() -> None:
    view = LangfuseSpans(MappingSettings())
    long, again = (view.spans(call(Trace("t", tags=("x" * 2_000,))), UNKNOWN)[0] for _ in range(2))
    assert long.common == again.common
    assert long.common is not again.common
    (first,), *_, (last,) = (view.spans(call(Trace("t", name=f"name-{number}")), UNKNOWN) for number in range(2_000))
    assert len(view._known) < 1_000
    assert (first.attributes["langfuse.trace.name"], last.attributes["langfuse.trace.name"]) == ("name-0", "name-1999")
