"""LiteLLM parity on the OTLP wire: a golden record becomes the span that LiteLLM's own callback sends since 1.104.

tests/golden/otlp has, by the name of each golden case, what LiteLLM 1.109 sent in another run of it, decoded: enums are
names, ids base64. So values that a run makes anew are those of the golden's own
batch (tests/golden, posted by LiteLLM 1.103 with the record), in the form that this wire gives them; and nothing may be
there that LiteLLM does not send, nor be missing, but for what is named here.
"""

from __future__ import annotations

import copy
import json
from base64 import b64decode
from datetime import UTC, datetime
from typing import Any, Literal

import pytest

from shipper.mapping.otel_ids import span_id, trace_id
from shipper.mapping.otlp import OtlpMapper
from shipper.mapping.settings import MappingSettings
from shipper.records import Cost, UnknownCost
from tests.decode.examples import GOLDEN, GOLDEN_DIR, call, golden, litellm
from tests.mapping.otlp_reading import Seen, read, read_json, spans

Json = dict[str, Any]

CALL = "langfuse.observation."
METADATA = CALL + "metadata."
JSON_BEGINS = tuple('{["-0123456789')
ENCODINGS: tuple[Literal["protobuf", "json"], ...] = ("protobuf", "json")
KINDS = {"SPAN_KIND_INTERNAL": 1}

# Ids that LiteLLM made up in each of the runs: of these traces, and of all calls but those whose caller named them.
RANDOM_TRACES = {
    "fx_completion_redacted", "fx_completion_non_redacted", "fx_embedding", "fx_streaming_completion_redacted",
}  # fmt: skip
NAMED_CALLS = {"fx_custom_generation", "steer_existing_trace"}

# Of another run, so another value: what the record's own batch has in the place.
OF_THE_RUN = (METADATA + "hidden_params", METADATA + "api_base")
# The two versions of LiteLLM differ in these parts: taken out of both sides before they are compared.
NEWER = {
    CALL + "output": ("refusal", "provider_specific_fields"),
    METADATA + "hidden_params": ("api_base", "additional_headers", "litellm_overhead_time_ms"),
}
NEWER_CASES = {
    # Of a hit of LiteLLM's cache the older one repeats the cost of the first call.
    ("cache_hit", METADATA + "hidden_params"): ("response_cost",),
}
# LiteLLM's usage object has new keys, all null in these calls, and of a call without usage no zeros any more.
USAGE_OBJECT = METADATA + "usage_object"
NO_USAGE = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
# The cost of a failure: LiteLLM's is the integer 0, ours a number like every cost, so the text of one.
COST_OF_A_FAILURE = ("fail_rate_limit", METADATA + "litellm_response_cost")

# Where we mean to differ: (case, attribute) of the call's span, and what we say.
DIFFERENT: dict[tuple[str, str], Any] = {
    # Cache writes are not counted in `input` a second time: 1907 prompt tokens hold 1886 written to the cache.
    ("anthropic_cache_write", CALL + "usage_details"): {
        "input": 1907 - 1886,
        "output": 305,
        "total": 2212,
        "cache_creation_input_tokens": 1886,
        "cache_read_input_tokens": 0,
    },
    # The cost is known without tokens, too.
    ("rerank_cohere", CALL + "cost_details"): {"total": 0.002},
    ("fx_transcription", CALL + "cost_details"): {"total": 0.001757},
}
# A failed call without usage says that it used nothing: the server would count the tokens of its prompt.
FAILED = {"fail_rate_limit": CALL + "usage_details"}


def theirs(name: str) -> list[Json]:
    """The spans that LiteLLM sent, the call's before those around it."""
    sent = [
        span for request in json.loads((GOLDEN_DIR / "otlp" / f"{name}.json").read_text()) for span in request["otlp"]
    ]
    return _calls_first(sent, lambda span: span["attributes"][CALL + "type"])


def ours(name: str) -> list[Seen]:
    """Our spans in the same order."""
    seen = [span for value in golden(name)["records"] for span in _spans(value)]
    return _calls_first(seen, lambda span: span.attributes[CALL + "type"])


def _spans(value: Json) -> list[Seen]:
    """What becomes of a record, read back from the request's body; JSON says the same."""
    record = call(value)
    known = record.billing.recorded_cost
    cost = UnknownCost("unpriced_model") if known is None else Cost(known)
    written = []
    for encoding in ENCODINGS:
        mapper = OtlpMapper(MappingSettings(), "pk-lf-test", "0.1.0", encoding)
        written.append(b"".join(mapper.body(mapper.events(record, cost))))
    assert read_json(written[1]) == read(written[0])
    return spans(read(written[0]))


def _calls_first(found: list[Any], kind: Any) -> list[Any]:
    return [span for span in found if kind(span) == "generation"] + [
        span for span in found if kind(span) != "generation"
    ]


def bodies(name: str, kind: str) -> list[Json]:
    """Of the golden's own batch, those of its events of this type."""
    return [event["body"] for event in golden(name)["batch"] if event["type"] == kind]


def parsed(value: Any) -> Any:
    """JSON text of anything but a flag or null as its value, so that 3.5e-05 is 0.000035; all else as it is."""
    try:
        return json.loads(value) if isinstance(value, str) and value[:1] in JSON_BEGINS else value
    except ValueError:
        return value


def viewed(value: Any) -> Any:
    """A value as the decoded view of LiteLLM's spans writes it."""
    return {"values": [{"stringValue": item} for item in value]} if isinstance(value, list) else value


@pytest.mark.parametrize("name", GOLDEN)
def test_a_golden_record_becomes_the_span_that_litellm_sent(name: str) -> None:
    mine, sent = ours(name), theirs(name)
    assert len(mine) == len(sent)
    for one, other in zip(mine, sent, strict=True):
        assert one.name == other["name"]
        assert one.kind == KINDS[other["kind"]]
        assert one.flags == other["flags"]
        assert one.scope.startswith(other["scope"])
        assert bool(one.parent_id) == ("parentSpanId" in other)
        expected = _expected(name, other, mine, sent)
        assert one.attributes.keys() == expected.keys()
        for key, value in expected.items():
            found = viewed(one.attributes[key])
            assert _comparable(name, key, found) == _comparable(name, key, value), key
            assert type(one.attributes[key]) is (list if isinstance(value, dict) else type(value)), key


def _expected(name: str, other: Json, mine: list[Seen], sent: list[Json]) -> Json:
    """The attributes that one of our spans has to have, so far as another run can tell."""
    expected = copy.deepcopy(other["attributes"])
    if expected[CALL + "type"] != "generation":
        # Spans around a call have what is the trace's too.
        (of_the_call,) = sent[:1]
        expected.update({key: value for key, value in of_the_call["attributes"].items() if not key.startswith(CALL)})
        return dict(expected)
    for (where, key), value in DIFFERENT.items():
        if where == name:
            expected[key] = json.dumps(value)
    if name in FAILED:
        expected[FAILED[name]] = ""
    return dict(expected)


def _comparable(name: str, key: str, value: Any) -> Any:
    """A value without what another run or version makes otherwise; what is in that place is compared below."""
    if key in (METADATA + "litellm_call_id", METADATA + "response_id", METADATA + "api_base"):
        return None
    if key == CALL + "completion_start_time":
        return None
    if (name, key) == COST_OF_A_FAILURE:
        return float(value)
    if FAILED.get(name) == key:
        return None
    found = parsed(value)
    if key == USAGE_OBJECT:
        return _without_nulls(found or NO_USAGE)
    gone = (*NEWER.get(key, ()), *NEWER_CASES.get((name, key), ()))
    if isinstance(found, dict) and gone:
        return {one: item for one, item in found.items() if one not in gone}
    return found


def _without_nulls(value: Any) -> Any:
    """Nor what holds nothing but nulls."""
    if not isinstance(value, dict):
        return value
    kept = {key: _without_nulls(item) for key, item in value.items()}
    return {key: item for key, item in kept.items() if item is not None}


@pytest.mark.parametrize("name", GOLDEN)
def test_what_a_run_makes_anew_is_that_of_the_record(name: str) -> None:
    records = golden(name)["records"]
    calls = ours(name)[: len(records)]
    for record, body, span in zip(records, bodies(name, "generation-create"), calls, strict=True):
        payload, found = record["standard_logging_object"], span.attributes
        assert found[METADATA + "litellm_call_id"] == payload["litellm_call_id"]
        answered = payload["response"] if isinstance(payload["response"], dict) else {}
        assert found.get(METADATA + "response_id") == answered.get("id")
        for key in OF_THE_RUN:
            assert parsed(found.get(key)) == body["metadata"].get(key.removeprefix(METADATA))
        assert _instant(parsed(found.get(CALL + "completion_start_time"))) == _instant(body.get("completionStartTime"))
        assert span.start_ns == _nanoseconds(body["startTime"])
        assert span.end_ns == _nanoseconds(body["endTime"])


@pytest.mark.parametrize("name", GOLDEN)
def test_ids_are_those_that_litellm_makes_of_the_same_ones(name: str) -> None:
    mine, sent = ours(name), theirs(name)
    traces, calls = bodies(name, "trace-create"), bodies(name, "generation-create")
    for one, other, trace, body in zip(mine, sent, traces, calls, strict=False):
        assert one.trace_id == trace_id(trace["id"]).hex()
        assert (one.trace_id == _hex(other["traceId"])) is (name not in RANDOM_TRACES)
        if name not in {"embedding_batch", "fail_rate_limit", "fx_embedding", "fx_transcription"}:  # no response id
            assert one.span_id == span_id(body["id"]).hex()
        assert (one.span_id == _hex(other["spanId"])) is (name in NAMED_CALLS)
        assert one.parent_id == _hex(other.get("parentSpanId", ""))
    for around in mine[len(traces) :]:
        assert around.trace_id == mine[0].trace_id
        assert around.parent_id == mine[0].span_id
    assert len({span.span_id for span in mine}) == len(mine)


def test_a_failed_call_says_that_it_used_nothing() -> None:
    """The server would count the tokens of its prompt, for a model that it knows."""
    (span,) = ours("fail_rate_limit")
    details = parsed(span.attributes[CALL + "usage_details"])
    assert details["input"] == details["output"] == details["total"] == 0
    assert set(details.values()) == {0}


def test_every_difference_is_one() -> None:
    """What is listed as meant is not what LiteLLM sends, and is there."""
    for (name, key), value in DIFFERENT.items():
        (sent,) = theirs(name)
        (span,) = ours(name)
        assert parsed(sent["attributes"].get(key)) != value == parsed(span.attributes[key])
    for name, key in FAILED.items():
        assert key not in theirs(name)[0]["attributes"]


def test_a_call_that_joins_a_trace_is_never_its_root() -> None:
    """Without a parent of its own it has one that nobody sends: the server shows a root's input as the trace's."""
    value = litellm(metadata={"existing_trace_id": "somebodys"})
    one, again = (_spans(value)[0] for _ in range(2))
    assert one == again
    assert one.trace_id == trace_id("somebodys").hex()
    assert one.parent_id not in ("", one.span_id)
    assert one.flags == 0x300
    assert "langfuse.trace.name" not in one.attributes


def test_scope_is_the_one_that_the_server_knows_and_carries_the_public_key() -> None:
    """Of another scope it stores every attribute a second time; with another key versions of it answer 403."""
    (span,) = ours("fx_completion")
    assert span.scope.startswith("langfuse-sdk")
    assert (span.scope_version, span.scope_attributes) == ("0.1.0", {"public_key": "pk-lf-test"})


def test_every_golden_case_is_here() -> None:
    assert {path.stem for path in (GOLDEN_DIR / "otlp").glob("*.json")} == set(GOLDEN)


def _hex(text: str) -> str:
    return b64decode(text).hex()


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)


def _nanoseconds(text: str) -> int:
    since = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1_000
