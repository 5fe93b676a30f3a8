"""The metadata of a LiteLLM generation: what LiteLLM vouches for, never the caller's raw metadata.

Rules: LiteLLM, integrations/langfuse/langfuse.py (`log_requester_metadata`, the enrichments, and
`filter_exceptions_from_params` for the nulls of `hidden_params`; nulls of the rest stay).
Made by splicing JSON texts: of some forty keys at most one changes.
"""

from __future__ import annotations

from typing import Any

from msgspec import DecodeError, Raw, Struct
from msgspec.json import Decoder, Encoder

from shipper.decode.numbers import mend_integers
from shipper.decode.parameters import is_secret
from shipper.decode.tools import HIDDEN
from shipper.decode.usage_shapes import UsageObject
from shipper.decode.values import NOTHING, NULL

Scalar = str | int | float | bool | None

_REQUESTER = b'"requester_metadata"'
_REQUESTER_EMPTY = b'"requester_metadata":{}'


class KnownMetadata(Struct, gc=False):
    """The allow-listed metadata's fields that rules need; the later ones are written over by enrichments."""

    user_api_key_alias: Raw = NOTHING
    user_api_key_team_id: Raw = NOTHING
    user_api_key_team_alias: Raw = NOTHING
    user_api_key_end_user_id: Raw = NOTHING
    requester_metadata: Raw = NOTHING
    requester_custom_headers: Raw = NOTHING
    litellm_response_cost: Raw = NOTHING
    hidden_params: Raw = NOTHING
    api_base: Raw = NOTHING
    vertex_location: Raw = NOTHING
    aws_region_name: Raw = NOTHING
    cache_hit: Raw = NOTHING


class HiddenParams(Struct, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """LiteLLM's StandardLoggingHiddenParams: half of it is null, and this is the fast way to leave that out."""

    model_id: Scalar = None
    cache_key: Scalar = None
    api_base: Scalar = None
    response_cost: Scalar = None
    litellm_overhead_time_ms: Scalar = None
    additional_headers: Raw = NOTHING
    batch_models: Scalar = None
    batch_successful_requests: Scalar = None
    batch_failed_requests: Scalar = None
    litellm_model_name: Scalar = None
    usage_object: Scalar = None


class _Counted(Struct, gc=False):
    usage_object: UsageObject | None = None


class Enrichments(Struct, omit_defaults=True, gc=False):
    """What LiteLLM adds to the allow-listed metadata, as far as it is there."""

    litellm_response_cost: float | None
    hidden_params: HiddenParams | Raw = NOTHING
    api_base: Raw = NOTHING
    vertex_location: Raw = NOTHING
    aws_region_name: Raw = NOTHING
    cache_hit: bool | None = None


_known = Decoder(KnownMetadata).decode
_hidden = Decoder(HiddenParams).decode
_counted = Decoder(_Counted).decode
_any = Decoder().decode
_members = Decoder(dict[str, Raw]).decode
_encode = Encoder().encode
_NOTHING_KNOWN = KnownMetadata()


def read_known(metadata: Raw) -> KnownMetadata:
    """The known fields of the allow-listed metadata; all of them absent if it is no JSON object."""
    try:
        return _known(metadata)
    except DecodeError:
        return _NOTHING_KNOWN


def read_hidden(params: Raw) -> HiddenParams | Raw:
    """`hidden_params` without nulls, at any depth; NOTHING if they are no JSON object."""
    try:
        hidden = _hidden(params)
        headers = hidden.additional_headers
        if len(headers) <= 2 or bytes(headers).rfind(b"null") < 0:
            return hidden
    except DecodeError:  # a newer LiteLLM's, or with something in it that is no scalar
        if bytes(params)[:1] != b"{":
            return NOTHING
    return Raw(_encode(_pruned(_any(params))))


def read_usage(metadata: Raw) -> UsageObject | None:
    """The usage that the allow-listed metadata repeats: all there is of it where LiteLLM redacted a whole response."""
    try:
        usage = _counted(metadata).usage_object
    except DecodeError:
        return None
    return usage if usage is not None and (usage.prompt_tokens or usage.completion_tokens) else None


def without_keys(metadata: Raw) -> Raw:
    """The allow-listed metadata without what it says of the proxy's keys, teams and users (`user_api_key…`)."""
    try:
        members = _members(metadata)
    except DecodeError:
        return metadata
    return Raw(_encode({key: value for key, value in members.items() if not key.startswith("user_api_key")}))


def compose(metadata: Raw, known: KnownMetadata, enrichments: Enrichments) -> Raw:
    """The allow-listed `metadata` without what the requester gave himself, that in its own key, and `enrichments`.

    `enrichments` win over members of `metadata`, of which `known` are the known fields.
    """
    added = _encode(enrichments)
    text = bytes(metadata) if known is not _NOTHING_KNOWN else b"{}"
    requester = known.requester_metadata
    if (
        (requester and requester != NULL)
        or known.hidden_params
        or known.api_base
        or known.cache_hit
        or known.litellm_response_cost
        or known.vertex_location
        or known.aws_region_name
        or (
            len(known.requester_custom_headers) > len(NULL)
            and _without_credentials(known.requester_custom_headers) is not known.requester_custom_headers
        )
    ):
        pieces: tuple[bytes, ...] = (_rebuilt(text, added)[:-1], b",", added[1:])
    elif requester:
        pieces = (*_with_empty_requester(text), b",", added[1:])
    elif len(text) < 16 and not text[1:-1].strip():
        pieces = (b"{", _REQUESTER_EMPTY, b",", added[1:])
    else:
        pieces = (text[:-1], b",", _REQUESTER_EMPTY, b",", added[1:])
    return Raw(b"".join(pieces))


def _with_empty_requester(text: bytes) -> tuple[bytes, ...]:
    """The object with {} for the null of `requester_metadata`, in pieces and without its closing brace."""
    # From the end, where CPython searches in half the time. Only if the name is there once: else it could be a
    # nested one, or somebody's text.
    at = text.rfind(_REQUESTER)
    if text.rfind(_REQUESTER, 0, at) < 0:
        value_at = at + len(_REQUESTER)
        for colon_null in (b": null", b":null"):
            if text.startswith(colon_null, value_at):
                return text[:at], _REQUESTER_EMPTY, text[value_at + len(colon_null) : -1]
    return (_rebuilt(text, b"{}")[:-1],)


def _rebuilt(text: bytes, enrichments: bytes) -> bytes:
    members = _members(text)
    requester = members.pop("requester_metadata", NOTHING)
    given = _members(requester) if bytes(requester)[:1] == b"{" else {}
    taken = given.keys() | _members(enrichments).keys()
    members = {key: value for key, value in members.items() if key not in taken}
    given = {key: value if key == "headers" else mend_integers(value) for key, value in given.items()}
    if "headers" in given:
        given["headers"] = _without_credentials(given["headers"])
    if "requester_custom_headers" in members:
        members["requester_custom_headers"] = _without_credentials(members["requester_custom_headers"])
    members["requester_metadata"] = Raw(_encode(given))
    return _encode(members)


def _without_credentials(headers: Raw) -> Raw:
    """LiteLLM takes out authorization and keys it knows, and writes over cookies; the others are left."""
    try:
        named = _members(headers)
    except DecodeError:  # no headers
        return headers
    kept = {name: value for name, value in named.items() if value == HIDDEN or not _is_secret_header(name)}
    return headers if len(kept) == len(named) else Raw(_encode(kept))


def _is_secret_header(name: str) -> bool:
    """A header's token is a credential; among settings it may be a word of the model's (`eos_token`)."""
    return is_secret(name) or name.lower().endswith("token")


def _pruned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _pruned(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_pruned(item) for item in value if item is not None]
    return value
