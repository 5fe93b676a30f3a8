"""Tells the shapes of the contract apart and reads them; a record in none of them is refused, never guessed.

Pure. Rule: no bytes whatever raise. Detected in this order: key `schema`, object `standard_logging_object`,
a bare StandardLoggingPayload (`call_type` with `startTime` and an id).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from msgspec import DecodeError, Struct, ValidationError, json
from msgspec.structs import replace

from shipper.decode.litellm import to_call
from shipper.decode.media import MIN_CHARACTERS, describe_media
from shipper.decode.numbers import mend_constants
from shipper.decode.plain import from_plain
from shipper.decode.plain_reading import UNKNOWN
from shipper.decode.shapes import LiteLLMRecord, Payload
from shipper.decode.steering import from_requester
from shipper.decode.surrogates import mend_surrogates
from shipper.decode.tolerant import decode_tolerantly
from shipper.mapping.settings import MappingSettings
from shipper.records import CallRecord, Record, Rejected, Repair

S = TypeVar("S", bound=Struct)

_MENDERS: tuple[tuple[Repair, Callable[[bytes], bytes | None]], ...] = (
    ("lone_surrogate", mend_surrogates),
    ("not_a_number", mend_constants),
)
_PLAIN_FIRST = b'{"schema"'

_litellm = json.Decoder(LiteLLMRecord).decode
_payload = json.Decoder(Payload).decode


class Decoder:
    """Reads record values; holds settings only, so one serves all partitions."""

    def __init__(self, settings: MappingSettings) -> None:
        """Of the settings only those of LiteLLM's own callback matter here."""
        self._settings = settings

    def decode(self, record: Record) -> CallRecord | Rejected:
        """One record's value as a CallRecord, or the reason why it can never be delivered. Never raises.

        Optional fields of another type than theirs keep their defaults and are named in `repairs`.
        """
        value = record.value
        if not value:
            return Rejected("empty", "no value")
        repairs: list[str] = []
        try:
            if not value.isascii():
                value.decode()  # Raw parts are not checked for UTF-8 by the JSON decoder
            if len(value) > MIN_CHARACTERS:
                value, described = describe_media(value)
                repairs = ["data_uri"] * described
            return self._decode(value, record, repairs)
        except UnicodeDecodeError as error:
            return Rejected("invalid_utf8", f"byte {error.start}")
        except RecursionError:
            return Rejected("too_deep", "nested deeper than the decoder follows")
        except (DecodeError, ValueError, TypeError, ArithmeticError) as error:
            return self._mended(value, record, error, ["data_uri"] * repairs.count("data_uri"))

    def _mended(self, value: bytes, record: Record, error: Exception, repairs: list[str]) -> CallRecord | Rejected:
        n_before = len(repairs)
        for repair, mend in _MENDERS if isinstance(error, DecodeError) else ():
            mended = mend(value)
            if mended is not None:
                value = mended
                repairs.append(repair)
        try:
            if len(repairs) > n_before:
                return self._decode(value, replace(record, value=value), repairs)
        except RecursionError:
            return Rejected("too_deep", "nested deeper than the decoder follows")
        except (DecodeError, ValueError, TypeError, ArithmeticError) as another:
            error = another
        if isinstance(error, DecodeError) and not isinstance(error, ValidationError):
            return Rejected("invalid_json", "not one JSON text")
        return Rejected("wrong_type", type(error).__name__)

    def _decode(self, value: bytes, record: Record, repairs: list[str]) -> CallRecord | Rejected:
        if value.startswith(_PLAIN_FIRST):
            return from_plain(value, repairs)
        odd: list[str] = []
        envelope = _read(_litellm, LiteLLMRecord, value, odd)
        if envelope is None:
            return UNKNOWN
        if envelope.schema:
            return from_plain(value, repairs)
        payload = envelope.standard_logging_object
        if payload is not None:
            return to_call(envelope, payload, record, repairs + odd if odd else repairs, self._settings)
        if envelope.call_type and envelope.startTime and (envelope.id or envelope.litellm_call_id):
            payload = _read(_payload, Payload, value, repairs)
            if payload is not None:
                return to_call(from_requester(payload.metadata), payload, record, repairs, self._settings)
        return UNKNOWN


def _read(decode: Callable[[bytes], S], shape: type[S], value: bytes, repairs: list[str]) -> S | None:
    """Read strictly, and where that fails field by field; None if it is no JSON object."""
    try:
        return decode(value)
    except ValidationError:
        return decode_tolerantly(value, shape, repairs)
