"""Spans around a LiteLLM call: guardrails and grounding.

Rules: LiteLLM, integrations/langfuse/langfuse.py (`log_provider_specific_information_as_span`,
`_log_guardrail_information_as_span`). Unlike LiteLLM a guardrail's span keeps its true end, and a span that does
not say when it began starts with its call (at its own end if that came first), not now.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b

from msgspec import DecodeError, Raw, Struct
from msgspec.json import Decoder, encode

from shipper.decode.shapes import Payload
from shipper.decode.times import from_json
from shipper.decode.values import NOTHING, NULL, given
from shipper.records import Observation

_GROUNDING = "vertex_ai_grounding_metadata"
_GROUNDING_KEY = b'"vertex_ai_grounding_metadata"'


class _Guardrail(Struct):
    guardrail_name: Raw = NULL
    guardrail_mode: Raw = NULL
    guardrail_request: Raw = NOTHING
    guardrail_response: Raw = NOTHING
    masked_entity_count: Raw = NULL
    start_time: Raw = NOTHING
    end_time: Raw = NOTHING


class _HiddenParams(Struct):
    vertex_ai_grounding_metadata: Raw = NOTHING


_guardrail = Decoder(_Guardrail).decode
_hidden = Decoder(_HiddenParams).decode
_members = Decoder(dict[str, Raw]).decode
_list = Decoder(list[Raw]).decode


def to_spans(payload: Payload, generation_id: str, start: datetime) -> tuple[Observation, ...]:
    """The spans in LiteLLM's order: grounding, then guardrails. Ids derive from the generation's and the order."""
    guardrails, hidden_params = payload.guardrail_information, payload.hidden_params
    grounded = bytes(hidden_params).find(_GROUNDING_KEY) >= 0
    if not (grounded or given(guardrails)):
        return ()
    call = blake2b(generation_id.encode(), digest_size=16).hexdigest()
    spans: list[Observation] = []
    for name, value in _groundings(hidden_params) if grounded else ():
        spans.append(Observation(f"{call}-span-{len(spans)}", "span", start, name=name, input=value))
    for raw in _items(guardrails):
        try:
            entry = _guardrail(raw)
        except DecodeError:  # not an object
            continue
        end = from_json(entry.end_time)
        spans.append(
            Observation(
                f"{call}-span-{len(spans)}",
                "span",
                from_json(entry.start_time) or (start if end is None else min(start, end)),
                name="guardrail",
                end=end,
                input=given(entry.guardrail_request),
                output=given(entry.guardrail_response),
                metadata=_guardrail_metadata(entry),
            )
        )
    return tuple(spans)


def _guardrail_metadata(entry: _Guardrail) -> Raw:
    return Raw(
        encode(
            {
                "guardrail_name": entry.guardrail_name,
                "guardrail_mode": entry.guardrail_mode,
                "guardrail_masked_entity_count": entry.masked_entity_count,
            }
        )
    )


def _groundings(hidden_params: Raw) -> Iterator[tuple[str, Raw]]:
    """Name and value of each grounding span."""
    try:
        grounding = _hidden(hidden_params).vertex_ai_grounding_metadata
    except DecodeError:  # not an object
        return
    if not given(grounding):
        return
    if bytes(grounding)[:1] != b"[":
        yield _GROUNDING, grounding
    for item in _items(grounding):
        try:
            yield from ((key, value) for key, value in _members(item).items() if value != NULL)
        except DecodeError:  # not an object
            yield _GROUNDING, item


def _items(raw: Raw) -> list[Raw]:
    try:
        return _list(raw) if raw else []
    except DecodeError:  # not a list
        return []
