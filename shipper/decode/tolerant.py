"""The second, slower way to read an object: field by field, so that one odd value costs only itself.

Pure, and knows no particular shape. The first way is msgspec's strict typed decoding, which refuses the whole.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin

from msgspec import DecodeError, Raw, Struct, ValidationError, structs
from msgspec.json import Decoder

S = TypeVar("S", bound=Struct)

_fields = cache(structs.fields)


@cache
def _decoder(wanted: Any) -> Callable[[bytes | Raw | str], Any]:
    return Decoder(wanted).decode


def decode_tolerantly(data: bytes | Raw, shape: type[S], odd: list[str], path: str = "") -> S | None:
    """Read a JSON object into `shape`, every field of which must have a default.

    A field whose value does not fit keeps its default and its name is appended to `odd`; numbers become
    strings where a string is wanted, and whole floats integers. None if `data` is no JSON object.
    Raises DecodeError for bytes that are no JSON at all.
    """
    try:
        members = _decoder(dict[str, Raw])(data)
    except ValidationError:
        return None
    values: dict[str, Any] = {}
    for field in _fields(shape):
        raw = members.get(field.encode_name)
        if raw is None:
            continue
        try:
            values[field.name] = _decoder(field.type)(raw)
        except ValidationError:
            if not _salvage(raw, field.type, values, field.name, odd, path):
                odd.append(path + field.name)
    return shape(**values)


def _salvage(raw: Raw, wanted: Any, values: dict[str, Any], name: str, odd: list[str], path: str) -> bool:
    """Put into `values` what can be had of a value that is not of the `wanted` type."""
    alternatives = get_args(wanted) if get_origin(wanted) in (Union, types.UnionType) else (wanted,)
    for alternative in alternatives:
        if isinstance(alternative, type) and issubclass(alternative, Struct):
            inner = decode_tolerantly(raw, alternative, odd, f"{path}{name}.")
            if inner is not None:
                values[name] = inner
                return True
        elif alternative is str and bytes(raw)[:1] in b"-0123456789":
            values[name] = bytes(raw).decode()
            return True
        elif get_args(alternative)[:1] == (int,):  # a Count
            whole = _whole(raw, alternative)
            if whole is not None:
                values[name] = whole
                return True
        elif get_origin(alternative) is list and _items(raw, alternative, values, name):
            odd.append(path + name)
            return True
    return False


def _whole(raw: Raw, wanted: Any) -> int | None:
    """12.0 as 12, if it is in the bounds of the wanted type."""
    try:
        number = _decoder(float)(raw)
        return _decoder(wanted)(str(int(number))) if number.is_integer() else None
    except DecodeError:
        return None


def _items(raw: Raw, wanted: Any, values: dict[str, Any], name: str) -> bool:
    """The items of a list that are of the wanted type; False if it is no list."""
    (item_type,) = get_args(wanted)
    try:
        items = _decoder(list[Raw])(raw)
    except ValidationError:
        return False
    kept = []
    for item in items:
        try:
            kept.append(_decoder(item_type)(item))
        except ValidationError:
            if item_type is str and bytes(item)[:1] in b"-0123456789":
                kept.append(bytes(item).decode())
    values[name] = kept
    return True
