"""Throw-away certificates for a broker on this machine and for its clients (trustme), as files in PEM.

The broker's certificate names `localhost` only: to connect to 127.0.0.1 is the test of a wrong host name.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

CLIENT_NAME = "client"


class Certificates(NamedTuple):
    """Paths of the PEM files: what the broker presents, and what its clients use.

    `server` holds key and chain; the client's certificate has the common name `client`;
    `stranger_ca` is a CA that signed none of them.
    """

    ca: Path
    server: Path
    client: Path
    client_key: Path
    stranger_ca: Path


def issue_certificates(directory: Path) -> Certificates:
    """Make a CA and everything signed by it in `directory`."""
    files = Certificates(*(directory / f"{name.replace('_', '-')}.pem" for name in Certificates._fields))
    ca = trustme.CA()
    ca.cert_pem.write_to_path(files.ca)
    trustme.CA().cert_pem.write_to_path(files.stranger_ca)
    server = ca.issue_cert("localhost")
    chain = b"".join(blob.bytes() for blob in server.cert_chain_pems)
    files.server.write_bytes(_as_pkcs8(server.private_key_pem.bytes()) + chain)
    client = ca.issue_cert("client.example", common_name=CLIENT_NAME, organization_name="tests")
    files.client.write_bytes(b"".join(blob.bytes() for blob in client.cert_chain_pems))
    client.private_key_pem.write_to_path(files.client_key)
    return files


def _as_pkcs8(key_pem: bytes) -> bytes:
    # Kafka reads private keys in PKCS#8 alone; trustme writes the older form.
    return load_pem_private_key(key_pem, None).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
