"""Requests for a backend that is not Langfuse: whose they say they are, and how long they may be."""

from __future__ import annotations

from typing import Literal

import pytest

from shipper.mapping.otlp import OtlpMapper
from shipper.mapping.settings import MappingSettings
from shipper.records import Cost
from tests.decode.examples import call
from tests.mapping.otlp_reading import read, read_json, spans
from tests.mapping.provider_calls import CALLS

Encoding = Literal["protobuf", "json"]
ENCODINGS: list[Encoding] = ["protobuf", "json"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_another_backend_is_told_who_sends_and_no_key(encoding: Encoding) -> None:
    mapper = OtlpMapper(MappingSettings(service_name="llm-gateway"), "pk-lf-canary", "1.2.3", encoding, "otlp")
    body = b"".join(mapper.body(mapper.events(call(CALLS["openai"]), Cost(1.0))))
    assert b"canary" not in body
    (span,) = spans(read(body) if encoding == "protobuf" else read_json(body))
    assert (span.scope, span.scope_version, span.scope_attributes) == ("shipper", "1.2.3", {})
    assert span.resource == {"service.name": "llm-gateway"}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_scores_are_events_of_a_span_where_langfuse_gets_them_by_its_own_api(encoding: Encoding) -> None:
    scored = call(CALLS["openai"])
    other = OtlpMapper(MappingSettings(), "pk", "0", encoding, "otlp").events(scored, Cost(1.0))
    langfuse = OtlpMapper(MappingSettings(), "pk", "0", encoding).events(scored, Cost(1.0))
    assert [event.wire for event in other] == ["otlp"]
    assert [event.wire for event in langfuse] == ["otlp", "ingestion", "ingestion"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("n_events", [1, 2, 300])
def test_a_body_is_no_longer_than_it_was_said_to_be(encoding: Encoding, n_events: int) -> None:
    mapper = OtlpMapper(MappingSettings(service_name="x" * 200), "pk", "0", encoding, "otlp")
    events = mapper.events(call(CALLS["anthropic"]), Cost(1.0)) * n_events
    commas = (n_events - 1) * (encoding == "json")
    around = len(b"".join(mapper.body(events))) - sum(len(event.data) for event in events) - commas
    assert around <= mapper.envelope_bytes(n_events)
