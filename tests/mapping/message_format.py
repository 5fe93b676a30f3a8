"""The formats of content in OpenTelemetry's semantic conventions for generative AI, as JSON Schemas.

Written after open-telemetry/semantic-conventions-genai, schema 1.42.0, model/gen-ai/*.json, and stricter: a part of a
known type has what that type must have, and an unknown type is allowed by its own name only.
"""

from __future__ import annotations

import json
from typing import Any

from jsonschema import Draft202012Validator

_TEXT = {"type": "string"}
_MEDIA = {"modality": _TEXT, "mime_type": _TEXT}
_KNOWN: dict[str, tuple[dict[str, Any], list[str]]] = {
    "text": ({"content": _TEXT}, ["content"]),
    "reasoning": ({"content": _TEXT}, ["content"]),
    "tool_call": ({"id": _TEXT, "name": _TEXT, "arguments": {}}, ["name"]),
    "tool_call_response": ({"id": _TEXT, "response": {}}, ["response"]),
    "uri": ({**_MEDIA, "uri": _TEXT}, ["modality", "uri"]),
    "blob": ({**_MEDIA, "content": _TEXT}, ["modality", "content"]),
    "file": ({**_MEDIA, "file_id": _TEXT}, ["modality", "file_id"]),
}
_PART = {
    "oneOf": [
        {
            "type": "object",
            "properties": {"type": {"const": kind}, **members},
            "required": ["type", *required],
            "additionalProperties": False,
        }
        for kind, (members, required) in _KNOWN.items()
    ]
    + [{"type": "object", "properties": {"type": {**_TEXT, "not": {"enum": [*_KNOWN]}}}, "required": ["type"]}]
}
_MESSAGE = {
    "type": "object",
    "properties": {
        "role": _TEXT,
        "parts": {"type": "array", "items": _PART},
        "name": _TEXT,
        "finish_reason": _TEXT,
    },
    "required": ["role", "parts"],
    "additionalProperties": False,
}
_TOOL = {"type": "object", "properties": {"type": _TEXT, "name": _TEXT}, "required": ["type", "name"]}
_DOCUMENT = {"type": "object", "properties": {"id": _TEXT, "score": {"type": ["number", "null"]}}}

FORMATS = {
    name: Draft202012Validator({"type": "array", "items": items, "minItems": 1})
    for name, items in (
        ("gen_ai.input.messages", _MESSAGE),
        ("gen_ai.output.messages", _MESSAGE),
        ("gen_ai.system_instructions", _PART),
        ("gen_ai.tool.definitions", _TOOL),
        ("gen_ai.retrieval.documents", _DOCUMENT),
    )
}


def check_format(name: str, value: str) -> None:
    """Raises if the attribute of this name is not of its format; any other name may have any value."""
    if name in FORMATS:
        FORMATS[name].validate(json.loads(value, parse_constant=_refused))


def _refused(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
