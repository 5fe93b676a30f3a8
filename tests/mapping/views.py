"""What becomes of a record in the view for any OTLP backend."""

from __future__ import annotations

import json
from typing import Any

from msgspec import Raw

from shipper.mapping.gen_ai import GenAiSpans
from shipper.mapping.settings import MappingSettings
from shipper.mapping.span import Attributes, Span
from shipper.records import Cost, UnknownCost
from tests.decode.examples import Json, call

COST = Cost(0.25, {"input": 0.1, "output": 0.15})


def viewed(record: Json, cost: Cost | UnknownCost = COST, **settings: Any) -> list[Span]:
    """All spans of a record."""
    mapping = MappingSettings(**settings)
    return GenAiSpans(mapping).spans(call(record), cost)


def attributes(record: Json, cost: Cost | UnknownCost = COST, **settings: Any) -> dict[str, Any]:
    """The attributes of its call, texts of JSON parsed."""
    return parsed(viewed(record, cost, **settings)[0].attributes)


def parsed(found: Attributes) -> dict[str, Any]:
    """The same with texts of JSON as Python's values."""
    return {key: json.loads(bytes(value)) if isinstance(value, Raw) else value for key, value in found.items()}


def those(found: dict[str, Any], *heads: str) -> dict[str, Any]:
    """Those whose names begin so."""
    return {key: value for key, value in found.items() if key.startswith(heads)}
