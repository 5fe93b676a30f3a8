"""The metadata of a LiteLLM generation: what LiteLLM vouches for, never the caller's raw metadata.

Rules: LiteLLM, integrations/langfuse/langfuse.py (`log_requester_metadata`, the enrichments, and
`filter_exceptions_from_params` for the nulls of `hidden_params`; nulls of the rest stay).
Made by splicing JSON texts: of some forty keys at most one changes.
"""

from __future__ import annotations

from typing import Any

from msgspec import DecodeError, Raw, Struct, ValidationError
from msgspec.json import Decoder, encode

from shipper.decode.shapes import NOTHING
from shipper.decode.values import NULL

_REQUESTER_NULL = b'"requester_metadata":null'
_REQUESTER_EMPTY = b'"requester_metadata":{}'

_any = Decoder()
_members = Decoder(dict[str, Raw])


class KnownMetadata(Struct, gc=False):
    """The allow-listed metadata's fields that rules need; the later ones are written over by enrichments."""

    user_api_key_alias: Raw = NOTHING
    user_api_key_end_user_id: Raw = NOTHING
    requester_metadata: Raw = NOTHING
    litellm_response_cost: Raw = NOTHING
    hidden_params: Raw = NOTHING
    api_base: Raw = NOTHING
    vertex_location: Raw = NOTHING
    aws_region_name: Raw = NOTHING
    cache_hit: Raw = NOTHING

    @staticmethod
    def read(metadata: Raw) -> KnownMetadata:
        """The fields above; all of them absent if `metadata` is no JSON object."""
        try:
            return _known.decode(metadata) if metadata else _NOTHING_KNOWN
        except DecodeError:
            return _NOTHING_KNOWN

    def needs_rebuild(self) -> bool:
        """Whether more changes than `requester_metadata` from null to {}."""
        return bool(
            (self.requester_metadata and self.requester_metadata != NULL)
            or self.hidden_params
            or self.api_base
            or self.cache_hit
            or self.litellm_response_cost
            or self.vertex_location
            or self.aws_region_name
        )


class _HiddenParams(Struct, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """LiteLLM's StandardLoggingHiddenParams: half of it is null, and this is the fast way to leave that out."""

    model_id: Any = None
    cache_key: Any = None
    api_base: Any = None
    response_cost: Any = None
    litellm_overhead_time_ms: Any = None
    additional_headers: Raw = NOTHING
    batch_models: Any = None
    batch_successful_requests: Any = None
    batch_failed_requests: Any = None
    litellm_model_name: Any = None
    usage_object: Any = None


_known = Decoder(KnownMetadata)
_hidden = Decoder(_HiddenParams)
_NOTHING_KNOWN = KnownMetadata()


def compose(metadata: Raw, known: KnownMetadata, enrichments: list[bytes | Raw]) -> Raw:
    """The allow-listed `metadata` without what the requester gave himself, that in its own key, and `enrichments`.

    `enrichments` are the pieces of at least one JSON member; they win over members of `metadata`.
    """
    text = bytes(metadata)
    if text[:1] != b"{":
        text = b"{}"
    if known.needs_rebuild():
        text = _rebuilt(text, b"{%b}" % b"".join(enrichments))
    elif known.requester_metadata:
        # Only where it is there once: else the first could be a nested one.
        if text.count(_REQUESTER_NULL) == 1:
            text = text.replace(_REQUESTER_NULL, _REQUESTER_EMPTY)
        else:
            text = _rebuilt(text, b"{}")
    else:
        text = _appended(text, [_REQUESTER_EMPTY])
    return Raw(_appended(text, enrichments))


def without_nulls(params: Raw) -> bytes | None:
    """`hidden_params` as a JSON object without nulls, at any depth; None if it is no object."""
    text = bytes(params)
    if text[:1] != b"{":
        return None
    if b"null" not in text:
        return text
    try:
        text = encode(_hidden.decode(text))
    except ValidationError:  # a version of LiteLLM that has more keys
        text = encode({key: value for key, value in _members.decode(text).items() if value != NULL})
    return text if b"null" not in text else encode(_pruned(_any.decode(text)))


def _pruned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _pruned(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_pruned(item) for item in value if item is not None]
    return value


def _appended(text: bytes | Raw, members: list[bytes | Raw]) -> bytes:
    """A JSON object with more members, given in pieces, at its end."""
    is_empty = len(text) < 16 and not bytes(text)[1:-1].strip()
    return b"".join((memoryview(text)[:-1], b"" if is_empty else b",", *members, b"}"))


def _rebuilt(text: bytes, enrichments: bytes) -> bytes:
    members = _members.decode(text)
    requester = members.pop("requester_metadata", NOTHING)
    if bytes(requester)[:1] != b"{":
        requester = Raw(b"{}")
    taken = _members.decode(requester).keys() | _members.decode(enrichments).keys()
    members = {key: value for key, value in members.items() if key not in taken}
    members["requester_metadata"] = requester
    return encode(members)
