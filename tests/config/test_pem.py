"""Certificate files are tried before anybody connects."""

from __future__ import annotations

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from tests.config.settings_files import problems, settings


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """PEM files of two authorities, one client, and what people mistake for them."""
    directory = tmp_path_factory.mktemp("pem")
    ours, other = trustme.CA(), trustme.CA()
    client = ours.issue_cert("client.example")
    key = serialization.load_pem_private_key(client.private_key_pem.bytes(), password=None)
    encrypted = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"canary"),
    )
    contents = {
        "ca": ours.cert_pem.bytes(),
        "cert": client.cert_chain_pems[0].bytes(),
        "key": client.private_key_pem.bytes(),
        "other key": other.issue_cert("client.example").private_key_pem.bytes(),
        "encrypted key": encrypted,
        "text": b"no certificate\n",
        "empty": b"",
    }
    for name, content in contents.items():
        (directory / name).write_bytes(content)
    return {name: str(directory / name) for name in contents} | {"missing": str(directory / "missing")}


def _tls(ca: str, cert: str, key: str) -> dict[str, str]:
    return {
        "SHIPPER_KAFKA__SECURITY_PROTOCOL": "SSL",
        "SHIPPER_KAFKA__SSL_CA_FILE": ca,
        "SHIPPER_KAFKA__SSL_CERT_FILE": cert,
        "SHIPPER_KAFKA__SSL_KEY_FILE": key,
    }


def test_a_certificate_with_its_key_and_an_authority_hold(files: dict[str, str]) -> None:
    assert settings(_tls(files["ca"], files["cert"], files["key"])).kafka.ssl_key_file == files["key"]


@pytest.mark.parametrize(
    ("ca", "cert", "key", "at_fault", "said"),
    [
        ("text", "cert", "key", "kafka.ssl_ca_file", "PEM"),
        ("empty", "cert", "key", "kafka.ssl_ca_file", "PEM"),
        ("key", "cert", "key", "kafka.ssl_ca_file", "PEM"),
        ("missing", "cert", "key", "kafka.ssl_ca_file", "No such file"),
        ("ca", "missing", "key", "kafka.ssl_cert_file", "No such file"),
        ("ca", "cert", "missing", "kafka.ssl_key_file", "No such file"),
        ("ca", "text", "key", "kafka.ssl_cert_file", "PEM"),
        ("ca", "cert", "text", "kafka.ssl_cert_file", "belongs to"),
        ("ca", "cert", "other key", "kafka.ssl_cert_file", "belongs to"),
        ("ca", "cert", "encrypted key", "kafka.ssl_cert_file", "not encrypted"),
    ],
)
def test_a_file_that_tls_could_not_use_is_named(
    files: dict[str, str], ca: str, cert: str, key: str, at_fault: str, said: str
) -> None:
    environ = _tls(files[ca], files[cert], files[key])
    (line,) = problems(environ)
    variable = f"SHIPPER_{at_fault.replace('.', '__').upper()}"
    assert line.startswith(f'{at_fault} = "{environ[variable]}" ({variable}): ')
    assert said in line


def test_the_backends_authority_is_tried_too(files: dict[str, str]) -> None:
    assert settings({"SHIPPER_BACKEND__CA_FILE": files["ca"]})
    (line,) = problems({"SHIPPER_BACKEND__CA_FILE": files["text"]})
    assert line.startswith("backend.ca_file")
