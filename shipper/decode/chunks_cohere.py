"""Events of Cohere's chat APIs, v1 and v2.

Rule: Cohere's API reference, chat with streaming: v2 counts contents and tool calls by `index`; the end of v1 has the
whole response.
"""

from __future__ import annotations

from msgspec import Raw, Struct

from shipper.decode.splice import Members, Text, to_array, to_members, to_object
from shipper.decode.values import NOTHING, to_text, to_value

COHERE_EVENTS = frozenset(
    {"message-start", "message-end", "content-start", "content-delta", "content-end", "tool-plan-delta"}
    | {"tool-call-start", "tool-call-delta", "tool-call-end", "citation-start", "citation-end"}
)
_BEGIN_EMPTY = frozenset({"content", "tool_plan", "tool_calls", "citations"})
_CONTENT_TEXTS = frozenset({"text", "thinking"})


class _Content(Struct, gc=False):
    members: Members
    texts: dict[str, Text]

    def add(self, members: Members) -> None:
        for name, raw in members.items():
            if name in _CONTENT_TEXTS:
                self.texts.setdefault(name, Text([])).add(raw)
            else:
                self.members[name] = raw

    def raw(self) -> Raw:
        return to_object({**self.members, **{name: text.raw() for name, text in self.texts.items()}})


class _Call(Struct, gc=False):
    members: Members
    function: Members
    arguments: Text

    def add(self, members: Members) -> None:
        function = to_members(members.pop("function", None)) or {}
        self.arguments.add(function.pop("arguments", None))
        self.function.update(function)
        self.members.update(members)

    def raw(self) -> Raw:
        function = {**self.function, "arguments": self.arguments.raw()}
        return to_object({**self.members, "function": to_object(function)})


class _Message(Struct, gc=False):
    members: Members
    end: Members
    contents: dict[int, _Content]
    calls: dict[int, _Call]
    citations: list[Raw]
    plan: Text

    def add(self, kind: str, index: int, delta: Members) -> None:
        inner = to_members(delta.get("message")) or {}
        if kind == "message-start":
            self.members.update(inner)
        elif kind == "message-end":
            self.end.update(delta)
        elif kind in ("content-start", "content-delta"):
            content = self.contents.setdefault(index, _Content({}, {}))
            content.add(to_members(inner.get("content")) or {})
        elif kind in ("tool-call-start", "tool-call-delta"):
            call = self.calls.setdefault(index, _Call({}, {}, Text([])))
            call.add(to_members(inner.get("tool_calls")) or {})
        elif kind == "tool-plan-delta":
            self.plan.add(inner.get("tool_plan"))
        elif kind == "citation-start" and "citations" in inner:
            self.citations.append(inner["citations"])

    def response(self) -> Members:
        message = {name: raw for name, raw in self.members.items() if name not in _BEGIN_EMPTY}
        if self.plan.pieces:
            message["tool_plan"] = self.plan.raw()
        if self.contents:
            message["content"] = to_array(one.raw() for _, one in sorted(self.contents.items()))
        if self.calls:
            message["tool_calls"] = to_array(one.raw() for _, one in sorted(self.calls.items()))
        if self.citations:
            message["citations"] = to_array(self.citations)
        return {**self.end, "message": to_object(message)} if message else self.end


def from_cohere2_events(events: list[Members]) -> Members:
    """The response of v2: its message, usage and, where it has one, error."""
    message = _Message({}, {}, {}, {}, [], Text([]))
    for event in events:
        if "id" in event:  # of the start, and nowhere else
            message.end["id"] = event["id"]
        index = to_value(event.get("index", NOTHING))
        kind, delta = to_text(event.get("type", NOTHING)) or "", to_members(event.get("delta")) or {}
        message.add(kind, index if type(index) is int else 0, delta)
    return message.response()


def from_cohere1_events(events: list[Members]) -> Members:
    """The response of v1: that of the stream's end, else the text so far."""
    response: Members = {}
    text, calls = Text([]), None
    for event in events:
        kind = to_text(event.get("event_type", NOTHING))
        if kind == "stream-end":
            response = to_members(event.get("response")) or {}
        elif kind == "text-generation":
            text.add(event.get("text"))
        elif kind == "tool-calls-generation":
            calls = event.get("tool_calls")
    if text.pieces:
        response.setdefault("text", text.raw())
    if calls is not None:
        response.setdefault("text", Raw(b'""'))
        response.setdefault("tool_calls", calls)
    return response
