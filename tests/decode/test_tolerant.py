"""Reading an object field by field."""

from __future__ import annotations

from shipper.decode.shapes import Payload
from shipper.decode.tolerant import decode_tolerantly
from shipper.decode.usage_shapes import UsageObject


def test_a_value_that_fits_is_taken() -> None:
    odd: list[str] = []
    payload = decode_tolerantly(b'{"id":"a","status":"success","unknown":1}', Payload, odd)
    assert payload is not None
    assert (payload.id, payload.status, odd) == ("a", "success", [])


def test_a_value_that_does_not_fit_keeps_its_default_and_is_named() -> None:
    odd: list[str] = []
    payload = decode_tolerantly(b'{"id":"a","cache_hit":"x","response":{"usage":[1],"model":"m"}}', Payload, odd)
    assert payload is not None
    assert payload.cache_hit is None
    assert payload.id == "a"
    assert getattr(payload.response, "model", None) == "m"
    assert odd == ["cache_hit", "response.usage"]


def test_a_number_is_taken_where_a_text_is_wanted() -> None:
    odd: list[str] = []
    payload = decode_tolerantly(b'{"id":17,"model":1.50}', Payload, odd)
    assert payload is not None
    assert (payload.id, payload.model, odd) == ("17", "1.50", [])


def test_a_whole_float_is_taken_where_a_count_is_wanted() -> None:
    odd: list[str] = []
    usage = decode_tolerantly(b'{"prompt_tokens":12.0,"completion_tokens":1.5,"total_tokens":-1}', UsageObject, odd)
    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (12, None, None)
    assert odd == ["completion_tokens", "total_tokens"]


def test_numbers_in_a_list_of_texts_become_texts_and_what_does_not_fit_leaves_it() -> None:
    odd: list[str] = []
    payload = decode_tolerantly(b'{"request_tags":["a",1,"b",null]}', Payload, odd)
    assert payload is not None
    assert (payload.request_tags, odd) == (["a", "1", "b"], ["request_tags"])


def test_what_is_no_object_is_none() -> None:
    assert decode_tolerantly(b"[1]", Payload, []) is None
