"""`map` without its command line: lines in, bodies and refusals out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shipper.batch import BatchSettings
from shipper.mapping.ingestion import IngestionMapper
from shipper.mapping.otel_ids import span_id, trace_id
from shipper.mapping.settings import MappingSettings
from shipper.offline import OfflineMapper, Refused
from shipper.pricing import PricingSettings

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))


def _call(number: int = 0, text: str = "") -> bytes:
    return json.dumps({"schema": "shipper.call/1", "id": f"call-{number}", "start_time": 1.5, "request": text}).encode()


WHOLE = MappingSettings(oversize="dead_letter")


def _mapped(lines: Iterable[bytes], mapping: MappingSettings = WHOLE, **batch: int) -> list[bytes | Refused]:
    mapper = OfflineMapper(mapping, PricingSettings(), BatchSettings(**batch), "pk-lf-1")
    return list(mapper.map(lines))


def _bodies(lines: Iterable[bytes], **batch: int) -> list[Any]:
    return [json.loads(result) for result in _mapped(lines, WHOLE, **batch) if not isinstance(result, Refused)]


def test_lines_become_one_body_with_their_events_in_order() -> None:
    (body,) = _bodies([_call(0) + b"\n", _call(1) + b"\n"])
    assert [event["type"] for event in body["batch"]] == ["trace-create", "generation-create"] * 2
    assert [event["body"]["id"] for event in body["batch"]] == ["call-0", "call-0", "call-1", "call-1"]
    assert body["metadata"]["batch_size"] == 4
    assert body["metadata"]["public_key"] == "pk-lf-1"


def test_no_lines_make_no_body() -> None:
    assert _mapped([]) == []
    assert _mapped([b"\n", b"  \r\n"]) == []


def test_bodies_close_on_their_number_of_events() -> None:
    bodies = _bodies([_call(number) for number in range(4)], max_events=3)
    assert [len(body["batch"]) for body in bodies] == [3, 3, 2]


@given(st.lists(st.integers(0, 6_000), max_size=12), st.integers(10_000, 20_000))
def test_bodies_close_on_their_bytes_and_hold_every_event_once(sizes: list[int], max_bytes: int) -> None:
    lines = [_call(number, "x" * size) for number, size in enumerate(sizes)]
    results = _mapped(lines, max_bytes=max_bytes)
    refused = {result.line for result in results if isinstance(result, Refused)}
    bodies = [result for result in results if isinstance(result, bytes)]
    assert all(len(body) <= max_bytes for body in bodies)
    calls = [event["body"]["id"] for body in bodies for event in json.loads(body)["batch"]]
    kept = [number for number in range(len(sizes)) if number not in refused]
    assert calls == [f"call-{number}" for number in kept for _ in range(2)]


def test_a_body_is_put_out_as_soon_as_it_is_full() -> None:
    """So that a stream without an end is mapped in bounded memory."""

    def endless() -> Iterable[bytes]:
        number = 0
        while True:
            yield _call(number)
            number += 1

    mapper = OfflineMapper(MappingSettings(), PricingSettings(), BatchSettings(max_events=10), "")
    first = next(iter(mapper.map(endless())))
    assert isinstance(first, bytes)
    assert len(json.loads(first)["batch"]) == 10


def test_a_refused_line_is_named_by_its_number_and_costs_no_other() -> None:
    lines = [b"\n", _call(1), b"canary", b'{"canary": 1}', b"\xff", _call(5)]
    refused = [result for result in _mapped(lines) if isinstance(result, Refused)]
    assert [(result.line, result.reason) for result in refused] == [
        (2, "invalid_json"),
        (3, "unknown_shape"),
        (4, "invalid_utf8"),
    ]
    assert "canary" not in repr(refused)
    (body,) = _bodies(lines)
    assert {event["body"]["id"] for event in body["batch"]} == {"call-1", "call-5"}


def test_an_event_that_fits_into_no_body_is_refused() -> None:
    (refused,) = _mapped([_call(0, "x" * 10_000)], max_bytes=10_000)
    assert isinstance(refused, Refused)
    assert refused.reason == "event_too_large"


def test_an_event_that_fits_into_no_body_is_cut_where_the_operator_allows_it() -> None:
    body, _ = _mapped([_call(0, "x" * 30_000)], MappingSettings(), max_bytes=10_000, max_events=1)
    assert isinstance(body, bytes)
    assert 9_900 < len(body) <= 10_000
    assert "bytes cut" in json.loads(body)["batch"][0]["body"]["input"]


def test_the_same_lines_give_the_same_bytes() -> None:
    lines = [json.dumps(record).encode() for path in GOLDEN for record in json.loads(path.read_text())["records"]]
    first, second = _mapped(lines), _mapped(lines)
    assert first == second
    assert len(lines) >= 44
    assert all(isinstance(result, bytes) and b"\n" not in result for result in first)


def test_a_mistake_in_a_stage_costs_only_the_record_that_meets_it(monkeypatch: Any) -> None:
    """As in the daemon. No such mistake is known, so one is made."""
    real = IngestionMapper.events

    def broken(self: IngestionMapper, call: Any, cost: Any) -> Any:
        if call.observation.id == "call-1":
            raise KeyError("canary")
        return real(self, call, cost)

    monkeypatch.setattr(IngestionMapper, "events", broken)
    results = _mapped([_call(0), _call(1), _call(2)])
    assert results[0] == Refused(1, "unmappable", "KeyError")
    assert isinstance(results[1], bytes)


def test_default_tags_of_the_settings_reach_the_decoder() -> None:
    record = json.loads((GOLDEN[0].parent / "steer_headers.json").read_text())["records"][0]
    settings = MappingSettings(default_tags=("user_api_key_alias",))
    (body,) = OfflineMapper(settings, PricingSettings(), BatchSettings(), "").map([json.dumps(record).encode()])
    assert isinstance(body, bytes)
    assert "user_api_key_alias:alias-1" in json.loads(body)["batch"][0]["body"]["tags"]


def _spans(lines: Iterable[bytes], **settings: Any) -> list[Any]:
    mapper = OfflineMapper(WHOLE, PricingSettings(), BatchSettings(), "pk-lf-1", "otlp", **settings)
    return [json.loads(result) for result in mapper.map(lines) if not isinstance(result, Refused)]


def test_by_the_other_wire_the_bodies_are_otlp_json() -> None:
    (body,) = _spans([_call(0), _call(1)])
    (resource_spans,) = body["resourceSpans"]
    (scope_spans,) = resource_spans["scopeSpans"]
    assert scope_spans["scope"]["name"].startswith("langfuse-sdk")
    assert scope_spans["scope"]["attributes"] == [{"key": "public_key", "value": {"stringValue": "pk-lf-1"}}]
    assert [span["spanId"] for span in scope_spans["spans"]] == [span_id(f"call-{n}").hex() for n in range(2)]


def test_scores_go_by_the_ingestion_wire_with_the_ids_of_the_other() -> None:
    scored = json.dumps({**json.loads(_call(0)), "scores": [{"name": "s", "value": 1}]}).encode()
    scores, spans = _spans([scored])
    (event,) = scores["batch"]
    assert event["type"] == "score-create"
    (span,) = spans["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert (event["body"]["traceId"], event["body"]["observationId"]) == (span["traceId"], span["spanId"])


def test_for_another_backend_the_spans_speak_its_conventions() -> None:
    (body,) = _spans([_call(0)], kind="otlp")
    attributes = body["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"]
    assert any(attribute["key"].startswith("gen_ai.") for attribute in attributes)
    assert not any(attribute["key"].startswith("langfuse.") for attribute in attributes)


def test_the_ingestion_wire_may_have_the_ids_of_the_other() -> None:
    mapping = MappingSettings(ids="otel")
    lines = [json.dumps({**json.loads(_call(0)), "parent_id": "above", "trace": {"id": "t"}}).encode()]
    (result,) = _mapped(lines, mapping)
    assert not isinstance(result, Refused)
    trace, call = json.loads(result)["batch"]
    assert trace["body"]["id"] == call["body"]["traceId"] == trace_id("t").hex()
    assert call["body"]["id"] == span_id("call-0").hex()
    assert call["body"]["parentObservationId"] == span_id("above").hex()
