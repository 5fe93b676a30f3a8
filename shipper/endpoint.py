"""Where requests go: the addresses, headers and compression of a backend's wires.

Sources: Langfuse, web/src/pages/api/public/ingestion.ts and otel/v1/traces; the OTLP exporter specification for the
default path and the form of headers.
"""

from __future__ import annotations

import ipaddress
from base64 import b64encode
from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

from msgspec import Meta, Struct

from shipper.records import Wire
from shipper.secret import Secret

LANGFUSE_TRACES = "/api/public/otel/v1/traces"
OTLP_TRACES = "/v1/traces"
_CONTENT_TYPES = {"protobuf": "application/x-protobuf", "json": "application/json"}


class BackendSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `backend`."""

    kind: Annotated[
        Literal["langfuse", "otlp"],
        Meta(description="What the backend is: a Langfuse, or any that takes traces by OTLP over HTTP."),
    ] = "langfuse"
    host: Annotated[str, Meta(description="Base URL, e.g. https://langfuse.example.com (a path prefix is kept).")] = ""
    api: Annotated[
        Literal["auto", "ingestion", "otlp"],
        Meta(
            description="Which wire Langfuse is spoken to by; auto asks the server what it takes, and again when it "
            "changes. No other backend has a choice."
        ),
    ] = "auto"
    public_key: Annotated[str, Meta(description="Public key of the Langfuse project (pk-lf-…).")] = ""
    secret_key: Annotated[Secret | None, Meta(description="Secret key of the Langfuse project (sk-lf-…).")] = None
    headers: Annotated[
        Secret | None,
        Meta(
            description="More headers of every request, `name=value,name2=value2`, values percent-encoded where need "
            "be (as OTEL_EXPORTER_OTLP_HEADERS)."
        ),
    ] = None
    path: Annotated[
        str | None,
        Meta(
            description=f"Where traces go below host on the OTLP wire; {LANGFUSE_TRACES} for Langfuse and "
            f"{OTLP_TRACES} for others if absent."
        ),
    ] = None
    encoding: Annotated[Literal["protobuf", "json"], Meta(description="Of the OTLP wire.")] = "protobuf"
    compression: Annotated[
        Literal["auto", "gzip", "none"],
        Meta(
            description="Of the OTLP wire; auto is gzip, and none to this very machine. Langfuse's ingestion API "
            "takes none."
        ),
    ] = "auto"
    timeout_s: Annotated[
        float, Meta(gt=0, le=600, description="Total time of one attempt, from connect to the last byte of the reply.")
    ] = 20.0
    ca_file: Annotated[
        str | None, Meta(description="PEM file with the CA of the backend; the system's CAs if absent.")
    ] = None
    insecure_http: Annotated[
        bool, Meta(description="Allow http:// to a host that is not loopback: keys and prompts then travel in clear.")
    ] = False


class Endpoint(Struct, frozen=True):
    """One address, and what goes with every request there."""

    url: str
    headers: Mapping[str, str]
    gzip: bool = False


def endpoints(settings: BackendSettings, version: str) -> dict[Wire, Endpoint]:
    """The endpoints of a backend by their wire; only Langfuse has that of ingestion. `version` is shipper's own."""
    host = settings.host.rstrip("/")
    common = {
        "Accept-Encoding": "identity",  # a compressed reply could be far larger than it looks
        "User-Agent": f"shipper/{version}",
        **to_headers(settings.headers),
    }
    is_local = is_loopback(urlsplit(settings.host).hostname or "")
    gzip = settings.compression == "gzip" or (settings.compression == "auto" and not is_local)
    otlp = {"Content-Type": _CONTENT_TYPES[settings.encoding]}
    if settings.kind == "otlp":
        keys = _authorization(settings) if settings.public_key and settings.secret_key else {}
        return {"otlp": Endpoint(host + (settings.path or OTLP_TRACES), keys | common | otlp, gzip)}
    langfuse = {
        **_authorization(settings),
        "x-langfuse-sdk-name": "shipper",
        "x-langfuse-sdk-version": version,
        "x-langfuse-public-key": settings.public_key,
        **common,
    }
    # Without it, or with a lower number, a server of version 4 keeps spans back for minutes.
    traces = langfuse | otlp | {"x-langfuse-ingestion-version": "4"}
    return {
        "ingestion": Endpoint(host + "/api/public/ingestion", langfuse | {"Content-Type": "application/json"}),
        "otlp": Endpoint(host + (settings.path or LANGFUSE_TRACES), traces, gzip),
    }


def may_change_wire(settings: BackendSettings) -> bool:
    """Whether the server decides which wire is spoken."""
    return settings.kind == "langfuse" and settings.api == "auto"


def first_wire(settings: BackendSettings) -> Wire:
    """The wire that is spoken until the server says otherwise, if it may."""
    return "otlp" if settings.kind == "otlp" or settings.api == "otlp" else "ingestion"


def to_headers(given: Secret | None) -> dict[str, str]:
    """`backend.headers` by name. Raises ValueError for a part without a name or a value."""
    headers: dict[str, str] = {}
    for part in given.reveal().split(",") if given is not None else ():
        name, separator, value = (piece.strip() for piece in part.partition("="))
        if not (name and separator and value):
            raise ValueError("must be name=value,name2=value2")
        headers[name] = unquote(value)
    return headers


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this very machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _authorization(settings: BackendSettings) -> dict[str, str]:
    secret_key = settings.secret_key.reveal() if settings.secret_key else ""
    return {"Authorization": "Basic " + b64encode(f"{settings.public_key}:{secret_key}".encode()).decode()}
