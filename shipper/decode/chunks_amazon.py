"""Streams of Amazon Bedrock: the events of ConverseStream, and what models invoked as such answer with.

Rules: the Bedrock API reference. ConverseStream: blocks grow by deltas, and only those of tools are announced.
InvokeModelWithResponseStream, of Amazon's Titan, Meta's Llama and Mistral: each chunk has the next piece of the text,
and the last one the reason and the counts.
"""

from __future__ import annotations

from msgspec import Raw, Struct

from shipper.decode.splice import Members, Text, to_array, to_items, to_members, to_object
from shipper.decode.values import NOTHING, given, to_value

CONVERSE_EVENTS = frozenset(
    {"messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop"}
)
INVOKED = frozenset({"outputText", "generation", "outputs"})
# Of Titan's chunks, by the names that a result has of its own.
_OF_A_RESULT = {"completionReason": "completionReason", "totalOutputTextTokenCount": "tokenCount"}


class _Block(Struct, gc=False):
    start: Members
    text: Text
    tool_input: Text
    thought: Text
    signature: Text
    others: Members

    def raw(self) -> Raw:
        members = dict(self.start)
        tool = to_members(self.start.get("toolUse"))
        if tool is not None or self.tool_input.pieces:
            members["toolUse"] = to_object({**(tool or {}), "input": self.tool_input.json() or Raw(b"{}")})
        if self.thought.pieces or self.signature.pieces:
            thinking = {"text": self.thought.raw()}
            if self.signature.pieces:
                thinking["signature"] = self.signature.raw()
            members["reasoningContent"] = to_object({"reasoningText": to_object(thinking)})
        if self.text.pieces:
            members["text"] = self.text.raw()
        return to_object(self.others | members)


def from_converse_events(events: list[Members]) -> Members:
    """Converse's response: message, usage, reason, tier."""
    response: Members = {}
    message: Members = {}
    blocks: dict[int, _Block] = {}
    for event in events:
        message.update(to_members(event.get("messageStart")) or {})
        response.update(to_members(event.get("messageStop")) or {})
        response.update(to_members(event.get("metadata")) or {})
        for name in ("contentBlockStart", "contentBlockDelta"):
            members = to_members(event.get(name))
            if members is None:
                continue
            index = to_value(members.get("contentBlockIndex", NOTHING))
            block = blocks.setdefault(
                index if type(index) is int else 0, _Block({}, Text([]), Text([]), Text([]), Text([]), {})
            )
            if name == "contentBlockStart":
                block.start = to_members(members.get("start")) or {}
            else:
                _grow(block, to_members(members.get("delta")) or {})
    if message or blocks:
        message["content"] = to_array(block.raw() for _, block in sorted(blocks.items()))
        response["output"] = to_object({"message": to_object(message)})
    return response


def _grow(block: _Block, delta: Members) -> None:
    for name, raw in delta.items():
        members = to_members(raw)
        if name == "text":
            block.text.add(raw)
        elif name == "toolUse" and members is not None:
            block.tool_input.add(members.get("input"))
        elif name == "reasoningContent" and members is not None and "redactedContent" not in members:
            block.thought.add(members.get("text"))
            block.signature.add(members.get("signature"))
        else:
            block.others[name] = raw


def from_invoked_chunks(chunks: list[Members]) -> Members:
    """The response: Titan's one result, Llama's generation, Mistral's outputs."""
    response: Members = {}
    result: Members = {}
    texts: dict[str, Text] = {}
    outputs: dict[int, tuple[Text, Members]] = {}
    for chunk in chunks:
        for name, raw in chunk.items():
            if name in ("outputText", "generation"):
                texts.setdefault(name, Text([])).add(raw)
            elif name == "outputs":
                _grow_outputs(outputs, raw)
            elif given(raw):
                (result if name in _OF_A_RESULT else response)[_OF_A_RESULT.get(name, name)] = raw
    if "generation" in texts:
        response["generation"] = texts["generation"].raw()
    if "outputText" in texts:
        response["results"] = to_array([to_object({"outputText": texts["outputText"].raw(), **result})])
    if outputs:
        response["outputs"] = to_array(to_object({"text": text.raw(), **rest}) for text, rest in outputs.values())
    return response


def _grow_outputs(outputs: dict[int, tuple[Text, Members]], raw: Raw) -> None:
    for index, item in enumerate(to_items(raw) or ()):
        output = to_members(item) or {}
        text, members = outputs.setdefault(index, (Text([]), {}))
        text.add(output.pop("text", None))
        members.update(output)
