"""When a row's off-peak prices hold: by the hours of the call's own start, not of the day it is priced.

Rule: LiteLLM's (`_is_off_peak` in llm_cost_calc/utils.py): windows "HH:MM-HH:MM" in UTC, start in, end out; one that
ends before it begins goes past midnight, one that ends where it begins is the whole day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EVERY_DAY = frozenset(range(1, 8))


class Window(Struct, frozen=True):
    """Minutes of the day in UTC, from `begin` up to and without `end`, on the ISO weekdays `days`."""

    begin: int
    end: int
    days: frozenset[int]

    def holds(self, minute: int, day: int) -> bool:
        """Whether it is open at that minute of the day; `day` is read on the block's own calendar."""
        if day not in self.days:
            return False
        if self.begin < self.end:
            return self.begin <= minute < self.end
        return minute >= self.begin or minute < self.end


class OffPeak(Struct, frozen=True):
    """The hours of one block `off_peak_pricing`."""

    windows: tuple[Window, ...]
    calendar: tzinfo = UTC

    @classmethod
    def read(cls, block: Mapping[str, Any]) -> OffPeak:
        """The hours of a block; what is no window is passed over, as LiteLLM does."""
        found = [*_windows(block.get("hours_utc"), _EVERY_DAY)]
        rules = block.get("windows")
        for rule in rules if isinstance(rules, list) else ():
            if isinstance(rule, Mapping):
                found += _windows(rule.get("hours_utc"), _weekdays(rule.get("weekdays")))
        return cls(tuple(found), _calendar(block.get("weekday_timezone")))

    def holds(self, at: datetime) -> bool:
        """Whether a call that began then (an aware time) is off-peak."""
        moment = at.astimezone(UTC)
        minute, day = moment.hour * 60 + moment.minute, moment.astimezone(self.calendar).isoweekday()
        return any(window.holds(minute, day) for window in self.windows)


def _windows(hours: object, days: frozenset[int]) -> Iterable[Window]:
    for text in (hours,) if isinstance(hours, str) else hours if isinstance(hours, list) else ():
        begin, _, end = text.partition("-") if isinstance(text, str) else ("", "", "")
        first, last = _minute(begin), _minute(end)
        if first is not None and last is not None:
            yield Window(first, last, days)


def _minute(text: str) -> int | None:
    hour, _, minute = text.strip().partition(":")
    if not (hour.isdecimal() and minute.isdecimal()):
        return None
    return int(hour) * 60 + int(minute) if int(hour) < 24 and int(minute) < 60 else None


def _weekdays(names: object) -> frozenset[int]:
    if names is None:
        return _EVERY_DAY
    if not isinstance(names, list):
        return frozenset()
    found = set()
    for name in names:
        if isinstance(name, int):
            found.add(name)
        elif isinstance(name, str) and name.strip().lower()[:3] in _DAYS:
            found.add(_DAYS.index(name.strip().lower()[:3]) + 1)
    return frozenset(found) & _EVERY_DAY


def _calendar(name: object) -> tzinfo:
    if isinstance(name, str) and name.strip():
        try:
            return ZoneInfo(name.strip())
        except (ValueError, ZoneInfoNotFoundError, OSError):
            return UTC
    return UTC
