"""Why a model stopped, told by the names that each API uses for it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shipper.decode.endings import find_endings
from shipper.decode.splice import to_members
from tests.mapping.odd_records import to_raw


@pytest.mark.parametrize(
    ("response", "endings"),
    [
        ({"candidates": [{"content": {}, "finishReason": "STOP"}]}, ("STOP",)),
        ({"candidates": [{"finish_reason": "STOP"}, {"finish_reason": "MAX_TOKENS"}]}, ("STOP", "MAX_TOKENS")),
        ({"output": {"message": {}}, "stopReason": "end_turn"}, ("end_turn",)),
        ({"message": {}, "finish_reason": "COMPLETE"}, ("COMPLETE",)),
        ({"response": "a", "done": True, "done_reason": "stop"}, ("stop",)),
        ({"results": [{"outputText": "a", "completionReason": "FINISH"}]}, ("FINISH",)),
        ({"outputs": [{"text": "a", "stop_reason": "length"}]}, ("length",)),
        ({"generations": [{"text": "a", "finish_reason": "COMPLETE"}]}, ("COMPLETE",)),
        ({"choices": [{"finish_reason": "stop"}, {"finish_reason": "length"}]}, ("stop", "length")),
        ({"status": "completed", "output": []}, ("completed",)),
        (
            {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}, "output": []},
            ("content_filter",),
        ),
        ({"status": "completed"}, ()),
        ({"status": "completed", "steps": []}, ("completed",)),
        ({"status": "in_progress", "output": []}, ()),
        ({"status": "queued", "output": []}, ()),
        ({"stopReason": 5, "choices": [{"finish_reason": {"odd": "stop"}}]}, ()),
        ({"candidates": [{"content": {}}], "finish_reason": None}, ()),
        ({"candidates": "x", "results": [5, None], "stopReason": ""}, ()),
        ({}, ()),
    ],
)
def test_the_providers_words(response: Any, endings: tuple[str, ...]) -> None:
    members = to_members(to_raw(response))
    assert members is not None
    assert find_endings(members) == endings, json.dumps(response)
