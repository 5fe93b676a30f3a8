"""Units of a response that are no tokens."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import Raw

from shipper.decode.bill import read_bill
from shipper.decode.units import count_citations, count_tools
from shipper.records import Units


def raw(value: Any) -> Raw:
    return Raw(json.dumps(value).encode())


def units(response: Any) -> Units | None:
    found = read_bill(raw(response))
    return None if found is None or found.usage is None else found.usage.other


IMAGES = [{"b64_json": "aGk="}, {"url": "https://x/1.png"}]
RANKS = [{"index": 1, "relevance_score": 0.9}]
OUTPUT = [
    {"type": "reasoning"},
    {"type": "web_search_call", "status": "completed"},
    {"type": "web_search_call"},
    {"type": "file_search_call"},
    {"type": "code_interpreter_call", "container_id": "c1"},
    {"type": "code_interpreter_call", "container_id": "c1"},
    {"type": "code_interpreter_call", "container_id": "c2"},
    {"type": "message", "content": []},
]


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ({"created": 1, "data": IMAGES}, Units(images_output=2)),
        ({"object": "list", "data": [{"embedding": [0.1], "index": 0}]}, None),
        ({"data": "x"}, None),
        ({"results": RANKS}, Units(queries=1)),
        ({"results": RANKS, "meta": {"billed_units": {"search_units": 3}}}, Units(queries=3)),
        ({"object": "list", "data": RANKS, "usage": {"total_tokens": 9}}, Units(queries=1)),
        ({"text": "a", "duration": 17.57, "usage": {"type": "duration", "seconds": 18}}, Units(audio_input_s=17.57)),
        ({"text": "a", "usage": {"type": "duration", "seconds": 18}}, Units(audio_input_s=18.0)),
        ({"text": "a", "usage": {"prompt_audio_seconds": 203, "prompt_tokens": 4}}, Units(audio_input_s=203.0)),
        ({"text": "a", "usage": {"prompt_audio_seconds": {}}}, None),
        ({"duration": 17.57}, None),
        (
            {"pages": [], "usage_info": {"pages_processed": 8, "pages_processed_annotation": 2, "doc_size_bytes": 1}},
            Units(pages=8, pages_annotated=2),
        ),
        ({"object": "video", "status": "completed", "seconds": "8", "size": "1280x720"}, Units(video_output_s=8.0)),
        ({"usage": {"duration_seconds": 5.0, "video_count": 2}}, Units(video_output_s=10.0)),
        ({"object": "response", "output": OUTPUT}, Units(web_searches=2, file_searches=1, code_sessions=2)),
        ({"output": [{"type": "function_call"}]}, None),
        ({"output": [], "tool_usage": {"web_search": {"num_requests": 3}}}, Units(web_searches=3)),
    ],
    ids=str,
)
def test_units_are_told_by_the_shape(response: Any, expected: Units | None) -> None:
    assert units(response) == expected


def test_reported_searches_go_before_the_calls() -> None:
    found = units({"output": OUTPUT, "tool_usage": {"web_search": {"num_requests": 1}}})
    assert found == Units(web_searches=1, file_searches=1, code_sessions=2)


def test_to_open_a_page_that_was_found_is_no_search() -> None:
    actions = (
        {"type": "search", "query": "q"},
        {"type": "open_page", "url": "u"},
        {"type": "find_in_page"},
        None,
        "odd",
    )
    calls = [{"type": "web_search_call", "action": action} for action in actions]
    assert count_tools(raw(calls)) == Units(web_searches=3)
    assert count_tools(raw(calls[1:3])) is None


@pytest.mark.parametrize("output", [{"type": "web_search_call"}, "web_search_call", [1, "web_search_call"], []])
def test_an_output_that_is_no_list_of_items_has_no_calls(output: Any) -> None:
    assert count_tools(raw(output)) is None


def test_a_cited_page_was_searched_once() -> None:
    annotations = [{"type": "url_citation", "url_citation": {"url": "u"}}, {"type": "url_citation"}]
    assert count_citations({"annotations": raw(annotations)}) == Units(web_searches=1)
    assert count_citations({"annotations": raw([{"type": "file_citation"}])}) == Units(file_searches=1)
    for none in ([], None, [{"type": "other"}]):
        assert count_citations({"annotations": raw(none)}) is None
    assert count_citations({}) is None
