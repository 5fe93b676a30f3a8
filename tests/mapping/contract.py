"""The contract of Langfuse's ingestion endpoint as types, written for what shipper sends and stricter than the server.

Sources: Langfuse, packages/shared/src/server/ingestion/types.ts and processEventBatch.ts; S3's and MinIO's limits of a
key. Stricter: no null anywhere but inside of somebody's JSON (it would overwrite), no unknown key but in a trace, no
times that its store does not hold.
"""

from __future__ import annotations

import json
from datetime import datetime
from math import isfinite
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

SAFE_INTEGER = 2**53 - 1  # JavaScript's; zod's int() takes no other
PROJECT = "c" * 25

Text = Annotated[str, Meta()]
Name = Annotated[str, Meta(min_length=1)]
Environment = Annotated[str, Meta(pattern=r"\A(?!langfuse)[a-z0-9_-]{1,40}\Z")]
Count = Annotated[int, Meta(ge=0, le=SAFE_INTEGER)]
Usd = Annotated[float, Meta(ge=0)]
Time = Annotated[
    str,
    Meta(pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})\Z"),
]
Level = Literal["DEBUG", "DEFAULT", "WARNING", "ERROR"]
Parameter = str | int | float | bool | list[str] | dict[str, str]


class Checked(Struct):
    """What the types alone do not say, for every field of a name."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, str) and name in ("id", "trace_id", "parent_observation_id", "observation_id"):
                check_id(value)
            elif isinstance(value, str) and (name == "timestamp" or name.endswith("_time")):
                check_time(value)


class Trace(Checked, rename="camel"):
    """trace-create; further keys are stripped by the server."""

    id: Text
    timestamp: Time
    name: Text | UnsetType = UNSET
    external_id: Text | UnsetType = UNSET
    input: Any = UNSET
    output: Any = UNSET
    session_id: Text | UnsetType = UNSET
    user_id: Text | UnsetType = UNSET
    environment: Environment | UnsetType = UNSET
    metadata: Any = UNSET
    release: Text | UnsetType = UNSET
    version: Text | UnsetType = UNSET
    public: bool | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.name, str) and len(self.name.encode("utf-16-le")) > 2_000:
            raise ValueError("a trace's name is longer than 1,000 UTF-16 units")
        if isinstance(self.session_id, str):
            check_key(self.session_id)


class Usage(Struct, rename="camel", forbid_unknown_fields=True):
    """`usage`."""

    input: Count
    output: Count
    unit: Literal["TOKENS"]
    total: Count | UnsetType = UNSET
    total_cost: Usd | UnsetType = UNSET


class Observation(Checked, rename="camel", forbid_unknown_fields=True):
    """generation-create and all others of the kind; span and event have less, which the server strips."""

    id: Text
    trace_id: Text
    start_time: Time
    name: Text | UnsetType = UNSET
    end_time: Time | UnsetType = UNSET
    completion_start_time: Time | UnsetType = UNSET
    parent_observation_id: Text | UnsetType = UNSET
    environment: Environment | UnsetType = UNSET
    metadata: Any = UNSET
    input: Any = UNSET
    output: Any = UNSET
    level: Level | UnsetType = UNSET
    status_message: Text | UnsetType = UNSET
    version: Text | UnsetType = UNSET
    model: Text | UnsetType = UNSET
    model_parameters: dict[str, Parameter] | UnsetType = UNSET
    usage: Usage | UnsetType = UNSET
    usage_details: dict[str, Count] | UnsetType = UNSET
    cost_details: dict[str, Usd] | UnsetType = UNSET
    prompt_name: Name | UnsetType = UNSET
    prompt_version: Annotated[int, Meta(ge=1, le=2**31 - 1)] | UnsetType = UNSET

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.prompt_name is UNSET) != (self.prompt_version is UNSET):
            raise ValueError("promptName and promptVersion come together")
        for details in (self.usage_details, self.cost_details):
            if isinstance(details, dict) and "total" not in details:
                raise ValueError("details without a total")
        for text in (self.model, self.prompt_name):
            if isinstance(text, str) and "\x00" in text:
                raise ValueError("a NUL that PostgreSQL does not take")


class Score(Checked, rename="camel", forbid_unknown_fields=True):
    """score-create."""

    id: Text
    trace_id: Text
    observation_id: Text
    name: Name
    value: float | str
    data_type: Literal["NUMERIC", "CATEGORICAL", "BOOLEAN", "CORRECTION", "TEXT"] | UnsetType = UNSET
    comment: Text | UnsetType = UNSET
    environment: Environment | UnsetType = UNSET

    def __post_init__(self) -> None:
        super().__post_init__()
        is_text = isinstance(self.value, str)
        if self.data_type is not UNSET and is_text == (self.data_type in ("NUMERIC", "BOOLEAN")):
            raise ValueError("a value that is not of its data type")
        if self.data_type == "BOOLEAN" and self.value not in (0, 1):
            raise ValueError("a BOOLEAN score is 0 or 1")
        if self.data_type == "TEXT" and not 0 < len(str(self.value)) <= 500:
            raise ValueError("a TEXT score has 1 to 500 characters")


class Envelope(Checked, forbid_unknown_fields=True):
    """What is around every event."""

    id: Text
    type: str
    timestamp: Time
    body: Any


class Metadata(Struct, forbid_unknown_fields=True):
    """Of a batch."""

    batch_size: int
    sdk_integration: Literal["litellm", "shipper"]
    sdk_name: Literal["shipper"]
    sdk_version: str
    public_key: str


class Request(Struct, forbid_unknown_fields=True):
    """A request's body."""

    batch: list[Envelope]
    metadata: Metadata


_OBSERVED = (
    "generation", "span", "event", "agent", "tool", "chain", "retriever", "evaluator", "embedding", "guardrail",
)  # fmt: skip
BODIES: dict[str, type[Struct]] = {
    "trace-create": Trace,
    "score-create": Score,
    **{f"{kind}-create": Observation for kind in _OBSERVED},
}


def check_request(body: bytes) -> None:
    """Raises ValueError (msgspec's ValidationError is one) with what the endpoint, or what is behind it, refuses."""
    document = json.loads(body.decode(), parse_constant=_no_constant)
    _check_texts(document)
    request = msgspec.convert(document, Request)
    ids = [event.id for event in request.batch]
    if len(set(ids)) != len(ids):
        raise ValueError("two events have one id: the server stores a payload under it")
    if request.metadata.batch_size != len(ids):
        raise ValueError("batch_size is not the number of events")
    for event in request.batch:
        if event.type not in BODIES:
            raise ValueError(f"no such event: {event.type}")
        _check_numbers([event.body.get("metadata"), event.body.get("modelParameters")])
        msgspec.convert(event.body, BODIES[event.type])
        if any(value is None for value in event.body.values()):
            raise ValueError("a null overwrites what the server has")
        kind = "trace" if event.type == "trace-create" else "score" if event.type == "score-create" else "observation"
        check_storage_key(f"events/{PROJECT}/{kind}/{event.body['id']}/{event.id}.json")


def check_id(text: str) -> None:
    """Langfuse: 1 to 800 UTF-16 units, no carriage return."""
    if not 1 <= len(text.encode("utf-16-le")) // 2 <= 800 or "\r" in text:
        raise ValueError("no id")


def check_time(text: str) -> None:
    """An instant with its offset that ClickHouse's Date holds."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or not 1970 <= moment.year < 2149:
        raise ValueError("no time that can be stored")


def check_key(text: str) -> None:
    """A text that PostgreSQL takes as a key."""
    if "\x00" in text or len(text.encode()) > 2_000:
        raise ValueError("no key for PostgreSQL")


def check_storage_key(key: str) -> None:
    """S3: 1,024 bytes; Google: no line breaks; MinIO: no empty part of the path, no `.` and no `..`."""
    if len(key.encode()) > 1024 or any(character < " " or character == "\x7f" for character in key):
        raise ValueError("no storage key")
    if not {"", ".", ".."}.isdisjoint(key.split("/")):
        raise ValueError("no path in a storage")


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _check_texts(value: Any) -> None:
    """No lone surrogates: they make Langfuse's store drop other people's rows."""
    if isinstance(value, str):
        value.encode()
    elif isinstance(value, dict):
        for key, item in value.items():
            key.encode()
            _check_texts(item)
    elif isinstance(value, list):
        for item in value:
            _check_texts(item)


def _check_numbers(value: Any) -> None:
    """JavaScript reads what is beyond a double as Infinity, which zod's number() refuses."""
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            _check_numbers(item)
    elif type(value) in (int, float) and not isfinite(float(str(value))):
        raise ValueError("a number beyond a double")
