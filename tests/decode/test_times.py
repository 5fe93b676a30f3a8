"""Instants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from shipper.decode.times import aware, from_epoch, from_json, from_kafka

MOMENT = datetime(2026, 11, 23, 9, 18, 36, 500000, UTC)


def test_epoch_seconds_keep_their_microseconds() -> None:
    assert from_epoch(1795425516.989194) == datetime(2026, 11, 23, 9, 18, 36, 989194, UTC)


@pytest.mark.parametrize("seconds", [1e300, -1e300, 1795425516989.0, None])
def test_time_that_no_calendar_holds_is_none(seconds: float | None) -> None:
    assert from_epoch(seconds) is None


def test_kafkas_timestamp_is_in_milliseconds_and_minus_one_is_none() -> None:
    assert from_kafka(1795425516500) == MOMENT
    assert from_kafka(-1) is None


def test_local_time_is_no_instant() -> None:
    assert aware(MOMENT.replace(tzinfo=None)) is None
    assert aware(MOMENT) == MOMENT


@pytest.mark.parametrize(
    "text",
    ['"2026-11-23T09:18:36.5Z"', '"2026-11-23T10:18:36.500000+01:00"', "1795425516.5", '"1795425516.5"'],
)
def test_json_time_is_rfc3339_with_offset_or_epoch_seconds(text: str) -> None:
    assert from_json(Raw(text.encode())) == MOMENT


@pytest.mark.parametrize("text", ['"2026-11-23T09:18:36.5"', '"yesterday"', "null", "true", "[]", "1e99", '"nan"'])
def test_anything_else_is_none(text: str) -> None:
    assert from_json(Raw(text.encode())) is None


@given(st.datetimes(timezones=st.just(timezone(timedelta(hours=5)))))
def test_written_instants_are_read_back(moment: datetime) -> None:
    assert from_json(Raw(f'"{moment.isoformat()}"'.encode())) == moment
