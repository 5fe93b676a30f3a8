"""What follows from an outcome."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.outcome import Answered, Held, HoldReason, Malformed, Outcome, TooLarge
from shipper.records import Rejected
from shipper.retry import UNNAMED_ATTEMPTS, Decision, RetrySettings, backoff_s, decide

SETTINGS = RetrySettings(base_s=1.0, max_s=60.0)


def after(outcome: Outcome, count: int = 4, attempt: int = 1, random_0_1: float = 0.5) -> Decision:
    """The decision after one attempt."""
    return decide(outcome, count, attempt, SETTINGS, random_0_1)


def test_waits_double_and_are_bounded() -> None:
    """The upper end of the random wait: base, twice, four times, … never above max_s."""
    assert [backoff_s(SETTINGS, attempt, 1.0) for attempt in (1, 2, 3, 6, 7, 8, 10_000)] == [
        1.0,
        2.0,
        4.0,
        32.0,
        60.0,
        60.0,
        60.0,
    ]


def test_jitter_is_full() -> None:
    """Any wait between nothing and the bound is possible, so that members do not come back together."""
    assert backoff_s(SETTINGS, 3, 0.0) == 0.0
    assert backoff_s(SETTINGS, 3, 0.25) == 1.0


@pytest.mark.parametrize(
    "reason", ["backend_unavailable", "throttled", "unauthorized", "forbidden", "not_found", "unknown_reply"]
)
def test_the_worlds_fault_keeps_everything(reason: HoldReason) -> None:
    """No verdict on any event: all of them go again, together, and the reason is declared."""
    decision = after(Held(reason, "why"))

    assert [list(group) for group in decision.again] == [[0, 1, 2, 3]]
    assert decision.hold == reason
    assert decision.wait_s == 0.5
    assert not decision.refused


def test_retry_after_is_honoured_above_our_own_wait() -> None:
    """The server knows better."""
    assert after(Held("throttled", "", 7.0)).wait_s == 7.0


def test_retry_after_below_our_own_wait_does_not_shorten_it() -> None:
    """Many members would else come back at the same moment."""
    assert after(Held("throttled", "", 0.1), attempt=4).wait_s == 4.0


def test_retry_after_is_clamped() -> None:
    """A server that says a year is asked again after max_s."""
    assert after(Held("throttled", "", 1e9)).wait_s == 60.0


@pytest.mark.parametrize("outcome", [TooLarge(True, "413"), TooLarge(False, "413"), Malformed("400")])
def test_a_whole_request_refused_is_halved(outcome: Outcome) -> None:
    """The culprit is found by bisection, without a wait: nobody was down."""
    decision = after(outcome, count=5)

    assert [list(group) for group in decision.again] == [[0, 1], [2, 3, 4]]
    assert decision.wait_s == 0.0
    assert not decision.refused


@pytest.mark.parametrize("outcome", [TooLarge(True, "HTTP 413"), Malformed("HTTP 400")])
def test_alone_the_culprit_is_refused(outcome: Outcome) -> None:
    """One event in the request: the refusal is about this one."""
    decision = after(outcome, count=1)

    assert [index for index, _ in decision.refused] == [0]
    assert decision.refused[0][1].reason == "refused_by_backend"
    assert not decision.again


def test_a_413_of_something_before_the_backend_never_refuses_a_record() -> None:
    """An ingress that is set too small is the world's fault, also for one event alone."""
    decision = after(TooLarge(False, "HTTP 413"), count=1)

    assert decision.hold == "unknown_refusal"
    assert [list(group) for group in decision.again] == [[0]]
    assert not decision.refused


def test_a_207_shrinks_the_request_to_what_is_owed() -> None:
    """Accepted and refused events are done, the rest goes again."""
    decision = after(Answered(accepted=(0,), refused=((1, "bad name"),), again=(2, 3)))

    assert list(decision.accepted) == [0]
    assert decision.refused == [(1, Rejected("refused_by_backend", "bad name"))]
    assert [list(group) for group in decision.again] == [[2, 3]]
    assert decision.wait_s == 0.5


def test_an_answer_for_all_needs_no_wait() -> None:
    """Nothing again, nothing to wait for."""
    decision = after(Answered(accepted=(0, 1, 2, 3)))

    assert not decision.again
    assert decision.wait_s == 0.0


def test_events_that_no_list_names_go_again() -> None:
    """Not delivered is not delivered, whatever the status code."""
    decision = after(Answered(accepted=(0, 1), unnamed=(2, 3)))

    assert [list(group) for group in decision.again] == [[2, 3]]


def test_events_never_named_are_isolated_and_then_refused() -> None:
    """After a few answers they are halved until one stands alone, and that one is dead-lettered."""
    halved = after(Answered(accepted=(), unnamed=(0, 1, 2)), count=3, attempt=UNNAMED_ATTEMPTS)

    assert [list(group) for group in halved.again] == [[0], [1, 2]]

    alone = after(Answered(accepted=(), unnamed=(0,)), count=1, attempt=UNNAMED_ATTEMPTS)

    assert [(index, rejected.reason) for index, rejected in alone.refused] == [(0, "unacknowledged")]


def test_a_hold_of_single_events_is_passed_on() -> None:
    """401 for an event inside a 207 is the world's: the event goes again, the reason is declared."""
    decision = after(Answered(accepted=(0,), again=(1, 2, 3), hold="unauthorized"))

    assert decision.hold == "unauthorized"
    assert [list(group) for group in decision.again] == [[1, 2, 3]]


@st.composite
def outcomes(draw: st.DrawFn) -> tuple[int, Outcome]:
    """Any outcome of a request with any number of events."""
    count = draw(st.integers(min_value=1, max_value=40))
    kind = draw(st.sampled_from(["answered", "too_large", "malformed", "held"]))
    if kind == "too_large":
        return count, TooLarge(draw(st.booleans()), "")
    if kind == "malformed":
        return count, Malformed("")
    if kind == "held":
        wish = draw(st.none() | st.floats(min_value=0, max_value=1e12))
        return count, Held(draw(st.sampled_from(["throttled", "backend_unavailable", "not_found"])), "", wish)
    fates = draw(st.lists(st.sampled_from("arxu"), min_size=count, max_size=count))
    where = {fate: tuple(n for n, one in enumerate(fates) if one == fate) for fate in "arxu"}
    return count, Answered(where["a"], tuple((n, "x") for n in where["x"]), where["r"], where["u"])


@given(outcomes(), st.integers(min_value=1, max_value=200), st.floats(min_value=0, max_value=1, exclude_max=True))
def test_every_event_has_exactly_one_fate(sent: tuple[int, Outcome], attempt: int, random_0_1: float) -> None:
    """Nothing is forgotten, nothing decided twice, and no wait is out of bounds."""
    count, outcome = sent
    decision = decide(outcome, count, attempt, SETTINGS, random_0_1)
    fates = [*decision.accepted, *(index for index, _ in decision.refused)]
    fates += [index for group in decision.again for index in group]

    assert sorted(fates) == list(range(count))
    assert all(decision.again)
    assert 0 <= decision.wait_s <= SETTINGS.max_s


@given(st.sets(st.integers(min_value=0, max_value=63), min_size=1, max_size=6), st.integers(min_value=1, max_value=64))
def test_bisection_finds_all_culprits_and_costs_only_them(culprits: set[int], count: int) -> None:
    """A backend that answers 400 for any request with a culprit in it: exactly the culprits are refused."""
    culprits = {culprit for culprit in culprits if culprit < count}
    open_groups, accepted, refused = [list(range(count))], [], []
    while open_groups:
        group = open_groups.pop()
        bad = bool(culprits.intersection(group))
        outcome = Malformed("") if bad else Answered(accepted=tuple(range(len(group))))
        decision = decide(outcome, len(group), 1, SETTINGS, 0.5)
        accepted += [group[index] for index in decision.accepted]
        refused += [group[index] for index, _ in decision.refused]
        open_groups += [[group[index] for index in part] for part in decision.again]

    assert sorted(refused) == sorted(culprits)
    assert sorted(accepted) == sorted(set(range(count)) - culprits)
