"""The batcher: limits by count, bytes and age."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.batch import Batch, Batcher, Batchers, BatchSettings

ENVELOPE_BYTES = 100


def batcher(max_bytes: int = 10_000, max_events: int = 5, linger_s: float = 1.0) -> Batcher[str]:
    """A batcher with small limits."""
    settings = BatchSettings(max_bytes=max_bytes, max_events=max_events, linger_s=linger_s)
    return Batcher(settings, ENVELOPE_BYTES)


def test_the_batch_closes_at_its_count_of_events() -> None:
    """The event that fills the batch travels in it."""
    batches = batcher(max_events=2)

    assert batches.add("a", 10, 0.0) is None

    batch = batches.add("b", 10, 0.0)

    assert batch == Batch(["a", "b"], ENVELOPE_BYTES + 10 + 1 + 10, "events")


def test_the_batch_closes_before_the_event_that_would_not_fit() -> None:
    """The limit is never passed: the event that is too much begins the next batch."""
    batches = batcher(max_bytes=10_000)
    batches.add("a", 6_000, 0.0)
    batch = batches.add("b", 6_000, 5.0)

    assert batch == Batch(["a"], ENVELOPE_BYTES + 6_000, "bytes")
    assert batches.wait_s(5.0) == 1.0


def test_an_event_that_fits_exactly_stays() -> None:
    """Commas and envelope are counted, and the limit itself is allowed."""
    batches = batcher(max_bytes=10_000)
    batches.add("a", 4_000, 0.0)

    assert batches.add("b", 10_000 - ENVELOPE_BYTES - 4_000 - 1, 0.0) is None

    batch = batches.flush("drain")

    assert batch is not None
    assert batch.size_bytes == 10_000


def test_an_event_that_can_never_travel_is_refused() -> None:
    """Whoever adds it must know what to do with it."""
    batches = batcher(max_bytes=10_000)

    assert batches.largest_bytes == 10_000 - ENVELOPE_BYTES
    with pytest.raises(ValueError, match=r"batch\.max_bytes"):
        batches.add("a", 10_000 - ENVELOPE_BYTES + 1, 0.0)


def test_age_counts_from_the_first_event() -> None:
    """Later events do not make the first one wait longer."""
    batches = batcher(linger_s=1.0)
    batches.add("a", 10, 100.0)
    batches.add("b", 10, 100.9)

    assert batches.due(100.99) is None

    batch = batches.due(101.0)

    assert batch is not None
    assert (batch.items, batch.reason) == (["a", "b"], "age")


def test_age_begins_anew_with_each_batch() -> None:
    """An idle hour before the first event does not make it due."""
    batches = batcher(linger_s=1.0)
    batches.add("a", 10, 0.0)
    batches.flush("drain")
    batches.add("b", 10, 3600.0)

    assert batches.due(3600.5) is None
    assert batches.wait_s(3600.5) == pytest.approx(0.5)


def test_nothing_open_is_never_due() -> None:
    """No empty request is ever made."""
    batches = batcher()

    assert batches.due(1e9) is None
    assert batches.wait_s(1e9) is None
    assert batches.flush("drain") is None


def test_no_linger_is_due_at_once() -> None:
    """linger_s = 0 sends what a poll gave without waiting for more."""
    batches = batcher(linger_s=0.0)
    batches.add("a", 10, 5.0)

    assert batches.wait_s(5.0) == 0.0
    assert batches.due(5.0) is not None


@given(
    sizes=st.lists(st.integers(min_value=1, max_value=9_900), max_size=80),
    gaps=st.lists(st.floats(min_value=0, max_value=2), min_size=80, max_size=80),
    max_events=st.integers(min_value=1, max_value=9),
)
def test_nothing_is_lost_nothing_reordered_and_every_limit_holds(
    sizes: list[int], gaps: list[float], max_events: int
) -> None:
    """Any events at any times: the batches are the events again, each within its limits."""
    batches: Batcher[int] = Batcher(BatchSettings(max_bytes=10_000, max_events=max_events), ENVELOPE_BYTES)
    closed: list[Batch[int]] = []
    now_s = 0.0
    for number, size_bytes in enumerate(sizes):
        now_s += gaps[number]
        closed += [batch for batch in (batches.due(now_s), batches.add(number, size_bytes, now_s)) if batch]
    closed += [batch for batch in (batches.flush("drain"),) if batch]

    assert [number for batch in closed for number in batch.items] == list(range(len(sizes)))
    for batch in closed:
        assert len(batch.items) <= max_events
        assert batch.size_bytes <= 10_000
        body_bytes = sum(sizes[number] for number in batch.items) + len(batch.items) - 1
        assert batch.size_bytes == ENVELOPE_BYTES + body_bytes


def test_a_comma_may_need_no_byte() -> None:
    """In protobuf nothing stands between two spans."""
    batches: Batcher[str] = Batcher(BatchSettings(max_bytes=10_000), ENVELOPE_BYTES, 0)
    batches.add("a", 40, 0.0)
    batches.add("b", 60, 0.0)

    batch = batches.flush("drain")

    assert batch is not None
    assert batch.size_bytes == ENVELOPE_BYTES + 100


def two_wires() -> Batchers[str]:
    limits = BatchSettings(max_bytes=10_000, max_events=2, linger_s=1.0)
    return Batchers({"ingestion": Batcher(limits, 100), "otlp": Batcher(limits, 50, 0)})


def test_what_travels_by_different_wires_never_travels_together() -> None:
    batches = two_wires()

    closed = [batches.add(wire, f"{wire}-{n}", 10, 0.0) for n in range(3) for wire in ("ingestion", "otlp")]
    full = [batch.items for batch in closed if batch is not None]

    assert full == [["ingestion-0", "ingestion-1"], ["otlp-0", "otlp-1"]]
    assert [batch.items for batch in batches.flush("drain")] == [["ingestion-2"], ["otlp-2"]]
    assert batches.flush("drain") == []


def test_each_wire_has_limits_of_its_own() -> None:
    assert (two_wires().largest_bytes("ingestion"), two_wires().largest_bytes("otlp")) == (9_900, 9_950)


def test_the_wire_that_waits_longest_is_due_first() -> None:
    batches = two_wires()
    assert batches.wait_s(0.0) is None
    batches.add("otlp", "a", 10, 0.0)
    batches.add("ingestion", "b", 10, 0.6)

    assert batches.wait_s(0.7) == pytest.approx(0.3)
    assert [batch.items for batch in batches.due(1.0)] == [["a"]]
    assert [batch.items for batch in batches.due(1.6)] == [["b"]]
