"""Ours and LiteLLM's spans of the same records, compared value by value, as `comparison` does with events.

What is told apart on purpose (deploy/docs/otlp.md lists it) is told apart here once, by rule.
"""

from __future__ import annotations

import json
import re
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
_CUSTOM_HEADERS = CALL + "metadata.requester_custom_headers"
_PAID = CALL + "metadata.litellm_response_cost"  # of a failure LiteLLM's is an integer, ours a number as any cost
_DEBUG = "langfuse.trace.metadata.metadata_passed_to_litellm"
_JSON_BEGINS = tuple('{["-0123456789')
_OF_THE_CALL = (CALL, "langfuse.trace.input", "langfuse.trace.output")
_NO_USAGE = {"input": 0, "output": 0, "total": 0}
_TIMES = ("start_ns", "end_ns")
_CLOCK_NS = 1000  # LiteLLM's times are floats
_STATUS_ERROR = 2
_MOST = 2**31 - 1  # larger integers, and those below 0, go as texts
_ROUNDED = 2**53
_OBJECT = re.compile(r"<(\w+\.)*\w+( object at \w+)?>")  # what JSON has not

# Attributes in which a case is meant to differ, beside those that are told apart by rule.
MEANT: dict[str, tuple[str, ...]] = {
    # What a caller says of his trace by the names of Langfuse's API, which the ingestion wire has a place for.
    "steer_trace_environment": ("langfuse.environment",),
    "steer_trace_external": ("user.id",),
    "steer_mix_12": ("user.id",),
    "steer_mix_15": ("user.id",),
    # An empty text is none: no id, no name, no user; and "no" does not make a trace public.
    "steer_trace_id_empty": (".trace_id",),
    "mixed_stream_all": (".name", ".span_id", "langfuse.trace.public", "session.id", "user.id"),
    "mixed_caller_names": (".name",),
    "mixed_headers_existing": (".trace_id", ".flags", ".parent_id", "langfuse.trace.name", "session.id"),
    "mixed_trace_names": ("langfuse.trace.name",),
    # A list or an object as a name goes as JSON, and no null is a tag.
    "mixed_trace_numbers": (".name", "langfuse.version", "session.id"),
    "mixed_tags_redacted": ("langfuse.trace.tags",),
    # LiteLLM takes out the character U+0000.
    "odd_text": (CALL + "input", CALL + "output"),
    # A function over the texts is known inside LiteLLM alone: our callback applies it before it writes.
    "mask_function": (CALL + "input",),
    # Our callback gives the payload's messages, with the system prompt in them, and of a request that the proxy
    # refused no prompt among the parameters.
    "messages_thinking": (CALL + "input",),
    "proxy_mixed_messages_tools": (CALL + "input",),
    "proxy_failure_key": (_PARAMETERS,),
    "proxy_failure_model": (_PARAMETERS,),
    # LiteLLM loses the call: its callback raises for such a value of a parameter, or of the trace.
    "fine_tuning": ("all 1 calls instead of 0",),
    "mixed_headers_over": ("all 1 calls instead of 0",),
    # Films are billed by the second: no tokens are not 0 tokens.
    "video": (_USAGE,),
    # Credentials.
    "odd_secret_params": (_PARAMETERS,),
    # The sound of a redacted answer, which LiteLLM shows, but not in its payload.
    "mixed_redact_audio": (CALL + "output",),
}


def case_differences(result: Json) -> list[str]:
    """What of a case's result is unlike, but for what is meant: its `records`, and those `produced` if it has them."""
    found: dict[str, None] = {}
    for kind in ("records", "produced"):
        if kind in result:
            ours = [spans_of(value, **result.get("mapping", {})) for value in result[kind]]
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
        own = _OF_THE_CALL if "langfuse.trace.name" in their["attributes"] else (*_OF_THE_CALL, "langfuse.version")
        shared = {key: value for key, value in their["attributes"].items() if not key.startswith(own)}
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
        written, theirs = (side.get(key, NOT_THERE) for side in (mine.attributes, expected))
        value, other = _parsed(written), _parsed(theirs)
        is_text = type(theirs) is int and (key == _PAID or not 0 <= theirs <= _MOST)
        if value == other and (is_text or type(written) is type(theirs)):
            continue
        if not _is_meant(key, value, other, expected) and not (produced and _is_left_out(key, value, other)):
            yield f"{key}: {_short(value)} instead of {_short(other)}"


def _is_meant(key: str, value: Any, other: Any, their: Json) -> bool:
    if key == _START:
        return datetime.fromisoformat(value).astimezone(UTC) == datetime.fromisoformat(other).astimezone(UTC)
    if key == _RESPONSE_ID:
        return other is NOT_THERE  # of an answer that LiteLLM redacted whole
    if key == _COST:
        # The cost is known without tokens too; one of 0 that nobody calculated is none.
        return _USAGE not in their if other is NOT_THERE else value is NOT_THERE and not other["total"]
    if key == _USAGE:
        return _is_usage_meant(value, other, their)
    if key in (_PARAMETERS, _CUSTOM_HEADERS) and NOT_THERE not in (value, other):
        return _without_odd(value) == _without_odd(other)
    if key == _REQUESTER and NOT_THERE not in (value, other):
        return _without_odd(value.get("headers", {})) == _without_odd(other.get("headers", {}))
    return False


def _is_usage_meant(value: Any, other: Any, their: Json) -> bool:
    """A failed call says that it used nothing; an answer that LiteLLM redacted whole has its usage; and what LiteLLM
    counts twice, or does not find (of image edits)."""
    if other is NOT_THERE:
        return bool(value == _NO_USAGE) if their[_LEVEL] == "ERROR" else _RESPONSE_ID not in their
    if value is NOT_THERE:
        return False
    is_lost = other["input"] == 0 and other["output"] == 0
    once: Json = {**other, "input": other["input"] - other["cache_creation_input_tokens"]}
    return is_lost or bool(once == value)


def _is_left_out(key: str, value: Any, other: Any) -> bool:
    """Of what was `produced`: headers, hashes of keys, the bytes of a picture."""
    if key == _REQUESTER and NOT_THERE not in (value, other):
        return {"headers": None, **other} == {**value, "headers": other.get("headers")}
    if key == _DEBUG and NOT_THERE not in (value, other):
        return {**other, **value} == {**other}
    return key == _CUSTOM_HEADERS or "base64_data truncated" in str(value)


def _without_odd(members: Json) -> Json:
    """Without credentials, and without what JSON has not: of that everybody says what he likes."""
    return {
        name: item
        for name, item in members.items()
        if (not is_secret(name) or item == "***REDACTED***") and not _OBJECT.fullmatch(str(item))
    }


def _short(value: Any) -> str:
    return value if value is NOT_THERE else json.dumps(value, ensure_ascii=False)[:300]


def _parsed(value: Any) -> Any:
    """JSON text of anything but a flag or null as its value, so that 3.5e-05 is 0.000035; all else as it is.

    An integer that a double would round is the text of its digits, wherever it stands.
    """
    try:
        is_json = isinstance(value, str) and value[:1] in _JSON_BEGINS
        return json.loads(value, parse_int=_exact) if is_json else _exact(value) if type(value) is int else value
    except ValueError:
        return value


def _exact(digits: str | int) -> int | str:
    return int(digits) if abs(int(digits)) < _ROUNDED else str(digits)
