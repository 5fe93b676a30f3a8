"""Events of Mistral's conversations (and agents), of which the answer is a list of entries.

Rule: the Mistral API reference, conversations: a message and the arguments of a function grow by deltas, and an entry
is known by its id.
"""

from __future__ import annotations

from msgspec import Raw

from shipper.decode.splice import Members, is_text, to_array, to_joined, to_object
from shipper.decode.values import NOTHING, to_text

CONVERSATION_EVENTS = frozenset({
    "conversation.response.started",
    "message.output.delta",
    "function.call.delta",
    "tool.execution.started",
    "tool.execution.done",
    "agent.handoff.started",
    "agent.handoff.done",
    "conversation.response.done",
})  # fmt: skip
_ERROR = "conversation.response.error"
_ENTRIES = {
    "message.output.delta": "message.output",
    "function.call.delta": "function.call",
    "tool.execution.started": "tool.execution",
    "tool.execution.done": "tool.execution",
    "agent.handoff.started": "agent.handoff",
    "agent.handoff.done": "agent.handoff",
}
_GROWING = ("content", "arguments")
_OF_THE_EVENT = frozenset({"type", "output_index", "content_index", "created_at"})


def from_conversation_events(events: list[Members]) -> Members:
    """The response: the entries in the order they began, usage, the conversation's id."""
    response: Members = {}
    entries: dict[str, Members] = {}
    for event in events:
        kind = to_text(event.get("type", NOTHING)) or ""
        if kind in _ENTRIES:
            key = to_text(event.get("id", NOTHING)) or kind
            entry = entries.setdefault(key, {"type": Raw(b'"%b"' % _ENTRIES[kind].encode())})
            _grow(entry, event)
        elif kind in CONVERSATION_EVENTS:
            response.update({name: raw for name, raw in event.items() if name not in _OF_THE_EVENT})
        elif kind == _ERROR:
            response["error"] = to_object(event)
    if entries:
        response["outputs"] = to_array(map(to_object, entries.values()))
    return response


def _grow(entry: Members, event: Members) -> None:
    for name, raw in event.items():
        if name in _GROWING:
            entry[name] = _joined(entry.get(name), raw)
        elif name not in _OF_THE_EVENT:
            entry[name] = raw


def _joined(before: Raw | None, more: Raw) -> Raw:
    """Texts as one text; as soon as a piece is none (a reference, an image), a list of pieces."""
    if before is None:
        return more if is_text(more) else to_array([more])
    if is_text(before) and is_text(more):
        return to_joined(before, more)
    first = to_array([_piece(before)]) if is_text(before) else before
    return to_joined(first, to_array([_piece(more)]))


def _piece(raw: Raw) -> Raw:
    return to_object({"type": Raw(b'"text"'), "text": raw}) if is_text(raw) else raw
