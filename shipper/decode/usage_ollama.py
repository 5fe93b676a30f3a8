"""Usage of Ollama's own API: two members of the response itself.

Rule: Ollama's API reference (`/api/chat`, `/api/generate`, `/api/embed`). A prompt that it still had in memory is
not counted, and costs nothing either.
"""

from __future__ import annotations

from shipper.decode.counts import Object, count
from shipper.records import Usage


def from_ollama(response: Object) -> Usage | None:
    """The response, or a stream's last chunk; None if it counts nothing."""
    prompt, completion = count(response, "prompt_eval_count"), count(response, "eval_count")
    return Usage(prompt, completion, prompt=prompt, completion=completion) if prompt or completion else None
