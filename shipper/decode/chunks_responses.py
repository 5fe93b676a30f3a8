"""Events of OpenAI's responses API.

Rule: OpenAI, API reference, responses streaming events: the last event has the whole response; where the stream broke
off, the items that are done are whole, and those that are not are what their deltas add up to.
"""

from __future__ import annotations

from msgspec import Raw, Struct

from shipper.decode.splice import Members, Text, to_array, to_items, to_members, to_object
from shipper.decode.values import NOTHING, given, to_text, to_value

_ENDS = ("response.completed", "response.incomplete", "response.failed", "response.cancelled")
# A delta's event, the list of the item that it is in with the place in it, the member there and that part's type.
_IN_PARTS = {
    "response.output_text.delta": ("content", "content_index", "text", b'"output_text"'),
    "response.refusal.delta": ("content", "content_index", "refusal", b'"refusal"'),
    "response.reasoning_text.delta": ("content", "content_index", "text", b'"reasoning_text"'),
    "response.reasoning_summary_text.delta": ("summary", "summary_index", "text", b'"summary_text"'),
}
# A delta's event, and the member of the item that it adds to.
_IN_ITEM = {
    "response.function_call_arguments.delta": ("arguments", b'"function_call"'),
    "response.mcp_call_arguments.delta": ("arguments", b'"mcp_call"'),
    "response.custom_tool_call_input.delta": ("input", b'"custom_tool_call"'),
    "response.code_interpreter_call_code.delta": ("code", b'"code_interpreter_call"'),
}


class _Item(Struct, gc=False):
    members: Members
    texts: dict[str, Text]
    parts: dict[tuple[str, int, str, bytes], Text]
    is_done: bool = False

    def raw(self) -> Raw:
        if not self.is_done:
            for name, text in self.texts.items():
                self.members[name] = text.raw()
            lists: dict[str, list[Raw]] = {}
            for (where, _, name, kind), text in sorted(self.parts.items()):
                lists.setdefault(where, []).append(to_object({"type": Raw(kind), name: text.raw()}))
            self.members.update({where: to_array(parts) for where, parts in lists.items()})
        return to_object(self.members)


def from_responses_events(events: list[Members]) -> Members:
    """The response as the last event that has it says; with the items of the events before it if it has none."""
    response: Members = {}
    items: dict[int, _Item] = {}
    for event in events:
        kind = to_text(event.get("type", NOTHING)) or ""
        whole = to_members(event.get("response")) if "response" in event else None
        if whole:
            response = whole
            if kind in _ENDS and to_items(whole.get("output")):
                return whole
        elif kind == "error":
            response["error"] = to_object(event)
        elif kind.startswith("response."):
            index = _index(event, "output_index")
            _add(items.setdefault(index, _Item({}, {}, {})), kind, event)
    made = [item for _, item in sorted(items.items()) if item.members or item.texts or item.parts]
    if made:
        response["output"] = to_array(item.raw() for item in made)
    return response


def _add(item: _Item, kind: str, event: Members) -> None:
    if kind in ("response.output_item.added", "response.output_item.done"):
        members = to_members(event.get("item"))
        if members is not None:
            item.members, item.is_done = members, kind.endswith("done")
    elif kind in _IN_PARTS:
        where, place, name, part = _IN_PARTS[kind]
        default = b'"reasoning"' if where == "summary" or part == b'"reasoning_text"' else b'"message"'
        item.members.setdefault("type", Raw(default))
        key = (where, _index(event, place), name, part)
        item.parts.setdefault(key, Text([])).add(given(event.get("delta", NOTHING)))
    elif kind in _IN_ITEM:
        name, default = _IN_ITEM[kind]
        item.members.setdefault("type", Raw(default))
        item.texts.setdefault(name, Text([])).add(given(event.get("delta", NOTHING)))


def _index(event: Members, name: str) -> int:
    index = to_value(event.get(name, NOTHING))
    return index if type(index) is int else 0
