"""Certificate files: whether TLS could use them, found out before anybody connects."""

from __future__ import annotations

import ssl


def unusable_ca(file: str | None) -> str | None:
    """A file that cannot be read or that holds no certificate."""
    if file is None:
        return None
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=file)
    except ssl.SSLError:
        return "must be a PEM file with a CA certificate"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return None


def unreadable(file: str | None) -> str | None:
    """A file that cannot be opened."""
    if file is None:
        return None
    try:
        with open(file, "rb"):
            return None
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def unusable_pair(certificate_file: str | None, key_file: str | None) -> str | None:
    """Two readable files that are no certificate with its key."""
    if certificate_file is None or key_file is None or unreadable(certificate_file) or unreadable(key_file):
        return None
    try:
        # The empty password keeps OpenSSL from asking for one on the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(certificate_file, key_file, password="")
    except (OSError, ValueError):
        return "must be a PEM file with the client certificate that kafka.ssl_key_file, not encrypted, belongs to"
    return None
