"""Single JSON values."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import Raw

from shipper.decode.values import given, to_flag, to_text, to_value


@pytest.mark.parametrize(
    ("written", "text"),
    [(b'"a\\n"', "a\n"), (b"17", "17"), (b"true", "True"), (b'{"a":1}', '{"a":1}'), (b'""', None), (b"null", None)],
)
def test_text_is_a_string_or_the_value_as_written(written: bytes, text: str | None) -> None:
    assert to_text(Raw(written)) == text


@pytest.mark.parametrize(
    ("written", "flag"),
    [
        (b"true", True),
        (b'"true"', True),
        (b'"False"', False),
        (b'"yes"', True),
        (b'""', False),
        (b"0", False),
        (b"null", False),
        (b"[0]", True),
    ],
)
def test_flag_reads_true_and_false_and_goes_by_truth_else(written: bytes, flag: bool) -> None:
    assert to_flag(Raw(written)) is flag


@pytest.mark.parametrize(("written", "value"), [(b'{"a":[1.5]}', {"a": [1.5]}), (b"1e999", None)])
def test_value_is_pythons_or_none_where_python_has_none(written: bytes, value: Any) -> None:
    assert to_value(Raw(written)) == value


def test_null_and_nothing_are_not_given() -> None:
    assert given(Raw(b"null")) is None
    assert given(Raw(b"")) is None
    assert given(Raw(b"0")) == Raw(b"0")
