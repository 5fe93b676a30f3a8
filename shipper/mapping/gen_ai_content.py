"""What went into an observation and what came out, in the attributes of OpenTelemetry's semantic conventions.

Pure. Source: open-telemetry/semantic-conventions-genai, schema 1.42.0, model/gen-ai/spans.yaml (all of it opt-in there)
and the JSON schemas beside it.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Raw
from msgspec.json import Encoder

from shipper.decode.splice import is_text, to_items, to_members
from shipper.decode.values import NOTHING, to_value
from shipper.mapping.attribute_values import bare
from shipper.mapping.conversation import read_answer, read_request
from shipper.mapping.span import Attributes
from shipper.mapping.tool_definitions import to_definitions

_encode = Encoder().encode


def add_content(
    attributes: Attributes, asked: Raw | None, answer: Raw | None, operation: str | None, reasons: Sequence[str]
) -> None:
    """Into `attributes` input and output; `reasons` say why the answers ended."""
    if operation == "execute_tool":
        if asked is not None:
            attributes["gen_ai.tool.call.arguments"] = bare(asked)
        if answer is not None:
            attributes["gen_ai.tool.call.result"] = bare(answer)
        return
    if operation == "retrieval":
        asked, answer = _add_retrieval(attributes, asked, answer)
    if asked is not None:
        request = read_request(asked)
        if request.messages:
            attributes["gen_ai.input.messages"] = Raw(_encode(request.messages))
        if request.system:
            attributes["gen_ai.system_instructions"] = Raw(_encode(request.system))
        tools = to_definitions(request.tools)
        if tools:
            attributes["gen_ai.tool.definitions"] = Raw(_encode(tools))
    if answer is not None:
        attributes["gen_ai.output.messages"] = Raw(_encode(read_answer(answer, reasons)))


def _add_retrieval(attributes: Attributes, asked: Raw | None, answer: Raw | None) -> tuple[Raw | None, Raw | None]:
    """A query that is a text, and documents as the conventions write them; what is neither is given back."""
    query = asked if asked is None or is_text(asked) else (to_members(asked) or {}).get("query", NOTHING)
    if query and is_text(query):
        attributes["gen_ai.retrieval.query.text"], asked = bare(query), None
    if answer is not None and _are_documents(answer):
        attributes["gen_ai.retrieval.documents"], answer = answer, None
    return asked, answer


def _are_documents(answer: Raw) -> bool:
    items = to_items(answer)
    return bool(items) and all(_is_document(item) for item in items or ())


def _is_document(item: Raw) -> bool:
    members = to_members(item)
    if members is None:
        return False
    score = to_value(members["score"]) if "score" in members else None
    return ("id" not in members or is_text(members["id"])) and (score is None or type(score) in (int, float))
