"""The pure stages one after the other, and what becomes of a record that meets a verdict or a mistake in them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Never

import pytest
from msgspec.structs import replace

from shipper.records import Billing, CallRecord, Cost, Event, Observation, Record, Rejected, Trace
from shipper.stages import Stages, Worked

START = datetime(2026, 1, 1, tzinfo=UTC)
CALL = CallRecord("plain", Trace("t"), Observation("c", "generation", START), Billing(("m",), "", START, None, None))
EVENTS = [Event("a", b"x" * 10), Event("b", b"x" * 20)]
RECORD = Record("calls", 0, 0, 1, None, b"{}")


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
