"""The pure stages one after the other, and what becomes of a record that meets a verdict or a mistake in them."""

from __future__ import annotations

from datetime import UTC, datetime

from shipper.records import Billing, CallRecord, Cost, Event, Observation, Record, Rejected, Trace
from shipper.stages import Stages, Worked, too_large

START = datetime(2026, 1, 1, tzinfo=UTC)
CALL = CallRecord("plain", Trace("t"), Observation("c", "generation", START), Billing(("m",), "", START, None, None))
EVENTS = [Event("a", b"x" * 10), Event("b", b"x" * 20)]
RECORD = Record("calls", 0, 0, 1, None, b"{}")


def test_a_record_goes_through_all_stages() -> None:
    """What one stage gives is what the next one gets."""
    stages = Stages(lambda _: CALL, lambda billing: Cost(len(billing.models)), lambda *_: EVENTS)

    assert stages.work(RECORD) == Worked(CALL, Cost(1), EVENTS)


def test_a_verdict_of_the_decoder_ends_the_way() -> None:
    """A rejected record is neither priced nor mapped: a stage that would be asked fails here."""
    rejected = Rejected("invalid_json", "at byte 0")

    assert Stages(lambda _: rejected, lambda _: 1 / 0, lambda *_: 1 / 0).work(RECORD) == rejected  # type: ignore[arg-type, return-value]


def test_a_mistake_in_a_stage_costs_only_its_record() -> None:
    """The verdict names the kind of the mistake and nothing of the record."""
    stages = Stages(lambda _: CALL, lambda _: 1 / 0, lambda *_: EVENTS)  # type: ignore[arg-type, return-value]

    assert stages.work(RECORD) == Rejected("unmappable", "ZeroDivisionError")


def test_one_event_that_fits_nowhere_is_a_verdict_on_the_record() -> None:
    """Each event is asked for on its own: together they may be as large as they like."""
    assert too_large(EVENTS, lambda size_bytes: size_bytes <= 20) is None
    assert too_large(EVENTS, lambda size_bytes: size_bytes < 20) == Rejected("event_too_large", "20 bytes in one event")
