"""A stream's chunks put together: the response that the same call would have had without streaming.

Rule: each API is told by the names it alone uses, in the first chunk that has one. A stream that broke off keeps what
came. The response has what is shown, counted or priced, and no more.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Raw

from shipper.decode.chunks_amazon import CONVERSE_EVENTS, INVOKED, from_converse_events, from_invoked_chunks
from shipper.decode.chunks_anthropic import ANTHROPIC_EVENTS, from_anthropic_events
from shipper.decode.chunks_chat import from_chat_chunks
from shipper.decode.chunks_cohere import COHERE_EVENTS, from_cohere1_events, from_cohere2_events
from shipper.decode.chunks_lines import from_gemini_chunks, from_ollama_lines
from shipper.decode.chunks_media import from_media_events, is_media_event
from shipper.decode.chunks_mistral import CONVERSATION_EVENTS, from_conversation_events
from shipper.decode.chunks_responses import from_responses_events
from shipper.decode.plain_errors import find_error
from shipper.decode.splice import Members, to_items, to_members
from shipper.decode.values import NOTHING, to_text

Assembler = Callable[[list[Members]], Members]

_LAST = 3  # chunks that an error may be in: it ends a stream
_AROUND = frozenset({"event", "data", "id", "retry"})
_BY_TYPE: dict[str, Assembler] = {
    **dict.fromkeys(ANTHROPIC_EVENTS, from_anthropic_events),
    **dict.fromkeys(COHERE_EVENTS, from_cohere2_events),
    **dict.fromkeys(CONVERSATION_EVENTS, from_conversation_events),
}
_BY_NAME: tuple[tuple[frozenset[str], Assembler], ...] = (
    (frozenset({"event_type"}), from_cohere1_events),
    (frozenset({"candidates", "usageMetadata", "usage_metadata", "promptFeedback"}), from_gemini_chunks),
    (CONVERSE_EVENTS, from_converse_events),
    (INVOKED, from_invoked_chunks),
)


def assemble(chunks: Raw) -> Members | None:
    """The response of a list of chunks; None if it is none, or of no known stream. Never raises.

    An error that ended the stream is the response's `error`.
    """
    found = [_unwrapped(members) for members in map(to_members, to_items(chunks) or ()) if members]
    assembler = next((one for one in map(_told, found) if one is not None), None)
    failed = next((chunk for chunk in found[-_LAST:] if find_error(chunk, None) is not None), None)
    if assembler is None:
        return failed  # whose stream it is nobody knows, but that it failed
    response = assembler(found)
    if failed is not None:
        response.update({name: raw for name, raw in failed.items() if name not in response and name != "type"})
    return response


def _unwrapped(chunk: Members) -> Members:
    """The data of a server-sent event that is kept whole, with its name and id."""
    return chunk if chunk.keys() - _AROUND else to_members(chunk.get("data")) or chunk


def _told(chunk: Members) -> Assembler | None:
    """Whose stream a chunk is of; None if it does not tell."""
    if "choices" in chunk:
        return from_chat_chunks
    kind = to_text(chunk.get("type", NOTHING))
    if kind is not None:
        if kind in _BY_TYPE:
            return _BY_TYPE[kind]
        if kind.startswith("response."):
            return from_responses_events
        if is_media_event(kind):
            return from_media_events
    for names, assembler in _BY_NAME:
        if not names.isdisjoint(chunk):
            return assembler
    is_ollama = "done" in chunk or "eval_count" in chunk
    return from_ollama_lines if is_ollama and ("message" in chunk or "response" in chunk) else None
