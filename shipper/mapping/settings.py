"""Settings of the mapping stage."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct


class MappingSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `mapping`."""

    environment: Annotated[
        str | None, Meta(description="Langfuse environment of every event that does not name its own.")
    ] = None
    release: Annotated[str | None, Meta(description="Release of every trace that does not name its own.")] = None
    default_tags: Annotated[
        tuple[str, ...],
        Meta(
            description="Keys of the caller's metadata that become tags `key:value` (LiteLLM's langfuse_default_tags)."
        ),
    ] = ()
    max_event_bytes: Annotated[
        int, Meta(ge=10_000, description="An event above this is dealt with as `oversize` says.")
    ] = 1_000_000
    oversize: Annotated[
        Literal["truncate", "dead_letter"],
        Meta(
            description="What becomes of an event that is too large: its longest texts are cut in the middle, with a "
            "note of how much is missing, until it fits; or its record goes to the dead letters."
        ),
    ] = "truncate"
    ids: Annotated[
        Literal["record", "otel"],
        Meta(
            description="Ids on Langfuse's ingestion API: the record's own, or as the OTLP wire has them, for who "
            "expects to change to that one (16 and 8 bytes in hexadecimal, by the rule of Langfuse's SDKs)."
        ),
    ] = "record"
    max_id_bytes: Annotated[
        int,
        Meta(
            ge=64,
            le=800,
            description="Longer ids are cut and end in a hash. 255 for a Langfuse from before June 2026 that stores in "
            "MinIO: it answers 500 for every batch with a longer one.",
        ),
    ] = 800
    update_trace_keys: Annotated[
        bool,
        Meta(
            description="Whether `update_trace_keys` of a caller's metadata may write into a trace that he only joins "
            "(LiteLLM's langfuse_enable_update_trace_keys)."
        ),
    ] = False
    redact_user_api_key_info: Annotated[
        bool, Meta(description="Leave `user_api_key_*` out of metadata and names (LiteLLM's setting of that name).")
    ] = False
    conventions: Annotated[
        tuple[Literal["gen_ai", "openinference"], ...],
        Meta(
            min_length=1,
            description="Attributes that spans have where the backend is not Langfuse: those of OpenTelemetry's "
            "conventions for generative AI, those of OpenInference, or both.",
        ),
    ] = ("gen_ai",)
    capture_content: Annotated[
        bool,
        Meta(
            description="Whether prompts, answers, tools and what guardrails saw are among the attributes, where the "
            "backend is not Langfuse (which always has them)."
        ),
    ] = False
    service_name: Annotated[
        str, Meta(min_length=1, description="Resource attribute `service.name`, where the backend is not Langfuse.")
    ] = "shipper"
