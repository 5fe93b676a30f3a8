"""Which shape a record is, and what happens to bytes that are none."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shipper.mapping.ingestion import IngestionMapper
from shipper.mapping.settings import MappingSettings
from shipper.records import CallRecord, Cost, Reason, Rejected
from tests.decode.examples import GOLDEN, bare, call, decode, golden, litellm, parsed, plain, rejected

MAPPER = IngestionMapper(MappingSettings(environment="test"), "pk", "0")


def test_litellm_record_is_known_by_its_payload() -> None:
    assert call(litellm()).origin == "litellm"


def test_bare_payload_is_known_by_call_type_start_and_id() -> None:
    assert call(bare()).origin == "litellm"
    assert rejected(bare({"call_type": ...})).reason == "unknown_shape"
    assert rejected(bare({"startTime": ...})).reason == "unknown_shape"
    assert call(bare({"id": ...})).origin == "litellm"
    assert rejected(bare({"id": ..., "litellm_call_id": ...})).reason == "unknown_shape"


def test_schema_goes_before_every_other_shape() -> None:
    assert call({**litellm(), **plain()}).origin == "plain"
    assert rejected({**litellm(), "schema": "something.else/1"}).reason == "unknown_shape"


def test_schema_need_not_come_first() -> None:
    value = plain()
    del value["schema"]
    assert call({**value, "schema": "shipper.call/1"}) == call(plain())


@pytest.mark.parametrize("value", [b"{}", b"[]", b"1", b'"text"', b"null", b'{"standard_logging_object":[]}'])
def test_json_of_no_shape_is_unknown(value: bytes) -> None:
    assert rejected(value).reason == "unknown_shape"


@pytest.mark.parametrize("value", [None, b""])
def test_tombstone_and_empty_value_are_empty(value: bytes | None) -> None:
    assert rejected(value).reason == "empty"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"{", "invalid_json"),
        (b" ", "invalid_json"),
        (b"\xef\xbb\xbf{}", "invalid_json"),
        (b"{} {}", "invalid_json"),
        (b'{"a":NaN', "invalid_json"),
        (b'{"a":nan}', "invalid_json"),
        (b'{"a":"\x01"}', "invalid_json"),
        (b'{"a":"\xff"}', "invalid_utf8"),
        (b'{"a":' * 100_000, "too_deep"),
        (b'{"standard_logging_object":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "too_deep"),
    ],
)
def test_bytes_that_are_no_json_are_refused_with_their_reason(value: bytes, reason: Reason) -> None:
    assert rejected(value).reason == reason


def test_invalid_utf8_inside_a_prompt_is_refused() -> None:
    value = json.dumps(litellm()).encode().replace(b'"hi"', b'"\xc3\x28"')
    assert rejected(value).reason == "invalid_utf8"


def test_detail_of_a_refusal_holds_nothing_of_the_record() -> None:
    value = json.dumps(litellm()).encode().replace(b'"hi"', b'"my secret prompt')
    assert "secret" not in rejected(value).detail


def test_lone_surrogate_is_replaced_and_noted() -> None:
    value = json.dumps(litellm(messages=[{"role": "user", "content": "a\ud800b"}])).encode()
    record = call(value)
    assert record.repairs == ("lone_surrogate",)
    assert parsed(record.observation.input)["messages"][0]["content"] == "a\ufffdb"


def test_numbers_that_are_none_become_null_and_are_noted() -> None:
    """Python's json.dumps writes them; a log probability may well be minus infinity."""
    message = {"role": "assistant", "content": "NaN", "logprob": float("-inf")}
    record = call(plain(response={"choices": [{"message": message}]}, metadata={"score": float("nan")}))
    assert record.repairs == ("not_a_number",)
    assert parsed(record.observation.output) == {**message, "logprob": None}
    assert parsed(record.observation.metadata) == {"score": None}


def test_both_faults_of_pythons_json_are_mended_in_one_record() -> None:
    record = call(plain(metadata={"a": float("nan"), "b": "\ud800"}))
    assert sorted(record.repairs) == ["lone_surrogate", "not_a_number"]
    assert parsed(record.observation.metadata) == {"a": None, "b": "\ufffd"}


def test_a_data_uri_becomes_what_it_is_and_counts_once_however_often_it_is_there() -> None:
    picture = "data:image/png;base64," + base64.b64encode(bytes(6000)).decode()
    messages = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": picture}}]}]
    record = call(litellm({"messages": messages}, messages=messages, model=[1]))
    assert record.repairs == ("data_uri", "model")
    (part,) = parsed(record.observation.input)["messages"][0]["content"]
    assert part["image_url"]["url"] == (
        f"[shipper: image/png, 6,000 bytes, sha256 {hashlib.sha256(bytes(6000)).hexdigest()}]"
    )


def test_data_uris_are_noted_in_a_record_that_has_to_be_mended_too() -> None:
    picture = "data:image/png;base64," + base64.b64encode(bytes(6000)).decode()
    assert call(plain(metadata={"a": picture, "b": "\ud800"})).repairs == ("data_uri", "lone_surrogate")


def test_odd_type_of_an_optional_field_costs_only_that_field() -> None:
    record = call(litellm({"cache_hit": "perhaps", "error_information": 7, "request_tags": ["a", 1]}, model=[1]))
    assert set(record.repairs) == {
        "standard_logging_object.cache_hit",
        "standard_logging_object.error_information",
        "standard_logging_object.request_tags",
        "model",
    }
    assert record.trace.tags == ("a", "1")
    assert record.observation.model == "gpt-4o"  # the payload's own
    assert record.billing.recorded_cost == 0.25


def test_prompt_passes_through_byte_for_byte() -> None:
    messages = b'[ {"content" : "\\u00e9\\ud83d\\ude00 \\/ 1.0e+5", "n":1.50} ]'
    value = json.dumps(litellm(messages="here")).encode().replace(b'"messages": "here"', b'"messages": ' + messages)
    whole = call(value).observation.input
    assert bytes(whole or b"") == b'{"messages":' + messages + b"}"


def test_record_without_times_takes_kafkas_timestamp() -> None:
    timeless: Any = {"start_time": ..., "end_time": ..., "completion_start_time": ...}
    value = litellm({"startTime": ..., "endTime": ..., "completionStartTime": ...}, **timeless)
    record = call(value, timestamp_ms=1_795_425_600_123)
    assert record.observation.start.timestamp() == pytest.approx(1_795_425_600.123)
    assert record.observation.end is None
    assert record.repairs == ("start_time",)
    assert rejected(value, timestamp_ms=-1).reason == "wrong_type"


def _events(record: CallRecord) -> list[bytes]:
    return [event.data for event in MAPPER.events(record, Cost(0.5))]


def _check(value: bytes) -> None:
    """Whatever the bytes: no exception, and what is understood becomes valid, repeatable events."""
    decoded = decode(value)
    if isinstance(decoded, Rejected):
        return
    events = _events(decoded)
    ids = [json.loads(data)["id"] for data in events]
    assert len(set(ids)) == len(ids)
    for data in events:
        assert None not in json.loads(data)["body"].values()
    again = decode(value)
    assert isinstance(again, CallRecord)
    assert _events(again) == events


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=()), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
EXAMPLES = [value for name in GOLDEN for value in golden(name)["records"]]
for _value in EXAMPLES:
    _value["standard_logging_object"].pop("model_map_information", None)
EXAMPLES += [bare(), plain(), plain(type="tool", scores=[{"name": "s", "value": 1}], error={"message": "m"})]


@given(st.binary(max_size=64))
def test_no_bytes_raise(value: bytes) -> None:
    _check(value)


@given(JSON)
def test_no_json_raises(value: Any) -> None:
    _check(json.dumps(value).encode())


@settings(max_examples=300)
@given(st.data())
def test_no_mutated_record_raises(data: st.DataObject) -> None:
    """Any value anywhere in a real record may be replaced by any JSON value."""
    record = json.loads(json.dumps(data.draw(st.sampled_from(EXAMPLES))))
    for _ in range(data.draw(st.integers(1, 4))):
        place, key = _draw_place(record, data)
        place[key] = data.draw(JSON)
    _check(json.dumps(record).encode())


@given(st.data())
def test_no_damaged_bytes_raise(data: st.DataObject) -> None:
    value = bytearray(json.dumps(data.draw(st.sampled_from(EXAMPLES))).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        value[data.draw(st.integers(0, len(value) - 1))] = data.draw(st.integers(0, 255))
    _check(bytes(value))


def _draw_place(value: Any, data: st.DataObject) -> tuple[Any, Any]:
    """A container inside the value and one of its keys, at any depth."""
    while True:
        keys = sorted(value) if isinstance(value, dict) else list(range(len(value)))
        key = data.draw(st.sampled_from(keys))
        inner = value[key]
        if not inner or not isinstance(inner, dict | list) or data.draw(st.integers(0, 3)) == 0:
            return value, key
        value = inner
