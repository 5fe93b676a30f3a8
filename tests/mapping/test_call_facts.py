"""What both conventions tell of a call."""

from __future__ import annotations

from typing import Any

import pytest

from shipper.mapping.call_facts import CallFacts, to_facts
from tests.decode.examples import call, litellm, plain


def test_a_calls_facts_are_found_out_once() -> None:
    response = {"choices": [{"finish_reason": "stop", "message": {"content": "a"}}, {"finish_reason": "length"}]}
    assert to_facts(call(litellm({"response": response}))) == CallFacts("chat", "openai", "gpt-4o", ("stop", "length"))


def test_the_model_asked_for_is_the_requests_else_what_the_record_calls_it() -> None:
    assert to_facts(call(plain(model="m", request={"model": "asked"}))).model == "asked"
    assert to_facts(call(plain(model="m", request={}))).model == "m"
    assert to_facts(call(plain(model=..., request={}, response={"model": "served"}))).model == "served"


@pytest.mark.parametrize(
    ("response", "reasons"),
    [
        ({"choices": [{"text": "a"}]}, ()),
        ({"choices": [{"text": "a", "finish_reason": None}, {"text": "b", "finish_reason": "stop"}]}, ("stop",)),
        ({"content": [{"type": "text", "text": "a"}], "stop_reason": "end_turn"}, ("end_turn",)),
        ({"candidates": [{"content": {}, "finishReason": "STOP"}]}, ("STOP",)),
        ({}, ()),
    ],
)
def test_reasons_are_the_providers_words(response: Any, reasons: tuple[str, ...]) -> None:
    assert to_facts(call(plain(response=response))).reasons == reasons
