"""All settings in one value, and the catalogue of keys that an operator may type.

Composes the stages' own types; the catalogue is read off them (description, bounds, default stand there, once).
"""

from __future__ import annotations

from typing import Any, get_args

import msgspec
from msgspec import Struct, inspect

from shipper.batch import BatchSettings
from shipper.deadletter import DeadLetterSettings
from shipper.endpoint import BackendSettings
from shipper.kafka import KafkaSettings
from shipper.log import LogSettings
from shipper.mapping.settings import MappingSettings
from shipper.pipeline import ProcessSettings
from shipper.pricing import PricingSettings
from shipper.retry import RetrySettings
from shipper.secret import Secret
from shipper.status import StatusSettings


class Settings(Struct, frozen=True, kw_only=True):
    """The whole configuration, one field a section."""

    process: ProcessSettings = ProcessSettings()
    kafka: KafkaSettings = KafkaSettings()
    pricing: PricingSettings = PricingSettings()
    mapping: MappingSettings = MappingSettings()
    batch: BatchSettings = BatchSettings()
    backend: BackendSettings = BackendSettings()
    retry: RetrySettings = RetrySettings()
    dead_letters: DeadLetterSettings = DeadLetterSettings()
    status: StatusSettings = StatusSettings()
    log: LogSettings = LogSettings()


class Key(Struct, frozen=True):
    """One configuration key: `type` is its annotation with bounds, `allowed` says the same in words."""

    section: str
    name: str
    type: Any
    default: object
    description: str
    allowed: str
    secret: bool
    many: bool

    @property
    def dotted(self) -> str:
        """`section.name`, as in flags and messages."""
        return f"{self.section}.{self.name}"

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"SHIPPER_{self.section}__{self.name}".upper()

    def of(self, settings: Settings) -> Any:
        """Its value in `settings`."""
        return getattr(getattr(settings, self.section), self.name)


def _keys() -> dict[str, Key]:
    keys = []
    for section in msgspec.structs.fields(Settings):
        for field in msgspec.structs.fields(section.type):
            meta = inspect.type_info(field.type)
            described = meta.extra_json_schema or {} if isinstance(meta, inspect.Metadata) else {}
            bare = _bare(meta)
            keys.append(
                Key(
                    section=section.name,
                    name=field.name,
                    type=field.type,
                    default=field.default,
                    description=described.get("description", ""),
                    allowed=_allowed(bare, field.type),
                    secret=isinstance(bare, inspect.CustomType) and bare.cls is Secret,
                    many=isinstance(bare, inspect.VarTupleType),
                )
            )
    return {key.dotted: key for key in keys}


def _bare(kind: inspect.Type) -> inspect.Type:
    """The type behind its metadata and behind `| None`: absence is said by leaving the key out."""
    if isinstance(kind, inspect.Metadata):
        return _bare(kind.type)
    if isinstance(kind, inspect.UnionType):
        present = [member for member in kind.types if not isinstance(member, inspect.NoneType)]
        return _bare(present[0]) if len(present) == 1 else kind
    return kind


def _allowed(kind: inspect.Type, annotation: Any) -> str:
    match kind:
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType():
            return "an integer" + _bounds(kind)
        case inspect.FloatType():
            return "a number" + _bounds(kind)
        case inspect.LiteralType():
            return "one of " + ", ".join(str(value) for value in _in_order(kind.values, annotation))
        case inspect.StrType(min_length=1):
            return "a text that is not empty"
        case inspect.StrType():
            return "a text"
        case inspect.CustomType() if kind.cls is Secret:
            return "a secret text, not empty"
        case inspect.VarTupleType():
            return _allowed_list(kind, annotation)
        case inspect.DictType():
            return "a table"
    raise NotImplementedError(f"no words for the type {annotation}")


def _allowed_list(kind: inspect.VarTupleType, annotation: Any) -> str:
    match kind.item_type:
        case inspect.StrType():
            return "a list of texts"
        case inspect.LiteralType(values=values) if kind.min_length == 1:
            return "a list of one or more of " + ", ".join(str(value) for value in _in_order(values, annotation))
    raise NotImplementedError(f"no words for the type {annotation}")


def _bounds(kind: inspect.IntType | inspect.FloatType) -> str:
    words = {"at least": kind.ge, "above": kind.gt, "at most": kind.le, "below": kind.lt}
    given = [f"{word} {bound}" for word, bound in words.items() if bound is not None]
    return f" ({' and '.join(given)})" if given else ""


def _in_order(values: tuple[Any, ...], annotation: Any) -> list[Any]:
    """`values` in the order in which they are written down (the inspection sorts them)."""
    written: list[Any] = []
    pending = [annotation]
    while pending:
        arguments = get_args(pending.pop(0))
        written += [argument for argument in arguments if isinstance(argument, str)]
        pending += [argument for argument in arguments if get_args(argument)]
    return sorted(values, key=written.index)


KEYS = _keys()
SECTIONS = tuple(field.name for field in msgspec.structs.fields(Settings))
