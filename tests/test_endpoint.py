"""Addresses and headers of a backend's wires."""

from __future__ import annotations

from typing import Any

import pytest

from shipper.endpoint import BackendSettings, Endpoint, endpoints, first_wire, may_change_wire, to_headers
from shipper.records import Wire
from shipper.secret import Secret

KEYS: dict[str, Any] = {"public_key": "pk-lf-1", "secret_key": Secret("sk-lf-1")}


def endpoint(wire: Wire = "otlp", **given: Any) -> Endpoint:
    return endpoints(BackendSettings(**{"host": "https://trace.example.com", **given}), "1.2.3")[wire]


def test_langfuse_has_an_endpoint_for_each_wire() -> None:
    found = endpoints(BackendSettings(host="https://x.example/langfuse/", **KEYS), "1.2.3")
    assert {wire: one.url for wire, one in found.items()} == {
        "ingestion": "https://x.example/langfuse/api/public/ingestion",
        "otlp": "https://x.example/langfuse/api/public/otel/v1/traces",
    }


def test_any_other_backend_has_the_otlp_one_alone() -> None:
    found = endpoints(BackendSettings(kind="otlp", host="https://x.example"), "1.2.3")
    assert {wire: one.url for wire, one in found.items()} == {"otlp": "https://x.example/v1/traces"}


@pytest.mark.parametrize("kind", ["langfuse", "otlp"])
def test_a_path_of_its_own(kind: str) -> None:
    assert endpoint(kind=kind, path="/otel/traces").url == "https://trace.example.com/otel/traces"


def test_langfuse_is_told_who_sends_and_that_it_may_store_at_once() -> None:
    headers = endpoint(**KEYS).headers
    assert headers["Authorization"] == "Basic cGstbGYtMTpzay1sZi0x"
    assert headers["Content-Type"] == "application/x-protobuf"
    assert headers["x-langfuse-ingestion-version"] == "4"
    assert (headers["x-langfuse-sdk-name"], headers["x-langfuse-sdk-version"]) == ("shipper", "1.2.3")
    assert headers["x-langfuse-public-key"] == "pk-lf-1"


def test_the_ingestion_api_is_spoken_to_as_ever() -> None:
    found = endpoint("ingestion", encoding="protobuf", compression="gzip", **KEYS)
    assert found.headers["Content-Type"] == "application/json"
    assert "x-langfuse-ingestion-version" not in found.headers
    assert not found.gzip


def test_another_backend_hears_nothing_of_langfuse() -> None:
    headers = endpoint(kind="otlp").headers
    assert set(headers) == {"Accept-Encoding", "User-Agent", "Content-Type"}


def test_another_backend_may_have_keys_too() -> None:
    assert endpoint(kind="otlp", **KEYS).headers["Authorization"] == "Basic cGstbGYtMTpzay1sZi0x"


def test_json_is_named_as_such() -> None:
    assert endpoint(encoding="json").headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("host", "compression", "gzip"),
    [
        ("https://x.example", "auto", True),
        ("http://127.0.0.1:6006", "auto", False),
        ("http://localhost", "auto", False),
        ("http://[::1]:1", "auto", False),
        ("http://127.0.0.1", "gzip", True),
        ("https://x.example", "none", False),
    ],
)
def test_what_leaves_the_machine_is_compressed(host: str, compression: str, gzip: bool) -> None:
    assert endpoint(host=host, compression=compression).gzip is gzip


def test_more_headers_of_the_operators_own() -> None:
    given = Secret("x-api-key=a%2Cb, X-Scope = team=1 ")
    assert to_headers(given) == {"x-api-key": "a,b", "X-Scope": "team=1"}
    headers = endpoint(kind="otlp", headers=given).headers
    assert (headers["x-api-key"], headers["X-Scope"]) == ("a,b", "team=1")
    assert endpoint("ingestion", headers=given).headers["x-api-key"] == "a,b"


def test_a_header_of_the_operators_own_wins() -> None:
    found = endpoint(headers=Secret("Authorization=Bearer%20token"), **KEYS).headers
    assert found["Authorization"] == "Bearer token"


@pytest.mark.parametrize("text", ["canary", "=canary", "x=", "x=1,,y=2", " "])
def test_headers_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="name=value") as caught:
        to_headers(Secret(text))
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "first", "may_change"),
    [
        ({}, "ingestion", True),
        ({"api": "auto"}, "ingestion", True),
        ({"api": "ingestion"}, "ingestion", False),
        ({"api": "otlp"}, "otlp", False),
        ({"kind": "otlp"}, "otlp", False),
    ],
)
def test_only_a_langfuse_left_to_itself_chooses_the_wire(given: dict[str, Any], first: Wire, may_change: bool) -> None:
    settings = BackendSettings(**given)
    assert (first_wire(settings), may_change_wire(settings)) == (first, may_change)
