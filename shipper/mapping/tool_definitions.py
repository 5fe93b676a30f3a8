"""Tools as they were offered to a model, in the one shape of OpenTelemetry's semantic conventions.

Pure. Source of the shape: open-telemetry/semantic-conventions-genai, schema 1.42.0, model/gen-ai/
gen-ai-tool-definitions.json; of what is read: the API references of OpenAI, Anthropic, Google and Amazon (Converse).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Raw, Struct

from shipper.decode.splice import Members, encode, is_text, to_items, to_members
from shipper.decode.values import NOTHING, given, to_text

_FUNCTION = "function"
_FUNCTIONS = (_FUNCTION, "toolSpec", "custom")
_SCHEMAS = ("parameters", "input_schema", "parametersJsonSchema")


class ToolDefinition(Struct, omit_defaults=True, gc=False):
    """A tool: `parameters` is the JSON Schema of its arguments."""

    type: str
    name: str
    description: str | None = None
    parameters: Raw | None = None


def to_definitions(tools: Iterable[Raw]) -> list[ToolDefinition | Raw]:
    """All tools that have a name or a type; one that a provider runs itself stays as it is written."""
    return [definition for tool in tools for definition in _read(tool)]


def _read(tool: Raw) -> Iterator[ToolDefinition | Raw]:
    members = to_members(tool) or {}
    kind, name = to_text(members.get("type", NOTHING)), to_text(members.get("name", NOTHING))
    function = next((inner for key in _FUNCTIONS if (inner := to_members(members.get(key)))), None)
    declared = to_items(members.get("functionDeclarations")) or to_items(members.get("function_declarations"))
    if function is not None:
        yield from _function(function)
    elif declared:
        for one in declared:
            yield from _function(to_members(one) or {})
    elif name is not None and kind in (None, _FUNCTION, "custom"):
        yield from _function(members)
    elif name is not None and is_text(members["type"]) and is_text(members["name"]):
        yield tool
    elif kind is not None:
        yield Raw(encode({**members, "type": kind, "name": name or kind}))
    elif len(members) == 1:  # Google's own tools
        yield from (ToolDefinition(key, key) for key in members if key != "cachePoint")


def _function(members: Members) -> Iterator[ToolDefinition]:
    name = to_text(members.get("name", NOTHING))
    schema = next((members[key] for key in _SCHEMAS if key in members), None)
    if "inputSchema" in members:
        schema = (to_members(members["inputSchema"]) or {}).get("json")
    if name is not None:
        description = to_text(members.get("description", NOTHING))
        yield ToolDefinition(_FUNCTION, name, description, given(schema) if schema is not None else None)
