"""Where a partition begins that has no commit. The look-ups themselves: integration/test_source, on a real broker."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shipper.checkpoint import Partition
from shipper.positions import first_positions, is_first_start
from tests.virtual_time import run


class Place:
    """aiokafka's OffsetAndMetadata."""

    def __init__(self, offset: int, metadata: str) -> None:
        self.offset, self.metadata = offset, metadata


class Group:
    """One topic, `calls`, with what a group has committed there, as the client's consumer and coordinator show it."""

    BEGIN, END = 5, 100

    def __init__(self, partitions: int) -> None:
        self.partitions = partitions
        self.commits: dict[Partition, Place] = {}
        self._coordinator = self

    def partitions_for_topic(self, _: str) -> set[int]:
        return set(range(self.partitions))

    async def fetch_committed_offsets(self, asked: list[Partition]) -> dict[Partition, Place]:
        return {partition: self.commits[partition] for partition in asked if partition in self.commits}

    async def beginning_offsets(self, asked: list[Partition]) -> dict[Partition, int]:
        return dict.fromkeys(asked, self.BEGIN)

    async def end_offsets(self, asked: list[Partition]) -> dict[Partition, int]:
        return dict.fromkeys(asked, self.END)

    def start(self, *numbers: int, at: str = "latest") -> dict[int, int]:
        """A member begins with these partitions, and commits what it chose at the end: partition → first offset."""
        fresh = [("calls", number) for number in numbers]
        positions = run(first_positions(self, fresh, at))  # type: ignore[arg-type]
        for partition, text in positions.marks.items():
            self.commits[partition] = Place(positions.offsets[partition], text)
        return {number: offset for (_, number), offset in positions.offsets.items()}


def test_committed_offsets_come_first() -> None:
    group = Group(3)
    group.commits = {("calls", 0): Place(7, ""), ("calls", 1): Place(0, "")}
    assert group.start(0, 1) == {0: 7, 1: 0}
    assert group.start(0, 1, at="earliest") == {0: 7, 1: 0}


def test_earliest_begins_at_the_oldest_record_and_marks_nothing() -> None:
    group = Group(2)
    assert group.start(0, 1, at="earliest") == {0: Group.BEGIN, 1: Group.BEGIN}
    assert group.commits == {}


@given(st.integers(1, 6).flatmap(lambda count: st.tuples(st.just(count), st.permutations(range(count)))))
def test_members_that_start_one_after_the_other_all_begin_at_the_end(case: tuple[int, list[int]]) -> None:
    """Whoever is first: its commits do not make the others' partitions look like late ones."""
    count, order = case
    group = Group(count)
    assert [group.start(number) for number in order] == [{number: Group.END} for number in order]


@given(st.integers(1, 4), st.integers(1, 4), st.booleans())
def test_a_partition_that_came_later_is_read_from_its_beginning(count: int, more: int, progress: bool) -> None:
    """Whether the group has read on since or not, and if the member has no other partition."""
    group = Group(count)
    group.start(*range(count))
    if progress:
        group.commits = {partition: Place(200, "") for partition in group.commits}
    group.partitions = count + more
    for number in range(count, count + more):
        assert group.start(number) == {number: Group.BEGIN}


def test_a_partition_that_our_own_metadata_does_not_know_yet() -> None:
    """The group's leader knew of it before: it came later, and it does not widen the first start."""
    group = Group(2)
    group.start(0, 1)
    assert group.start(2) == {2: Group.BEGIN}


def test_commits_of_another_program_count_as_reading() -> None:
    assert not is_first_start(("calls", 1), {("calls", 0): (3, "some text of its own")})
    assert is_first_start(("calls", 1), {("other", 0): (3, "")})
