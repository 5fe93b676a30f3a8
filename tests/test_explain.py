"""`map --explain`: where the fields of events came from. It is an experiment, so the tests make others."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest

from shipper import offline
from shipper.batch import BatchSettings
from shipper.explain import Explained, as_text, explain
from shipper.mapping.rules import RULES
from shipper.mapping.settings import MappingSettings
from shipper.pricing import PricingSettings
from shipper.records import Record, Rejected
from tests.decode.examples import GOLDEN, golden, litellm, plain

MAPPER = offline.OfflineMapper(
    MappingSettings(environment="prod", release="r1"), PricingSettings(), BatchSettings(), ""
)
SPANS = offline.OfflineMapper(MappingSettings(environment="prod"), PricingSettings(), BatchSettings(), "", "otlp")
SOME_GOLDENS = GOLDEN[::6]
FULL = plain(
    name="answer",
    first_token_time="2026-11-23T09:18:37Z",
    parent_id="p-0",
    error={"message": "late"},
    scores=[{"name": "tone", "value": "kind", "data_type": "CATEGORICAL", "comment": "c"}],
    trace={
        "name": "t", "public": True, "version": "v", "user_id": "u", "session_id": "s",
        "metadata": {"a": 1}, "tags": ["x"],
    },
)  # fmt: skip


def explained(value: Any, mapper: offline.OfflineMapper = MAPPER) -> Explained:
    found = explain(mapper._stages.work, Record("-", 0, 0, -1, None, json.dumps(value).encode()))
    assert isinstance(found, Explained), found
    return found


def sources(value: Any, event: int = -1) -> dict[str, tuple[str, ...]]:
    return {field.name: field.sources for field in explained(value).events[event][1]}


def test_a_plain_records_fields_and_their_keys() -> None:
    found = sources(FULL, 1)
    assert found["body.id"] == ("id",)
    assert found["body.startTime"] == ("start_time",)
    assert found["body.input"] == ("request.messages",)
    assert found["body.parentObservationId"] == ("parent_id",)
    assert found["body.modelParameters.temperature"] == ("request.temperature",)
    assert found["body.usage.input"] == ("response.usage.prompt_tokens",)
    assert found["body.usageDetails.total"] == ("response.usage.prompt_tokens", "response.usage.completion_tokens")
    assert found["body.environment"] == ()


def test_a_spans_fields_and_their_keys() -> None:
    span, score = explained(FULL, SPANS).events
    assert (span[0], score[0]) == ("generation span", "score-create")
    found = {field.name: field.sources for field in span[1]}
    assert found["traceId"] == ("id",)
    assert found["parentSpanId"] == ("parent_id",)
    assert found["startTimeUnixNano"] == ("start_time",)
    assert found["langfuse.observation.input"] == ("request.messages",)
    assert found["langfuse.observation.usage_details.input"] == ("response.usage.prompt_tokens",)
    assert found["session.id"] == ("trace.session_id",)
    assert found["langfuse.environment"] == ()


def test_the_key_that_wins_is_named_and_not_those_that_repeat_it() -> None:
    """LiteLLM's records say most things twice."""
    found = sources(golden("fx_completion")["records"][0])
    assert found["body.model"] == ("model",)
    assert found["body.input"] == ("messages",)
    assert found["body.startTime"] == ("start_time",)
    bare = sources(golden("fx_completion")["records"][0]["standard_logging_object"])
    assert bare["body.model"] == ("model",)
    assert bare["body.startTime"] == ("startTime",)


def test_a_wish_in_a_header_wins_over_one_in_the_metadata() -> None:
    record = litellm(
        metadata={"trace_id": "a", "session_id": None}, proxy_server_request={"headers": {"langfuse_trace_id": "b"}}
    )
    assert sources(record, 0)["body.id"] == ("proxy_server_request.headers.langfuse_trace_id",)


def test_an_absent_value_explains_an_absent_one_and_no_other() -> None:
    record = litellm({"metadata": {"user_api_key_team_id": None}}, metadata={"trace_id": None, "trace_name": "n"})
    found = sources(record)
    assert found["body.metadata.user_api_key_team_id"] == ("standard_logging_object.metadata.user_api_key_team_id",)
    assert "metadata.trace_id" not in sources(record, 0)["body.id"]


def test_the_status_is_named_where_it_decides() -> None:
    found = sources(litellm())
    assert found["body.level"] == ("standard_logging_object.status",)
    assert "standard_logging_object.status" in found["body.output"]


def test_each_chunk_of_a_stream_is_named_for_what_it_says() -> None:
    pieces = [{"model": "gpt-4o", "choices": [{"delta": {"content": piece}}]} for piece in "abcdefgh"]
    end = {"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}
    found = sources(plain(response=..., chunks=[*pieces, end], model=...))
    assert found["body.output"] == tuple(f"chunks[{at}].choices[0].delta.content" for at in range(8))
    assert found["body.model"] == ("chunks[0].model",)
    assert found["body.usage.output"] == ("chunks[8].usage.completion_tokens",)
    assert found["body.metadata.finish_reason"] == ("chunks[8].choices[0].finish_reason",)


def at(document: Any, name: str) -> tuple[Any, Any]:
    """The container and key of what a source names."""
    keys = [int(part[1:-1]) if part.startswith("[") else part for part in re.findall(r"\[\d+\]|[^.\[\]]+", name)]
    for key in keys[:-1]:
        document = document[key]
    return document, keys[-1]


def spoiled(value: Any) -> Any:
    """Other values than the experiment's own."""
    if isinstance(value, dict):
        return {key: spoiled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [spoiled(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, str):
        if stamp := re.fullmatch(r"(\d{4}-\d\d-\d\dT)(\d\d)(:.*)", value):
            return f"{stamp[1]}{(int(stamp[2]) + 7) % 24:02d}{stamp[3]}"
        return "failure" if value == "success" else f"other {value}"
    return value * 2 + 3


@pytest.mark.parametrize("name", SOME_GOLDENS)
def test_a_field_changes_or_vanishes_with_the_key_that_it_is_said_to_come_from(name: str) -> None:
    record = golden(name)["records"][0]
    before = {(kind, field.name): field for kind, fields in explained(record).events for field in fields}
    by_source: dict[str, set[tuple[str, str]]] = {}
    for place, field in before.items():
        for source in field.sources:
            by_source.setdefault(source, set()).add(place)
    assert len(by_source) > 10
    for source, places in by_source.items():
        other = copy.deepcopy(record)
        container, key = at(other, source)
        if (changed := spoiled(container[key])) == container[key]:
            continue  # nulls and flags
        container[key] = changed
        (body,) = MAPPER.map([json.dumps(other).encode()])
        assert isinstance(body, bytes)
        after: dict[tuple[str, str], Any] = {}
        for event in json.loads(body)["batch"]:
            for field_name in {place for kind, place in places if kind == event["type"]}:
                value: Any = event
                for part in field_name.split(".", 2):
                    value = value.get(part) if isinstance(value, dict) else None
                after[event["type"], field_name] = value
        for place in places:
            assert after.get(place) != before[place].value, (source, place)


EXAMPLES = [*(record for name in SOME_GOLDENS for record in golden(name)["records"]), FULL, plain()]
STEERED = litellm(
    metadata={
        "trace_id": "t", "trace_user_id": "u", "session_id": "s", "trace_release": "r", "trace_version": "v",
        "trace_public": True, "trace_metadata": {"a": 1}, "trace_timestamp": 1.5, "version": "v2", "tags": ["x"],
        "prompt": {"name": "p", "version": 3}, "parent_observation_id": "o", "trace_externalId": "e",
    },
    proxy_server_request={"headers": {}},
)  # fmt: skip


def test_every_field_has_a_rule_and_every_rule_a_field() -> None:
    """`externalId` and the like are the caller's own."""
    kinds = {"trace-create": "trace", "score-create": "score"}
    used = set()
    for record in [*EXAMPLES, STEERED]:
        for kind, fields in explained(record).events:
            for field in fields:
                assert field.rule
                parts = field.name.split(".")
                used.add(parts[0] if len(parts) == 1 else f"{kinds.get(kind, 'observation')}.{parts[1]}")
    assert used - RULES.keys() <= {"trace.status_message", "trace.externalId"}
    assert RULES.keys() - used == set()


def test_what_is_put_right_is_said() -> None:
    found = explained(plain(id="a//b", metadata={"a": float("nan")}))
    assert found.repairs == ("not_a_number", "id", "id")
    assert as_text(7, found).splitlines()[0] == "record 7, put right: not_a_number, id, id"


def test_a_record_that_is_refused_is_not_explained() -> None:
    assert isinstance(explain(MAPPER._stages.work, Record("-", 0, 0, -1, None, b"{}")), Rejected)


def test_the_text_has_a_block_for_each_event_and_a_line_for_each_field() -> None:
    lines = as_text(0, explained(plain(request="x" * 100))).splitlines()
    assert lines[:2] == ["record 0", "  trace-create"]
    assert '    body.id = "p-1" <- id' in lines
    (asked, _) = (line for line in lines if line.startswith("    body.input = "))
    assert asked == f'    body.input = "{"x" * 58}… <- request'
    assert lines.count("  generation-create") == 1


def test_a_long_list_of_messages_is_not_tried_one_by_one() -> None:
    messages = [{"role": "user", "content": f"message {number}"} for number in range(2_000)]
    assert sources(plain(request={"messages": messages}))["body.input"] == ("request.messages",)


def test_the_record_itself_is_as_it_was() -> None:
    """Each change is taken back before the next one."""
    first, second = explained(FULL), explained(FULL)
    assert first == second
