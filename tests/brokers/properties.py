"""The configuration of one Kafka node: broker and controller in one process, every listener on the loopback."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.brokers.access import LISTENERS, MECHANISMS, PASSWORDS
from tests.brokers.certificates import Certificates

CONTROLLER = "CONTROLLER"
_SCRAM_MODULE = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
_PLAIN_MODULE = "org.apache.kafka.common.security.plain.PlainLoginModule required"


def address_of(listener: str, ports: Mapping[str, int]) -> str:
    """host:port that a client of the listener uses; listeners with TLS go by the name in the certificate."""
    host = "localhost" if LISTENERS.get(listener, "").endswith("SSL") else "127.0.0.1"
    return f"{host}:{ports[listener]}"


def server_properties(
    node_id: int,
    ports: Mapping[str, int],
    controllers: Mapping[int, int],
    data: Path,
    certificates: Certificates,
) -> dict[str, str]:
    """Kafka's `server.properties` as keys and values.

    `ports` maps each listener, CONTROLLER among them, to its port; `controllers` maps the id of each node
    of the cluster to the port of its controller.
    """
    copies = str(min(3, len(controllers)))
    in_sync = str(max(1, len(controllers) - 1))
    return {
        "process.roles": "broker,controller",
        "node.id": str(node_id),
        "controller.quorum.voters": ",".join(f"{node}@127.0.0.1:{port}" for node, port in controllers.items()),
        "controller.listener.names": CONTROLLER,
        "inter.broker.listener.name": "PLAINTEXT",
        "listeners": ",".join(f"{name}://127.0.0.1:{ports[name]}" for name in (*LISTENERS, CONTROLLER)),
        "advertised.listeners": ",".join(f"{name}://{address_of(name, ports)}" for name in LISTENERS),
        "listener.security.protocol.map": ",".join(
            f"{name}:{protocol}" for name, protocol in {**LISTENERS, CONTROLLER: "PLAINTEXT"}.items()
        ),
        "log.dirs": str(data),
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        **_FOR_TESTS,
        **_security(certificates),
    }


_FOR_TESTS = {
    # A topic that nobody created must be an error here, as it is on most clusters that people run.
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "500",
    # A broker that was killed may only come back once the controller has given up its former self.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "500",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "4",
    "log.segment.delete.delay.ms": "1000",
    "message.max.bytes": "16777216",
    "replica.fetch.max.bytes": "16777216",
    # Threads cost memory, and each listener has network threads of its own.
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
}


def _security(certificates: Certificates) -> dict[str, str]:
    properties = {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(certificates.server),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(certificates.ca),
        "listener.name.mtls.ssl.client.auth": "required",
        "listener.name.mtls.ssl.principal.mapping.rules": "RULE:^CN=([^,]*),.*$/$1/,DEFAULT",
        "sasl.enabled.mechanisms": ",".join(MECHANISMS),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        # Broker and controller talk to each other without a name.
        "super.users": "User:ANONYMOUS;User:alice",
        "allow.everyone.if.no.acl.found": "false",
    }
    users = " ".join(f'user_{name}="{password}"' for name, password in PASSWORDS.items())
    for listener in (name for name in LISTENERS if name.startswith("SASL_")):
        for mechanism in MECHANISMS:
            module = f"{_PLAIN_MODULE} {users};" if mechanism == "PLAIN" else _SCRAM_MODULE
            properties[f"listener.name.{listener.lower()}.{mechanism.lower()}.sasl.jaas.config"] = module
    return properties
