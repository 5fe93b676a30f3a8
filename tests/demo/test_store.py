"""Merging and counting in the inbox's store."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from shipper.demo import otlp_protobuf
from shipper.demo.ingestion import Event, judge
from shipper.demo.span_view import view
from shipper.demo.store import Store
from tests.demo.client import event
from tests.demo.spans import OWN, SPAN_ID, START_NS, TRACE_ID, export, generation, span, span_ids


def accepted(value: dict[str, Any]) -> Event:
    verdict = judge(Raw(json.dumps(value).encode()))
    assert isinstance(verdict, Event)
    return verdict


def store_of(*events: dict[str, Any], keep: int | None = None) -> Store:
    store = Store(keep)
    for one in events:
        store.put(accepted(one))
    return store


def at(second: int) -> str:
    return f"2026-05-01T12:00:{second:02d}Z"


def call(name: str, trace: str = "t", **body: Any) -> dict[str, Any]:
    return event("generation-create", f"e-{name}", id=name, traceId=trace, **body)


THREE = [
    event("trace-create", "1", at(1), id="t", name="first", input="in", timestamp=at(5), metadata={"a": 1}, tags=["x"]),
    event("trace-create", "2", at(2), id="t", name="second", output="out", metadata={"a": 2, "b": 2}, tags=["y"]),
    event("trace-create", "3", at(3), id="t", name=None, input="", timestamp=at(9), metadata={"b": 3}, userId="u"),
]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_envelope_time_decides_and_not_the_order_of_arrival(order: tuple[int, ...]) -> None:
    """A later null overwrites, an empty input does not, the first start stays, metadata and tags are united."""
    trace = store_of(*(THREE[index] for index in order)).traces["t"]
    assert trace.fields == {
        "id": "t",
        "name": None,
        "input": "in",
        "output": "out",
        "timestamp": at(5),
        "metadata": {"a": 2, "b": 3},
        "tags": ["x", "y"],
        "userId": "u",
    }


@given(
    st.lists(st.dictionaries(st.sampled_from(["name", "userId", "release"]), st.text(max_size=3)), max_size=6),
    st.data(),
)
def test_any_order_of_arrival_merges_to_the_same(bodies: list[dict[str, str]], data: st.DataObject) -> None:
    events = [event("trace-create", str(i), at(i), id="t", **body) for i, body in enumerate(bodies)]
    shuffled = data.draw(st.permutations(events))
    expected = {key: value for body in bodies for key, value in body.items()} | ({"id": "t"} if bodies else {})
    assert (store_of(*shuffled).traces["t"].fields if bodies else {}) == expected


def test_tokens_and_cost_come_from_the_details_and_else_from_usage() -> None:
    store = store_of(
        call("a", usageDetails={"input": 3, "total": 5}, costDetails={"total": 0.5}, usage={"totalCost": 9}),
        call("b", usage={"input": 2, "output": 4, "totalCost": 0.25}),
        call("c", usage={"input": 1, "output": 1, "total": 7}, model="m"),
        call("failed", model="m", level="ERROR"),
        event("tool-create", "e-tool", id="tool"),
    )
    assert (store.totals.calls, store.totals.tokens, store.totals.cost_usd) == (5, 5 + 6 + 7, 0.75)
    assert store.totals.unpriced == 1, "a failed call and a tool cost nothing that could be known"


def test_a_call_that_comes_again_is_counted_once_and_known_to_have_come_twice() -> None:
    store = store_of(call("a", usage={"input": 2}), call("a", usage={"input": 2}), call("b"))
    totals = store.totals
    assert (totals.calls, totals.call_posts, totals.tokens, totals.events, totals.duplicates) == (2, 3, 2, 3, 1)


def test_an_update_changes_the_totals_instead_of_adding() -> None:
    late = event("generation-update", "u", at(9), id="a", costDetails={"total": 2.0}, level="ERROR")
    totals = store_of(call("a", costDetails={"total": 1.0}), late).totals
    assert (totals.calls, totals.call_posts, totals.cost_usd, totals.errors) == (1, 1, 2.0, 1)


def test_spans_are_no_calls() -> None:
    totals = store_of(event("span-create", id="s", traceId="t"), event("event-create", "e2", id="e")).totals
    assert (totals.calls, totals.call_posts, totals.events) == (0, 0, 2)


def test_without_a_body_id_an_event_is_counted_and_forgotten() -> None:
    store = store_of(event("trace-create", name="nobody"), event("sdk-log", "e2", log=1))
    assert (store.totals.events, store.totals.traces, store.traces) == (2, 0, {})


def test_an_observation_without_a_trace_stands_in_a_group_of_its_own() -> None:
    store = store_of(event("generation-create", id="g"))
    assert store.groups == {"g": ["g"]}
    assert store.traces == {}


def test_details_are_bounded_and_totals_are_not() -> None:
    events = [one for i in range(9) for one in (event("trace-create", f"t{i}", id=f"t{i}"), call(f"g{i}", f"t{i}"))]
    store = store_of(*events, keep=3)
    assert list(store.groups) == list(store.traces) == ["t6", "t7", "t8"]
    assert list(store.observations) == ["g6", "g7", "g8"]
    assert (store.totals.traces, store.totals.calls) == (9, 9)
    assert store.has_observation("g0")
    assert not store.has_observation("g9")


def test_what_is_forgotten_is_still_counted_once() -> None:
    store = store_of(call("a", "t1", usage={"input": 5}), call("b", "t2"), keep=1)
    store.put(accepted(call("a", "t1", usage={"input": 5})))
    assert (store.totals.calls, store.totals.call_posts, store.totals.tokens) == (2, 3, 5)
    assert list(store.groups) == ["t2"]


def store_of_spans(*spans: Span, keep: int | None = None) -> Store:
    store = Store(keep)
    put_spans(store, *spans)
    return store


def put_spans(store: Store, *spans: Span) -> None:
    for one in otlp_protobuf.read(export(*spans).SerializeToString()):
        store.put(view(one))


def test_a_calls_span_counts_as_a_call_by_the_other_wire_does() -> None:
    usage, cost = '{"total":12}', '{"total":0.5}'
    totals = store_of_spans(
        generation(span_ids(1)[0], model__name="m", usage_details=usage, cost_details=cost), generation(model__name="m")
    ).totals
    assert (totals.traces, totals.calls, totals.call_posts, totals.call_spans) == (1, 2, 2, 2)
    assert (totals.tokens, totals.cost_usd, totals.unpriced, totals.events) == (12, 0.5, 1, 2)
    assert store_of(call("a")).totals.call_spans == 0


def test_a_span_that_comes_again_replaces_the_whole_row_and_is_a_duplicate() -> None:
    store = store_of_spans(generation(input="i", level="ERROR", usage_details='{"total":5}'), generation(output="o"))
    fields = store.observations[SPAN_ID].fields
    assert ("input" in fields, fields["output"], fields["level"]) == (False, "o", "DEFAULT")
    totals = store.totals
    assert (totals.calls, totals.call_posts, totals.duplicates, totals.tokens, totals.errors) == (1, 2, 1, 0, 0)
    assert store.groups == {TRACE_ID: [SPAN_ID]}


def test_what_spans_say_of_their_trace_is_merged_and_what_they_do_not_say_changes_nothing() -> None:
    parent = bytes.fromhex(SPAN_ID)
    first, second = span_ids(2)
    told = {"langfuse.trace.name": "chat", "user.id": "ada", "langfuse.trace.tags": ["b"]}
    store = store_of_spans(
        span(second, parent_span_id=parent, start_time_unix_nano=START_NS + 10**9),
        span(
            first, parent_span_id=parent, attributes={"langfuse.trace.tags": ["a"], OWN + "input": "not of the trace"}
        ),
        span(attributes=told | {OWN + "input": "i"}),
    )
    assert store.traces[TRACE_ID].fields == {
        "id": TRACE_ID,
        "timestamp": "2026-05-01T12:00:00.123Z",
        "environment": "default",
        "name": "chat",
        "userId": "ada",
        "tags": ["a", "b"],
        "input": "i",
    }
    assert store.totals.traces == 1


def test_a_forgotten_span_is_still_known() -> None:
    first, second = span_ids(2)
    store = store_of_spans(generation(first, "1" * 32), generation(second, "2" * 32), keep=1)
    put_spans(store, generation(first, "1" * 32))
    assert (store.totals.calls, store.totals.call_posts, store.totals.traces) == (2, 3, 2)
    assert (list(store.groups), list(store.observations), list(store.traces)) == (["2" * 32], [second], ["2" * 32])
    assert store.has_observation(first)


def test_one_call_by_both_wires_under_one_id_is_one_call() -> None:
    """As with the ids of the one wire used on the other: what comes last by OTLP replaces, by the other it merges."""
    store = store_of(call(SPAN_ID, TRACE_ID, usageDetails={"total": 3}))
    put_spans(store, generation(usage_details='{"total":4}'))
    store.put(accepted(call(SPAN_ID, TRACE_ID, input="i")))
    totals = store.totals
    assert (totals.calls, totals.call_posts, totals.call_spans, totals.tokens) == (1, 3, 1, 4)
    assert store.observations[SPAN_ID].fields["input"] == "i"
