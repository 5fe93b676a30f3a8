"""Ours and LiteLLM's events of the same records, compared value by value.

What is told apart on purpose (deploy/docs/mapping.md lists it) is told apart here once, by rule; everything else
counts, whether a key is present too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from shipper.decode import Decoder
from shipper.decode.parameters import is_secret
from shipper.mapping.ingestion import IngestionMapper
from shipper.mapping.settings import MappingSettings
from shipper.records import CallRecord, Cost, Record, UnknownCost
from tests.parity.cases import MEANT

Json = dict[str, Any]
NOT_THERE = "<not there>"

# LiteLLM's SDK makes these up at the time of sending, ours come from the record; it sends no costs.
_GENERATED = re.compile(r"\.(id|timestamp)$|\.body\.(timestamp|costDetails)$")
_SPAN_ID = re.compile(r"\.body\.id$")
_PARAMETER = re.compile(r"\.body\.modelParameters\.[^.]+$")
_RANDOM_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_TIME = re.compile(r"\.body\.(start|end|completionStart)Time$")
_LEFT_OUT = re.compile(r"\.(requester_custom_headers|requester_metadata\.headers|metadata_passed_to_litellm\.\w+)$")
_OBJECT = re.compile(r"<[\w.]+ object at 0x[0-9a-f]+>")  # what JSON has not: everybody names it as he likes
_MEDIA = "@@@langfuseMedia:"


def case_differences(result: Json) -> list[str]:
    """What of a case's result is unlike, but for what is meant: its `records`, and those `produced` if it has them."""
    meant = MEANT.get(result["case"], ())
    found: dict[str, None] = {}
    for kind in ("records", "produced"):
        if kind in result:
            ours = events_of(result[kind], **result.get("mapping", {}))
            found |= dict.fromkeys(differences(ours, result["batch"], produced=kind == "produced"))
    return [line for line in found if not any(line.startswith(start) for start in meant)]


def events_of(records: Sequence[Json], **settings: Any) -> list[Json]:
    """The events that shipper makes of the records, those of one id once. AssertionError for one that it refuses."""
    mapping = MappingSettings(**settings)
    decoder, mapper = Decoder(mapping), IngestionMapper(mapping, "pk-lf-test", "0.1.0")
    found: list[Json] = []
    for value in records:
        call = decoder.decode(Record("calls", 0, 0, 0, None, json.dumps(value).encode()))
        assert isinstance(call, CallRecord), call
        cost = call.billing.recorded_cost
        made = mapper.events(call, UnknownCost("unpriced_model") if cost is None else Cost(cost))
        found += [json.loads(event.data) for event in made]
    return list({event["id"]: event for event in found}.values())


def differences(ours: Sequence[Json], batch: Sequence[Json], *, produced: bool = False) -> list[str]:
    """Where shipper's events and LiteLLM's batch say different things, in words; none if they agree.

    Records `produced` by deploy/producers have less: no headers but those that steer, no keys, not even as hashes.
    """
    theirs = once([event for event in batch if event["type"] != "span-update"])
    kinds = [event["type"] for event in ours]
    if kinds != [event["type"] for event in theirs]:
        return [f"{kinds} instead of {[event['type'] for event in theirs]}"]
    return [
        f"{mine['type']}{path}: {_short(value)} instead of {_short(other)}"
        for mine, their in zip(ours, theirs, strict=True)
        for path, value, other in _unlike(mine, their)
        if not _is_meant(mine, their, path, value, other) and not (produced and _LEFT_OUT.search(path))
    ]


def once(batch: Sequence[Json]) -> list[Json]:
    """A batch without the calls that LiteLLM reports a second time: the same but for ids and times it makes up."""
    calls: list[list[Json]] = []
    for event in batch:
        if event["type"] == "trace-create" or not calls:
            calls.append([])
        calls[-1].append(event)
    seen = {json.dumps([_lasting(event) for event in one], sort_keys=True): one for one in reversed(calls)}
    return [event for one in calls if one in seen.values() for event in one]


def _lasting(event: Json) -> Json:
    body = {key: value for key, value in event["body"].items() if key != "timestamp"}
    if event["type"] != "trace-create" and _RANDOM_ID.fullmatch(body["id"]):
        del body["id"]
    return body


def _short(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:300]


def _unlike(ours: Any, theirs: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(ours.keys() | theirs.keys()):
            yield from _unlike(ours.get(key, NOT_THERE), theirs.get(key, NOT_THERE), f"{path}.{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for number, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from _unlike(mine, other, f"{path}[{number}]")
    elif ours != theirs or isinstance(ours, bool) is not isinstance(theirs, bool):
        yield path, ours, theirs


def _is_meant(mine: Json, their: Json, path: str, value: Any, other: Any) -> bool:
    if _GENERATED.fullmatch(path) or (_SPAN_ID.fullmatch(path) and mine["type"] == "span-create"):
        return True
    if path.startswith(".body.usage"):
        return _is_lost(mine["body"], their["body"]) or _is_written_twice(path, value, other, their["body"])
    if path == ".body.startTime" and mine["type"] == "span-create":
        return True  # a guardrail that does not say when it began: LiteLLM takes the time of sending
    if NOT_THERE in (value, other):
        return bool(_PARAMETER.fullmatch(path)) and is_secret(path.rpartition(".")[2])
    if _PARAMETER.fullmatch(path):
        return other == str(value) if isinstance(value, float) else _OBJECT.fullmatch(str(other)) is not None
    if _SPAN_ID.fullmatch(path):
        return isinstance(other, str) and _RANDOM_ID.fullmatch(other) is not None
    if _TIME.fullmatch(path):
        return _instant(value) == _instant(other)
    return isinstance(value, str) and isinstance(other, str) and other.startswith(_MEDIA) and "base64" in value


def _is_lost(mine: Json, their: Json) -> bool:
    """Whether the callback finds no tokens (of image edits, streamed responses, redacted texts), and its cost is 0."""
    other = their.get("usage", {})
    return "usage" in mine and not other.get("input") and not other.get("output")


def _is_written_twice(path: str, value: Any, other: Any, their: Json) -> bool:
    """Writes to the cache that LiteLLM counts as input too; and a cost of 0 that nobody calculated."""
    if path == ".body.usage.totalCost":
        return bool(value == NOT_THERE and other == 0)
    is_input = path == ".body.usageDetails.input"
    return is_input and bool(value == other - their["usageDetails"]["cache_creation_input_tokens"])


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
