"""Tools as they were offered to a model, without the keys to the servers that run them.

Rule: the tools are a part of what was asked and go through as they were written; but OpenAI's responses API takes with
a remote MCP server (`"type": "mcp"`) its `authorization`, and `headers` to be sent to it.
"""

from __future__ import annotations

from msgspec import DecodeError, Raw
from msgspec.json import Decoder, Encoder

HIDDEN = Raw(b'"***REDACTED***"')  # LiteLLM's own text for a credential

_SERVER = b'"mcp"'
_AUTHORIZATION, _HEADERS = "authorization", "headers"

_tools = Decoder(list[dict[str, Raw]]).decode
_members = Decoder(dict[str, Raw]).decode
_encode = Encoder().encode


def hide_server_keys(tools: Raw) -> Raw:
    """The list of tools with `HIDDEN` for the keys of MCP servers; the same bytes where there are none."""
    if bytes(tools).find(_SERVER) < 0:
        return tools
    try:
        found = _tools(tools)
    except DecodeError:  # no list of objects
        return tools
    hidden = [_hide(tool) if bytes(tool.get("type", b"")) == _SERVER else tool for tool in found]
    return Raw(_encode(hidden)) if hidden != found else tools


def _hide(server: dict[str, Raw]) -> dict[str, Raw]:
    shown = dict(server)
    if _AUTHORIZATION in server:
        shown[_AUTHORIZATION] = HIDDEN
    if _HEADERS in server:
        try:
            shown[_HEADERS] = Raw(_encode(dict.fromkeys(_members(server[_HEADERS]), HIDDEN)))
        except DecodeError:  # no object: null, for instance
            shown[_HEADERS] = HIDDEN
    return shown
