"""Chunks of OpenAI's chat and completions APIs, and of those who imitate them (Mistral, Groq, vLLM, OpenRouter …).

Rule: OpenAI, API reference, chat completion chunk: a delta adds to what was before it in the choice of its index.
"""

from __future__ import annotations

from msgspec import Raw, Struct, ValidationError
from msgspec.json import Decoder

from shipper.decode.splice import Members, Text, to_array, to_items, to_members, to_object
from shipper.decode.tolerant import decode_tolerantly
from shipper.decode.values import NOTHING, NULL, given, to_value

_ONCE = frozenset({"role", "id", "type", "name", "object", "format"})  # some repeat them in every chunk
_HEAD = ("id", "model", "service_tier", "error")
_EMPTY = Raw(b'""')


class Message:
    """What deltas add up to: texts and lists grow, objects likewise inside, of all else the latest stays."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._raws: Members = {}
        self._texts: dict[str, Text] = {}
        self._lists: dict[str, list[Raw]] = {}
        self._objects: dict[str, Message] = {}
        self._items: dict[str, dict[int, Message]] = {}

    def add(self, delta: Members) -> None:
        """One more piece of it."""
        for name, raw in delta.items():
            self._raws.setdefault(name, raw)  # the order of names, too
            first = bytes(raw)[:1]
            if raw == NULL:
                continue
            if name in _ONCE:
                if not given(self._raws[name]) or self._raws[name] == _EMPTY:
                    self._raws[name] = raw
            elif first == b'"':
                self._texts.setdefault(name, Text([])).add(raw)
            elif first == b"[":
                self._add_list(name, to_items(raw) or [])
            elif first == b"{":
                self._objects.setdefault(name, Message()).add(to_members(raw) or {})
            else:
                self._raws[name] = raw

    def raw(self) -> Raw:
        """All of it as one object; a name that only ever was null stays null."""
        return to_object({name: self._member(name, raw) for name, raw in self._raws.items()})

    def _member(self, name: str, raw: Raw) -> Raw:
        if name in self._items:
            return to_array(item.raw() for _, item in sorted(self._items[name].items()))
        if name in self._lists:
            return self._mixed(name) if name in self._texts else to_array(self._lists[name])
        if name in self._texts:
            return self._texts[name].raw()
        return self._objects[name].raw() if name in self._objects else raw

    def _mixed(self, name: str) -> Raw:
        """Mistral's content is a list as long as it thinks, and a text after that."""
        text = to_object({"type": Raw(b'"text"'), "text": self._texts[name].raw()})
        return to_array((*self._lists[name], text))

    def _add_list(self, name: str, items: list[Raw]) -> None:
        if name == "tool_calls":
            self._add_calls(items)
        elif name == "reasoning_details":
            self._add_thoughts(items)
        else:
            self._lists.setdefault(name, []).extend(items)

    def _add_thoughts(self, items: list[Raw]) -> None:
        """OpenRouter: a thought goes on for as long as index and type stay the same."""
        thoughts = self._items.setdefault("reasoning_details", {})
        for members in filter(None, map(to_members, items)):
            last = thoughts.get(len(thoughts) - 1)
            if last is None or any(last._raws.get(name) != members.get(name) for name in ("index", "type")):
                last = thoughts[len(thoughts)] = Message()
            last.add(members)

    def _add_calls(self, items: list[Raw]) -> None:
        calls = self._items.setdefault("tool_calls", {})
        for members in filter(None, map(to_members, items)):
            index = to_value(members.pop("index", NULL))
            if type(index) is not int:
                # Who counts nothing sends a call whole, or names it again in each of its pieces.
                last = max(calls, default=-1)
                is_new = given(members.get("id", NOTHING)) is not None and not self._is_call(calls, last, members)
                index = last + 1 if is_new or last < 0 else last
            calls.setdefault(index, Message()).add(members)

    @staticmethod
    def _is_call(calls: dict[int, Message], index: int, members: Members) -> bool:
        return index in calls and calls[index]._raws.get("id") == members.get("id")


class _Piece(Struct, gc=False):
    index: int | None = None
    delta: dict[str, Raw] | None = None
    message: dict[str, Raw] | None = None
    text: Raw = NOTHING
    finish_reason: Raw = NOTHING


class _Choice(Struct, gc=False):
    message: Message
    text: Text
    finish_reason: Raw = NOTHING

    def add(self, piece: _Piece) -> None:
        self.text.add(piece.text)
        delta = piece.delta or piece.message
        if delta is not None:
            self.message.add(delta)
        self.finish_reason = given(piece.finish_reason) or self.finish_reason

    def raw(self) -> Raw:
        whole = {"text": self.text.raw()} if self.text.pieces else {"message": self.message.raw()}
        if self.finish_reason:
            whole["finish_reason"] = self.finish_reason
        return to_object(whole)


_pieces = Decoder(list[_Piece]).decode


def from_chat_chunks(chunks: list[Members]) -> Members:
    """The response: its choices, model, tier, and the usage of the last chunk that has one, with its model."""
    response: Members = {}
    choices: dict[int, _Choice] = {}
    for chunk in chunks:
        for name in _HEAD:
            if name not in response and name in chunk and _is_filled(chunk[name]):
                response[name] = chunk[name]
        if "usage" in chunk or "x_groq" in chunk:
            _count(response, chunk)
        for piece in _read_pieces(chunk["choices"]) if "choices" in chunk else ():
            index = piece.index or 0
            if index not in choices:
                choices[index] = _Choice(Message(), Text([]))
            choices[index].add(piece)
    if choices:
        response["choices"] = to_array(choice.raw() for _, choice in sorted(choices.items()))
    return response


def _read_pieces(raw: Raw) -> list[_Piece]:
    try:
        return _pieces(raw)
    except ValidationError:
        found = (decode_tolerantly(item, _Piece, []) for item in to_items(raw) or ())
        return [piece for piece in found if piece is not None]


def _count(response: Members, chunk: Members) -> None:
    """The latest usage counts, and is that of the model and tier that its chunk names."""
    groq = to_members(chunk.get("x_groq")) or {}
    usage = given(chunk.get("usage", NOTHING)) or given(groq.get("usage", NOTHING))
    if usage is not None and to_members(usage):
        response["usage"] = usage
        response.update({name: chunk[name] for name in _HEAD if _is_filled(chunk.get(name, NOTHING))})


def _is_filled(raw: Raw) -> bool:
    """Azure's first chunk, which only says what it filtered, names a model of no letters."""
    return given(raw) is not None and raw != _EMPTY
