"""Hours of off-peak prices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from shipper.pricing.off_peak import OffPeak

TUESDAY = datetime(2026, 11, 24, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 28, tzinfo=UTC)


def _holds(block: dict[str, Any], at: datetime) -> bool:
    return OffPeak.read(block).holds(at)


@pytest.mark.parametrize(
    ("hours", "time", "open_"),
    [
        ("04:00-06:00", "04:00", True),
        ("04:00-06:00", "05:59", True),
        ("04:00-06:00", "06:00", False),
        ("04:00-06:00", "03:59", False),
        ("16:30-00:30", "16:30", True),
        ("16:30-00:30", "00:29", True),
        ("16:30-00:30", "00:30", False),
        ("00:00-00:00", "13:37", True),
        (["01:00-02:00", " 03:00 - 04:00 "], "03:30", True),
    ],
)
def test_a_window_begins_with_its_start_ends_before_its_end_and_may_pass_midnight(
    hours: object, time: str, open_: bool
) -> None:
    hour, minute = map(int, time.split(":"))
    assert _holds({"hours_utc": hours}, TUESDAY.replace(hour=hour, minute=minute)) is open_


def test_hours_are_utc_whatever_the_offset_of_the_call() -> None:
    at = datetime(2026, 11, 24, 12, 30, tzinfo=timezone(timedelta(hours=8)))
    assert _holds({"hours_utc": "04:00-05:00"}, at)


@pytest.mark.parametrize("weekdays", [[6, 7], ["sat", "Sunday"], ["SATURDAY"]])
def test_windows_hold_on_their_weekdays(weekdays: list[object]) -> None:
    block = {"windows": [{"hours_utc": "00:00-00:00", "weekdays": weekdays}]}
    assert _holds(block, SATURDAY)
    assert not _holds(block, TUESDAY)


def test_weekdays_are_read_on_the_calendar_of_the_provider() -> None:
    block = {"weekday_timezone": "Asia/Shanghai", "windows": [{"hours_utc": "00:00-00:00", "weekdays": [6]}]}
    friday_evening = datetime(2026, 11, 27, 17, tzinfo=UTC)
    assert _holds(block, friday_evening)
    assert not _holds({"windows": block["windows"]}, friday_evening)


@pytest.mark.parametrize(
    "block",
    [
        {},
        {"hours_utc": "later"},
        {"hours_utc": "25:00-26:00"},
        {"hours_utc": 5},
        {"windows": "00:00-00:00"},
        {"windows": [5, {"hours_utc": "00:00-00:00", "weekdays": "sat"}]},
        {"windows": [{"hours_utc": "00:00-00:00", "weekdays": [None, 9]}]},
    ],
)
def test_what_is_no_window_is_passed_over(block: dict[str, Any]) -> None:
    assert not _holds(block, SATURDAY)


def test_an_unknown_calendar_is_utc() -> None:
    block = {"weekday_timezone": "Mars/Olympus", "windows": [{"hours_utc": "00:00-00:00", "weekdays": [6]}]}
    assert _holds(block, SATURDAY)
