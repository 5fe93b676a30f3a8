"""Host and port of an API, and nothing else of its URL."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from shipper.mapping.server_address import add_address
from shipper.mapping.span import Attributes
from tests.mapping.odd_records import ODD, to_raw


def address(raw: bytes) -> Attributes:
    attributes: Attributes = {}
    add_address(attributes, Raw(raw))
    return attributes


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        (b'"https://api.openai.com/v1"', "api.openai.com", 443),
        (b'"http://127.0.0.1:8080/v1/"', "127.0.0.1", 8080),
        (b'"https:\\/\\/x.example"', "x.example", 443),
        (b'"https://user:canary@X.example:99/?key=canary#canary"', "x.example", 99),
        (b'"https://[::1]:99/"', "::1", 99),
    ],
)
def test_host_and_port(url: bytes, host: str, port: int) -> None:
    assert address(url) == {"server.address": host, "server.port": port}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b'""',
        b"5",
        b'"x"',
        b'"ftp://x.example"',
        b'"https://"',
        b'"http://x:99999/"',
        b'"http://[/"',
        b"{}",
    ],
)
def test_what_is_no_url_has_none(raw: bytes) -> None:
    assert address(raw) == {}


@given(ODD.map(to_raw) | st.text(max_size=30).map(lambda rest: to_raw("http://" + rest)))
def test_nothing_raises(raw: Raw) -> None:
    assert set(address(bytes(raw))) <= {"server.address", "server.port"}
