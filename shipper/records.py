"""The nouns of the pipeline: what flows from stage to stage.

Pure: knows neither Kafka's client nor HTTP, no clock and no randomness. Bodies (prompts, answers,
metadata) are JSON texts that nobody parsed: `msgspec.Raw`, passed through byte for byte.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Raw, Struct

ObservationType = Literal[
    "generation", "span", "event", "tool", "agent", "chain", "retriever", "embedding", "evaluator", "guardrail"
]

# How a backend is spoken to: Langfuse's ingestion API, or OTLP over HTTP.
Wire = Literal["ingestion", "otlp"]

# Why a record went to the dead letters. Closed: the reason is a metric label and a Kafka header.
Reason = Literal[
    "empty",  # tombstone or empty value
    "invalid_utf8",
    "invalid_json",
    "too_deep",  # nested deeper than the decoder follows
    "unknown_shape",  # none of the shapes of the contract
    "wrong_type",  # a required field is missing or has another type
    "out_of_range",  # a number or time that nobody can hold
    "unmappable",  # a mistake of ours met it: the record is kept for the day it is mended
    "event_too_large",  # one event alone is too large, and was not or could not be cut
    "refused_by_backend",  # the backend's verdict on this event alone
    "unacknowledged",  # the backend answers, but never names the event
]

# What is put right on the way, so that a record need not be refused. Beside these: the name of an optional field that
# had another type than its own and was left out.
Repair = Literal[
    "data_uri",  # base64 that became its media type, size and hash
    "lone_surrogate",
    "not_a_number",  # NaN or Infinity, which are no JSON
    "start_time",  # Kafka's, for a record that does not say its own
    "cost",  # negative
    "secret_parameter",  # a credential among the parameters, left out
    "parameter_out_of_range",
    "id",
    "session_id",
    "trace_name",
    "environment",
    "nul",  # in the name of a model or prompt
    "time",  # one that no call was made at
    "score",  # a data type that the value is not of
    "external_id",
    "number",  # beyond a double, in metadata
    "truncated",
]

RECORD_BYTES = 500  # what the objects around a record and its events take: empty records need memory too


class Record(Struct, frozen=True, gc=False):
    """One Kafka message as consumed; `timestamp_ms` is Kafka's (epoch milliseconds, -1 if none)."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()


class Rejected(Struct, frozen=True, gc=False):
    """A verdict on one record: it can never be delivered. `detail` holds no value of the record."""

    reason: Reason
    detail: str


class Units(Struct, frozen=True, gc=False):
    """What else than text a call used. Most calls use none of it, so it stands apart from `Usage`.

    The first seven are tokens that are in no other bucket; the next four are parts of a bucket of `Usage`
    (`cache_read_*` of `cache_read`, `cache_write_12h` of `cache_write`) or of no total (`citations`).
    All others are no tokens: counts of what was made, read or looked up, and seconds of sound or film.
    """

    audio_input: int = 0
    image_input: int = 0
    video_input: int = 0
    reasoning: int = 0
    audio_output: int = 0
    image_output: int = 0
    video_output: int = 0
    cache_read_audio: int = 0
    cache_read_image: int = 0
    cache_write_12h: int = 0
    citations: int = 0
    web_searches: int = 0
    file_searches: int = 0
    map_queries: int = 0
    code_sessions: int = 0
    queries: int = 0
    images_input: int = 0
    images_output: int = 0
    characters_input: int = 0
    characters_output: int = 0
    pages: int = 0
    pages_annotated: int = 0
    credits: int = 0
    audio_input_s: float = 0.0
    video_input_s: float = 0.0
    audio_output_s: float = 0.0
    video_output_s: float = 0.0

    @property
    def tokens(self) -> int:
        """Tokens that are in no bucket of `Usage`."""
        return (
            self.audio_input
            + self.image_input
            + self.video_input
            + self.reasoning
            + self.audio_output
            + self.image_output
            + self.video_output
        )


class Usage(Struct, frozen=True, gc=False):
    """Billed units of one call as disjoint buckets: nothing is counted twice. Tokens, but for those in `other`.

    `input` and `output` are text and what nobody tells apart from it: `input` excludes cache reads and writes and the
    other inputs, `output` the reasoning and the other outputs. `cache_write` is all writes, of which `cache_write_1h`
    were written with the one-hour lifetime. `prompt` and `completion` are the provider's own totals as the record
    gives them (prompt includes the cache).
    """

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cache_write_1h: int = 0
    prompt: int = 0
    completion: int = 0
    other: Units | None = None

    @property
    def total(self) -> int:
        """Tokens in all buckets."""
        tokens = self.input + self.output + self.cache_read + self.cache_write
        return tokens if self.other is None else tokens + self.other.tokens


class Terms(Struct, frozen=True, gc=False):
    """The terms of a call other than its model: what chooses between the prices of one row. Most calls have none.

    Names are LiteLLM's. `tier` is the tier that was served, else the one asked for (priority, flex, balanced,
    ultrafast; None is the standard one). `region` is AWS's or Azure's and part of the model's name there, `location`
    Google's, `residency` OpenAI's (eu, us), `geo` and `speed` Anthropic's (`us`, `fast`). `search` is the size of the
    context of a web search. `size` (WIDTHxHEIGHT), `quality` and `resolution` (1080p, 2K) are those of images and
    films, `results` the most that a search may bring. `prices` are those that the caller set himself, by the keys of
    a price map's row.
    """

    tier: str | None = None
    batch: bool = False
    region: str | None = None
    location: str | None = None
    residency: str | None = None
    geo: str | None = None
    speed: str | None = None
    search: Literal["low", "medium", "high"] | None = None
    explicit_cache: bool = False
    size: str | None = None
    quality: str | None = None
    resolution: str | None = None
    results: int | None = None
    prices: tuple[tuple[str, float], ...] = ()


class Breakdown(Struct, frozen=True, gc=False):
    """LiteLLM's own calculation as recorded, in USD (types/utils.py: CostBreakdown); its presence says that there
    was a price. `input_cost` holds the cost of the cache too, and `output_cost` that of reasoning.
    """

    input_cost: float | None = None
    output_cost: float | None = None
    total_cost: float | None = None
    cache_read_cost: float | None = None
    cache_creation_cost: float | None = None
    reasoning_cost: float | None = None
    tool_usage_cost: float | None = None
    additional_costs: dict[str, float] | None = None
    original_cost: float | None = None
    discount_amount: float | None = None
    margin_total_amount: float | None = None


class Cost(Struct, frozen=True, gc=False):
    """Known cost of one call in USD. `split` (disjoint, summing to `total`) is empty where only the total is known.

    `table` is what the price table says, where it knows the call's price too.
    """

    total: float
    split: dict[str, float] = {}
    table: float | None = None


class UnknownCost(Struct, frozen=True, gc=False):
    """Nobody knows what the call cost: never written as 0, counted by model."""

    why: Literal["no_usage", "no_model", "unpriced_model", "unpriced_unit"]


class Billing(Struct, frozen=True, gc=False):
    """What a price is made of: everything `pricing` may know about a call.

    `models` are the names to look up, best first; `provider` is LiteLLM's provider name or "".
    `recorded_cost` is the record's own cost where it is real (a provider's bill, LiteLLM's result), else None;
    `breakdown` how LiteLLM arrived at it. `cache_hit` means that no provider was called; `failed` that the call ended
    in an error. `end` is only looked at where time is what is paid for. `team` and `key` are the names (else ids)
    of who pays, as the proxy knows them.
    """

    models: tuple[str, ...]
    provider: str
    start: datetime
    usage: Usage | None
    recorded_cost: float | None
    cache_hit: bool = False
    failed: bool = False
    terms: Terms | None = None
    breakdown: Breakdown | None = None
    end: datetime | None = None
    team: str | None = None
    key: str | None = None


class Trace(Struct, frozen=True, gc=False):
    """The trace a call belongs to.

    `owned` is False where the call only joins a trace that somebody else began: then only the fields
    set here are written. `extra` holds further body keys that the caller steered in. `parent_span` is the application's
    own span that the call was made in (16 hex digits, of a traceparent).
    """

    id: str
    owned: bool = True
    name: str | None = None
    user_id: str | None = None
    session_id: str | None = None
    release: str | None = None
    version: str | None = None
    public: bool | None = None
    environment: str | None = None
    timestamp: datetime | None = None
    tags: tuple[str, ...] | None = None
    metadata: Raw | None = None
    input: Raw | None = None
    output: Raw | None = None
    extra: dict[str, Raw] = {}
    parent_span: str | None = None


class Observation(Struct, frozen=True, gc=False):
    """One observation: the call itself, or a span around it (guardrail, grounding, tool).

    `parameters` and `metadata` are JSON objects; `usage` is None where the record gives none.
    """

    id: str
    type: ObservationType
    start: datetime
    name: str | None = None
    parent_id: str | None = None
    end: datetime | None = None
    first_token: datetime | None = None
    input: Raw | None = None
    output: Raw | None = None
    metadata: Raw | None = None
    level: Literal["DEBUG", "DEFAULT", "WARNING", "ERROR"] | None = None
    status_message: str | None = None
    version: str | None = None
    model: str | None = None
    parameters: Raw | None = None
    prompt_name: str | None = None
    prompt_version: int | None = None
    usage: Usage | None = None


class Score(Struct, frozen=True, gc=False):
    """A score on the call, as the record gives it."""

    id: str
    name: str
    value: float | str
    data_type: str | None = None
    comment: str | None = None


class Ending(Struct, gc=False):
    """How one answer of a call ended: the provider's word for it, a JSON text."""

    finish_reason: Raw = Raw(b"")


class Exchange(Struct, frozen=True, gc=False):
    """The call as its caller and its provider know it, for wires that tell it: what is decoded anyway, as it is.

    `call_id` is LiteLLM's id of the call and `call_type` its name of the API (of a plain record's call only where
    nothing else tells it), `response_id` the provider's id of the response. `request_model` was asked for,
    `response_model` answered. Of an API with one answer only, `stop_reason` stands for the `endings`; both are empty
    where `response` has the members of a response that no usual rule reads.
    `address` is the API's URL (a JSON text), `service_tier` the one served, `shaped` those settings of the request that
    are lists or objects. `error_type` is the provider's or LiteLLM's name for what went wrong; `is_partial` says that
    there was an answer nevertheless, and that the output is this answer and not the error.
    """

    call_id: str | None = None
    response_id: str | None = None
    call_type: str | None = None
    request_model: str | None = None
    response_model: str | None = None
    endings: Sequence[Ending] | None = None
    stop_reason: Raw = Raw(b"")
    response: Mapping[str, Raw] | None = None
    address: Raw = Raw(b"")
    service_tier: str | None = None
    shaped: Mapping[str, Raw] | None = None
    error_type: str | None = None
    is_partial: bool = False


class CallRecord(Struct, frozen=True, gc=False):
    """One LLM call, understood: neutral between the shapes it can arrive in and the wires it can leave by.

    `spans` come before the call's own `observation`, in the order of the record.
    `repairs` names what was put right on the way (counted, never logged).
    """

    origin: Literal["litellm", "plain"]
    trace: Trace
    observation: Observation
    billing: Billing
    spans: tuple[Observation, ...] = ()
    scores: tuple[Score, ...] = ()
    repairs: tuple[str, ...] = ()
    exchange: Exchange = Exchange()


class Event(Struct, frozen=True, gc=False):
    """One event as it goes on the wire: `id` is the envelope id that the backend answers with, or the span's.

    `wire` is the one it travels by.
    """

    id: str
    data: bytes
    origin: Literal["litellm", "plain"] = "litellm"
    wire: Wire = "ingestion"
    is_score: bool = False
