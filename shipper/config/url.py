"""The backend's base URL: what it must be, and what it must not give away."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from shipper.endpoint import is_loopback


def no_url(host: str) -> str | None:
    """Something that no request could be sent to."""
    if not host or _split(host):
        return None
    return "must be an http:// or https:// URL, e.g. https://langfuse.example.com"


def no_base_url(host: str) -> str | None:
    """A URL with more than a base: the paths of the API are added to it."""
    url = _split(host)
    if url is None:
        return None
    if "?" in host or "#" in host:
        return "must be the base URL alone, without ? and #"
    path = next((path for path in ("/api/public", "/v1/traces") if path in url.path), None)
    return None if path is None else f"must be the base URL alone, without {path}"


def credentials_in_url(host: str) -> str | None:
    """A URL ends up in logs and errors."""
    if "@" not in host:
        return None
    return "must hold no credentials; they belong into backend.public_key and backend.secret_key"


def clear_text_url(host: str, insecure_http: bool) -> str | None:
    """http:// beyond this machine, unless it was allowed."""
    url = _split(host)
    if url is None or url.scheme == "https" or insecure_http or is_loopback(url.hostname or ""):
        return None
    return "would send keys and prompts in clear; use https://, or set backend.insecure_http = true to allow it"


def _split(host: str) -> SplitResult | None:
    try:
        url = urlsplit(host)
        usable = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        return None
    return url if usable and " " not in host else None
