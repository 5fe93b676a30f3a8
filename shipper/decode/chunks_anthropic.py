"""Events of Anthropic's messages API.

Rule: Anthropic, API reference, streaming messages: a message begins without content, blocks begin, grow by deltas and
end; counts of the last `message_delta` are those of the whole message.
"""

from __future__ import annotations

from msgspec import Raw, Struct

from shipper.decode.splice import Members, Text, to_array, to_joined, to_members, to_object
from shipper.decode.values import NOTHING, given, to_text, to_value

ANTHROPIC_EVENTS = frozenset(
    {"message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta"}
    | {"message_stop"}
)
# What a delta is called, where it is in it, and the member of the block that it adds to.
_GROWS = {
    "text_delta": "text",
    "thinking_delta": "thinking",
    "signature_delta": "signature",
    "compaction_delta": "content",
}


class _Block(Struct, gc=False):
    members: Members
    texts: dict[str, Text]
    input: Text
    citations: list[Raw]

    def raw(self) -> Raw:
        for name, text in self.texts.items():
            self.members[name] = to_joined(given(self.members.get(name, NOTHING)), text.raw())
        given_input = self.input.json()
        if given_input is not None:
            self.members["input"] = given_input
        if self.citations:
            self.members["citations"] = to_joined(self.members.get("citations"), to_array(self.citations))
        return to_object(self.members)


def from_anthropic_events(events: list[Members]) -> Members:
    """The message, with all that came of its content and its usage."""
    response: Members = {}
    usage: Members = {}
    blocks: dict[int, _Block] = {}
    for event in events:
        kind = to_text(event.get("type", NOTHING))
        if kind == "message_start":
            response.update(to_members(event.get("message")) or {})
            usage.update(to_members(response.get("usage")) or {})
        elif kind == "message_delta":
            response.update(to_members(event.get("delta")) or {})
            # null says nothing new, and nothing that the beginning has not said.
            more = to_members(event.get("usage")) or {}
            usage.update({name: raw for name, raw in more.items() if given(raw)})
        elif kind == "message_stop" and "amazon-bedrock-invocationMetrics" in event:
            response["amazon-bedrock-invocationMetrics"] = event["amazon-bedrock-invocationMetrics"]
        elif kind in ("content_block_start", "content_block_delta"):
            index = to_value(event.get("index", NOTHING))
            block = blocks.setdefault(index if type(index) is int else 0, _Block({}, {}, Text([]), []))
            if kind == "content_block_start":
                block.members = to_members(event.get("content_block")) or {}
            else:
                _grow(block, to_members(event.get("delta")) or {})
    if blocks:
        response["content"] = to_array(block.raw() for _, block in sorted(blocks.items()))
    if usage:
        response["usage"] = to_object(usage)
    return response


def _grow(block: _Block, delta: Members) -> None:
    kind = to_text(delta.get("type", NOTHING)) or ""
    if kind == "input_json_delta":
        block.input.add(delta.get("partial_json"))
    elif kind == "citations_delta" and "citation" in delta:
        block.citations.append(delta["citation"])
    elif kind in _GROWS:
        name = _GROWS[kind]
        if not block.members:  # its beginning is missing
            block.members["type"] = Raw(b'"thinking"' if name in ("thinking", "signature") else b'"text"')
        block.texts.setdefault(name, Text([])).add(delta.get(name))
