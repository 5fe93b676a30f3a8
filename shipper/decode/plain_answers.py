"""What a model answered, taken out of a response as its provider's API gives it.

Rules: the API references of OpenAI, Anthropic, Google, Amazon, Cohere, Mistral and Ollama. Each API is told by the
names it alone uses; what no rule knows is shown whole. Of several choices, all of which are paid, all are shown.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Raw

from shipper.decode.splice import Members, is_text, to_array, to_items, to_members, to_object
from shipper.decode.values import NOTHING, given

_EMPTY = (b"[]", b"{}", b'""')
_IMAGE = frozenset({"b64_json", "url"})
_RANKED = frozenset({"relevance_score"})
_JUDGED = frozenset({"flagged", "categories"})
_SAID = frozenset({"role", "content", "tool_calls", "tool_plan"})
_ASKED = (b"", b'"user_input"')
_VECTORS = frozenset({"embedding", "embeddings"})


def to_answer(response: Members) -> Raw | None:
    """The answer, as it is written; None if no rule knows the API."""
    for name, rule in _RULES:
        raw = response.get(name)
        answer = rule(raw, response) if raw is not None and given(raw) else None
        if answer is not None:
            return answer
    return None


def is_unreadable(response: Members) -> bool:
    """Whether the answer is nothing to read: an embedding, or sound."""
    if "embedding" in response or "embeddings" in response or "audio" in response:
        return True
    first = _first(response.get("data")) or _first(response.get("predictions"))
    return first is not None and not _VECTORS.isdisjoint(first)


def _first(raw: Raw | None) -> Members | None:
    items = to_items(raw)
    return to_members(items[0]) if items else None


def _choices(raw: Raw, response: Members) -> Raw | None:
    """OpenAI's chat and completions, and who imitates them: written as the quick way of reading writes it."""
    return _all_of(raw, _choice)


def _choice(choice: Members) -> Raw | None:
    message = to_members(choice.get("message"))
    return given(choice.get("text", NOTHING)) if message is None else to_object(message)


def _candidates(raw: Raw, response: Members) -> Raw | None:
    """Gemini: a candidate without content says why there is none."""
    return _all_of(raw, lambda candidate: given(candidate.get("content", NOTHING)) or to_object(candidate))


def _all_of(raw: Raw, rule: Callable[[Members], Raw | None]) -> Raw | None:
    """What the first says, or the list of what all say."""
    members = [to_members(item) for item in to_items(raw) or ()]
    answers = [None if one is None else rule(one) for one in members]
    if len(answers) < 2:
        return answers[0] if answers else None
    said = [answer for answer in answers if answer is not None]
    return to_array(said) if said else None


def _output(raw: Raw, response: Members) -> Raw | None:
    """OpenAI's responses: a list; Amazon's Converse: an object with a message."""
    members = to_members(raw)
    if members is not None:
        return given(members.get("message", NOTHING))
    return _filled_list(raw, response)


def _message(raw: Raw, response: Members) -> Raw | None:
    """Cohere's chat v2, Ollama's chat. Anything else is what an error says."""
    return raw if not _SAID.isdisjoint(to_members(raw) or ()) else None


def _response(raw: Raw, response: Members) -> Raw | None:
    """Ollama's generate."""
    if not is_text(raw) or "done" not in response:
        return None
    thinking = given(response.get("thinking", NOTHING))
    return raw if thinking is None else to_object({"thinking": thinking, "response": raw})


def _text(raw: Raw, response: Members) -> Raw | None:
    """Cohere's chat v1 (with the tools it wants called); a transcription."""
    if not is_text(raw):
        return None
    calls = _filled_list(response.get("tool_calls", NOTHING), response)
    return raw if calls is None else to_object({"text": raw, "tool_calls": calls})


def _results(raw: Raw, response: Members) -> Raw | None:
    """A ranking, a moderation, or Titan's texts."""
    first = _first(raw) or {}
    if "outputText" in first:
        return given(first["outputText"])
    return raw if not (_RANKED | _JUDGED).isdisjoint(first) else None


def _data(raw: Raw, response: Members) -> Raw | None:
    """Images, or a ranking of those who call it data."""
    first = _first(raw) or {}
    return raw if not (_IMAGE | _RANKED).isdisjoint(first) else None


def _predictions(raw: Raw, response: Members) -> Raw | None:
    """Vertex AI's predict: images and texts, or vectors."""
    return raw if _VECTORS.isdisjoint(_first(raw) or _VECTORS) else None


def _outputs(raw: Raw, response: Members) -> Raw | None:
    """Mistral's models on Bedrock; the entries of Mistral's conversations, and of Google's interactions once."""
    return raw if "type" in (_first(raw) or ()) else _inner_text(raw, response)


def _steps(raw: Raw, response: Members) -> Raw | None:
    """Google's interactions: what the model did; the first step may say again what was asked."""
    steps = [(item, to_members(item)) for item in to_items(raw) or ()]
    made = [item for item, step in steps if step is not None and bytes(step.get("type", NOTHING)) not in _ASKED]
    return to_array(made) if made else None


def _inner_text(raw: Raw, response: Members) -> Raw | None:
    """Cohere's generate."""
    return given((_first(raw) or {}).get("text", NOTHING))


def _plain_text(raw: Raw, response: Members) -> Raw | None:
    return raw if is_text(raw) else None


def _filled_list(raw: Raw, response: Members) -> Raw | None:
    return raw if to_items(raw) else None


def _filled(raw: Raw, response: Members) -> Raw | None:
    return raw if bytes(raw) not in _EMPTY else None


_RULES: tuple[tuple[str, Callable[[Raw, Members], Raw | None]], ...] = (
    ("choices", _choices),
    ("content", _filled),  # Anthropic
    ("candidates", _candidates),
    ("output", _output),
    ("message", _message),
    ("response", _response),
    ("text", _text),
    ("results", _results),
    ("data", _data),
    ("generations", _inner_text),
    ("outputs", _outputs),
    ("steps", _steps),
    ("generation", _plain_text),  # Llama on Bedrock
    ("completion", _plain_text),  # Anthropic's first API
    ("pages", _filled_list),  # Mistral's OCR
    ("predictions", _predictions),
)
