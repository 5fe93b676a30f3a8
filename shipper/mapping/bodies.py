"""The shapes of Langfuse's ingestion wire (packages/shared/src/server/ingestion/types.ts), as far as they are used.

Values that are None are not written: an explicit null would overwrite what the server has.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Raw, Struct


class Envelope(Struct, gc=False):
    """What is around every event; the reply names `id`."""

    id: str
    type: str
    body: Any
    timestamp: datetime


class TraceBody(Struct, omit_defaults=True, rename="camel", gc=False):
    """trace-create."""

    id: str
    timestamp: datetime
    name: str | None = None
    user_id: str | None = None
    input: Raw | None = None
    output: Raw | None = None
    session_id: str | None = None
    release: str | None = None
    version: str | None = None
    environment: str | None = None
    metadata: Raw | None = None
    tags: tuple[str, ...] | None = None
    public: bool | None = None


class UsageBody(Struct, omit_defaults=True, rename="camel", gc=False):
    """`usage`: the provider's own totals, and the cost of all."""

    input: int
    output: int
    unit: str
    total_cost: float | None = None


class UsageDetails(Struct, gc=False):
    """`usageDetails` by LiteLLM's five names. The server adds up what is not `total`, so all else is disjoint."""

    input: int
    output: int
    total: int
    cache_creation_input_tokens: int
    cache_read_input_tokens: int


class FineUsageDetails(Struct, omit_defaults=True, gc=False):
    """`usageDetails` by the names that the server itself gives the parts of a usage (`input_…`, `output_…`)."""

    input: int
    output: int
    total: int
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0
    input_audio_tokens: int = 0
    input_image_tokens: int = 0
    input_video_tokens: int = 0
    output_reasoning_tokens: int = 0
    output_audio_tokens: int = 0
    output_image_tokens: int = 0
    output_video_tokens: int = 0


class ObservationBody(Struct, omit_defaults=True, rename="camel", gc=False):
    """generation-create, and the events of all other observation types."""

    id: str
    trace_id: str
    start_time: datetime
    name: str | None = None
    end_time: datetime | None = None
    completion_start_time: datetime | None = None
    parent_observation_id: str | None = None
    input: Raw | None = None
    output: Raw | None = None
    metadata: Raw | None = None
    level: str | None = None
    status_message: str | None = None
    version: str | None = None
    environment: str | None = None
    model: str | None = None
    model_parameters: Raw | None = None
    usage: UsageBody | None = None
    usage_details: UsageDetails | FineUsageDetails | None = None
    cost_details: dict[str, float] | None = None
    prompt_name: str | None = None
    prompt_version: int | None = None


class ScoreBody(Struct, omit_defaults=True, rename="camel", gc=False):
    """score-create."""

    id: str
    trace_id: str
    observation_id: str
    name: str
    value: float | str
    data_type: str | None = None
    comment: str | None = None
    environment: str | None = None
