"""How a client gets into a test broker: its listeners, its users, and the settings for each combination."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from aiokafka.helpers import create_ssl_context

# Listener → Kafka's security protocol. The first is the broker's own way to itself; MTLS demands a client certificate.
LISTENERS = {
    "PLAINTEXT": "PLAINTEXT",
    "SSL": "SSL",
    "MTLS": "SSL",
    "SASL_PLAINTEXT": "SASL_PLAINTEXT",
    "SASL_SSL": "SASL_SSL",
}
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
# alice may do everything, bob nothing but what a test allows him; the same passwords for each mechanism.
PASSWORDS = {"alice": "alice-pw", "bob": "bob-pw"}


@dataclass(frozen=True, kw_only=True)
class Access:
    """What a client must be told; the fields are named as in shipper's section `kafka`.

    `dataclasses.replace` turns a good one into a bad one (a wrong password, another CA).
    """

    bootstrap_servers: str
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str | None = None
    sasl_username: str | None = None
    sasl_password: str | None = None
    ssl_ca_file: str | None = None
    ssl_cert_file: str | None = None
    ssl_key_file: str | None = None

    def settings(self) -> dict[str, str]:
        """Keys and values for shipper's section `kafka`; what does not apply is left out."""
        return {key: value for key, value in asdict(self).items() if value is not None}

    def aiokafka(self) -> dict[str, Any]:
        """Keyword arguments for aiokafka's clients."""
        arguments: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap_servers,
            "security_protocol": self.security_protocol,
        }
        if self.ssl_ca_file is not None:
            arguments["ssl_context"] = create_ssl_context(
                cafile=self.ssl_ca_file, certfile=self.ssl_cert_file, keyfile=self.ssl_key_file
            )
        if self.sasl_mechanism is not None:
            arguments |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.sasl_username,
                "sasl_plain_password": self.sasl_password,
            }
        return arguments
