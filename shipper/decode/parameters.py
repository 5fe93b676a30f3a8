"""Model parameters as Langfuse takes them: strings, numbers, booleans.

Rules of LiteLLM (langfuse.py: `log_event_on_langfuse`): functions, tools and secret_fields do not belong to
them; what is no scalar becomes Python's `str()` of it. Unlike LiteLLM, floats stay numbers, and whatever looks
like a credential is left out, at any depth (LiteLLM leaked `aws_secret_access_key` and `secret_fields` here).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from msgspec import DecodeError, Raw, Struct
from msgspec.json import Decoder, Encoder
from msgspec.structs import replace

from shipper.decode.tools import hide_server_keys
from shipper.decode.values import NULL

_CACHED_BYTES = 1024  # a program's calls repeat their settings, but not their tools
_LONGEST_SETTING_BYTES = 4000

_NOT_PARAMETERS = frozenset({"functions", "tools", "secret_fields"})
# What chooses between prices; an object or a list too, which is no setting.
_PRICED = frozenset(
    {
        "service_tier",
        "serviceTier",
        "modelId",
        "n",
        "size",
        "quality",
        "resolution",
        "voice",
        "query",
        "max_results",
        "web_search_options",
    }
)
_SHAPED = frozenset({"stop", "stop_sequences", "stopSequences", "response_format"})
_ASKED = frozenset({"model", "modelId", "messages", "input", "prompt", "system", "query", "context"})
_SECRET = re.compile(
    r"secret|passw|api[-_]?key|authorization|cookie|credential|private[-_]?key|access[-_]?key"
    r"|(?:^|[-_])(?:access|auth|session|refresh|bearer|ad|id)[-_]token$",
    re.IGNORECASE,
)
_members = Decoder(dict[str, Raw]).decode
_any = Decoder().decode
_encode = Encoder().encode


class Parameters(Struct, frozen=True, gc=False):
    """The request's settings as one JSON object of scalars, and what belongs to its input instead.

    `priced` are those members that choose between prices, `shaped` those lists and objects that mean something as they
    are; None if there are none.
    """

    settings: Raw
    functions: Raw | None
    tools: Raw | None
    repairs: tuple[str, ...]
    priced: dict[str, Raw] | None = None
    shaped: dict[str, Raw] | None = None


def to_parameters(given: Raw, fingerprint: str | None = None) -> Parameters:
    """Read a JSON object of parameters; none at all if it is no object.

    The response's system `fingerprint` is a setting to LiteLLM. `repairs` names what was left out:
    `secret_parameter`, `parameter_out_of_range`.
    """
    text = bytes(given)
    is_short = len(text) + len(fingerprint or "") <= _CACHED_BYTES
    return _cached(text, fingerprint) if is_short else _read(text, fingerprint)


def to_settings(request: bytes) -> Parameters:
    """The same of the rest of a request, a JSON object out of which was taken what was asked.

    What is no scalar becomes its JSON here; what is longer than 4,000 bytes of it is no setting.
    """
    return _cached_request(request) if len(request) <= _CACHED_BYTES else _read_request(request)


def is_secret(name: str) -> bool:
    """Whether a field of this name may hold a credential."""
    return _SECRET.search(name) is not None


def _read_request(text: bytes) -> Parameters:
    members = _members(text)
    settings = {
        name: raw
        for name, raw in members.items()
        if name not in _ASKED and raw != NULL and (bytes(raw)[:1] not in b"{[" or len(raw) <= _LONGEST_SETTING_BYTES)
    }
    return replace(_read(_encode(settings), None, _as_json), priced=_priced(members), shaped=_shaped(members))


def _priced(members: dict[str, Raw]) -> dict[str, Raw] | None:
    return {name: members[name] for name in members.keys() & _PRICED} or None


def _shaped(members: dict[str, Raw]) -> dict[str, Raw] | None:
    found = {name: members[name] for name in members.keys() & _SHAPED}
    return {name: raw for name, raw in found.items() if bytes(raw)[:1] in (b"{", b"[")} or None


def _read(text: bytes, fingerprint: str | None, spell: Callable[[Any], str] = str) -> Parameters:
    """`spell` writes what is no scalar."""
    members = _members(text) if text[:1] == b"{" else {}
    settings: dict[str, Any] = {}
    repairs: list[str] = []
    for name, raw in members.items():
        if name in _NOT_PARAMETERS:
            continue
        if raw != NULL and is_secret(name):
            repairs.append("secret_parameter")
            continue
        try:
            settings[name] = _scalar(raw, repairs, spell)
        except (DecodeError, ValueError, OverflowError, RecursionError):  # a number that nobody can hold, or too deep
            repairs.append("parameter_out_of_range")
    if fingerprint:
        settings["system_fingerprint"] = fingerprint
    return Parameters(
        Raw(_encode(settings)),
        members.get("functions"),
        hide_server_keys(members["tools"]) if "tools" in members else None,
        tuple(repairs),
        _priced(members),
        _shaped(members),
    )


def _scalar(raw: Raw, repairs: list[str], spell: Callable[[Any], str]) -> Raw | str:
    value = _any(raw)
    if isinstance(value, int):  # a bool too
        float(value)
    return raw if isinstance(value, str | float | int) else spell(_without_secrets(value, repairs))


def _as_json(value: Any) -> str:
    return _encode(value).decode()


def _without_secrets(value: Any, repairs: list[str]) -> Any:
    if isinstance(value, dict):
        kept = {}
        for name, item in value.items():
            if item is not None and is_secret(name):
                repairs.append("secret_parameter")
            else:
                kept[name] = _without_secrets(item, repairs)
        return kept
    if isinstance(value, list):
        return [_without_secrets(item, repairs) for item in value]
    return value


_cached = lru_cache(maxsize=512)(_read)
_cached_request = lru_cache(maxsize=512)(_read_request)
