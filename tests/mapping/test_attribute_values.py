"""JSON values as values of attributes."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import Raw
from msgspec.json import encode

from shipper.mapping.attribute_values import bare, flatten
from shipper.mapping.span import Attributes


@pytest.mark.parametrize(
    ("raw", "value"), [(b'"a\\u00e4"', "aä"), (b'""', ""), (b'{"a":1}', Raw(b'{"a":1}')), (b"5", Raw(b"5"))]
)
def test_a_text_goes_without_its_quotes(raw: bytes, value: Any) -> None:
    assert bare(Raw(raw)) == value


def test_an_object_becomes_an_attribute_for_each_member_that_is_not_null() -> None:
    attributes: Attributes = {"other": 1}
    flatten(
        attributes,
        "m",
        Raw(
            b'{"t":"x","yes":true,"no":false,"n":12,"most":2147483647,"more":2147483648,"f":0.5,"o":{"a":null},"z":null}'
        ),
    )
    assert attributes == {
        "other": 1,
        "m.t": "x",
        "m.yes": True,
        "m.no": False,
        "m.n": 12,
        "m.most": 2**31 - 1,
        "m.more": Raw(b"2147483648"),
        "m.f": Raw(b"0.5"),
        "m.o": Raw(b'{"a":null}'),
    }


@pytest.mark.parametrize(("raw", "found"), [(b'"x"', {"m": "x"}), (b"[1]", {"m": Raw(b"[1]")}), (b"null", {})])
def test_any_other_value_is_one_attribute_and_null_is_none(raw: bytes, found: Attributes) -> None:
    attributes: Attributes = {}
    flatten(attributes, "m", Raw(raw))
    assert attributes == found


def test_keys_that_callers_make_up_are_flattened_like_any_other() -> None:
    """However many of them there are, and however long: names are kept, but not without end."""
    keys = [f"key-{number}" for number in range(3_000)] + ["k" * 500]
    for key in keys + keys[:5]:
        attributes: Attributes = {}
        flatten(attributes, "m", Raw(encode({key: 1})))
        assert attributes == {f"m.{key}": 1}
