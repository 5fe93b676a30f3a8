"""The event types of Langfuse's ingestion contract."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from msgspec import Raw

from shipper.demo.ingestion import Event, Refusal, judge, skim, split
from tests.demo.client import event


def raw(value: Any) -> Raw:
    return Raw(json.dumps(value).encode())


ACCEPTED = [
    event("trace-create", id="x" * 800, name="n" * 1000),
    event("trace-create", userId=None, tags=["a"], public=True, metadata=[1, None], input=3),
    event("generation-create", **{"id": "g", "usage": {"input": 10.0, "output": -1, "unit": "TOKENS"}}),
    event("generation-create", id="g", usageDetails={"input": 1, "weird": "x"}, costDetails={"total": "1"}),
    event("generation-create", id="g", promptName="p", promptVersion=1),
    event("generation-create", id="g", modelParameters={"a": 1, "b": "x", "c": ["y"], "d": {"e": "f"}, "g": None}),
    event("span-update", id="s", endTime="2026-05-01T12:00:00.123456789+01:00"),
    event("tool-create", id="t", level="ERROR", statusMessage="no"),
    event("guardrail-create", id="t"),
    event("event-create", id="e", startTime="2026-05-01T19:28Z"),
    event("observation-create", id="o", type="SPAN"),
    event("score-create", name="s", value=1, traceId="t", dataType="BOOLEAN"),
    event("sdk-log", log={"a": 1}),
    event("trace-create") | {"unknown": "key"},
]


@pytest.mark.parametrize("good", ACCEPTED)
def test_accepts_what_langfuse_accepts(good: dict[str, Any]) -> None:
    verdict = judge(raw(good))
    assert isinstance(verdict, Event)
    assert (verdict.id, verdict.type, verdict.body) == (good["id"], good["type"], good["body"])


REFUSED = [
    event("trace-create", ""),
    event("trace-create", "x" * 801),
    event("trace-create", "a\rb"),
    event("trace-create", id=""),
    event("trace-create", id="x" * 801),
    event("trace-create", name="n" * 1001),
    event("trace-create", id="t") | {"body": None},
    event("trace-create", public="yes"),
    event("trace-create", tags=[1]),
    event("trace-create", userId=7),
    event("trace-create", timestamp="yesterday"),
    event("generation-create"),
    event("generation-create", id=""),
    event("generation-create", id="g", traceId=""),
    event("generation-create", id="g", usage={"input": 1.5}),
    event("generation-create", id="g", usage={"unit": "tokens"}),
    event("generation-create", id="g", modelParameters={"a": {"b": 1}}),
    event("generation-create", id="g", modelParameters={"a": [1]}),
    event("generation-create", id="g", promptName="p"),
    event("generation-create", id="g", promptName="p", promptVersion=0),
    event("generation-create", id="g", level="error"),
    event("generation-create", id="g", endTime="2026-02-30T00:00:00Z"),
    event("span-create", id="s", metadata={}, startTime=5),
    event("observation-create", id="o", type="TOOL"),
    event("score-create", name="", value=1, traceId="t"),
    event("score-create", name="s", value=1),
    event("score-create", name="s", value=1, traceId="t", sessionId="s"),
    event("score-create", name="s", value=2, traceId="t", dataType="BOOLEAN"),
    event("score-create", name="s", value="x", traceId="t", dataType="NUMERIC"),
    event("score-create", name="s", value=1, traceId="t", dataType="CATEGORICAL"),
    event("dataset-run-item-create", id="d"),
    event("no-such-type", id="d"),
    {"id": "only"},
]


@pytest.mark.parametrize("bad", REFUSED)
def test_refuses_what_langfuse_refuses(bad: dict[str, Any]) -> None:
    verdict = judge(raw(bad))
    assert isinstance(verdict, Refusal)
    assert (verdict.id, verdict.status, verdict.message) == (bad["id"], 400, "Invalid request data")
    assert verdict.error


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("2026-05-01T12:00:00Z", True),
        ("2026-05-01T12:00:00.1234567890Z", True),
        ("2026-05-01T19:28Z", True),
        ("2026-05-01T12:00:00+01:00", True),
        ("2026-05-01T12:00:00", False),
        ("2026-05-01T12:00:00+0100", False),
        ("2026-05-01T12:00:00-08", False),
        ("2026-05-01 12:00:00Z", False),
        ("2026-05-01t12:00:00Z", False),
        ("2026-05-01T12:00:00z", False),
        ("2026-05-01", False),
        ("2026-05-01T24:00:00Z", False),
        ("2026-05-01T12:00:60Z", False),
        ("2026-02-30T12:00:00Z", False),
        ("2026-05-01T12:00:00Z\n", False),
        (1_777_636_800, False),
    ],
)
def test_timestamps_have_one_form(text: Any, good: bool) -> None:
    assert isinstance(judge(raw(event("trace-create", "e", text))), Event) is good


@pytest.mark.parametrize("value", [None, 3, "text", [], {"id": 5}])
def test_an_event_without_a_readable_id_is_unknown(value: Any) -> None:
    verdict = judge(raw(value))
    assert isinstance(verdict, Refusal)
    assert verdict.id == "unknown"


@pytest.mark.parametrize("body", [b'{"batch":[{"a":NaN}]}', b"{", b'{"batch":["\\ud800"]}', b'{"batch":["\xff"]}'])
def test_a_body_that_is_no_json_has_no_events(body: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)) as raised:
        split(body)
    assert not isinstance(raised.value, msgspec.ValidationError)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"batch":{}}', b'{"batch":null}'])
def test_a_wrong_envelope_is_told_from_no_json(body: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        split(body)


def test_skimming_believes_every_event() -> None:
    body = json.dumps({"batch": [event("trace-create", "a", id="t", public="nonsense"), event("x", "b")]}).encode()
    assert [(one.id, one.type, one.body) for one in skim(body)] == [
        ("a", "trace-create", {"id": "t"}),
        ("b", "x", {"id": None}),
    ]
