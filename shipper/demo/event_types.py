"""The bodies of Langfuse's ingestion events, as types: what each kind of event may hold.

Source: `packages/shared/src/server/ingestion/types.ts` of Langfuse (v3.225/v4.16). Keys that are not named here are
ignored there too; every optional key may be null. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Raw, Struct
from msgspec.json import Decoder

Id = Annotated[str, Meta(min_length=1, max_length=800)]
Time = Annotated[
    str,
    Meta(pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})\Z"),
]
Kind = Literal["trace", "observation", "score", "log", "span", "skimmed"]


class _Body(Struct, rename="camel"):
    times: ClassVar[Sequence[str]] = ()

    def __post_init__(self) -> None:
        for name in self.times:
            if value := getattr(self, name):
                datetime.fromisoformat(value)  # the pattern lets 30 February through


class _Trace(_Body):
    times: ClassVar[Sequence[str]] = ("timestamp",)
    id: Id | None = None
    timestamp: Time | None = None
    name: Annotated[str, Meta(max_length=1000)] | None = None
    external_id: str | None = None
    session_id: str | None = None
    user_id: str | None = None
    release: str | None = None
    version: str | None = None
    public: bool | None = None
    tags: list[str] | None = None


class _Observation(_Body):
    times: ClassVar[Sequence[str]] = ("start_time",)
    id: Id
    trace_id: Id | None = None
    parent_observation_id: str | None = None
    name: str | None = None
    start_time: Time | None = None
    level: Literal["DEBUG", "DEFAULT", "WARNING", "ERROR"] | None = None
    status_message: str | None = None
    version: str | None = None


class _Span(_Observation):
    times: ClassVar[Sequence[str]] = ("start_time", "end_time")
    end_time: Time | None = None


class _Usage(Struct, rename="camel"):
    input: float | None = None
    output: float | None = None
    total: float | None = None
    unit: Literal["CHARACTERS", "TOKENS", "MILLISECONDS", "SECONDS", "IMAGES", "REQUESTS"] | None = None
    input_cost: float | None = None
    output_cost: float | None = None
    total_cost: float | None = None
    prompt_tokens: float | None = None
    completion_tokens: float | None = None
    total_tokens: float | None = None

    def __post_init__(self) -> None:
        counts = (self.input, self.output, self.total, self.prompt_tokens, self.completion_tokens, self.total_tokens)
        if any(count is not None and not count.is_integer() for count in counts):
            raise ValueError("usage counts are integers")


class _Generation(_Span):
    times: ClassVar[Sequence[str]] = ("start_time", "end_time", "completion_start_time")
    completion_start_time: Time | None = None
    model: str | None = None
    model_parameters: dict[str, str | int | float | bool | list[str] | dict[str, str] | None] | None = None
    usage: _Usage | None = None
    usage_details: dict[str, Any] | None = None
    cost_details: dict[str, Any] | None = None
    prompt_name: str | None = None
    prompt_version: Annotated[int, Meta(ge=1)] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.prompt_name is None) != (self.prompt_version is None):
            raise ValueError("promptName and promptVersion come together")


class _Legacy(_Generation, kw_only=True):
    type: Literal["GENERATION", "SPAN", "EVENT"]


class _Score(Struct, rename="camel"):
    name: Annotated[str, Meta(min_length=1)]
    value: float | str
    id: Id | None = None
    trace_id: str | None = None
    session_id: str | None = None
    dataset_run_id: str | None = None
    observation_id: str | None = None
    data_type: Literal["NUMERIC", "CATEGORICAL", "BOOLEAN", "CORRECTION", "TEXT"] | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        if sum(bool(owner) for owner in (self.trace_id, self.session_id, self.dataset_run_id)) != 1:
            raise ValueError("a score belongs to exactly one of trace, session and dataset run")
        if self.data_type == "BOOLEAN" and self.value not in (0, 1):
            raise ValueError("a BOOLEAN score is 0 or 1")
        if self.data_type is not None and isinstance(self.value, str) == (self.data_type in ("NUMERIC", "BOOLEAN")):
            raise ValueError("value does not fit dataType")


class _Log(Struct):
    log: Raw


_OBSERVED = ("generation", "agent", "tool", "chain", "retriever", "evaluator", "embedding", "guardrail")
BODIES: dict[str, tuple[Kind, Decoder[Any]]] = {
    "trace-create": ("trace", Decoder(_Trace)),
    "event-create": ("observation", Decoder(_Observation)),
    "span-create": ("observation", Decoder(_Span)),
    "span-update": ("observation", Decoder(_Span)),
    **{f"{name}-create": ("observation", Decoder(_Generation)) for name in _OBSERVED},
    "generation-update": ("observation", Decoder(_Generation)),
    "observation-create": ("observation", Decoder(_Legacy)),
    "observation-update": ("observation", Decoder(_Legacy)),
    "score-create": ("score", Decoder(_Score)),
    "sdk-log": ("log", Decoder(_Log)),
}
