"""Streams whose chunks are whole responses, each with the next piece of the answer: Gemini's and Ollama's.

Rules: the Gemini API reference (streamGenerateContent), Ollama's API reference (chat, generate). Of what is no answer
the latest says it: counts grow from chunk to chunk, and Ollama's last one has them.
"""

from __future__ import annotations

from msgspec import Raw, Struct

from shipper.decode.splice import Members, Text, is_text, to_array, to_items, to_joined, to_members, to_object
from shipper.decode.values import NOTHING, NULL, given, to_value

_PLAIN_PART = frozenset({"text", "thought"})
_NO_TEXT = Raw(b'""')
_GROWING = ("content", "thinking", "tool_calls", "images")


class _Part(Struct, gc=False):
    members: Members
    text: Text | None  # of a part that is nothing else, and so may grow

    def raw(self) -> Raw:
        return to_object(self.members if self.text is None else {**self.members, "text": self.text.raw()})


class _Candidate(Struct, gc=False):
    members: Members
    content: Members
    parts: list[_Part]

    def add(self, members: Members) -> None:
        content = to_members(members.pop("content", None)) or {}
        self.members.update({name: raw for name, raw in members.items() if given(raw)})
        for part in filter(None, map(to_members, to_items(content.pop("parts", None)) or ())):
            # Google's SDK writes all that a part might be.
            self._add_part({name: raw for name, raw in part.items() if given(raw)})
        self.content.update(content)

    def _add_part(self, part: Members) -> None:
        if part.keys() - _PLAIN_PART or not is_text(part.get("text", NOTHING)):
            self.parts.append(_Part(part, None))
            return
        last = self.parts[-1] if self.parts else None
        if part["text"] == _NO_TEXT and last is not None:  # of the last chunk, which only says why it is the last
            return
        if last is None or last.text is None or last.members.get("thought") != part.get("thought"):
            last = _Part({"text": part["text"], **part}, Text([]))
            self.parts.append(last)
        if last.text is not None:
            last.text.add(part["text"])

    def raw(self) -> Raw:
        if not (self.parts or self.content):
            return to_object(self.members)
        content = {"parts": to_array(part.raw() for part in self.parts), **self.content}
        return to_object({**self.members, "content": to_object(content)})


def from_gemini_chunks(chunks: list[Members]) -> Members:
    """The response: of each candidate the parts in a row, pieces of one text as one part."""
    response: Members = {}
    candidates: dict[int, _Candidate] = {}
    for chunk in chunks:
        response.update({name: raw for name, raw in chunk.items() if given(raw)})
        for members in filter(None, map(to_members, to_items(chunk.get("candidates")) or ())):
            index = to_value(members.get("index", NULL))
            candidates.setdefault(index if type(index) is int else 0, _Candidate({}, {}, [])).add(members)
    if candidates:
        response["candidates"] = to_array(one.raw() for _, one in sorted(candidates.items()))
    return response


def from_ollama_lines(lines: list[Members]) -> Members:
    """The response: the last line, with the texts of all."""
    response: Members = {}
    message: Members = {}
    grown: Members = {}
    for line in lines:
        response.update(line)
        inner = to_members(line.get("message")) or {}
        for name, raw in inner.items():
            message[name] = to_joined(message.get(name), raw) if name in _GROWING else raw
        for name in ("response", "thinking"):
            if is_text(line.get(name, NOTHING)):
                grown[name] = to_joined(grown.get(name), line[name])
    response.update(grown)
    if message:
        response["message"] = to_object(message)
    return response
