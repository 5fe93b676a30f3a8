"""Where a call went: `server.address` and `server.port` of OpenTelemetry's semantic conventions, out of an API's URL.

Pure. Nothing else of the URL is told: it may hold a credential.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

from msgspec import Raw

from shipper.decode.values import to_text
from shipper.mapping.span import Attributes

_PORTS = {"https": 443, "http": 80, "wss": 443, "ws": 80}
_LONGEST_BYTES = 2048


def add_address(attributes: Attributes, url: Raw) -> None:
    """Into `attributes` host and port of a URL (a JSON text); nothing for what is none."""
    if 2 < len(url) <= _LONGEST_BYTES:
        host, port = _read(bytes(url))
        if host:
            attributes["server.address"] = host
            if port:
                attributes["server.port"] = port


@lru_cache(maxsize=512)
def _read(written: bytes) -> tuple[str | None, int | None]:
    try:
        parts = urlsplit(to_text(Raw(written)) or "")
        return (parts.hostname, parts.port or _PORTS.get(parts.scheme)) if parts.scheme in _PORTS else (None, None)
    except ValueError:
        return None, None
