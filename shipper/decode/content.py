"""What went into a LiteLLM call and what came out: spliced from the record, never parsed.

Rules: LiteLLM, integrations/langfuse/langfuse.py (`_get_langfuse_input_output_content` and the prompt built
in `log_event_on_langfuse`).
"""

from __future__ import annotations

from msgspec import DecodeError, Raw
from msgspec.json import Decoder, Encoder

from shipper.decode.shapes import Choice, Payload, Response
from shipper.decode.values import NULL, given, to_text

REDACTED = Raw(b'"redacted-by-litellm"')  # LiteLLM's own text for mask_input and mask_output
REALTIME = "_arealtime"  # the call of a session: LiteLLM shows its events as what came out, and nothing that went in
UNSEEN = Raw(b"")  # nothing is shown of the call
_SPEECH = Raw(b'"speech-output"')
_BINARY = frozenset({"speech", "aspeech", "file_content", "afile_content"})  # all of them speech to LiteLLM
_KNOWN = ("completion", "messages", "transcription", "image_", "rerank")  # calls whose answers LiteLLM has a form for
_IMAGE_NULLS = ("provider_specific_fields",)
_REASONING_NULLS = ("content", "encrypted_content", "status")
_MAX_REDACTED = 80  # bytes of a list with one redacted message
_encode = Encoder().encode
_objects = Decoder(list[dict[str, Raw]]).decode


def to_input(messages: Raw, functions: Raw | None = None, tools: Raw | None = None) -> Raw:
    """{"messages": …} with those of the request's other inputs that it has."""
    if functions is None and tools is None:
        return Raw(b"".join((b'{"messages":', messages or NULL, b"}")))
    parts: list[bytes | Raw] = [b'{"messages":', messages or NULL]
    if functions is not None and functions != NULL:
        parts += (b',"functions":', functions)
    if tools is not None and tools != NULL:
        parts += (b',"tools":', tools)
    parts.append(b"}")
    return Raw(b"".join(parts))


def to_output(payload: Payload, messages: Raw) -> Raw | None:
    """What a successful call gave, by the shape of its response.

    None for embeddings and where there is nothing; UNSEEN where LiteLLM shows nothing of the call, not even what went
    in: answers it does not know (moderation, files, batches, search), and those it took out of a call with redacted
    `messages` altogether.
    """
    response = payload.response
    if isinstance(response, Response) and response.choices is not None:
        return _first_choice(response.choices[0], messages) if response.choices else None
    call_type = payload.call_type or ""
    if "embedding" in call_type:
        return None
    if isinstance(response, Response) and response.text == REDACTED:
        return UNSEEN
    if call_type in _BINARY:
        return _SPEECH
    if isinstance(response, Response):
        return _by_shape(response, call_type)
    return Raw(_encode(response)) if response else None


def _by_shape(response: Response, call_type: str) -> Raw | None:
    if given(response.output):
        return _items(response.output)
    for kind, answer in (
        ("rerank", response.results),
        (REALTIME, response.results),
        ("image", response.data),
        ("transcription", response.text),
        ("pass_through", response.response),
    ):
        if given(answer) and (kind in call_type or not call_type):
            return answer if kind != "image" else _with_nulls(answer, _IMAGE_NULLS)
    return None if not call_type or any(kind in call_type for kind in _KNOWN) else UNSEEN


def _first_choice(first: Choice, messages: Raw) -> Raw | None:
    """The first choice's message (LiteLLM sends no other) or a text completion's text."""
    message = first.message
    if message is None:
        # LiteLLM redacts the messages of a text completion, but not the text in its payload.
        is_redacted = len(messages) < _MAX_REDACTED and bytes(REDACTED) in bytes(messages)
        return UNSEEN if is_redacted else given(first.text)
    # LiteLLM's payload leaves this null out of the message, its Langfuse event has it.
    message.setdefault("provider_specific_fields", NULL)
    return Raw(_encode(message))


def _items(output: Raw) -> Raw | None:
    """The items of a response; an empty list is no output to LiteLLM."""
    if len(output) <= 2:
        return None
    return _with_nulls(output, _REASONING_NULLS, "reasoning") if b'"reasoning"' in bytes(output) else output


def _with_nulls(items: Raw, names: tuple[str, ...], kind: str | None = None) -> Raw:
    """The list with the nulls that LiteLLM's payload leaves out of its items (of this `type`) and its event has."""
    try:
        found = _objects(items)
    except DecodeError:  # not a list of objects
        return items
    for item in found:
        if kind is None or to_text(item.get("type", NULL)) == kind:
            for name in names:
                item.setdefault(name, NULL)
    return Raw(_encode(found))
