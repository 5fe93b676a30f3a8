"""What was asked of a model, taken out of a request as its provider's API takes it; the rest are settings.

Rules: the API references of OpenAI, Anthropic, Google, Amazon, Cohere, Mistral and Ollama. Each API is told by the
names it alone uses. What belongs to the input keeps the API's names, and only what was asked for alone stands alone.
"""

from __future__ import annotations

from msgspec import Raw

from shipper.decode.splice import Members, to_members, to_object
from shipper.decode.values import NOTHING, given

# Objects that hold settings: Google's, its SDK's, Amazon's (Converse and Titan), Ollama's, Imagen's.
_NESTED = (
    *("generationConfig", "generation_config", "config"),
    *("inferenceConfig", "additionalModelRequestFields", "textGenerationConfig"),
    *("options", "parameters"),
)
_SYSTEM = ("systemInstruction", "system_instruction")

# By the first name that is there; the names after it belong to it.
_APIS: tuple[tuple[str, ...], ...] = (
    ("contents", *_SYSTEM, "tools"),  # Gemini
    ("message", "chat_history", "preamble", "documents", "tools", "tool_results"),  # Cohere's chat v1
    ("query", "documents"),  # rerank: Cohere, Jina, Voyage
    ("texts", "images"),  # Cohere's embed
    ("inputs",),
    ("images",),
    ("file", "prompt"),  # OpenAI's transcription: the prompt is a hint
    ("input", "instructions", "tools"),  # OpenAI's responses; embeddings, moderations
    ("prompt", "suffix", "system", "images", "image", "mask"),  # completions, images, Ollama's generate
    ("document",),  # Mistral's OCR
    ("inputText",),  # Titan
    ("instances",),  # Vertex AI's predict
    ("content",),  # Gemini's embedContent
    ("requests",),
)


def take_input(request: Members) -> Raw | None:
    """What was asked; taken out of `request`, into which its nested settings are put. None if no rule knows the API."""
    if "messages" in request:
        _open(request)
        return _messages(request)
    if "voice" in request and given(request.get("input", NOTHING)):
        return request.pop("input")  # to be spoken; the instructions say how
    for names in _APIS:
        first = names[0]
        if first in request and given(request[first]):
            _open(request)
            asked = {name: request.pop(name) for name in names if name in request and given(request[name])}
            return asked[first] if len(asked) == 1 and first != "contents" else to_object(asked)
    return None


def _open(request: Members) -> None:
    for name in _NESTED:
        members = to_members(request[name]) if name in request else None
        if members is not None:
            for inner, raw in members.items():
                request.setdefault(inner, raw)


def _messages(request: Members) -> Raw:
    """A chat's messages with what belongs to them, by OpenAI's names also where Amazon has a name of its own."""
    kit = to_members(request.get("toolConfig"))
    if kit is not None and "tools" in kit:
        request.setdefault("tools", kit["tools"])
    asked = {"messages": request.pop("messages")}
    for name in ("functions", "tools", "system", "documents"):
        raw = request.pop(name, None)
        if raw is not None and given(raw):
            asked[name] = raw
    return to_object(asked)
