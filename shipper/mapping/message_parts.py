"""The nouns of a conversation: messages and their parts, as OpenTelemetry's semantic conventions write them.

Pure. Source: open-telemetry/semantic-conventions-genai, schema 1.42.0, model/gen-ai/gen-ai-input-messages.json and
gen-ai-output-messages.json. Encoded, each is the JSON that the conventions ask for; texts stay JSON as they came.
"""

from __future__ import annotations

from msgspec import Raw, Struct


class TextPart(Struct, tag_field="type", tag="text", gc=False):
    """A text."""

    content: Raw


class ReasoningPart(Struct, tag_field="type", tag="reasoning", gc=False):
    """What a model thought."""

    content: Raw


class ToolCallPart(Struct, tag_field="type", tag="tool_call", omit_defaults=True, gc=False):
    """A tool that a model wants called; `arguments` are any JSON."""

    name: str
    id: str | None = None
    arguments: Raw | None = None


class ToolResponsePart(Struct, tag_field="type", tag="tool_call_response", omit_defaults=True, gc=False):
    """What a tool said."""

    response: Raw
    id: str | None = None


class UriPart(Struct, tag_field="type", tag="uri", omit_defaults=True, gc=False):
    """Media that stand somewhere else."""

    modality: str
    uri: Raw
    mime_type: str | None = None


class BlobPart(Struct, tag_field="type", tag="blob", omit_defaults=True, gc=False):
    """Media in base64."""

    modality: str
    content: Raw
    mime_type: str | None = None


class FilePart(Struct, tag_field="type", tag="file", omit_defaults=True, gc=False):
    """Media that the provider has already."""

    modality: str
    file_id: Raw
    mime_type: str | None = None


# A part of another type is its object as it was written.
Part = TextPart | ReasoningPart | ToolCallPart | ToolResponsePart | UriPart | BlobPart | FilePart | Raw


class Message(Struct, omit_defaults=True, gc=False):
    """Somebody's words. `finish_reason` is that of an answer."""

    role: str
    parts: list[Part]
    name: str | None = None
    finish_reason: str | None = None
