"""Events of OpenAI's images and audio APIs.

Rule: OpenAI, API reference, streaming events of images, image edits, transcriptions and speech: the last event has the
whole picture or text with its usage; sound nobody reads, so that only its usage is kept.
"""

from __future__ import annotations

from msgspec import Raw

from shipper.decode.splice import Members, Text, to_array, to_object
from shipper.decode.values import NOTHING, given, to_text

_PICTURES = ("image_generation.", "image_edit.")
_OF_A_PICTURE = ("b64_json", "url")
_TOLD_BY = (*_PICTURES, "transcript.text.", "speech.audio.")


def is_media_event(kind: str) -> bool:
    """Whether an event of this type is one of these."""
    return kind.startswith(_TOLD_BY)


def from_media_events(events: list[Members]) -> Members:
    """The response: its pictures or its text, and the usage. A picture that is only half made is none."""
    response: Members = {}
    pictures: list[Raw] = []
    text = Text([])
    for event in events:
        kind = to_text(event.get("type", NOTHING)) or ""
        if kind == "transcript.text.delta":
            text.add(event.get("delta"))
        elif kind.startswith("speech.audio."):
            response["audio"] = Raw(b'""')
        if not kind.endswith((".done", ".completed")):
            continue
        if kind.startswith(_PICTURES):
            pictures.append(to_object({name: event[name] for name in _OF_A_PICTURE if name in event}))
        names = event.keys() - {"type", "audio", *_OF_A_PICTURE}
        response.update({name: event[name] for name in names if given(event[name])})
    if pictures:
        response["data"] = to_array(pictures)
    if text.pieces:
        response.setdefault("text", text.raw())
    return response
