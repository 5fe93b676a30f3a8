"""The operator's file of own prices: TOML in, `Overrides` out, or every problem at once.

The rule: nothing is guessed. A name that nobody knows, a price that cannot be one, or a time that two prices claim is
a problem, with the table and the key where it stands. Pure: bytes in.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from itertools import pairwise
from typing import Any

from shipper.pricing.adjustment import Adjustments
from shipper.pricing.adjustment_file import read_discounts, read_margins, toml_key
from shipper.pricing.faults import faults
from shipper.pricing.overrides import ModelPrices, Overrides, OwnPrices
from shipper.pricing.price_keys import is_known, is_price, nearest

_TABLES = ("models", "teams", "keys", "discounts", "margins")
_LIMITS = ("valid_from", "valid_until")
# What stands in these parts of a row besides prices.
_NESTED = {
    "tiered_pricing": frozenset({"range", "max_results_range"}),
    "off_peak_pricing": frozenset({"windows", "hours_utc", "weekday_timezone"}),
}
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)


class OverridesError(ValueError):
    """The file cannot be used; `problems` has everything that is wrong with it, a line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


def parse_overrides(data: bytes) -> Overrides:
    """Reads the tables `models`, `teams`, `keys`, `discounts` and `margins`, all of them optional.

    Raises `OverridesError`.
    """
    try:
        document = tomllib.loads(data.decode())
    except UnicodeDecodeError:
        raise OverridesError(["is not UTF-8"]) from None
    except (ValueError, RecursionError) as error:
        raise OverridesError([f"is not TOML: {error}"]) from None
    problems = [
        f"{toml_key(name)}: no such table; there are {', '.join(_TABLES)}" for name in document.keys() - _TABLES
    ]
    problems.sort()
    reader = _Reader(problems.append)
    overrides = Overrides(
        models=reader.models("models", document.get("models", {})),
        teams=reader.payers("teams", document.get("teams", {})),
        keys=reader.payers("keys", document.get("keys", {})),
        adjustments=Adjustments(
            read_discounts(document.get("discounts", {}), problems.append),
            read_margins(document.get("margins", {}), problems.append),
        ),
    )
    if problems:
        raise OverridesError(problems)
    return overrides


class _Reader:
    """Reads the tables with prices; what is wrong goes to `complain`."""

    def __init__(self, complain: Callable[[str], object]) -> None:
        self._complain = complain

    def payers(self, where: str, tables: object) -> Mapping[str, ModelPrices]:
        """`[teams."sales".models."gpt-x"]`: the models of each team or key."""
        found = {}
        for name, table in self._tables(where, tables):
            inner = f"{where}.{toml_key(name)}"
            if not name.strip():
                self._complain(f"{inner}: is nobody's name")
            if not isinstance(table, dict) or table.keys() != {"models"}:
                self._complain(f"{inner}: must hold the table models and nothing else")
                continue
            found[name] = self.models(f"{inner}.models", table["models"])
        return found

    def models(self, where: str, tables: object) -> ModelPrices:
        """`[models."gpt-x"]`, or `[[models."gpt-x"]]` once for each time."""
        found: dict[str, tuple[OwnPrices, ...]] = {}
        for name, entries in self._tables(where, tables):
            inner = f"{where}.{toml_key(name)}"
            if not name.strip():
                self._complain(f"{inner}: is no model's name")
            if name.lower() in found:
                self._complain(f"{inner}: stands here twice; case makes no difference")
            several = entries if isinstance(entries, list) and entries else [entries]
            own = [self._own(_nth(inner, number, several), entry) for number, entry in enumerate(several)]
            found[name.lower()] = prices = tuple(one for one in own if one is not None)
            self._check_times(inner, prices)
        return found

    def _tables(self, where: str, tables: object) -> Iterator[tuple[str, Any]]:
        if isinstance(tables, dict):
            yield from tables.items()
        else:
            self._complain(f"{where}: must be a table")

    def _own(self, where: str, entry: object) -> OwnPrices | None:
        if not isinstance(entry, dict):
            self._complain(f"{where}: must be a table of prices")
            return None
        row = {key: value for key, value in entry.items() if key not in _LIMITS}
        self._check_keys(where, row)
        for key in _NESTED.keys() & row.keys():
            for part in row[key] if isinstance(row[key], list) else [row[key]]:
                self._check_keys(f"{where}.{key}", part if isinstance(part, dict) else {}, _NESTED[key])
        for fault in faults(row):
            self._complain(f"{where}: {fault}")
        if not any(map(is_price, row)):
            self._complain(f"{where}: sets no price")
        limits = [self._limit(f"{where}.{key}", entry.get(key)) for key in _LIMITS]
        return OwnPrices(where, row, *limits)

    def _check_keys(self, where: str, row: Mapping[str, Any], besides: frozenset[str] = frozenset()) -> None:
        for key in row:
            if key not in besides and not is_known(key):
                meant = f"; did you mean {near}?" if (near := nearest(key)) else ""
                self._complain(f"{where}.{toml_key(key)}: no such price{meant}")

    def _limit(self, where: str, value: object) -> datetime | None:
        match value:
            case None:
                return None
            case datetime():
                return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
            case date():
                return datetime.combine(value, time(), UTC)
        self._complain(f"{where}: must be a date or a time such as 2026-07-01 or 2026-07-01T12:00:00Z")
        return None

    def _check_times(self, where: str, several: tuple[OwnPrices, ...]) -> None:
        spans = sorted((one.valid_from or _EARLIEST, one.valid_until or _LATEST) for one in several)
        for begin, end in spans:
            if begin >= end:
                self._complain(f"{where}: valid_from must be before valid_until")
        if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
            self._complain(f"{where}: two of its prices hold at the same time")


def _nth(where: str, number: int, several: list[Any]) -> str:
    return f"{where} no. {number + 1}" if len(several) > 1 else where
