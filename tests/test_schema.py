"""The printed schema, the decoder and the goldens say the same."""

from __future__ import annotations

import json
import re
from datetime import UTC
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from shipper.decode import Decoder
from shipper.decode.plain_shapes import PlainFields, PlainRecord, UsualRecord
from shipper.decode.shapes import LiteLLMRecord
from shipper.mapping.settings import MappingSettings
from shipper.records import CallRecord, Reason, Record, Rejected
from shipper.schema import document

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))
SCHEMA = document()
VALIDATOR = Draft202012Validator(SCHEMA)
MINIMAL = {"schema": "shipper.call/1", "id": "call-1", "start_time": "2026-11-24T10:00:00Z"}

# Fields of the envelope's type that are there only to tell the shapes apart.
TELLING = {"schema", "call_type", "startTime", "id", "litellm_call_id"}


def _decoded(value: object) -> CallRecord | Rejected:
    return Decoder(MappingSettings()).decode(Record("t", 0, 0, 1_795_425_516_989, None, json.dumps(value).encode()))


def _at(*path: str) -> Any:
    found: Any = SCHEMA["$defs"]
    for step in path:
        found = found[step]
    return found


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_every_reference_has_its_target() -> None:
    names = set(re.findall(r'"#/\$defs/(\w+)"', json.dumps(SCHEMA)))
    assert names <= SCHEMA["$defs"].keys()


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_litellms_real_records_are_valid_whole_and_as_payload_alone(path: Path) -> None:
    for record in json.loads(path.read_text())["records"]:
        VALIDATOR.validate(record)
        VALIDATOR.validate(record["standard_logging_object"])


def test_the_reasons_are_the_closed_list() -> None:
    assert _at("dead_letter_reason", "enum") == list(get_args(Reason))


def _struct(annotation: Any) -> Any:
    """The struct type inside an annotation, if there is one."""
    if get_origin(annotation) in (Union, UnionType, list):
        return next(filter(None, map(_struct, get_args(annotation))), None)
    return annotation if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct) else None


def _hints(struct: Any) -> dict[str, Any]:
    return get_type_hints(struct)


LITELLM = _hints(LiteLLMRecord)
PAYLOAD = _hints(_struct(LITELLM["standard_logging_object"]))
RESPONSE = _hints(_struct(PAYLOAD["response"]))
USAGE = _hints(_struct(RESPONSE["usage"]))
PLAIN = _hints(PlainRecord)
SHAPES = [
    (LITELLM.keys() - TELLING | {"schema"}, ("litellm_record",)),
    (PAYLOAD.keys(), ("payload",)),
    (_hints(_struct(PAYLOAD["cost_breakdown"])).keys(), ("payload", "properties", "cost_breakdown")),
    (RESPONSE.keys(), ("payload", "properties", "response", "anyOf", 1)),
    (USAGE.keys(), ("usage",)),
    (_hints(_struct(USAGE["prompt_tokens_details"])).keys(), ("usage", "properties", "prompt_tokens_details")),
    (_hints(_struct(USAGE["completion_tokens_details"])).keys(), ("usage", "properties", "completion_tokens_details")),
    (PLAIN.keys(), ("call_record",)),
    (_hints(_struct(PLAIN["trace"])).keys(), ("call_record", "properties", "trace")),
    (_hints(_struct(PLAIN["error"])).keys(), ("call_record", "properties", "error", "anyOf", 1)),
    (_hints(_struct(PLAIN["scores"])).keys(), ("call_record", "properties", "scores", "items")),
    (_hints(_struct(PLAIN["cost"])).keys(), ("call_record", "properties", "cost", "anyOf", 1)),
]


@pytest.mark.parametrize(
    ("fields", "path"), SHAPES, ids=lambda value: "/".join(map(str, value)) if isinstance(value, tuple) else ""
)
def test_the_decoder_reads_exactly_the_fields_that_the_schema_names(fields: set[str], path: tuple[Any, ...]) -> None:
    assert _at(*path)["properties"].keys() == set(fields)


def test_the_quick_way_to_read_a_plain_record_knows_no_field_of_its_own() -> None:
    assert _hints(UsualRecord).keys() == PLAIN.keys() - {"chunks"}
    assert _hints(PlainFields).keys() < PLAIN.keys()


TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=3,
)


def _valid(fragment: Any) -> st.SearchStrategy[Any]:
    """Values that are valid under a fragment of our schema."""
    if "$ref" in fragment:
        target = {**_at(fragment["$ref"].rpartition("/")[2])}
        target["properties"] = {**target.get("properties", {}), **fragment.get("properties", {})}
        return _valid(
            {**target, **{key: value for key, value in fragment.items() if key not in ("$ref", "properties")}}
        )
    if "const" in fragment:
        return st.just(fragment["const"])
    if "enum" in fragment:
        return st.sampled_from(fragment["enum"])
    if "anyOf" in fragment and "type" not in fragment:
        return st.one_of([_valid(option) for option in fragment["anyOf"]])
    types = fragment.get("type", ())
    return st.one_of([_typed(fragment, kind) for kind in ([types] if isinstance(types, str) else types)] or [JSON])


def _typed(fragment: Any, kind: str) -> st.SearchStrategy[Any]:
    low, high = fragment.get("minimum"), fragment.get("maximum")
    match kind:
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(low if low is not None else -5, high)
        case "number":
            return st.floats(low if low is not None else -1e9, high if high is not None else 1e9) | st.integers(0, 9)
        case "string" if fragment.get("format") == "date-time":
            return st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.isoformat())
        case "string":
            return TEXT.filter(lambda text: len(text) >= fragment.get("minLength", 0))
        case "array":
            return st.lists(_valid(fragment.get("items", {})), max_size=2)
    properties = {name: _valid(inner) for name, inner in fragment.get("properties", {}).items() if inner is not False}
    required = set(fragment.get("required", ())) | set(fragment.get("anyOf", [{"required": ()}])[0]["required"])
    return st.fixed_dictionaries(
        {name: properties[name] for name in required},
        optional={name: value for name, value in properties.items() if name not in required},
    )


@pytest.mark.parametrize("shape", ["call_record", "litellm_record", "standard_logging_payload"])
@settings(max_examples=150)
@given(data=st.data())
def test_what_is_valid_is_never_refused_and_no_field_of_it_is_odd(shape: str, data: st.DataObject) -> None:
    record = data.draw(_valid(_at(shape)))
    VALIDATOR.validate(record)
    if shape == "standard_logging_payload":
        record = {**record, "call_type": "completion", "startTime": 0.5, "id": "a"}
    call = _decoded(record)
    assert isinstance(call, CallRecord), call
    assert not set(call.repairs) - {"start_time", "secret_parameter", "parameter_out_of_range"}


@pytest.mark.parametrize("missing", MINIMAL)
def test_a_plain_record_needs_its_three_fields(missing: str) -> None:
    VALIDATOR.validate(MINIMAL)
    assert isinstance(_decoded(MINIMAL), CallRecord)
    record = {key: value for key, value in MINIMAL.items() if key != missing}
    assert not VALIDATOR.is_valid(record)
    assert isinstance(_decoded(record), Rejected)


@pytest.mark.parametrize(
    "record",
    [
        [],
        "text",
        {},
        {**MINIMAL, "schema": "shipper.call/2"},
        {**MINIMAL, "id": ""},
        {**MINIMAL, "start_time": None},
        {**MINIMAL, "start_time": 1e300},
        {"call_type": "completion", "startTime": 1.0},
        {"call_type": "completion", "id": "a"},
        {"standard_logging_object": "text"},
    ],
)
def test_what_the_decoder_refuses_is_not_valid(record: object) -> None:
    assert isinstance(_decoded(record), Rejected)
    assert not VALIDATOR.is_valid(record)
