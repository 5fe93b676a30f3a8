"""Records under way, from take to settlement."""

from __future__ import annotations

from shipper.checkpoint import Ledger
from shipper.custody import Custody, Parcel
from shipper.records import RECORD_BYTES, Event, Record, Rejected

REFUSED = Rejected("refused_by_backend", "bad")


def record(offset: int = 0, value: bytes | None = b"12345") -> Record:
    """A record of partition 0."""
    return Record("calls", 0, offset, 1, b"k", value)


def custody_with(count: int, max_consecutive: int = 16, events: int = 2) -> tuple[Custody, list[Parcel], Ledger]:
    """A custody that has taken some records of one partition, each with the same number of events."""
    custody = Custody(max_consecutive)
    ledger = custody.checkpoint.assign(("calls", 0), 0)
    both = [Event(f"e{n}", b"x" * 10) for n in range(events)]
    return custody, [custody.take(record(offset), ledger, both) for offset in range(count)], ledger


def test_a_record_is_settled_with_its_last_event() -> None:
    """A trace without its generation is not delivered."""
    custody, (parcel,), ledger = custody_with(1)

    assert not custody.accept(parcel)
    assert ledger.committable == 0
    assert not custody.idle.is_set()

    assert custody.accept(parcel)
    assert ledger.committable == 1
    assert custody.idle.is_set()


def test_bytes_of_value_key_and_events_are_held_until_the_record_is_settled() -> None:
    """The record's value is kept for a possible dead letter, so it counts."""
    custody, (parcel,), _ = custody_with(1)

    assert custody.held_bytes == RECORD_BYTES + 5 + 1 + 20

    custody.accept(parcel)

    assert custody.held_bytes == RECORD_BYTES + 5 + 1 + 20

    custody.accept(parcel)

    assert custody.held_bytes == 0


def test_one_refused_event_makes_one_dead_letter() -> None:
    """Also if another event of the record was accepted, and however many were refused."""
    custody, (first, second), ledger = custody_with(2)
    custody.accept(first)
    custody.refuse(first, REFUSED)
    custody.refuse(second, REFUSED)
    custody.refuse(second, REFUSED)

    assert [custody.condemned.get_nowait() for _ in range(custody.condemned.qsize())] == [first, second]
    assert ledger.committable == 0

    custody.settle(first)

    assert ledger.committable == 1


def test_a_verdict_of_ours_is_on_the_whole_record() -> None:
    """A record that cannot be decoded has no events to wait for."""
    custody, (parcel,), _ = custody_with(1, events=0)
    custody.condemn(parcel, Rejected("invalid_json", "at byte 3"))

    assert custody.condemned.get_nowait() is parcel
    assert not custody.idle.is_set()


def test_after_many_refusals_in_a_row_no_more_records_are_refused() -> None:
    """Then it is rather the world that is wrong."""
    custody, parcels, _ = custody_with(3, max_consecutive=2)
    custody.refuse(parcels[0], REFUSED)
    custody.refuse(parcels[1], REFUSED)

    assert not custody.may_refuse(parcels[2])


def test_an_accepted_event_opens_the_way_again() -> None:
    """The backend does take what is right."""
    custody, parcels, _ = custody_with(3, max_consecutive=1)
    custody.refuse(parcels[0], REFUSED)

    assert not custody.may_refuse(parcels[1])

    custody.accept(parcels[2])

    assert custody.may_refuse(parcels[1])


def test_the_limit_counts_records_and_not_events() -> None:
    """The second refused event of a record is no further record."""
    custody, parcels, _ = custody_with(2, max_consecutive=2)
    custody.refuse(parcels[0], REFUSED)
    custody.refuse(parcels[0], REFUSED)

    assert custody.may_refuse(parcels[1])


def test_the_second_event_of_a_refused_record_may_always_be_refused() -> None:
    """Its dead letter is decided already; holding it back would help nobody."""
    custody, parcels, _ = custody_with(2, max_consecutive=1)
    custody.refuse(parcels[0], REFUSED)

    assert custody.may_refuse(parcels[0])
    assert not custody.may_refuse(parcels[1])


def test_verdicts_of_ours_do_not_count_towards_the_limit() -> None:
    """A producer's rubbish must not stop the others."""
    custody, parcels, _ = custody_with(3, max_consecutive=1)
    custody.condemn(parcels[0], Rejected("invalid_json", ""))
    custody.condemn(parcels[1], Rejected("invalid_json", ""))

    assert custody.may_refuse(parcels[2])


def test_an_abandoned_record_is_released_but_not_settled() -> None:
    """Its partition went away: whoever has it now delivers it."""
    custody, (parcel,), ledger = custody_with(1)
    custody.checkpoint.drop([("calls", 0)])
    custody.abandon(parcel)

    assert custody.held_bytes > 0

    custody.abandon(parcel)

    assert custody.held_bytes == 0
    assert custody.idle.is_set()
    assert ledger.pending == 1


def test_a_tombstone_weighs_its_key_and_its_objects() -> None:
    """A record without a value is a record: an endless row of them must reach the memory budget."""
    custody = Custody(16)
    ledger = custody.checkpoint.assign(("calls", 0), 0)
    custody.take(record(value=None), ledger, ())

    assert custody.held_bytes == RECORD_BYTES + 1
    assert custody.parcels == 1


def test_headers_weigh_too() -> None:
    """They are kept for a possible dead letter like the value."""
    custody = Custody(16)
    ledger = custody.checkpoint.assign(("calls", 0), 0)
    parcel = custody.take(Record("calls", 0, 0, 1, None, None, (("name", b"x" * 500), ("none", None))), ledger, ())

    assert custody.held_bytes == RECORD_BYTES + 4 + 500 + 4

    custody.settle(parcel)

    assert custody.held_bytes == 0
