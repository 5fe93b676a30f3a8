"""Numbers that JSON or a double does not have."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from shipper.decode.numbers import may_have_long_number, mend_constants, mend_integers, mend_overflow

ODD = st.recursive(
    st.floats() | st.text() | st.sampled_from(["NaN", '"NaN', "\\", "-Infinity"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
)


def without_odd(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_odd(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_odd(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value


@given(ODD)
def test_nan_and_the_infinities_become_null_and_texts_stay(value: Any) -> None:
    written = json.dumps(value).encode()
    mended = mend_constants(written)
    assert json.loads(written if mended is None else mended) == without_odd(value)
    assert (mended is None) == (without_odd(value) == value)


@pytest.mark.parametrize(
    ("written", "mended"),
    [
        (b"1e999", b'"1e999"'),
        (b"-1E+400", b'"-1E+400"'),
        (b'{"a": [1e308 ,9e999]}', b'{"a": [1e308 ,"9e999"]}'),
        (b"9" * 400, b'"%b"' % (b"9" * 400)),
        (b'{"1e999": "1e999 \\" 1e999", "b":1e999}', b'{"1e999": "1e999 \\" 1e999", "b":"1e999"}'),
    ],
)
def test_a_number_beyond_a_double_becomes_its_text(written: bytes, mended: bytes) -> None:
    found = mend_overflow(Raw(written))
    assert found is not None
    assert bytes(found) == mended


@pytest.mark.parametrize("written", [b"1", b"1.7976931348623157e308", b'"1e999"', b"[0.1,-2E-999,true]", b"9" * 308])
def test_a_number_that_a_double_holds_stays(written: bytes) -> None:
    assert mend_overflow(Raw(written)) is None


@given(st.text("ab1, ", max_size=900), st.integers(309, 400), st.text("ab1, ", max_size=400))
def test_a_number_of_too_many_digits_is_suspected_wherever_it_is(before: str, digits: int, after: str) -> None:
    assert may_have_long_number(Raw(f"{before}{'7' * digits}{after}".encode()))


def test_usual_metadata_are_not_suspected() -> None:
    assert not may_have_long_number(Raw(json.dumps({f"user_api_key_{n}": None for n in range(90)}).encode()))


@pytest.mark.parametrize(
    ("written", "mended"),
    [
        ("9007199254740991", "9007199254740991"),
        ("-9007199254740991", "-9007199254740991"),
        ("9007199254740992", '"9007199254740992"'),
        ('{"id":[123456789012345678, -123456789012345678]}', '{"id":["123456789012345678", "-123456789012345678"]}'),
        ('{"9007199254740993":"9007199254740993"}', '{"9007199254740993":"9007199254740993"}'),
        ("[0.12345678901234567, 1e22, 12345678901234567.5]", "[0.12345678901234567, 1e22, 12345678901234567.5]"),
        ("9" * 5000, f'"{"9" * 5000}"'),
    ],
)
def test_an_integer_that_a_double_would_round_is_a_text(written: str, mended: str) -> None:
    assert bytes(mend_integers(Raw(written.encode()))).decode() == mended
