"""Ours and LiteLLM's spans of the same records, compared value by value, as `comparison` does with events.

What is told apart on purpose (deploy/docs/otlp.md lists it) is told apart here once, by rule.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from shipper.decode import Decoder
from shipper.decode.parameters import is_secret
from shipper.mapping.otlp import OtlpMapper
from shipper.mapping.settings import MappingSettings
from shipper.mapping.span import REMOTE_PARENT
from shipper.records import CallRecord, Cost, Record, UnknownCost
from tests.mapping.otlp_reading import Seen, read, spans
from tests.parity.comparison import NOT_THERE

Json = dict[str, Any]

CALL = "langfuse.observation."
_TYPE, _LEVEL, _USAGE, _COST = (CALL + name for name in ("type", "level", "usage_details", "cost_details"))
_START, _PARAMETERS = CALL + "completion_start_time", CALL + "model.parameters"
_REQUESTER, _RESPONSE_ID = CALL + "metadata.requester_metadata", CALL + "metadata.response_id"
_DEBUG = "langfuse.trace.metadata.metadata_passed_to_litellm"
_JSON_BEGINS = tuple('{["-0123456789')
_OF_THE_CALL = (CALL, "langfuse.trace.input", "langfuse.trace.output")
_NO_USAGE = {"input": 0, "output": 0, "total": 0}
_TIMES = ("start_ns", "end_ns")
_CLOCK_NS = 1000  # LiteLLM's times are floats
_STATUS_ERROR = 2

# Attributes in which a case is meant to differ, beside those that are told apart by rule.
MEANT: dict[str, tuple[str, ...]] = {
    # What a caller says of his trace by the names of Langfuse's API, which the ingestion wire has a place for.
    "steer_trace_environment": ("langfuse.environment",),
    "steer_trace_external": ("user.id",),
    "steer_mix_12": ("user.id",),
    "steer_mix_15": ("user.id",),
    # An empty text is no id: LiteLLM makes one up.
    "steer_trace_id_empty": (".trace_id",),
    # LiteLLM takes out the character U+0000.
    "odd_text": (CALL + "input", CALL + "output"),
    # A function over the texts is known inside LiteLLM alone: our callback applies it before it writes.
    "mask_function": (CALL + "input",),
    # Our callback gives the payload's messages, with the system prompt in them, and of a request that the proxy
    # refused no prompt among the parameters.
    "messages_thinking": (CALL + "input",),
    "proxy_failure_key": (_PARAMETERS,),
    "proxy_failure_model": (_PARAMETERS,),
    # LiteLLM loses the call: its SDK raises for such a value of a parameter.
    "fine_tuning": ("1 calls instead of 0",),
}


def case_differences(result: Json) -> list[str]:
    """What of a case's result is unlike, but for what is meant: its `records`, and those `produced` if it has them."""
    found: dict[str, None] = {}
    for kind in ("records", "produced"):
        ours = [spans_of(value, **result.get("mapping", {})) for value in result.get(kind, [])]
        found |= dict.fromkeys(differences(ours, result["batch"], produced=kind == "produced"))
    meant = MEANT.get(result["case"], ())
    return [line for line in found if not any(line.partition(" ")[2].startswith(f"{name}") for name in meant)]


def spans_of(value: Json, **settings: Any) -> list[Seen]:
    """The spans that shipper makes of a record, its call's first. AssertionError for one that it refuses."""
    mapping = MappingSettings(**settings)
    call = Decoder(mapping).decode(Record("calls", 0, 0, 0, None, json.dumps(value).encode()))
    assert isinstance(call, CallRecord), call
    cost = call.billing.recorded_cost
    mapper = OtlpMapper(mapping, "pk-lf-test", "0.1.0")
    events = mapper.events(call, UnknownCost("unpriced_model") if cost is None else Cost(cost))
    return spans(read(b"".join(mapper.body([event for event in events if event.wire == "otlp"]))))


def differences(ours: Sequence[Sequence[Seen]], sent: Sequence[Json], *, produced: bool = False) -> list[str]:
    """Where shipper's spans and LiteLLM's say different things, in words; none if they agree.

    Records `produced` by deploy/producers have less: no headers but those that steer, no keys, no long base64.
    """
    calls = [span for span in sent if span["attributes"][_TYPE] == "generation"]
    if len(calls) != len(ours):
        return [f"in all {len(ours)} calls instead of {len(calls)}"]
    found = []
    for (mine, *around), their in zip(ours, calls, strict=True):
        children = [span for span in sent if span is not their and span["parent_id"] == their["span_id"]]
        found += [f"call {line}" for line in _unlike(mine, their, their["attributes"], produced=produced)]
        if len(around) != len(children):
            found.append(f"call has {len(around)} spans around it instead of {len(children)}")
            continue
        shared = {key: value for key, value in their["attributes"].items() if not key.startswith(_OF_THE_CALL)}
        for one, child in zip(around, children, strict=True):
            there = {**child, "span_id": one.span_id, "parent_id": mine.span_id}  # LiteLLM's are random
            for key in _TIMES:
                if there[key] > their["end_ns"]:  # the time of sending: nobody said when it was
                    there[key] = getattr(one, key)
            found += [
                f"around {line}" for line in _unlike(one, there, {**child["attributes"], **shared}, produced=produced)
            ]
    return found


def _unlike(mine: Seen, their: Json, expected: Json, *, produced: bool) -> Iterator[str]:
    is_named = _RESPONSE_ID in expected or expected[_TYPE] == "span"  # else LiteLLM's id is random
    for key in ("trace_id", "name", "kind", "flags", *(("span_id",) if is_named else ())):
        if getattr(mine, key) != their[key]:
            yield f".{key}: {getattr(mine, key)!r} instead of {their[key]!r}"
    is_joined = their["flags"] == REMOTE_PARENT and "langfuse.trace.name" not in expected
    if bool(mine.parent_id) != bool(their["parent_id"]) or (not is_joined and mine.parent_id != their["parent_id"]):
        yield f".parent_id: {mine.parent_id!r} instead of {their['parent_id']!r}"
    for key in _TIMES:
        if abs(getattr(mine, key) - their[key]) > _CLOCK_NS:
            yield f".{key}: {getattr(mine, key)} instead of {their[key]}"
    if (mine.status == _STATUS_ERROR) != (expected.get(_LEVEL) == "ERROR"):
        yield f".status: {mine.status}"
    for key in sorted(mine.attributes.keys() | expected.keys()):
        value, other = (_parsed(side.get(key, NOT_THERE)) for side in (mine.attributes, expected))
        if value == other and isinstance(value, bool) is isinstance(other, bool):
            continue
        if not _is_meant(key, value, other, expected) and not (produced and _is_left_out(key, value, other)):
            yield f"{key}: {_short(value)} instead of {_short(other)}"


def _is_meant(key: str, value: Any, other: Any, their: Json) -> bool:
    if key == _START:
        return datetime.fromisoformat(value).astimezone(UTC) == datetime.fromisoformat(other).astimezone(UTC)
    if key == _RESPONSE_ID:
        return bool(other == NOT_THERE)  # of an answer that LiteLLM redacted whole
    if key == _COST:
        # The cost is known without tokens too; one of 0 that nobody calculated is none.
        return bool(other == NOT_THERE and _USAGE not in their) or bool(value == NOT_THERE and other == {"total": 0})
    if key == _USAGE:
        return _is_usage_meant(value, other, their)
    if key == _PARAMETERS:
        odd = {name for name in other if is_secret(name) or name == "litellm_logging_obj"}
        return _without(value, odd) == _without(_public(other), odd)
    return key == _REQUESTER and value == {**other, "headers": _public(other.get("headers", {}))}


def _is_usage_meant(value: Any, other: Any, their: Json) -> bool:
    """A failed call says that it used nothing; what LiteLLM counts twice, or does not find (of image edits)."""
    if other == NOT_THERE:
        return their[_LEVEL] == "ERROR" and value == _NO_USAGE
    if value == NOT_THERE:
        return False
    written = other["input"] - other["cache_creation_input_tokens"]
    return bool(value == {**other, "input": written} or (other["input"] == other["output"] == 0))


def _is_left_out(key: str, value: Any, other: Any) -> bool:
    if key == CALL + "input":
        return "base64_data truncated" in str(value)
    if key == _DEBUG:
        return {**other, **value} == other
    return key == CALL + "metadata.requester_custom_headers" or (
        key == _REQUESTER and value == {name: item for name, item in other.items() if name != "headers"}
    )


def _public(value: Any) -> Any:
    """Without credentials; of what became Python's text nothing can be said."""
    return {key: item for key, item in value.items() if not is_secret(key) or item == "***REDACTED***"}


def _without(value: Any, names: set[str]) -> Any:
    return {key: item for key, item in value.items() if key not in names}


def _short(value: Any) -> str:
    return value if value is NOT_THERE else json.dumps(value, ensure_ascii=False)[:300]


def _parsed(value: Any) -> Any:
    """JSON text of anything but a flag or null as its value, so that 3.5e-05 is 0.000035; all else as it is."""
    try:
        return json.loads(value) if isinstance(value, str) and value[:1] in _JSON_BEGINS else value
    except ValueError:
        return value
