"""The ledger of a partition and the checkpoint over all of them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from shipper.checkpoint import Checkpoint, Ledger

P0, P1 = ("calls", 0), ("calls", 1)


def tracked(offsets: list[int], position: int = 0) -> Ledger:
    """A ledger that has taken these offsets."""
    ledger = Ledger(position)
    for offset in offsets:
        ledger.track(offset, offset * 1000)
    return ledger


def test_nothing_taken_commits_the_position() -> None:
    """A partition without records stays where it began."""
    assert Ledger(7).committable == 7


def test_a_later_success_never_jumps_a_gap() -> None:
    """Offsets 1 and 2 are settled, 0 is not: nothing may be committed."""
    ledger = tracked([0, 1, 2])
    ledger.resolve(1)
    ledger.resolve(2)

    assert ledger.committable == 0

    ledger.resolve(0)

    assert ledger.committable == 3


def test_gaps_in_offsets_are_passed() -> None:
    """Compaction and control records leave holes: the next offset taken counts, not the next number."""
    ledger = tracked([10, 14, 20], position=3)

    assert ledger.committable == 10

    ledger.resolve(10)

    assert ledger.committable == 14


def test_reached_commits_past_control_records() -> None:
    """The position of the consumer is committed once nothing below it is owed."""
    ledger = tracked([0])
    ledger.reached(5)

    assert ledger.committable == 0

    ledger.resolve(0)

    assert ledger.committable == 5


def test_reached_never_goes_back() -> None:
    """A position below what was taken already changes nothing."""
    ledger = tracked([0, 1])
    ledger.reached(1)

    assert ledger.position == 2


def test_an_offset_is_taken_once() -> None:
    """A record that comes twice in one assignment would be settled twice: refused."""
    ledger = tracked([4])

    with pytest.raises(ValueError, match="offset 4"):
        ledger.track(4, 0)


def test_an_offset_is_settled_once() -> None:
    """Settling twice is a mistake and never passes in silence."""
    ledger = tracked([4])
    ledger.resolve(4)

    with pytest.raises(KeyError):
        ledger.resolve(4)


def test_the_oldest_timestamp_is_that_of_the_lowest_open_offset() -> None:
    """What lag in seconds is measured from."""
    ledger = tracked([3, 4])
    ledger.resolve(3)

    assert ledger.oldest_timestamp_ms == 4000

    ledger.resolve(4)

    assert ledger.oldest_timestamp_ms is None


@pytest.mark.parametrize("order", ["sequential", "reverse", "random"])
def test_any_order_of_settling_ends_at_the_end(order: str) -> None:
    """Ten thousand records, settled in any order, end in the same commit."""
    offsets = list(range(10_000))
    ledger = tracked(offsets)
    if order == "reverse":
        offsets.reverse()
    elif order == "random":
        random.Random(7).shuffle(offsets)
    for offset in offsets:
        ledger.resolve(offset)

    assert ledger.committable == 10_000
    assert ledger.pending == 0


def test_only_progress_is_committable() -> None:
    """What the group has already is not committed again."""
    checkpoint = Checkpoint()
    ledger = checkpoint.assign(P0, 5)

    assert checkpoint.committable() == {}

    ledger.track(5, 0)
    ledger.resolve(5)

    assert checkpoint.committable() == {P0: 6}

    checkpoint.committed({P0: 6})

    assert checkpoint.committable() == {}


def test_a_dropped_partition_is_not_committed_any_more() -> None:
    """Records that settle after the partition went away move nobody's offset."""
    checkpoint = Checkpoint()
    ledger = checkpoint.assign(P0, 0)
    ledger.track(0, 0)
    checkpoint.drop([P0])
    ledger.resolve(0)

    assert checkpoint.committable() == {}
    assert not ledger.assigned


def test_a_partition_that_comes_back_has_a_new_ledger() -> None:
    """Late settlements of the old assignment do not reach into the new one."""
    checkpoint = Checkpoint()
    old = checkpoint.assign(P0, 0)
    old.track(0, 0)
    new = checkpoint.assign(P0, 0)
    new.track(0, 0)
    old.resolve(0)

    assert not old.assigned
    assert checkpoint.ledger(P0) is new
    assert checkpoint.committable() == {}


def test_a_commit_that_arrives_after_the_drop_is_forgotten() -> None:
    """The answer of a commit may come when the partition is gone."""
    checkpoint = Checkpoint()
    checkpoint.assign(P0, 0)
    checkpoint.drop([P0])
    checkpoint.committed({P0: 3})

    assert checkpoint.committable() == {}


def test_pending_counts_all_partitions() -> None:
    """The number of records that are owed."""
    checkpoint = Checkpoint()
    checkpoint.assign(P0, 0).track(0, 0)
    checkpoint.assign(P1, 0).track(0, 0)

    assert checkpoint.pending == 2


@given(st.lists(st.integers(min_value=1, max_value=5), min_size=1, max_size=60), st.randoms(use_true_random=False))
def test_committable_is_the_lowest_open_offset(steps: list[int], order: random.Random) -> None:
    """Whatever was settled: the commit is the lowest offset that is not, or the position."""
    offsets = [sum(steps[: n + 1]) for n in range(len(steps))]
    ledger = tracked(offsets)
    settled = order.sample(offsets, order.randint(0, len(offsets)))
    for offset in settled:
        ledger.resolve(offset)
    still_open = sorted(set(offsets) - set(settled))

    assert ledger.committable == (still_open[0] if still_open else offsets[-1] + 1)


class CommitsNeverPassWhatIsOwed(RuleBasedStateMachine):
    """A partition through takes, settlements, commits and changes of hands."""

    def __init__(self) -> None:
        super().__init__()
        self.checkpoint = Checkpoint()
        self.group_offset = 0
        self.next_offset = 0
        self.owed: set[int] = set()
        self.settled: set[int] = set()
        self.ledger = self.checkpoint.assign(P0, 0)

    @rule(gap=st.integers(min_value=0, max_value=3))
    def take(self, gap: int) -> None:
        """The next record comes, perhaps after a gap."""
        self.settled.update(range(self.next_offset, self.next_offset + gap))
        self.next_offset += gap
        self.ledger.track(self.next_offset, 0)
        self.owed.add(self.next_offset)
        self.next_offset += 1

    @precondition(lambda self: self.owed)
    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        """Some record is settled."""
        offset = data.draw(st.sampled_from(sorted(self.owed)))
        self.ledger.resolve(offset)
        self.owed.discard(offset)
        self.settled.add(offset)

    @rule()
    def commit(self) -> None:
        """What may be committed is committed."""
        offsets = self.checkpoint.committable()
        self.checkpoint.committed(offsets)
        self.group_offset = offsets.get(P0, self.group_offset)

    @rule()
    def change_hands(self) -> None:
        """The partition goes away and comes back at the group's offset."""
        self.checkpoint.drop([P0])
        self.ledger = self.checkpoint.assign(P0, self.group_offset)
        self.next_offset = self.group_offset
        self.owed.clear()

    @invariant()
    def everything_below_the_commit_is_settled(self) -> None:
        """The promise itself."""
        assert not [offset for offset in range(self.group_offset) if offset not in self.settled]
        assert not [offset for offset in self.owed if offset < self.group_offset]


TestCommitsNeverPassWhatIsOwed = CommitsNeverPassWhatIsOwed.TestCase
TestCommitsNeverPassWhatIsOwed.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
