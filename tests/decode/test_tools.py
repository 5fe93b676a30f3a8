"""Keys to servers among the tools."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import Raw

from shipper.decode.tools import hide_server_keys
from tests.decode.examples import call, litellm, parsed, plain

SERVER = {
    "type": "mcp",
    "server_label": "deploy",
    "server_url": "https://example.org/sse",
    "headers": {"Authorization": "Bearer key-1", "X-Team": "key-2"},
    "authorization": "key-3",
}
HIDDEN = {
    **SERVER,
    "headers": {"Authorization": "***REDACTED***", "X-Team": "***REDACTED***"},
    "authorization": "***REDACTED***",
}
FUNCTION = {"type": "function", "name": "f", "parameters": {"properties": {"authorization": {}}}}


def test_keys_of_mcp_servers_are_hidden_in_litellms_records_and_in_plain_ones() -> None:
    tools = [FUNCTION, SERVER]
    ours = [
        call(litellm(optional_params={"tools": tools})),
        call(plain(request={"model": "gpt-4o", "input": "hi", "tools": tools})),
        call(plain(request={"model": "gpt-4o", "messages": [], "tools": tools})),
    ]
    for record in ours:
        assert parsed(record.observation.input)["tools"] == [FUNCTION, HIDDEN]


@pytest.mark.parametrize(
    "tools",
    [[FUNCTION], [{**FUNCTION, "headers": {"a": "mcp"}}], [{"type": "mcp"}], {"mcp": SERVER}, "mcp", None, [1, "mcp"]],
)
def test_other_tools_stay_as_they_were_written(tools: Any) -> None:
    written = Raw(json.dumps(tools, indent=1).encode())
    assert hide_server_keys(written) is written


def test_headers_that_are_no_object_are_hidden_whole() -> None:
    hidden = hide_server_keys(Raw(b'[{"type":"mcp","headers":"Bearer key"}]'))
    assert json.loads(bytes(hidden)) == [{"type": "mcp", "headers": "***REDACTED***"}]
