"""No record, however odd, makes spans that a backend refuses; and no prompt leaves without being asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OfficialSpan

from shipper.decode import Decoder
from shipper.mapping.conform import Conform
from shipper.mapping.otlp import OtlpMapper
from shipper.mapping.settings import MappingSettings
from shipper.pricing import PriceBook, Pricer, PriceTable, PricingSettings, bundled_snapshot
from shipper.records import Record, Rejected
from tests.decode.examples import GOLDEN, KAFKA_MS, golden, litellm, plain
from tests.mapping.message_format import check_format
from tests.mapping.odd_records import odd_records, written
from tests.mapping.otlp_reading import Seen, attributes, read, read_json, spans
from tests.mapping.provider_calls import CALLS, CANARY

Convention = Literal["gen_ai", "openinference"]
BOTH: tuple[Convention, ...] = ("gen_ai", "openinference")
SETTINGS = [
    MappingSettings(conventions=BOTH, capture_content=True, environment="Prod", release="r1"),
    MappingSettings(conventions=("openinference",)),
    MappingSettings(),
]
KINDS = {"LLM", "CHAIN", "TOOL", "RETRIEVER", "EMBEDDING", "AGENT", "RERANKER", "GUARDRAIL", "EVALUATOR"}
TYPES: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(
        (
            *("gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "gen_ai.response.model"),
            *("gen_ai.response.id", "gen_ai.conversation.id", "gen_ai.output.type", "gen_ai.prompt.name"),
            *("gen_ai.tool.name", "gen_ai.agent.name", "gen_ai.retrieval.query.text", "gen_ai.retrieval.documents"),
            *("gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions"),
            *("gen_ai.tool.definitions", "gen_ai.tool.call.arguments", "gen_ai.tool.call.result"),
            *("openai.request.service_tier", "openai.response.service_tier", "openai.response.system_fingerprint"),
            *("server.address", "error.type", "user.id", "session.id", "deployment.environment.name"),
            *("service.version", "shipper.type", "shipper.name", "shipper.version", "shipper.trace.name"),
            *("shipper.call.id", "openinference.span.kind", "metadata", "prompt.vendor", "prompt.id", "tool.name"),
            *("agent.name", "input.value", "input.mime_type", "output.value", "output.mime_type"),
            *("llm.model_name", "llm.request.model_name", "llm.response.model_name", "llm.provider", "llm.system"),
            *("llm.invocation_parameters", "embedding.invocation_parameters", "llm.finish_reason"),
            *("embedding.model_name", "reranker.model_name", "reranker.query", "llm.prompt_template.version"),
        ),
        str,
    ),
    **dict.fromkeys(
        (
            *("gen_ai.request.temperature", "gen_ai.request.top_p", "gen_ai.request.top_k"),
            *("gen_ai.request.frequency_penalty", "gen_ai.request.presence_penalty"),
            *("gen_ai.response.time_to_first_chunk", "gen_ai.usage.cost", "llm.cost.total"),
        ),
        float,
    ),
    **dict.fromkeys(
        (
            *("gen_ai.request.max_tokens", "gen_ai.request.seed", "gen_ai.request.choice.count"),
            *("gen_ai.embeddings.dimension.count", "server.port", "shipper.prompt.version"),
        ),
        int,
    ),
    **dict.fromkeys(
        (
            *("gen_ai.request.stop_sequences", "gen_ai.response.finish_reasons", "gen_ai.request.encoding_formats"),
            *("shipper.tags", "tag.tags"),
        ),
        list,
    ),
    "gen_ai.request.stream": bool,
}
HEADS: dict[str, type | tuple[type, ...]] = {
    "gen_ai.usage.": int,
    "llm.token_count.": int,
    "shipper.usage.": (int, float),
    "shipper.cost.": float,
    "llm.cost.": float,
    "shipper.metadata": (str, bool, int),
    "shipper.trace.metadata": (str, bool, int),
    "llm.input_messages.": str,
    "llm.output_messages.": str,
    "llm.tools.": str,
    "embedding.embeddings.": str,
    "retrieval.documents.": (str, float),
    "reranker.input_documents.": (str, float),
    "reranker.output_documents.": (str, float),
    "annotations.": (str, float, int),
}


PAGE = Path(__file__).parents[2] / "deploy" / "docs" / "otlp.md"


def _pricer() -> Pricer:
    data, day = bundled_snapshot()
    return Pricer(PricingSettings(), PriceBook.of(PriceTable.load(data, day)))


PRICER = _pricer()


def requests(value: bytes, mapping: MappingSettings) -> Iterator[tuple[bytes, bytes]]:
    """What becomes of a record's value: a request in protobuf, and the same in JSON."""
    call = Decoder(mapping).decode(Record("calls", 0, 7, KAFKA_MS, None, value))
    if isinstance(call, Rejected):
        return
    call = Conform(mapping).conform(call)
    cost = PRICER.price(call.billing)
    bodies = []
    for encoding in ("protobuf", "json"):
        mapper = OtlpMapper(mapping, "pk-lf-1", "0.1.0", encoding, "otlp")
        events = mapper.events(call, cost)
        assert {event.wire for event in events} == {"otlp"}
        bodies.append(b"".join(mapper.body(events)))
    yield bodies[0], bodies[1]


def check(value: bytes) -> None:
    for mapping in SETTINGS:
        for body, as_json in requests(value, mapping):
            request = read(body)
            assert read_json(as_json) == request
            found = spans(request)
            for span in found:
                check_span(span)
            assert len({span.trace_id for span in found}) == 1
            assert len({span.span_id for span in found}) == len(found)
            for official in request.resource_spans[0].scope_spans[0].spans:
                check_events(official)


def check_span(span: Seen) -> None:
    assert (span.scope, span.resource) == ("shipper", {"service.name": "shipper"})
    for text, n_digits in ((span.trace_id, 32), (span.span_id, 16), (span.parent_id or "f" * 16, 16)):
        assert len(text) == n_digits
        assert set(text) != {"0"}
    assert span.parent_id != span.span_id
    assert 0 < span.start_ns <= span.end_ns < 2**63
    assert span.kind in (1, 3)
    assert span.status in (int("openinference.span.kind" in span.attributes), 2)
    assert ("error.type" in span.attributes) == (span.status == 2)
    assert span.name
    assert span.attributes.get("openinference.span.kind", "LLM") in KINDS
    for key, value in span.attributes.items():
        check_attribute(key, value)


def check_attribute(key: str, value: Any) -> None:
    head = next((head for head in HEADS if key.startswith(head)), None)
    allowed = TYPES.get(key) or HEADS[head or key]
    assert type(value) in (allowed if isinstance(allowed, tuple) else (allowed,)), (key, value)
    assert key.count(".") <= 80
    assert len(key) <= 256
    if isinstance(value, list):
        assert value
        assert all(type(item) is str for item in value)
    if isinstance(value, str):
        check_format(key, value)
    if key in ("metadata", "llm.invocation_parameters", "embedding.invocation_parameters"):
        assert isinstance(json.loads(value), dict)


def check_events(span: OfficialSpan) -> None:
    for event in span.events:
        found = attributes(event.attributes)
        assert event.name == "gen_ai.evaluation.result"
        assert event.time_unix_nano == span.end_time_unix_nano
        assert type(found["gen_ai.evaluation.name"]) is str
        assert type(found.get("gen_ai.evaluation.score.value", 0.0)) is float
        assert ("gen_ai.evaluation.score.value" in found) != ("gen_ai.evaluation.score.label" in found)


def test_the_operators_page_has_every_name_that_may_be_written_and_no_other() -> None:
    section = PAGE.read_text().partition("\n## Attributes for other backends\n")[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    listed = {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}
    heads = {re.split(r"[*<N]", name)[0] for name in listed if re.search(r"[*<N]", name)}
    assert TYPES.keys() <= listed
    assert {name for name in listed if not name.startswith(tuple(HEADS))} - heads <= TYPES.keys()
    assert all(any(name.startswith(head) for name in listed) for head in HEADS)


def test_golden_records() -> None:
    for name in GOLDEN:
        for record in golden(name)["records"]:
            check(json.dumps(record).encode())


@pytest.mark.parametrize("name", CALLS)
def test_calls_of_each_provider(name: str) -> None:
    check(json.dumps(CALLS[name]).encode())


@pytest.mark.timeout(600)
@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(value=odd_records())
def test_odd_records(value: bytes) -> None:
    check(value)


SPLIT = "\ud83d"  # half of a pair


@pytest.mark.parametrize(
    "record",
    [
        plain(metadata={SPLIT: 1, "n": 2**63, "f": 1e300, "s": "\x00"}, request={"messages": SPLIT, "stop": [SPLIT]}),
        plain(request={"messages": [{"role": SPLIT, "content": [{"type": SPLIT, SPLIT: SPLIT}]}]}, response=SPLIT),
        plain(
            request={
                "messages": [{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": SPLIT}}]}]
            }
        ),
        plain(start_time="1970-01-01T00:00:00Z", end_time="1970-01-01T00:00:00Z"),
        plain(start_time="9999-12-31T23:59:59.999999Z", end_time="0001-01-01T00:00:00Z", id="0" * 16),
        plain(scores=[{"name": SPLIT, "value": SPLIT, "comment": SPLIT}, {"name": "n", "value": 10**300}]),
        plain(trace={"id": "0" * 32, "tags": [SPLIT, ""], "metadata": [SPLIT], "session_id": SPLIT}),
        plain(error={"message": SPLIT, "type": SPLIT}),
        litellm(optional_params={"stop": [SPLIT], "temperature": 1e308}, api_base=f"https://{SPLIT}"),
    ],
)
@pytest.mark.parametrize("ensure_ascii", [False, True])
def test_some_odd_records_of_one_rule_each(record: Any, ensure_ascii: bool) -> None:
    check(written(record, ensure_ascii))


def with_canaries(value: Any, key: str = "") -> Any:
    """The same with a canary in every text that somebody said, but not in those that say what it is."""
    if isinstance(value, dict):
        return {name: with_canaries(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [with_canaries(item, key) for item in value]
    is_said = isinstance(value, str) and key not in ("role", "type", "id", "model", "finish_reason", "object", "name")
    return f"{CANARY} {value}" if is_said else value


def canary_records() -> Iterator[Any]:
    """Goldens whose content is poisoned, wherever LiteLLM writes it; and calls of each provider."""
    for name in GOLDEN:
        for record in golden(name)["records"]:
            payload = record["standard_logging_object"]
            for place, member in product((record, payload), ("messages", "response", "guardrail_information")):
                if isinstance(place.get(member), dict | list):
                    kept = (
                        {}
                        if not isinstance(place[member], dict)
                        else {
                            key: place[member][key]
                            for key in ("system_fingerprint", "service_tier")
                            if key in place[member]
                        }
                    )
                    place[member] = with_canaries(place[member])
                    if kept:
                        place[member].update(kept)
            for guardrail in payload.get("guardrail_information") or ():
                guardrail["guardrail_name"] = "pii"
                guardrail["guardrail_mode"] = "pre_call"
            yield record
    yield from (record for name, record in CALLS.items())


@pytest.mark.parametrize("conventions", [("gen_ai",), ("openinference",), BOTH])
def test_no_prompt_leaves_without_being_asked_for(conventions: tuple[Convention, ...]) -> None:
    shown = 0
    for record in canary_records():
        value = json.dumps(record).encode()
        for bodies in requests(value, MappingSettings(conventions=conventions)):
            for body in bodies:
                assert CANARY.encode() not in body, record
        for body, _ in requests(value, MappingSettings(conventions=conventions, capture_content=True)):
            shown += CANARY.encode() in body
    assert shown > 40


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_no_prompt_leaves_from_any_place_of_a_request_or_response(data: st.DataObject) -> None:
    """The canary is put into one place of a call of some provider, in whatever text stands there."""
    name = data.draw(st.sampled_from(sorted(CALLS)))
    record = json.loads(json.dumps(CALLS[name]).replace(CANARY, "x"))
    places = [place for body in ("request", "response") if body in record for place in texts(record[body], (body,))]
    *path, last = data.draw(st.sampled_from(places or [("request",)]))
    holder = record
    for step in path:
        holder = holder[step]
    holder[last] = f"{CANARY} {holder[last]}"
    for body, _ in requests(json.dumps(record).encode(), MappingSettings(conventions=BOTH)):
        assert CANARY.encode() not in body, (name, path, last)


# Said by the provider or the program, not by a person or a model: they are attributes of their own.
NAMES = {
    *("model", "modelId", "modelVersion", "id", "responseId", "service_tier", "stop", "stop_sequences"),
    *("stopSequences", "finish_reason", "finishReason", "stop_reason", "stopReason", "done_reason"),
    *("encoding_format", "type"),
}


def texts(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[Any, ...]]:
    """The places of all texts but names."""
    if isinstance(value, str):
        if not NAMES.intersection(path[-2:]):
            yield path
        return
    for step, inner in (
        value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ())
    ):
        yield from texts(inner, (*path, step))
