"""Parts of messages of every API, in the one shape of `message_parts`.

Pure. Sources: the API references of OpenAI (chat and responses), Anthropic, Google and Amazon (Converse). Each API's
part is told by its type, or by the one name it alone uses. What no rule knows keeps its own type, or becomes a text
that holds its JSON; nothing raises.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Raw

from shipper.decode.splice import Members, Text, encode, is_text, to_items, to_members
from shipper.decode.values import NOTHING, NULL, given, to_text
from shipper.mapping.media_parts import (
    read_amazon,
    read_audio,
    read_document_url,
    read_file,
    read_google,
    read_image,
    read_source,
)
from shipper.mapping.message_parts import Part, ReasoningPart, TextPart, ToolCallPart, ToolResponsePart

_RESERVED = frozenset(
    {
        *("text", "reasoning", "tool_call", "tool_call_response", "uri", "blob", "file"),
        *("server_tool_call", "server_tool_call_response"),
    }
)


def to_parts(content: Raw) -> list[Part]:
    """The parts of a message's content: a text, or a list of texts and objects. Null is none."""
    if not given(content):
        return []
    if is_text(content):
        return [TextPart(content)]
    items = to_items(content)
    if items is None:
        return to_part(content)
    return [part for item in items for part in to_part(item)]


def to_part(block: Raw) -> list[Part]:
    """One item of a content; some hold several parts, or none."""
    members = to_members(block)
    if members is None:
        return [TextPart(block) if is_text(block) else to_whole(block)]
    kind = to_text(members.get("type", NOTHING))
    rule = (
        _BY_TYPE.get(kind) if kind is not None else next((_BY_NAME[name] for name in members if name in _BY_NAME), None)
    )
    parts = None if rule is None else rule(members)
    if parts is not None:
        return parts
    # An object that has no more of a type of the conventions than its name would not be of their format.
    keeps_type = kind is not None and kind not in _RESERVED and is_text(members["type"])
    return [block if keeps_type else to_whole(block)]


def to_whole(value: Raw) -> TextPart:
    """Any JSON value as a text that holds it."""
    return TextPart(Raw(encode(bytes(value).decode())))


def to_tool_call(members: Members, id_name: str = "id", arguments_name: str = "arguments") -> ToolCallPart | None:
    """A call of a tool; arguments that are a text of JSON (OpenAI's) are that JSON. None if it has no name."""
    name, written = to_text(members.get("name", NOTHING)), given(members.get(arguments_name, NOTHING))
    if name is None:
        return None
    if written is not None and is_text(written):
        written = Text([bytes(written)[1:-1]]).json()
    return ToolCallPart(name, to_text(members.get(id_name, NOTHING)), written)


def to_tool_response(members: Members, id_name: str, response_name: str) -> list[Part]:
    """What a tool said, as it is written."""
    return [ToolResponsePart(members.get(response_name, NULL), to_text(members.get(id_name, NOTHING)))]


def _text_of(
    name: str, kind: type[TextPart] | type[ReasoningPart] = TextPart
) -> Callable[[Members], list[Part] | None]:
    def rule(members: Members) -> list[Part] | None:
        raw = members.get(name)
        return [kind(raw)] if raw is not None and is_text(raw) else None

    return rule


def _reasoning(members: Members) -> list[Part] | None:
    """A reasoning item of OpenAI's responses: its summary, and its text where there is one."""
    items = (to_items(members.get("summary")) or []) + (to_items(members.get("content")) or [])
    texts = [(to_members(item) or {}).get("text", NOTHING) for item in items]
    return [ReasoningPart(text) for text in texts if text and is_text(text)] or None


def _thinking(members: Members) -> list[Part] | None:
    """Anthropic's is a text, Mistral's a list of texts."""
    texts = [(to_members(item) or {}).get("text", NOTHING) for item in to_items(members.get("thinking")) or ()]
    found: list[Part] = [ReasoningPart(text) for text in texts if text and is_text(text)]
    return found or _text_of("thinking", ReasoningPart)(members)


def _called(members: Members) -> list[Part] | None:
    """A function that OpenAI's responses, or Google's interactions, want called."""
    return _call("call_id" if "call_id" in members else "id", "arguments")(members)


def _parts_of(name: str) -> Callable[[Members], list[Part] | None]:
    """All parts of the content that stands in a member."""
    return lambda members: to_parts(members[name])


def _call(id_name: str, arguments_name: str) -> Callable[[Members], list[Part] | None]:
    def rule(members: Members) -> list[Part] | None:
        call = to_tool_call(members, id_name, arguments_name)
        return None if call is None else [call]

    return rule


def _inner(name: str, rule: Callable[[Members], list[Part] | None]) -> Callable[[Members], list[Part] | None]:
    """The rule for what stands in a member."""

    def outer(members: Members) -> list[Part] | None:
        inner = to_members(members.get(name))
        return None if inner is None else rule(inner)

    return outer


def _google_text(members: Members) -> list[Part] | None:
    """Also Amazon's; Google says of a text that it was thought."""
    is_thought = bytes(members.get("thought", NULL)) == b"true"
    return _text_of("text", ReasoningPart if is_thought else TextPart)(members)


Rule = Callable[[Members], "list[Part] | None"]
_BY_TYPE: dict[str, Rule] = {
    **dict.fromkeys(("text", "input_text", "output_text", "summary_text"), _text_of("text")),
    "refusal": _text_of("refusal"),
    "thinking": _thinking,
    **dict.fromkeys(("reasoning", "thought"), _reasoning),
    "reasoning_text": _text_of("text", ReasoningPart),
    **dict.fromkeys(("image_url", "input_image"), read_image),
    "image": read_source("image"),
    "document": read_source("document"),
    "input_audio": read_audio,
    **dict.fromkeys(("file", "input_file"), read_file),
    "tool_use": _call("id", "input"),
    "tool_result": lambda members: to_tool_response(members, "tool_use_id", "content"),
    "document_url": read_document_url,
    "function_call": _called,
    "custom_tool_call": _call("call_id", "input"),
    **dict.fromkeys(
        ("function_call_output", "custom_tool_call_output"),
        lambda members: to_tool_response(members, "call_id", "output"),
    ),
    "function_result": lambda members: to_tool_response(members, "call_id", "result"),
}
_BY_NAME: dict[str, Rule] = {
    "text": _google_text,
    **{name: _inner(name, _call("id", "args")) for name in ("functionCall", "function_call")},
    **{
        name: _inner(name, lambda members: to_tool_response(members, "id", "response"))
        for name in ("functionResponse", "function_response")
    },
    **{name: _inner(name, read_google) for name in ("inlineData", "inline_data", "fileData", "file_data")},
    "toolUse": _inner("toolUse", _call("toolUseId", "input")),
    "toolResult": _inner("toolResult", lambda members: to_tool_response(members, "toolUseId", "content")),
    **{name: _inner(name, read_amazon(name)) for name in ("image", "document", "video", "audio")},
    "guardContent": _inner("guardContent", _inner("text", _text_of("text"))),
    "citationsContent": _inner("citationsContent", _parts_of("content")),
    "cachePoint": lambda members: [],
    "parts": _parts_of("parts"),
    "reasoningContent": _inner("reasoningContent", _inner("reasoningText", _text_of("text", ReasoningPart))),
}
