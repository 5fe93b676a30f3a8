"""Units of a response that are no tokens, told by its shape: images, pages, seconds, searches, tools.

Rules: the providers' API references; LiteLLM, cost_calculator.py (`completion_cost`) and
llm_cost_calc/tool_call_cost_tracking.py. Nothing is guessed: a shape that names no unit has none.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import DecodeError, Raw, Struct
from msgspec.json import Decoder
from msgspec.structs import replace

from shipper.decode.counts import Object, count, member, objects, seconds
from shipper.decode.values import NOTHING, to_value
from shipper.records import Units

_TOOL_CALL = b'_call"'


class _Datum(Struct, gc=False):
    """An item of `data`: an image, or a rank."""

    b64_json: Raw = NOTHING
    url: Raw = NOTHING
    relevance_score: Raw = NOTHING


class _Item(Struct, gc=False):
    """An item of OpenAI's `output`."""

    type: str | None = None
    container_id: str | None = None
    action: Raw = NOTHING


_data = Decoder(list[_Datum]).decode
_items = Decoder(list[_Item]).decode


def to_units(members: Mapping[str, Raw], small: Object) -> Units | None:
    """Units of a response: `members` as they are written, `small` those of them that are read (`bill.py`)."""
    usage, pages = member(small, "usage"), member(small, "usage_info")
    if pages:
        return Units(
            pages=count(pages, "pages_processed"),
            pages_annotated=count(pages, "pages_processed_annotation"),
            credits=count(pages, "credits"),
        )
    if "output" in members:
        # Bedrock says how many of the searches are paid.
        searches = count(member(member(small, "tool_usage"), "web_search"), "num_requests")
        units = count_tools(members["output"])
        return units if not searches else replace(units or Units(), web_searches=searches)
    if "data" in members or "results" in members:
        return _counted(members.get("data", NOTHING), small)
    film_s = seconds(usage, "duration_seconds") * (count(usage, "video_count") or 1)
    if small.get("object") == "video":
        film_s = film_s or seconds(small, "seconds")
    if film_s:
        return Units(video_output_s=film_s)
    # OpenAI rounds the usage's seconds up, LiteLLM pays the duration.
    heard_s = seconds(small, "duration") or seconds(usage, "seconds", "prompt_audio_seconds")
    return Units(audio_input_s=heard_s) if heard_s and "text" in members else None


def count_tools(output: Raw) -> Units | None:
    """Calls of OpenAI's own tools in a response's `output`; a session is a container of the code interpreter.

    Only a search of the web is paid, not to open a page that it found (OpenAI, guide to web search).
    """
    if bytes(output).find(_TOOL_CALL) < 0:
        return None
    try:
        items = _items(output)
    except DecodeError:  # not a list of objects
        return None
    types = [item.type for item in items]
    containers = {item.container_id for item in items if item.type == "code_interpreter_call"}
    searches = sum(1 for item in items if item.type == "web_search_call" and _is_search(item.action))
    files = types.count("file_search_call")
    if not (searches or files or containers):
        return None
    return Units(web_searches=searches, file_searches=files, code_sessions=len(containers))


def _is_search(action: Raw) -> bool:
    """Whether a call of the web search searched; one that does not say what it did has searched."""
    does = to_value(action) if action else None
    return not isinstance(does, dict) or does.get("type", "search") == "search"


def count_citations(message: Mapping[str, Raw]) -> Units | None:
    """A chat's message cites what was searched, and does not count the searches: one at the least."""
    annotations = message.get("annotations", NOTHING)
    if len(annotations) <= len(b"null"):
        return None
    written = bytes(annotations)
    searches, files = int(b'"url_citation"' in written), int(b'"file_citation"' in written)
    return Units(web_searches=searches, file_searches=files) if searches or files else None


def _counted(data: Raw, small: Object) -> Units | None:
    """Images by number, a ranking by search units, which is one if the provider names none."""
    try:
        items = _data(data) if data else []
    except DecodeError:
        items = []
    images = sum(1 for item in items if item.b64_json or item.url)
    if images:
        return Units(images_output=images)
    is_ranking = any(item.relevance_score for item in items) or any(
        "relevance_score" in one for one in objects(small, "results")
    )
    return (
        Units(queries=count(member(member(small, "meta"), "billed_units"), "search_units") or 1) if is_ranking else None
    )
