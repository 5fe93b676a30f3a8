"""What went into a LiteLLM call and what came out: spliced from the record, never parsed.

Rules: LiteLLM, integrations/langfuse/langfuse.py (`_get_langfuse_input_output_content` and the prompt built
in `log_event_on_langfuse`).
"""

from __future__ import annotations

from msgspec import Raw
from msgspec.json import Encoder

from shipper.decode.shapes import Choice, Payload, Response
from shipper.decode.values import NULL, given

REDACTED = Raw(b'"redacted-by-litellm"')  # LiteLLM's own text for mask_input and mask_output
_SPEECH = Raw(b'"speech-output"')
_encode = Encoder().encode


def to_input(messages: Raw, functions: Raw | None = None, tools: Raw | None = None, system: Raw | None = None) -> Raw:
    """{"messages": …} with those of the request's other inputs that it has."""
    if functions is None and tools is None and system is None:
        return Raw(b"".join((b'{"messages":', messages or NULL, b"}")))
    parts: list[bytes | Raw] = [b'{"messages":', messages or NULL]
    if functions is not None and functions != NULL:
        parts += (b',"functions":', functions)
    if tools is not None and tools != NULL:
        parts += (b',"tools":', tools)
    if system is not None and system != NULL:
        parts += (b',"system":', system)
    parts.append(b"}")
    return Raw(b"".join(parts))


def to_output(payload: Payload) -> Raw | None:
    """What a successful call gave, by the shape of its response; None for embeddings and where there is nothing."""
    response = payload.response
    if isinstance(response, Response) and response.choices is not None:
        return _first_choice(response.choices[0]) if response.choices else None
    call_type = payload.call_type or ""
    if "embedding" in call_type:
        return None
    if call_type in ("speech", "aspeech"):
        return _SPEECH
    if isinstance(response, Response):
        return _by_shape(response)
    return Raw(_encode(response)) if response else None


def _by_shape(response: Response) -> Raw | None:
    if given(response.output):
        # An empty list of output items is no output to LiteLLM.
        return response.output if len(response.output) > 2 else None
    return given(response.results) or given(response.data) or given(response.text) or given(response.response)


def _first_choice(first: Choice) -> Raw | None:
    """The first choice's message (LiteLLM sends no other) or a text completion's text."""
    message = first.message
    if message is None:
        return given(first.text)
    # LiteLLM's payload leaves this null out of the message, its Langfuse event has it.
    message.setdefault("provider_specific_fields", NULL)
    return Raw(_encode(message))
