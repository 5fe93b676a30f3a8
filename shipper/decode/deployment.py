"""What the router says of the deployment that it called: its own prices, and the model whose prices it has.

Rule: LiteLLM, litellm_core_utils/litellm_logging.py (`use_custom_pricing_for_model`): any price in the `model_info`
of the call's metadata sets the prices of the call. A header may not: it is the caller's, and not the operator's.
"""

from __future__ import annotations

from functools import lru_cache
from math import inf
from typing import Any

from msgspec import DecodeError, Raw, Struct
from msgspec.json import Decoder

from shipper.decode.shapes import LiteLLMRecord
from shipper.decode.steering import Steering
from shipper.decode.values import NOTHING, to_value

_MAX_PRICES = 64
_CACHED_BYTES = 2048


class Deployment(Struct, frozen=True, gc=False):
    """`prices` by the keys of a price map's row, sorted; `base_model` is the model whose prices are meant."""

    prices: tuple[tuple[str, float], ...] = ()
    base_model: str | None = None

    @property
    def is_free(self) -> bool:
        """Whether input and output cost nothing because somebody set it so."""
        prices = dict(self.prices)
        return prices.get("input_cost_per_token") == 0 and not prices.get("output_cost_per_token")


class _Metadata(Struct, gc=False):
    model_info: Raw = NOTHING


_metadata = Decoder(_Metadata).decode
_UNKNOWN = Deployment()


def to_deployment(record: LiteLLMRecord, steering: Steering) -> Deployment:
    """What `model_info` says; nothing if there is none of it, or no price in it."""
    raw = steering.model_info
    if len(raw) <= len(b"null") and len(record.litellm_metadata) > len(b"null"):
        # The caller has metadata of his own: the proxy's are beside them.
        try:
            raw = _metadata(record.litellm_metadata).model_info
        except DecodeError:  # not an object
            return _UNKNOWN
    return _read(bytes(raw)) if len(raw) <= _CACHED_BYTES else _read_any(bytes(raw))


def _read_any(written: bytes) -> Deployment:
    if b"cost" not in written and b"base_model" not in written:
        return _UNKNOWN
    info = to_value(Raw(written))
    if not isinstance(info, dict):
        return _UNKNOWN
    prices = sorted((name, price) for name, price in map(_price, info.items()) if price is not None)
    base_model = info.get("base_model")
    return Deployment(tuple(prices[:_MAX_PRICES]), base_model if isinstance(base_model, str) and base_model else None)


# There are few deployments, and each call names one.
_read = lru_cache(maxsize=512)(_read_any)


def _price(member: tuple[str, Any]) -> tuple[str, float | None]:
    """A member as a price; YAML reads 3e-6 as a text, so a text of a number is one."""
    name, value = member
    if "_cost" not in name and "cost_per_" not in name:
        return name, None
    try:
        price = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else -1.0
    except (ValueError, OverflowError):
        return name, None
    return name, price if 0.0 <= price < inf else None
