"""No record, however odd, makes an OTLP request that a backend refuses or that poisons the rows of others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from shipper.decode import Decoder
from shipper.mapping.conform import Conform
from shipper.mapping.otlp import OtlpMapper
from shipper.mapping.settings import MappingSettings
from shipper.pricing import PriceBook, Pricer, PriceTable, PricingSettings, bundled_snapshot
from shipper.records import Event, Record, Rejected
from tests.decode.examples import GOLDEN, KAFKA_MS, golden, litellm, plain
from tests.mapping.contract import Score
from tests.mapping.odd_records import odd_records, written
from tests.mapping.otlp_reading import Seen, read, read_json, spans

SETTINGS = [
    MappingSettings(),
    MappingSettings(environment="Prod", release="r1", default_tags=("user_api_key_alias", "a"), update_trace_keys=True),
]
TYPES = {
    "generation", "span", "event", "tool", "agent", "chain", "retriever", "embedding", "evaluator", "guardrail",
}  # fmt: skip
LEVELS = {"DEBUG", "DEFAULT", "WARNING", "ERROR"}
TEXTS = {
    "langfuse.observation.type", "langfuse.observation.level", "langfuse.observation.status_message",
    "langfuse.observation.input", "langfuse.observation.output", "langfuse.observation.model.name",
    "langfuse.observation.model.parameters", "langfuse.observation.usage_details",
    "langfuse.observation.cost_details", "langfuse.observation.completion_start_time",
    "langfuse.observation.prompt.name", "langfuse.trace.name", "langfuse.trace.input", "langfuse.trace.output",
    "user.id", "session.id", "langfuse.release", "langfuse.version", "langfuse.environment",
    "langfuse.observation.metadata", "langfuse.trace.metadata",
}  # fmt: skip
OTHERS: dict[str, type] = {
    "langfuse.observation.prompt.version": int,
    "langfuse.trace.public": bool,
    "langfuse.trace.tags": list,
}
OBJECTS = ("model.parameters", "usage_details", "cost_details")
METADATA = ("langfuse.observation.metadata.", "langfuse.trace.metadata.")
SAFE_INTEGER = 2**53 - 1


def _pricer() -> Pricer:
    data, day = bundled_snapshot()
    return Pricer(PricingSettings(), PriceBook.of(PriceTable.load(data, day)))


PRICER = _pricer()


def requests(value: bytes, settings: MappingSettings) -> Iterator[tuple[list[Event], bytes, bytes]]:
    """What becomes of a record's value: its events, and the request of its spans in protobuf and in JSON."""
    call = Decoder(settings).decode(Record("calls", 0, 7, KAFKA_MS, None, value))
    if isinstance(call, Rejected):
        return
    call = Conform(settings).conform(call)
    cost = PRICER.price(call.billing)
    plain_mapper, json_mapper = (OtlpMapper(settings, "pk-lf-1", "0.1.0", how) for how in ("protobuf", "json"))
    events, as_json = plain_mapper.events(call, cost), json_mapper.events(call, cost)
    assert [(event.id, event.wire) for event in events] == [(event.id, event.wire) for event in as_json]
    yield (
        events,
        b"".join(plain_mapper.body([event for event in events if event.wire == "otlp"])),
        b"".join(json_mapper.body([event for event in as_json if event.wire == "otlp"])),
    )


def check(value: bytes) -> None:
    for setting in SETTINGS:
        for events, body, as_json in requests(value, setting):
            request = read(body)
            assert ExportTraceServiceRequest.FromString(request.SerializeToString()) == request
            assert not unknown_fields(request)
            assert read_json(as_json) == request
            found = spans(request)
            assert found
            assert len(found) + sum(event.wire == "ingestion" for event in events) == len(events)
            for span in found:
                check_span(span)
            assert len({span.trace_id for span in found}) == 1
            assert len({span.span_id for span in found}) == len(found)
            check_scores(events, found)


def unknown_fields(request: ExportTraceServiceRequest) -> bool:
    """Whether it holds what the package has no field for: it would come back smaller."""
    known = ExportTraceServiceRequest.FromString(request.SerializeToString())
    known.DiscardUnknownFields()
    return known.ByteSize() != request.ByteSize()


def check_span(span: Seen) -> None:
    for text, n_digits in ((span.trace_id, 32), (span.span_id, 16), (span.parent_id or "f" * 16, 16)):
        assert len(text) == n_digits
        assert set(text) != {"0"}
    assert span.parent_id != span.span_id
    assert 0 < span.start_ns <= span.end_ns < 2**63
    assert span.kind in range(1, 6)
    assert span.scope.startswith("langfuse-sdk")
    assert span.status in (0, 2)
    assert span.attributes["langfuse.observation.type"] in TYPES
    assert span.attributes.get("langfuse.observation.level", "DEFAULT") in LEVELS
    for key, value in span.attributes.items():
        check_attribute(key, value)


def check_attribute(key: str, value: Any) -> None:
    if key.startswith(METADATA):
        assert type(value) in (str, bool, int), key
        assert type(value) is not int or abs(value) <= SAFE_INTEGER, key
    else:
        assert key in TEXTS or key in OTHERS, key
        assert type(value) is OTHERS.get(key, str), key
    if isinstance(value, list):
        assert value
        assert all(type(tag) is str for tag in value)
    if key.endswith(OBJECTS):
        details = json.loads(value, parse_constant=refused)
        assert isinstance(details, dict)
        if not key.endswith("parameters"):
            assert "total" in details
            assert all(number >= 0 for number in details.values())
    if isinstance(value, str) and value[:1] in ("{", "[", '"'):
        check_json(value)


def check_json(text: str) -> None:
    """What the server makes of a text that looks like JSON has no lone surrogate, which its store does not take."""
    try:
        parsed = json.loads(text, parse_constant=refused)
    except ValueError:
        return
    json.dumps(parsed, ensure_ascii=False).encode()


def check_scores(events: list[Event], found: list[Seen]) -> None:
    """Scores go the other wire's way, and name the call by the ids that its span has."""
    calls = {span.span_id for span in found}
    for event in events:
        if event.wire == "ingestion":
            document = json.loads(event.data)
            assert document["type"] == "score-create"
            body = document["body"]
            assert body["traceId"] == found[0].trace_id
            assert body["observationId"] in calls
            msgspec.convert(body, Score)


def refused(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def test_golden_records() -> None:
    for name in GOLDEN:
        for record in golden(name)["records"]:
            check(json.dumps(record).encode())


@pytest.mark.timeout(600)
@settings(max_examples=1000, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(value=odd_records())
def test_odd_records(value: bytes) -> None:
    check(value)


SPLIT = "\ud83d"  # half of a pair


@pytest.mark.parametrize(
    "record",
    [
        plain(metadata={SPLIT: 1, "\N{REPLACEMENT CHARACTER}": 2}),
        plain(metadata={"n": 2**63, "m": -(2**70), "f": 1e300, "z": -0.0, "s": "\x00"}),
        plain(name=SPLIT, trace={"id": "0" * 32, "name": SPLIT, "tags": [SPLIT, "", "a"], "metadata": [SPLIT]}),
        plain(id="0" * 16, trace={"id": "-" * 32}, parent_id="0" * 16),
        plain(trace={"id": "t"}, scores=[{"name": "n", "value": 1}, {"name": "m", "value": "x"}]),
        plain(start_time="9999-12-31T23:59:59.999999Z", end_time="0001-01-01T00:00:00Z"),
        plain(start_time="1970-01-01T00:00:00Z", end_time="1970-01-01T00:00:00Z"),
        plain(end_time="2026-11-23T09:18:36Z"),
        plain(id="p-1", parent_id="p-1"),
        plain(error={"message": SPLIT}, response=...),
        plain(response=SPLIT, request={"messages": f'{{"a": "{SPLIT}"}}'}),
        litellm(metadata={"trace_metadata": SPLIT, "trace_id": SPLIT, "trace_public": "yes"}),
    ],
)
@pytest.mark.parametrize("ensure_ascii", [False, True])
def test_some_odd_records_of_one_rule_each(record: Any, ensure_ascii: bool) -> None:
    check(written(record, ensure_ascii))


def test_the_same_key_twice_in_metadata_is_one_attribute() -> None:
    """JSON allows what OpenTelemetry does not; the last one stands, as in every reader of JSON."""
    value = json.dumps(plain(metadata={"key": 1})).replace('{"key": 1}', '{"key": 1, "key": "last", "other": null}')
    check(value.encode())
    for _, body, _ in requests(value.encode(), SETTINGS[0]):
        (span,) = spans(read(body))
        assert span.attributes["langfuse.observation.metadata.key"] == "last"
