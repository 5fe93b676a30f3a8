"""What was said in a call, in one shape whatever API it was said by: messages of OpenTelemetry's semantic conventions.

Pure. Source of the shape: open-telemetry/semantic-conventions-genai, schema 1.42.0, model/gen-ai/
gen-ai-input-messages.json, gen-ai-output-messages.json and gen-ai-system-instructions.json. What no rule knows becomes
a text that holds its JSON; nothing raises.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Raw, Struct

from shipper.decode.splice import Members, is_text, to_items, to_members, to_object
from shipper.decode.values import NOTHING, given, to_text
from shipper.mapping.media_parts import read_beside
from shipper.mapping.message_parts import Message, Part, ReasoningPart, TextPart, ToolResponsePart
from shipper.mapping.part_rules import to_part, to_parts, to_tool_call, to_whole

_ROLES = {"model": "assistant", "function": "tool"}
_SPOKEN = frozenset({"role", "content", "parts", "tool_calls"})
_ARGUMENTS = ("arguments", "input", "parameters")  # OpenAI's functions and tools of one's own, Cohere's (v1)
_RESULTS = frozenset({"function_call_output", "custom_tool_call_output", "function_result"})
# Items that nobody says of whose they are: a user's, and whole messages.
_ASKED = frozenset(
    {"text", "image_url", "image", "audio", "video", "document", "input_text", "input_image", "input_file"}
)
_MESSAGES = frozenset({"message", "model_output", "user_input"})  # the later Google's
_HISTORIES = ("messages", "contents", "input", "prompt")
_SYSTEMS = ("system", "instructions", "systemInstruction", "system_instruction")
_TOOLS = ("tools", "functions")
_EMPTY = (b"[]", b"{}")  # Anthropic's and Google's way to refuse
_READ = frozenset({*_HISTORIES, *_SYSTEMS, *_TOOLS})


class Request(Struct, gc=False):
    """What was asked: the history, what stands beside it, and the tools as they were offered."""

    messages: list[Message]
    system: list[Part] = []
    tools: list[Raw] = []


def read_request(asked: Raw) -> Request:
    """The input of an observation."""
    members = to_members(asked)
    history = next((name for name in _HISTORIES if members is not None and name in members), None)
    if members is None or history is None:
        return Request(_history(asked))
    messages = _history(members[history])
    others = {name: raw for name, raw in members.items() if name not in _READ and given(raw)}
    if others:
        messages.append(Message("user", [to_whole(to_object(others))]))
    system = [part for name in _SYSTEMS if name in members for part in _system(members[name])]
    tools = [tool for name in _TOOLS for tool in to_items(members.get(name)) or ()]
    return Request(messages, system, tools)


def read_answer(answer: Raw, reasons: Sequence[str] = ()) -> list[Message]:
    """The output of an observation, a message for each of several answers; `reasons` say why they ended."""
    items = to_items(answer)
    if items and (all(map(_is_answer, items)) or all(map(is_text, items))):
        messages = [_answer(item) for item in items]
    else:
        messages = [_answer(answer)]
    for message, reason in zip(messages, reasons, strict=False):
        message.finish_reason = reason
    return messages


def _answer(answer: Raw) -> Message:
    members, items = to_members(answer), to_items(answer)
    if members is not None and (not _SPOKEN.isdisjoint(members) or ("thinking" in members and "response" in members)):
        return _message(members, "assistant")
    if items is not None and any(map(_is_told, items)):
        return Message("assistant", [part for item in items for part in _said(item)])
    if bytes(answer) in _EMPTY:
        return Message("assistant", [])
    return Message("assistant", [TextPart(answer) if is_text(answer) else to_whole(answer)])


def _is_answer(item: Raw) -> bool:
    """Whether an item of a list is a whole answer, and not a part of one: parts have types."""
    members = to_members(item)
    return members is not None and "role" in members and "type" not in members


def _history(raw: Raw) -> list[Message]:
    """Messages in their order; texts alone are a user's."""
    if not given(raw):
        return []
    items = to_items(raw)
    if items is None and _is_said(raw):  # Google's content
        return [_one(raw)]
    if items is None or not any(map(_is_told, items)):
        is_texts = items is not None and all(map(is_text, items))
        return [Message("user", to_parts(raw) if is_text(raw) or is_texts else [to_whole(raw)])]
    return [_one(item) for item in items]


def _one(item: Raw) -> Message:
    members = to_members(item)
    if members is None:
        return Message("user", to_part(item))
    kind = to_text(members.get("type", NOTHING))
    if _SPOKEN.isdisjoint(members):  # an item of OpenAI's responses: what it is says whose it is
        return Message("tool" if kind in _RESULTS else "user" if kind in _ASKED else "assistant", to_part(item))
    return _message(members, "assistant" if kind == "model_output" else "user")


def _message(members: Members, role: str) -> Message:
    """A message of any API; `role` is whose it is if it does not say so."""
    role = to_text(members.get("role", NOTHING)) or role
    parts: list[Part] = []
    thought = _first_of(members, "reasoning_content", "reasoning", "thinking")
    if thought is not None and is_text(thought):
        parts.append(ReasoningPart(thought))
    elif "thinking_blocks" in members:
        parts += to_parts(members["thinking_blocks"])
    content = _first_of(members, "content", "parts", "text", "response")
    call_id = to_text(members.get("tool_call_id", NOTHING))
    if content is not None and (call_id is not None or role == "function"):
        parts.append(ToolResponsePart(content, call_id))
    elif content is not None:
        parts += to_parts(content)
    refusal = members.get("refusal", NOTHING)
    if refusal and is_text(refusal):
        parts.append(TextPart(refusal))
    if "audio" in members or "images" in members:
        parts += read_beside(members)
    parts += _calls(members)
    return Message(_ROLES.get(role, role), parts, to_text(members.get("name", NOTHING)))


def _first_of(members: Members, *names: str) -> Raw | None:
    for name in names:
        if name in members:
            raw = given(members[name])
            if raw is not None:
                return raw
    return None


def _calls(members: Members) -> list[Part]:
    """The tools that a message wants called; OpenAI's, and its first API's."""
    calls: list[Part] = []
    for item in to_items(members.get("tool_calls")) or ():
        call = to_members(item) or {}
        function = to_members(call.get("function")) or to_members(call.get("custom")) or call
        found = to_tool_call(function, arguments_name=next(filter(function.__contains__, _ARGUMENTS), ""))
        if found is not None:
            found.id = to_text(call.get("id", NOTHING))
        calls.append(found or to_whole(item))
    first = to_members(members.get("function_call"))
    found = None if first is None else to_tool_call(first)
    return calls if found is None else [*calls, found]


def _said(item: Raw) -> list[Part]:
    """An item of an answer that is a list: a message's parts (OpenAI's responses), or a part (Anthropic's content)."""
    members = to_members(item)
    is_message = members is not None and ("role" in members or to_text(members.get("type", NOTHING)) in _MESSAGES)
    return _message(members, "assistant").parts if members is not None and is_message else to_part(item)


def _is_told(item: Raw) -> bool:
    """Whether an item says what it is."""
    members = to_members(item)
    return members is not None and (
        not _SPOKEN.isdisjoint(members) or to_text(members.get("type", NOTHING)) is not None
    )


def _is_said(raw: Raw) -> bool:
    members = to_members(raw)
    return members is not None and not _SPOKEN.isdisjoint(members)


def _system(raw: Raw) -> list[Part]:
    """Instructions: a text, a list of texts (Anthropic's, Amazon's), or Google's content."""
    members = to_members(raw)
    return to_parts(raw if members is None else given(members.get("parts", NOTHING)) or raw)
