"""What was asked of a model, taken out of a request as its provider's API takes it; the rest are settings.

Rules: the API references of OpenAI, Anthropic, Google, Amazon, Cohere, Mistral and Ollama. Each API is told by the
names it alone uses. What belongs to the input keeps the API's names, and only what was asked for alone stands alone.
"""

from __future__ import annotations

from msgspec import Raw

from shipper.decode.splice import Members, Text, is_text, to_members, to_object
from shipper.decode.values import NOTHING, NULL, given

# Objects that hold settings: Google's, its SDK's, Amazon's (Converse and Titan), Ollama's, Imagen's, Mistral's.
_NESTED = (
    *("generationConfig", "generation_config", "config"),
    *("inferenceConfig", "additionalModelRequestFields", "textGenerationConfig"),
    *("options", "parameters", "completion_args"),
)
_SYSTEM = ("systemInstruction", "system_instruction")
_WITH_MESSAGES = tuple((name, b',"%b":' % name.encode()) for name in ("functions", "tools", "system", "documents"))
_BESIDE_MESSAGES = frozenset({*_NESTED, "toolConfig", *(name for name, _ in _WITH_MESSAGES)})

# By the first name that is there; the names after it belong to it.
_APIS: tuple[tuple[str, ...], ...] = (
    ("contents", *_SYSTEM, "tools"),  # Gemini
    ("message", "chat_history", "preamble", "documents", "tools", "tool_results"),  # Cohere's chat v1
    ("query", "documents"),  # rerank: Cohere, Jina, Voyage
    ("texts", "images"),  # Cohere's embed
    ("inputs", "instructions", "tools"),  # Mistral's conversations; Cohere's embed v2
    ("file", "prompt"),  # OpenAI's transcription: the prompt is a hint
    ("input", "instructions", *_SYSTEM, "prompt", "tools"),  # OpenAI's responses, Google's interactions; embeddings
    ("prompt", "suffix", "system", "images", "image", "mask"),  # completions, images, Ollama's generate
    ("images",),  # Cohere's embed
    ("image", "mask"),  # OpenAI's variations
    ("document",),  # Mistral's OCR
    ("inputText",),  # Titan
    ("instances",),  # Vertex AI's predict
    ("content",),  # Gemini's embedContent
    ("requests",),
)
_NAMED = (("query", None), ("file", "transcription"), ("document", "ocr"))


def name_call(request: Members) -> str | None:
    """LiteLLM's name for a call that its answer does not tell from others; None for all that are told."""
    if "messages" in request or "message" in request:
        return None
    if "voice" in request and "input" in request:
        return "speech"
    if "prompt" in request and "image" in request:
        return "image_edit"
    return next((name for member, name in _NAMED if member in request), None)


def take_input(request: Members) -> Raw | None:
    """What was asked; taken out of `request`, into which its nested settings are put. None if no rule knows the API."""
    if "messages" in request:
        return _messages(request)
    if "voice" in request and given(request.get("input", NOTHING)):
        return request.pop("input")  # to be spoken; the instructions say how
    if "modelId" in request and "body" in request:
        return _invoked(request)
    for names in _APIS:
        first = names[0]
        if first in request and given(request[first]):
            _open(request)
            asked = {name: request.pop(name) for name in names if name in request and given(request[name])}
            return asked[first] if len(asked) == 1 and first != "contents" else to_object(asked)
    return None


def _messages(request: Members) -> Raw:
    """A chat's messages with what belongs to them, by OpenAI's names also where Amazon has a name of its own."""
    messages = request.pop("messages")
    if _BESIDE_MESSAGES.isdisjoint(request):
        return Raw(b"".join((b'{"messages":', messages, b"}")))
    _open(request)
    _put(request, "toolConfig")
    parts: list[bytes | Raw] = [b'{"messages":', messages]
    for name, written in _WITH_MESSAGES:
        if name in request:
            raw = request.pop(name)
            if raw != NULL:
                parts += (written, raw)
    parts.append(b"}")
    return Raw(b"".join(parts))


def _invoked(request: Members) -> Raw | None:
    """Of Amazon's InvokeModel, whose body is the request as the model's own API takes it; in boto3 the text of one."""
    if is_text(request["body"]):
        body = Text([])
        body.add(request["body"])
        request["body"] = body.json() or NULL
    _put(request, "body")
    return None if "body" in request else take_input(request)


def _open(request: Members) -> None:
    for name in _NESTED:
        if name in request:
            _put(request, name)


def _put(request: Members, name: str) -> None:
    """The members of an object of the request into the request itself, which knows better."""
    members = to_members(request.get(name))
    if members is not None:
        del request[name]
        for inner, raw in members.items():
            request.setdefault(inner, raw)
