"""What one key alone cannot say: which values are needed, and which go together.

One table, read top to bottom. A rule gets the values of its keys, each of the right type and within its bounds;
it answers with what is wrong and what is allowed, or with None. Rules about a value that is absent are silent:
that it is needed is a rule of its own, so nothing is said twice.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

from msgspec import Struct

from shipper.config.kafka_names import bad_brokers, bad_dead_letter_topic, bad_topics
from shipper.config.pem import unreadable, unusable_ca, unusable_pair
from shipper.config.prices import bad_overrides, bad_snapshots, unknown_models
from shipper.config.url import clear_text_url, credentials_in_url, no_base_url, no_url
from shipper.endpoint import to_headers
from shipper.mapping.limits import wire_environment
from shipper.secret import Secret

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_PATH = re.compile(r"[!-\"$->@-~]+")  # printable ASCII but blanks, ? and #
_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


class Rule(Struct, frozen=True):
    """`broken` gets the values of `keys` and names what is wrong with the first, if need be several things.
    With `warns` it stops nothing."""

    broken: Callable[..., str | list[str] | None]
    keys: tuple[str, ...]
    warns: bool = False


def _required(example: str) -> Callable[[object], str | None]:
    """A value must be given."""
    return lambda value: None if value else f"is required, e.g. {example}"


def _below(other: str) -> Callable[[float, float], str | None]:
    """The value must be below that of the key `other`."""
    return lambda value, limit: None if value < limit else f"must be below {other} = {limit:g}"


def _at_most(other: str, why: str = "") -> Callable[[float, float], str | None]:
    """The value must not be above that of the key `other`."""
    return lambda value, limit: None if value <= limit else f"must be at most {other} = {limit:.12g}{why}"


def _ingestion_elsewhere(api: str, kind: str) -> str | None:
    """The ingestion API is Langfuse's own."""
    return (
        "is Langfuse's; backend.kind = otlp has the OTLP wire alone" if (api, kind) == ("ingestion", "otlp") else None
    )


def _bad_headers(value: Secret | None) -> str | None:
    """Headers that no request could carry; what they hold stays out of the message."""
    try:
        headers = to_headers(value)
    except ValueError as error:
        return str(error)
    if not all(_HEADER_NAME.fullmatch(name) for name in headers):
        return "must be name=value,name2=value2 with names of letters, digits and hyphens"
    return None if all(map(_is_header_value, headers.values())) else "must hold printable characters alone"


def _is_header_value(value: str) -> bool:
    return value.isascii() and value.isprintable()


def _bad_path(value: str | None) -> str | None:
    """It is added to the base URL."""
    if value is None or (value.startswith("/") and _PATH.fullmatch(value)):
        return None
    return "must be a path that begins with /, without ? and #, e.g. /v1/traces"


def _other_key(value: object, other: object, kind: str) -> str | None:
    """Another backend than Langfuse may go without keys, but not with half of them."""
    needed = kind == "otlp" and other and not value
    return "is required: backend.public_key and backend.secret_key go together" if needed else None


def _required_for_langfuse(value: object, kind: str) -> str | None:
    """The keys of the Langfuse project."""
    return "is required for backend.kind = langfuse" if kind == "langfuse" and not value else None


def _swapped_public_key(value: str) -> str | None:
    """A secret key in the public one's place would be shown and sent in clear metadata."""
    return "is a secret key (sk-…); the public key begins with pk-" if value.startswith("sk-") else None


def _unsendable_public_key(value: str) -> str | None:
    """It travels in a header, where a control character would end every request with an error."""
    return None if value.isprintable() else "must be printable"


def _swapped_secret_key(value: Secret | None) -> str | None:
    """The other way round, the backend would only answer 401."""
    swapped = value is not None and value.reveal().startswith("pk-lf-")
    return "is a public key (pk-lf-…); the secret key begins with sk-lf-" if swapped else None


def _sasl_needed_or_unused(value: object, protocol: str) -> str | None:
    """A user or password that is missing, or that nothing would use."""
    if protocol.startswith("SASL_"):
        return None if value else f"is required for kafka.security_protocol = {protocol}"
    return None if value is None else f"is not used with kafka.security_protocol = {protocol}; set it to SASL_SSL"


def _tls_unused(value: str | None, protocol: str) -> str | None:
    """A file for TLS where the connection would be in clear."""
    if value is None or protocol.endswith("SSL"):
        return None
    return f"is not used with kafka.security_protocol = {protocol}; set it to SSL or SASL_SSL"


def _other_half(value: str | None, other: str | None) -> str | None:
    """Certificate and key come together."""
    missing = value is None and other is not None
    return "is required: kafka.ssl_cert_file and kafka.ssl_key_file go together" if missing else None


def _small_memory(memory_bytes: int, in_flight: int, max_bytes: int) -> str | None:
    """Else the pipeline would pause before its requests are under way."""
    needed = (in_flight + 1) * max_bytes
    if memory_bytes >= needed:
        return None
    return (
        f"must be at least {needed}: batch.in_flight = {in_flight} bodies under way and one being filled, "
        f"each of up to batch.max_bytes = {max_bytes}"
    )


def _bad_bind_host(value: str) -> str | None:
    """Where the status server listens."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        if not _HOST_NAME.fullmatch(value):
            return "must be an address or a host name, e.g. 127.0.0.1, or 0.0.0.0 for every interface"
    return None


def _renamed_environment(value: str | None) -> str | None:
    """Langfuse takes lower case, which is not worth a warning, and not every name."""
    if value is None or (name := wire_environment(value)) == value.lower():
        return None
    return f"will be `{name}` in Langfuse: it takes 1 to 40 of a-z 0-9 - _, not beginning with langfuse"


_CUT_SHORT = "; a request that takes longer is given up then and sent again later"

RULES: tuple[Rule, ...] = (
    Rule(_required("localhost:9092"), ("kafka.bootstrap_servers",)),
    Rule(bad_brokers, ("kafka.bootstrap_servers",)),
    Rule(_required("llm-calls"), ("kafka.topics",)),
    Rule(bad_topics, ("kafka.topics",)),
    Rule(_sasl_needed_or_unused, ("kafka.sasl_username", "kafka.security_protocol")),
    Rule(_sasl_needed_or_unused, ("kafka.sasl_password", "kafka.security_protocol")),
    Rule(_tls_unused, ("kafka.ssl_ca_file", "kafka.security_protocol")),
    Rule(_tls_unused, ("kafka.ssl_cert_file", "kafka.security_protocol")),
    Rule(_tls_unused, ("kafka.ssl_key_file", "kafka.security_protocol")),
    Rule(_other_half, ("kafka.ssl_cert_file", "kafka.ssl_key_file")),
    Rule(_other_half, ("kafka.ssl_key_file", "kafka.ssl_cert_file")),
    Rule(unusable_ca, ("kafka.ssl_ca_file",)),
    Rule(unreadable, ("kafka.ssl_cert_file",)),
    Rule(unreadable, ("kafka.ssl_key_file",)),
    Rule(unusable_pair, ("kafka.ssl_cert_file", "kafka.ssl_key_file")),
    Rule(_below("kafka.rebalance_timeout_s"), ("kafka.drain_timeout_s", "kafka.rebalance_timeout_s")),
    Rule(bad_overrides, ("pricing.overrides",)),
    Rule(bad_snapshots, ("pricing.snapshots",)),
    Rule(unknown_models, ("pricing.overrides", "pricing.snapshots"), warns=True),
    Rule(_required("https://langfuse.example.com"), ("backend.host",)),
    Rule(no_url, ("backend.host",)),
    Rule(no_base_url, ("backend.host",)),
    Rule(credentials_in_url, ("backend.host",)),
    Rule(clear_text_url, ("backend.host", "backend.insecure_http")),
    Rule(_ingestion_elsewhere, ("backend.api", "backend.kind")),
    Rule(_bad_headers, ("backend.headers",)),
    Rule(_bad_path, ("backend.path",)),
    Rule(_other_key, ("backend.public_key", "backend.secret_key", "backend.kind")),
    Rule(_other_key, ("backend.secret_key", "backend.public_key", "backend.kind")),
    Rule(_required_for_langfuse, ("backend.public_key", "backend.kind")),
    Rule(_required_for_langfuse, ("backend.secret_key", "backend.kind")),
    Rule(_swapped_public_key, ("backend.public_key",)),
    Rule(_unsendable_public_key, ("backend.public_key",)),
    Rule(_swapped_secret_key, ("backend.secret_key",)),
    Rule(unusable_ca, ("backend.ca_file",)),
    # The arithmetic of stopping: an attempt should end before the drain does, and before the grace does. Nothing
    # is lost if it does not (ids are the same when it is sent again), so these two only warn.
    Rule(_at_most("kafka.drain_timeout_s", _CUT_SHORT), ("backend.timeout_s", "kafka.drain_timeout_s"), warns=True),
    Rule(_at_most("process.grace_s", _CUT_SHORT), ("backend.timeout_s", "process.grace_s"), warns=True),
    Rule(_at_most("retry.max_s"), ("retry.base_s", "retry.max_s")),
    Rule(_small_memory, ("process.memory_bytes", "batch.in_flight", "batch.max_bytes")),
    Rule(_at_most("batch.max_bytes"), ("mapping.max_event_bytes", "batch.max_bytes")),
    Rule(bad_dead_letter_topic, ("dead_letters.topic", "kafka.topics")),
    Rule(_bad_bind_host, ("status.host",)),
    Rule(_renamed_environment, ("mapping.environment",), warns=True),
)
