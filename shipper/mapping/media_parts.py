"""Media in a message: pictures, sound, films and documents, as their providers' APIs write them.

Pure. Sources: the API references of OpenAI, Anthropic, Google, Amazon (Converse), Mistral and Ollama. What was taken
out of a record because nobody reads it (decode.media) is a text that says so.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Raw

from shipper.decode.splice import Members, is_text, to_items, to_members
from shipper.decode.values import NOTHING, given, to_text
from shipper.mapping.message_parts import BlobPart, FilePart, Part, TextPart, UriPart

_DATA_URI, _BASE64 = b'"data:', b";base64,"
_DESCRIBED = b'"[shipper: '
_MODALITIES = ("image", "video", "audio")


def read_image(members: Members) -> list[Part] | None:
    """OpenAI's chat has an object there, its responses a text."""
    url = members.get("image_url", NOTHING)
    url = (to_members(url) or {}).get("url", url)
    if given(url) is None and given(members.get("file_id", NOTHING)) is not None:
        return _file(members, "image")
    return _media(url, "image", None)


def read_source(modality: str) -> Callable[[Members], list[Part] | None]:
    """Anthropic's images and documents."""

    def rule(members: Members) -> list[Part] | None:
        source = to_members(members.get("source")) or {}
        mime_type = to_text(source.get("media_type", NOTHING))
        data = source.get("data")
        if data is not None and is_text(data):
            is_plain = to_text(source.get("type", NOTHING)) == "text"
            return [TextPart(data)] if is_plain or _is_described(data) else [BlobPart(modality, data, mime_type)]
        return _media(source.get("url", NOTHING), modality, mime_type) or _file(source, modality)

    return rule


def read_audio(members: Members) -> list[Part] | None:
    """OpenAI's."""
    audio = to_members(members.get("input_audio")) or {}
    data, form = audio.get("data", NOTHING), to_text(audio.get("format", NOTHING))
    if not data or not is_text(data):
        return None
    return [TextPart(data) if _is_described(data) else BlobPart("audio", data, f"audio/{form}" if form else None)]


def read_beside(message: Members) -> list[Part]:
    """What stands in a message beside its content: OpenAI's spoken answer, and Ollama's pictures in base64."""
    audio = to_members(message.get("audio")) or {}
    words, sound = audio.get("transcript", NOTHING), audio.get("data", NOTHING)
    parts: list[Part] = [TextPart(words)] if words and is_text(words) else []
    if sound and is_text(sound):
        parts.append(TextPart(sound) if _is_described(sound) else BlobPart("audio", sound))
    pictures = [picture for picture in to_items(message.get("images")) or () if is_text(picture)]
    return parts + [TextPart(one) if _is_described(one) else BlobPart("image", one) for one in pictures]


def read_amazon(modality: str) -> Callable[[Members], list[Part] | None]:
    """Amazon's (Converse): a source of bytes, or of a place in S3."""

    def rule(members: Members) -> list[Part] | None:
        source, form = to_members(members.get("source")) or {}, to_text(members.get("format", NOTHING))
        data = source.get("bytes")
        # A document's format is the end of a file's name.
        mime_type = f"{modality}/{form}" if form and modality != "document" else None
        if data is not None and is_text(data):
            return [TextPart(data) if _is_described(data) else BlobPart(modality, data, mime_type)]
        place = to_members(source.get("s3Location")) or {}
        return _media(place.get("uri", NOTHING), modality, mime_type)

    return rule


def read_document_url(members: Members) -> list[Part] | None:
    """Mistral's."""
    url = members.get("document_url", NOTHING)
    return _media((to_members(url) or {}).get("url", url), "document", None)


def read_file(members: Members) -> list[Part] | None:
    """OpenAI's files."""
    inner = to_members(members.get("file")) or members
    return _file(inner, "document") or _media(given(inner.get("file_data", NOTHING)) or NOTHING, "document", None)


def _file(members: Members, modality: str) -> list[Part] | None:
    file_id = members.get("file_id", NOTHING)
    return [FilePart(modality, file_id)] if file_id and is_text(file_id) else None


def read_google(members: Members) -> list[Part] | None:
    mime_type = to_text(members.get("mimeType", NOTHING)) or to_text(members.get("mime_type", NOTHING))
    modality = (mime_type or "").partition("/")[0]
    modality = modality if modality in _MODALITIES else "document"
    data, uri = members.get("data", NOTHING), members.get("fileUri", members.get("file_uri", NOTHING))
    if data and is_text(data):
        return [TextPart(data) if _is_described(data) else BlobPart(modality, data, mime_type)]
    return _media(uri, modality, mime_type)


def _media(url: Raw, modality: str, mime_type: str | None) -> list[Part] | None:
    if not url or not is_text(url):
        return None
    written = bytes(url)
    head, base64, data = written.partition(_BASE64)
    if base64 and head.startswith(_DATA_URI):
        mime_type = head[len(_DATA_URI) :].partition(b";")[0].decode().replace("\\/", "/") or mime_type
        return [BlobPart(modality, Raw(b'"' + data), mime_type)]
    return [TextPart(url) if _is_described(url) else UriPart(modality, url, mime_type)]


def _is_described(raw: Raw) -> bool:
    return bytes(raw).startswith(_DESCRIBED)
