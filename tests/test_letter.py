"""What a dead letter holds."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from shipper.letter import Letter, letter, reference
from shipper.records import Record, Rejected

REJECTED = Rejected("invalid_json", "expected a quote")
BYTES = st.none() | st.binary(max_size=30)
NAMES = st.text(max_size=12) | st.sampled_from(["shipper.", "shipper.reason", "original.shipper.reason", "traceparent"])
RECORDS = st.builds(
    Record,
    topic=st.just("calls"),
    partition=st.integers(0, 1000),
    offset=st.integers(0, 2**63 - 1),
    timestamp_ms=st.integers(-1, 2**53),
    key=BYTES,
    value=BYTES,
    headers=st.lists(st.tuples(NAMES, BYTES), max_size=4).map(tuple),
)


def record(value: bytes | None = b"{", key: bytes | None = b"k", headers: tuple[tuple[str, bytes], ...] = ()) -> Record:
    """A record as it came from Kafka."""
    return Record("calls", 3, 41, 1_700_000_000_123, key, value, headers)


def ours(one: Letter) -> dict[str, bytes | None]:
    """The headers under our prefix; each may be there once."""
    names = [name for name, _ in one.headers if name.startswith("shipper.")]
    assert len(names) == len(set(names))
    return {name: value for name, value in one.headers if name in names}


def test_it_names_the_reason_and_the_place() -> None:
    """Everything needed to find the record again, and to know what is wrong with it."""
    one = letter(record(), REJECTED, "calls.dead-letters", "1.2.3")

    assert (one.topic, one.key, one.value) == ("calls.dead-letters", b"k", b"{")
    assert ours(one) == {
        "shipper.reason": b"invalid_json",
        "shipper.detail": b"expected a quote",
        "shipper.topic": b"calls",
        "shipper.partition": b"3",
        "shipper.offset": b"41",
        "shipper.timestamp": b"1700000000123",
        "shipper.version": b"1.2.3",
    }


def test_nobody_forges_our_headers() -> None:
    """A foreign header under our prefix is kept under another name; the reason in it is ours."""
    one = letter(
        record(headers=(("shipper.reason", b"forged"), ("a", b"1"), ("shipper.reason", b"again"))), REJECTED, "t", "1"
    )

    assert one.headers[:3] == [
        ("original.shipper.reason", b"forged"),
        ("a", b"1"),
        ("original.shipper.reason", b"again"),
    ]
    assert ours(one)["shipper.reason"] == b"invalid_json"


def test_a_record_of_nothing_becomes_an_empty_value() -> None:
    """The client can produce a message with neither key nor value no more than a stranger can read one."""
    assert letter(record(value=None, key=None), REJECTED, "t", "1").value == b""
    assert letter(record(value=None, key=b"k"), REJECTED, "t", "1").value is None


@given(RECORDS, st.text(max_size=40))
def test_whatever_came_is_kept_as_it_came(one: Record, detail: str) -> None:
    """Key, value and headers byte for byte and in order; headers without a value too."""
    kept = letter(one, Rejected("wrong_type", detail), "t", "1")

    assert kept.key == one.key
    assert kept.value == one.value or (one.key is one.value is None and kept.value == b"")
    theirs = kept.headers[: len(one.headers)]
    assert [value for _, value in theirs] == [value for _, value in one.headers]
    assert [name.removeprefix("original.") for name, _ in theirs] == [
        name.removeprefix("original.") for name, _ in one.headers
    ]
    assert set(ours(kept)) == {name for name, _ in kept.headers[len(one.headers) :]}


@given(RECORDS)
def test_its_size_is_never_underrated(one: Record) -> None:
    """The producer refuses a letter that is larger than it was told."""
    from aiokafka.record.default_records import DefaultRecordBatchBuilder

    kept = letter(one, REJECTED, "t", "1")

    assert DefaultRecordBatchBuilder.estimate_size_in_bytes(kept.key, kept.value, kept.headers) <= kept.size_bytes


@given(RECORDS)
def test_a_reference_has_the_place_and_the_hash_and_nothing_of_the_record(one: Record) -> None:
    """Whatever made the letter too large, the reference is small; the value can be told from another by its hash."""
    left = reference(one, REJECTED, "t", "1")

    assert (left.key, left.value) == (None, b"")
    assert ours(left) == ours(letter(one, REJECTED, "t", "1")) | {
        "shipper.bytes": str(len(one.value or b"")).encode(),
        "shipper.sha256": hashlib.sha256(one.value or b"").hexdigest().encode(),
    }
    assert len(left.headers) == len(ours(left))


def test_a_detail_that_is_no_text_stops_nothing() -> None:
    """Half a surrogate pair has no UTF-8."""
    assert ours(letter(record(), Rejected("wrong_type", "a\ud800"), "t", "1"))["shipper.detail"] == b"a\\ud800"
