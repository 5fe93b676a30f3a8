"""Data URIs in a record's bytes."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.decode.media import MIN_CHARACTERS, describe_media

DATA = bytes(range(256)) * 20
BASE64 = base64.b64encode(DATA).decode()
SAID = f"5,120 bytes, sha256 {sha256(DATA).hexdigest()}]"


def described(value: object, ensure_ascii: bool = True) -> object:
    return json.loads(describe_media(json.dumps(value, ensure_ascii=ensure_ascii).encode())[0])


@pytest.mark.parametrize(
    ("uri", "media_type"),
    [
        (f"data:image/png;base64,{BASE64}", "image/png"),
        (f"data:audio/x-wav;codecs=1;rate=8000;base64,{BASE64}", "audio/x-wav"),
        (f"data:application/vnd.ms-excel+xml;base64,{BASE64}", "application/vnd.ms-excel+xml"),
        (f"data:;base64,{BASE64}", "text/plain"),  # RFC 2397
    ],
)
def test_a_data_uri_becomes_its_type_size_and_hash(uri: str, media_type: str) -> None:
    assert described({"url": uri, "n": [1]}) == {"url": f"[shipper: {media_type}, {SAID}", "n": [1]}


def test_text_around_a_data_uri_stays() -> None:
    said = f"[shipper: image/png, {SAID}"
    uri = f"data:image/png;base64,{BASE64}"
    assert described([f"see ![ä]({uri}) and {uri}."]) == [f"see ![ä]({said}) and {said}."]


def test_json_within_json_is_looked_at_too() -> None:
    """The arguments of a tool call are a text."""
    inner = json.dumps({"picture": f"data:image/png;base64,{BASE64}", "n": 1})
    assert json.loads(str(described(inner))) == {"picture": f"[shipper: image/png, {SAID}", "n": 1}


@pytest.mark.parametrize(
    ("character", "escape"), [("/", "\\/"), ("+", "\\u002b"), ("+", "\\u002B"), ("=", "\\u003d"), ("/", "\\u002f")]
)
def test_escapes_that_json_allows_are_read(character: str, escape: str) -> None:
    data = DATA + b"1"
    uri = f"data:image\\/png;base64,{base64.b64encode(data).decode().replace(character, escape)}"
    value, count = describe_media(f'"{uri}"'.encode())
    assert json.loads(value) == f"[shipper: image/png, 5,121 bytes, sha256 {sha256(data).hexdigest()}]"
    assert count == 1


def test_equal_ones_count_once() -> None:
    one, other = f"data:image/png;base64,{BASE64}", f"data:image/gif;base64,{BASE64}"
    assert describe_media(json.dumps([one, one, other, one]).encode())[1] == 2


@pytest.mark.parametrize(
    "text",
    [
        "data:image/png;base64," + "A" * (MIN_CHARACTERS - 4),  # an icon
        "data:image/png;base64," + "A" * (MIN_CHARACTERS + 1),  # no base64
        f"data:image/png,{BASE64}",
        BASE64,
        "a;b" * 4000,
    ],
)
def test_all_else_stays_byte_for_byte(text: str) -> None:
    value = json.dumps({"a": text, "b": "x" * MIN_CHARACTERS}).encode()
    assert describe_media(value) == (value, 0)


def test_the_smallest_that_is_described() -> None:
    assert describe_media(b'"data:a/b;base64,%b"' % (b"A" * MIN_CHARACTERS))[1] == 1


@pytest.mark.parametrize("semicolons", range(8))
def test_it_is_found_behind_any_number_of_semicolons(semicolons: int) -> None:
    assert describe_media(b'"%bdata:a/b;base64,%b"' % (b";" * semicolons, b"A" * MIN_CHARACTERS))[1] == 1


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_json_stays_json_with_everything_else_in_it(value: object) -> None:
    found = described([value, f"data:a/b;base64,{BASE64}", value])
    assert found == [value, f"[shipper: a/b, {SAID}", value]


@pytest.mark.parametrize(
    "text",
    [b"data:a;b=", b"data:", b"data:image/png;base64,", b"data:" + b"a" * 99, b";base64", b"data:a/b;c=d;e=f;g=h"],
)
def test_no_text_makes_the_search_slow(text: bytes) -> None:
    """A million bytes made to mislead it take far less than a quadratic search would."""
    value = text * (1_000_000 // len(text)) + b";base64,"
    begin_s = process_time()
    describe_media(value)
    assert process_time() - begin_s < 5
