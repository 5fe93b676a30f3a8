"""How shipper reaches Kafka: settings, client arguments, and one repair of the client."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from shipper.secret import Secret


class KafkaSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `kafka`."""

    bootstrap_servers: Annotated[tuple[str, ...], Meta(description="Brokers to start from, host:port each.")] = ()
    topics: Annotated[tuple[str, ...], Meta(description="Topics with call records, one or more.")] = ()
    group_id: Annotated[
        str, Meta(min_length=1, description="Consumer group; its committed offsets are the only state kept.")
    ] = "shipper"
    start: Annotated[
        Literal["earliest", "latest"],
        Meta(description="Where a group that has never committed begins."),
    ] = "earliest"
    out_of_range: Annotated[
        Literal["stop", "earliest"],
        Meta(
            description="When retention has deleted records before they were shipped: stop the partition and alarm, "
            "or alarm and go on at the oldest record left."
        ),
    ] = "stop"
    security_protocol: Annotated[
        Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"], Meta(description="Kafka's own names.")
    ] = "PLAINTEXT"
    sasl_mechanism: Annotated[
        Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"], Meta(description="Used with the SASL protocols.")
    ] = "PLAIN"
    sasl_username: Annotated[str | None, Meta(description="User of the SASL protocols.")] = None
    sasl_password: Annotated[Secret | None, Meta(description="Password of the SASL protocols.")] = None
    ssl_ca_file: Annotated[
        str | None, Meta(description="PEM file with the CA of the brokers; the system's CAs if absent.")
    ] = None
    ssl_cert_file: Annotated[str | None, Meta(description="PEM file with the client certificate (mTLS).")] = None
    ssl_key_file: Annotated[str | None, Meta(description="PEM file with the client certificate's key.")] = None
    session_timeout_s: Annotated[
        float, Meta(ge=1, le=1800, description="The broker drops a silent member after this.")
    ] = 45.0
    rebalance_timeout_s: Annotated[
        float, Meta(ge=1, le=1800, description="Time that members have to rejoin; drain_timeout_s must be below it.")
    ] = 60.0
    drain_timeout_s: Annotated[
        float,
        Meta(ge=0, le=1800, description="When partitions are taken away: wait this long for what is in flight."),
    ] = 20.0
    fetch_max_bytes: Annotated[
        int,
        Meta(ge=65_536, le=1_073_741_824, description="Most bytes of one fetch answer (a larger record still comes)."),
    ] = 2_097_152
    fetch_max_wait_ms: Annotated[
        int, Meta(ge=1, le=10_000, description="How long a broker may hold an empty fetch.")
    ] = 500
    commit_interval_s: Annotated[
        float, Meta(gt=0, le=3600, description="Offsets are committed at most this often.")
    ] = 1.0
    stall_timeout_s: Annotated[
        float,
        Meta(ge=5, le=3600, description="Records are there but none arrives for this long: the consumer is rebuilt."),
    ] = 60.0
