"""The pure stages one after the other, and what becomes of a record that meets a verdict or a mistake in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Never

import pytest
from msgspec.structs import replace

from shipper.records import Billing, CallRecord, Cost, Event, Observation, Record, Rejected, Trace
from shipper.stages import Stages, Worked, next_chunk

START = datetime(2026, 1, 1, tzinfo=UTC)
CALL = CallRecord("plain", Trace("t"), Observation("c", "generation", START), Billing(("m",), "", START, None, None))
EVENTS = [Event("a", b"x" * 10), Event("b", b"x" * 20)]
RECORD = Record("calls", 0, 0, 1, None, b"{}")
ODD = replace(RECORD, key=b"odd")


def fails(*_: object) -> Never:
    """A stage that must not be asked, or that has a mistake."""
    raise ZeroDivisionError


def test_a_record_goes_through_all_stages() -> None:
    """What one stage gives is what the next one gets."""
    conforming, shortened = replace(CALL, repairs=("id",)), replace(CALL, repairs=("id", "truncated"))
    stages = Stages(
        lambda _: CALL,
        lambda billing: Cost(len(billing.models)),
        lambda call: conforming if call is CALL else fails(),
        lambda call, cost: EVENTS if (call, cost) == (conforming, Cost(1)) else fails(),
        lambda call, _, events: (shortened, events[:1]) if call is conforming and events is EVENTS else fails(),
    )

    assert stages.work(RECORD) == Worked(shortened, Cost(1), EVENTS[:1])


def test_a_verdict_of_the_decoder_ends_the_way() -> None:
    """A rejected record is neither priced nor mapped."""
    rejected = Rejected("invalid_json", "at byte 0")

    assert Stages(lambda _: rejected, fails, fails, fails, fails).work(RECORD) is rejected


def test_an_event_that_fits_nowhere_is_a_verdict_on_the_record() -> None:
    rejected = Rejected("event_too_large", "20 bytes in one event")
    stages = Stages(lambda _: CALL, lambda _: Cost(1), lambda call: call, lambda *_: EVENTS, lambda *_: rejected)

    assert stages.work(RECORD) is rejected


@pytest.mark.parametrize("broken", range(5))
def test_a_mistake_in_a_stage_costs_only_its_record(broken: int) -> None:
    """The verdict names the kind of the mistake and nothing of the record."""
    stages: list[Any] = [
        lambda _: CALL, lambda _: Cost(1), lambda call: call, lambda *_: EVENTS, lambda call, _, events: (call, events),
    ]  # fmt: skip
    stages[broken] = fails

    assert Stages(*stages).work(RECORD) == Rejected("unmappable", "ZeroDivisionError")


def _by_key(record: Record) -> CallRecord | Rejected:
    """A decoder that refuses what has a key."""
    return CALL if record.key is None else Rejected("empty", record.key.decode())


def test_records_that_are_worked_together_come_out_as_each_for_itself_and_in_their_order() -> None:
    good, bad = replace(RECORD, value=b"{1}"), replace(RECORD, key=b"bad")
    stages = Stages(
        _by_key, lambda _: Cost(1), lambda call: call, lambda *_: EVENTS, lambda call, _, events: (call, events)
    )

    for records in ([], [good], [bad], [good, bad, good], [bad, good, bad]):
        assert stages.work_all(records) == [stages.work(record) for record in records]


def test_an_event_that_fits_nowhere_costs_only_its_record_of_several() -> None:
    verdicts: Iterator[Any] = iter(
        [(CALL, EVENTS), Rejected("event_too_large", "20 bytes in one event"), (CALL, EVENTS)]
    )
    stages = Stages(_by_key, lambda _: Cost(1), lambda call: call, lambda *_: EVENTS, lambda *_: next(verdicts))

    first, second, third = stages.work_all([RECORD] * 3)

    assert first == third == Worked(CALL, Cost(1), EVENTS)
    assert second == Rejected("event_too_large", "20 bytes in one event")


@pytest.mark.parametrize("broken", range(5))
def test_a_mistake_in_a_stage_costs_only_its_record_of_several(broken: int) -> None:
    """The second of three calls is the one that no stage may be asked about, and one of them fails over."""
    odd = replace(CALL, billing=replace(CALL.billing, provider="odd"))
    stages: list[Any] = [
        lambda record: odd if record.key else CALL, lambda _: Cost(1), lambda call: call, lambda *_: EVENTS,
        lambda call, _, events: (call, events),
    ]  # fmt: skip
    usual = stages[broken]
    stages[broken] = lambda about, *more: fails() if about in (odd, odd.billing, ODD) else usual(about, *more)

    found = Stages(*stages).work_all([RECORD, ODD, RECORD])

    assert found == [
        Worked(CALL, Cost(1), EVENTS), Rejected("unmappable", "ZeroDivisionError"), Worked(CALL, Cost(1), EVENTS),
    ]  # fmt: skip


def test_few_and_small_records_are_worked_together() -> None:
    records = [replace(RECORD, offset=offset, value=b"x" * 1_000) for offset in range(100)]

    assert next_chunk(records, 90, 10**9) == records[90:]
    assert 1 < len(next_chunk(records, 0, 10**9)) < 100
    assert next_chunk(records, 7, 12_000) == records[7:9]


@pytest.mark.parametrize("room_bytes", [0, -1, 1, 10**9])
def test_there_is_always_one_that_can_be_worked(room_bytes: int) -> None:
    large = replace(RECORD, value=b"x" * 10**6)

    assert next_chunk([RECORD, large, RECORD], 1, room_bytes) == [large]
