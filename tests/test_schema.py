"""The printed schema, the decoder and the goldens say the same."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from shipper.decode import Decoder
from shipper.decode.plain import PlainRecord
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
    (RESPONSE.keys(), ("payload", "properties", "response", "anyOf", 1)),
    (USAGE.keys(), ("usage",)),
    (_hints(_struct(USAGE["prompt_tokens_details"])).keys(), ("usage", "properties", "prompt_tokens_details")),
    (PLAIN.keys(), ("call_record",)),
    (_hints(_struct(PLAIN["trace"])).keys(), ("call_record", "properties", "trace")),
    (_hints(_struct(PLAIN["error"])).keys(), ("call_record", "properties", "error", "anyOf", 1)),
    (_hints(_struct(PLAIN["scores"])).keys(), ("call_record", "properties", "scores", "items")),
    (_hints(_struct(PLAIN["cost"])).keys(), ("call_record", "properties", "cost", "anyOf", 1)),
]


@pytest.mark.parametrize(("fields", "path"), SHAPES, ids=lambda value: "/".join(map(str, value)) if isinstance(value, tuple) else "")
def test_the_decoder_reads_exactly_the_fields_that_the_schema_names(fields: set[str], path: tuple[Any, ...]) -> None:
    assert _at(*path)["properties"].keys() == set(fields)


TEXT = st.none() | st.text(max_size=8)
COST = st.none() | st.integers(0, 10) | st.floats(0, 1e6)
TIME = st.datetimes(timezones=st.just(__import__("datetime").UTC)).map(lambda time: time.isoformat()) | st.floats(0, 4e9)
ANY = st.recursive(TEXT | st.integers(-5, 5), lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2), max_leaves=3)
