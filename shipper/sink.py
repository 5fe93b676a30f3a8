"""One HTTP attempt: a body goes out, an Outcome comes back. No retry, no sleep."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from shipper.secret import Secret


class BackendSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `backend`."""

    kind: Annotated[Literal["langfuse", "otlp"], Meta(description="What the backend is.")] = "langfuse"
    host: Annotated[str, Meta(description="Base URL, e.g. https://langfuse.example.com (a path prefix is kept).")] = ""
    api: Annotated[
        Literal["auto", "ingestion", "otlp"],
        Meta(description="Which wire to speak; auto takes what the server takes."),
    ] = "auto"
    public_key: Annotated[str, Meta(description="Public key of the Langfuse project (pk-lf-…).")] = ""
    secret_key: Annotated[Secret | None, Meta(description="Secret key of the Langfuse project (sk-lf-…).")] = None
    timeout_s: Annotated[
        float, Meta(gt=0, le=600, description="Total time of one attempt, from connect to the last byte of the reply.")
    ] = 20.0
    ca_file: Annotated[
        str | None, Meta(description="PEM file with the CA of the backend; the system's CAs if absent.")
    ] = None
    insecure_http: Annotated[
        bool, Meta(description="Allow http:// to a host that is not loopback: keys and prompts then travel in clear.")
    ] = False
