"""What went into an observation and what came out, in the attributes of OpenInference.

Pure. Source: Arize-ai/openinference, spec/semantic_conventions.md, multimodal_attributes.md and embedding_spans.md:
lists are flattened, their numbers are parts of the names. Very long lists are shown in part: a span of a thousand short
attributes could not be cut to a size, and the whole of it stands in `input.value` and `output.value`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from msgspec import Raw

from shipper.decode.splice import encode, is_text, to_items, to_members
from shipper.decode.values import NOTHING, given, to_text, to_value
from shipper.mapping.attribute_values import bare
from shipper.mapping.conversation import Request, read_answer, read_request
from shipper.mapping.message_parts import (
    BlobPart,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResponsePart,
    UriPart,
)
from shipper.mapping.span import Attributes, Value

_MOST = 128  # items of a list: of 2,000 bytes each, where a text is not cut further, they fit into an event
_TEXT, _JSON = "text/plain", "application/json"
_DOCUMENTS = {"RETRIEVER": "retrieval.documents", "RERANKER": "reranker.output_documents"}
_IDS, _SCORES = ("id", "document_id", "index"), ("score", "relevance_score")
_CONTENTS = ("content", "text", "page_content", "document")
# What is around a text, and where it stands; {"messages": [{"content": [{"text": …}]}]} is the deepest.
_FRAME = frozenset({"role", "type", "id", "status"})
_SAYING = frozenset({"messages", "contents", "input", "content", "parts", "text"})
_DEEPEST_TEXT = 6
_WIDEST_FRAME_BYTES, _HEAD_BYTES = 512, 64
_EMPTY = (b"null", b"[]", b"{}", b'""', b"false")


def add_content(attributes: Attributes, asked: Raw | None, answer: Raw | None, kind: str) -> None:
    """Into `attributes` input and output whole, and what a span of that kind shows of them."""
    if asked is not None:
        _add_value(attributes, "input", asked)
        if kind == "LLM":
            request = read_request(asked)
            _add_request(attributes, request)
            if not request.system:
                _say_plainly(attributes, "input", asked, request.messages)
        elif kind == "EMBEDDING":
            _add_texts(attributes, read_request(asked))
        elif kind == "RERANKER":
            _add_query(attributes, asked)
            _add_documents(attributes, "reranker.input_documents", (to_members(asked) or {}).get("documents"))
    if answer is not None:
        _add_value(attributes, "output", answer)
        if kind == "LLM":
            messages = read_answer(answer)
            _add_messages(attributes, "llm.output_messages", messages)
            _say_plainly(attributes, "output", answer, messages)
        elif kind in _DOCUMENTS:
            _add_documents(attributes, _DOCUMENTS[kind], answer)


def _add_value(attributes: Attributes, name: str, raw: Raw) -> None:
    attributes[f"{name}.value"] = bare(raw)
    attributes[f"{name}.mime_type"] = _TEXT if is_text(raw) else _JSON


def _say_plainly(attributes: Attributes, name: str, whole: Raw, messages: list[Message]) -> None:
    """What is one text and nothing else is told as that text (llm_spans.md): lists show it in a narrow column."""
    parts = messages[0].parts if len(messages) == 1 else []
    if len(parts) != 1 or not isinstance(parts[0], TextPart) or is_text(whole):
        return
    text, written = bytes(parts[0].content), bytes(whole)
    if len(written) - len(text) > _WIDEST_FRAME_BYTES:
        return
    begin = written.find(text[:_HEAD_BYTES], 0, _WIDEST_FRAME_BYTES + _HEAD_BYTES)  # all of a text is dear to look for
    end = begin + len(text)
    if begin >= 0 and written[begin:end] == text and _is_frame(written[:begin] + b'"-"' + written[end:]):
        attributes[f"{name}.value"] = attributes[f"llm.{name}_messages.0.message.content"]
        attributes[f"{name}.mime_type"] = _TEXT


@lru_cache(maxsize=256)
def _is_frame(written: bytes) -> bool:
    """Whether a value has one text, and beside it only whose that is and what is empty. Most calls have the same."""
    value = Raw(written)
    for _ in range(_DEEPEST_TEXT):
        if is_text(value):
            return True
        items, members = to_items(value), to_members(value)
        if members is not None:
            said = {name: raw for name, raw in members.items() if name not in _FRAME and bytes(raw) not in _EMPTY}
            items = list(said.values()) if said.keys() <= _SAYING else None
        if items is None or len(items) != 1:
            return False
        value = items[0]
    return False


def _add_request(attributes: Attributes, request: Request) -> None:
    system = [Message("system", request.system)] if request.system else []
    _add_messages(attributes, "llm.input_messages", [*system, *request.messages])
    for number, tool in enumerate(request.tools[:_MOST]):
        attributes[f"llm.tools.{number}.tool.json_schema"] = tool


def _add_messages(attributes: Attributes, name: str, messages: Iterable[Message]) -> None:
    singles = [single for message in messages for single in _single(message)]
    if len(singles) > _MOST:  # the first may be the instructions, the last are what the call is about
        singles = [singles[0], *singles[1 - _MOST :]]
    for number, single in enumerate(singles):
        _add_message(attributes, f"{name}.{number}.message", single)


def _single(message: Message) -> Iterator[Message]:
    """OpenInference has one result of a tool a message; Anthropic's messages hold several, and texts beside them."""
    results = [part for part in message.parts if isinstance(part, ToolResponsePart)]
    if not results:
        yield message
        return
    for result in results:
        yield Message("tool", [result], message.name)
    others: list[Part] = [part for part in message.parts if not isinstance(part, ToolResponsePart)]
    if others:
        yield Message(message.role, others, message.name)


def _add_message(attributes: Attributes, head: str, message: Message) -> None:
    attributes[f"{head}.role"] = message.role
    if message.name is not None:
        attributes[f"{head}.name"] = message.name
    calls = [part for part in message.parts if isinstance(part, ToolCallPart)]
    said = [part for part in message.parts if not isinstance(part, ToolCallPart)]
    if len(said) == 1 and isinstance(said[0], TextPart):
        attributes[f"{head}.content"] = bare(said[0].content)
    elif len(said) == 1 and isinstance(said[0], ToolResponsePart):
        attributes[f"{head}.content"] = bare(said[0].response)
        if said[0].id is not None:
            attributes[f"{head}.tool_call_id"] = said[0].id
    else:
        for number, part in enumerate(said[:_MOST]):
            for key, value in _content(part):
                attributes[f"{head}.contents.{number}.message_content.{key}"] = value
    for number, call in enumerate(calls[:_MOST]):
        place = f"{head}.tool_calls.{number}.tool_call"
        if call.id is not None:
            attributes[f"{place}.id"] = call.id
        attributes[f"{place}.function.name"] = call.name
        if call.arguments is not None:
            attributes[f"{place}.function.arguments"] = bare(call.arguments)


def _content(part: Part) -> Iterator[tuple[str, Value]]:
    """The members of one item of a message's contents."""
    if isinstance(part, TextPart | ReasoningPart):
        yield "type", "text" if isinstance(part, TextPart) else "reasoning"
        yield "text", bare(part.content)
    elif isinstance(part, UriPart | BlobPart):
        yield "type", part.modality
        yield f"{part.modality}.{part.modality}.url", _url(part)
    else:
        yield "type", "text"
        yield "text", part if isinstance(part, Raw) else Raw(encode(part))


def _url(part: UriPart | BlobPart) -> Value:
    if isinstance(part, UriPart):
        return bare(part.uri)
    return f"data:{part.mime_type or 'application/octet-stream'};base64,{to_text(part.content) or ''}"


def _texts(request: Request) -> list[Raw]:
    return [part.content for message in request.messages for part in message.parts if isinstance(part, TextPart)]


def _add_texts(attributes: Attributes, request: Request) -> None:
    for number, text in enumerate(_texts(request)[:_MOST]):
        attributes[f"embedding.embeddings.{number}.embedding.text"] = bare(text)


def _add_query(attributes: Attributes, asked: Raw) -> None:
    """What the documents were compared with: the APIs' member, or all that LiteLLM keeps of the request."""
    query = (to_members(asked) or {}).get("query")
    texts = _texts(read_request(asked)) if query is None or not is_text(query) else [query]
    if len(texts) == 1:
        attributes["reranker.query"] = bare(texts[0])


def _add_documents(attributes: Attributes, name: str, listed: Raw | None) -> None:
    for number, item in enumerate((to_items(listed) or [])[:_MOST]):
        members = to_members(item) or {}
        head = f"{name}.{number}.document"
        identity = next((to_text(members[key]) for key in _IDS if key in members), None)
        score: object = next((to_value(members[key]) for key in _SCORES if key in members), None)
        content = next((members[key] for key in _CONTENTS if given(members.get(key, NOTHING))), None)
        if identity is not None:
            attributes[f"{head}.id"] = identity
        if isinstance(score, int | float) and not isinstance(score, bool):
            attributes[f"{head}.score"] = float(score)
        if content is not None or not members:
            attributes[f"{head}.content"] = bare(item if content is None else content)
        if "metadata" in members and given(members["metadata"]):
            attributes[f"{head}.metadata"] = members["metadata"]
