"""Every internal event once: its line and its counters."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from datetime import date
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from shipper.labels import LABEL_CHARS
from shipper.metrics import Metrics
from shipper.outcome import HoldReason
from shipper.tally import Tally
from shipper.telemetry import ADVICE, REMIND_AFTER_S, Telemetry
from tests.fakes import telemetry

WAITING: HoldReason = "backend_unavailable"


class Clock:
    """A monotonic clock that a test moves."""

    now_s = 5.0

    def __call__(self) -> float:
        return self.now_s


class Bench:
    """A telemetry, its clock, and what it said."""

    def __init__(self) -> None:
        self.clock = Clock()
        self._lines: list[str] = []
        self.telemetry = telemetry(self.clock, self._lines)

    @property
    def said(self) -> list[dict[str, object]]:
        """The log lines so far."""
        return [ast.literal_eval(line) for line in self._lines]

    def events(self) -> list[object]:
        """Their names."""
        return [line["event"] for line in self.said]

    def value(self, name: str, **labels: str) -> float | None:
        """The value of a series."""
        return self.telemetry.metrics.registry.get_sample_value(name, labels)


def test_settled_records_are_counted_by_fate_and_reason() -> None:
    bench = Bench()
    bench.telemetry.records_settled(3, {})
    bench.telemetry.records_settled(2, {"empty": 2, "invalid_json": 1})

    assert bench.value("shipper_records_total", outcome="delivered") == 5
    assert bench.value("shipper_records_total", outcome="dead_lettered") == 3
    assert bench.value("shipper_dead_letters_total", reason="empty") == 2
    assert bench.said == [{"event": "records_dead_lettered", "empty": 2, "invalid_json": 1}]


def tally(received: int = 0, **sums: Mapping[Any, float]) -> Tally:
    """A tally with these sums; a cost by its model alone is one of nobody."""
    made = Tally()
    made.received = received
    for name, by in sums.items():
        if name == "cost_usd":
            by = {model if isinstance(model, tuple) else (model, "", None): usd for model, usd in by.items()}
        getattr(made, name).update(by)
    return made


def test_mapped_records_are_counted_with_their_worth_and_say_nothing() -> None:
    """Nothing is logged per record."""
    bench = Bench()
    costs = {("a", "openai", "sales"): 0.5, ("b", "", None): 0.25}
    bench.telemetry.records_mapped(tally(4, cost_usd=costs, unpriced={"c": 1, None: 2}, repairs={"cost": 2}))
    bench.telemetry.records_mapped(tally(1, cost_usd=costs))

    assert bench.value("shipper_records_total", outcome="received") == 5
    assert bench.value("shipper_cost_usd_total", model="a", provider="openai", team="sales") == 1.0
    assert bench.value("shipper_cost_usd_total", model="b", provider="none", team="none") == 0.5
    assert bench.value("shipper_unpriced_total", model="c") == 1
    assert bench.value("shipper_unpriced_total", model="none") == 2
    assert bench.value("shipper_repairs_total", repair="cost") == 2
    assert bench.said == []


def test_what_record_and_table_say_stands_side_by_side() -> None:
    bench = Bench()
    for _ in range(2):
        bench.telemetry.records_mapped(tally(recorded_usd={"a": 1.0}, table_usd={"a": 1.25}))

    assert bench.value("shipper_cost_compared_usd_total", model="a", source="record") == 2.0
    assert bench.value("shipper_cost_compared_usd_total", model="a", source="table") == 2.5


@pytest.mark.parametrize("odd", [-1.0, float("nan"), float("inf")])
def test_a_cost_that_no_counter_takes_stops_nothing(odd: float) -> None:
    bench = Bench()
    bench.telemetry.records_mapped(tally(1, cost_usd={"odd": odd, "a": 1.0}))

    assert bench.value("shipper_cost_usd_total", model="a", provider="none", team="none") == 1.0
    assert bench.value("shipper_cost_usd_total", model="odd", provider="none", team="none") is None


@given(st.lists(st.text(max_size=3 * LABEL_CHARS), max_size=5))
def test_whatever_a_model_is_called_the_metrics_can_be_read(names: list[str]) -> None:
    """Line breaks, quotes, half surrogate pairs and a thousand letters: the page parses, the label is short."""
    bench = Bench()
    bench.telemetry.records_mapped(tally(unpriced={"\ud800": 1, 'a"\n\x1b[2J': 1, **dict.fromkeys(names, 1)}))
    page = generate_latest(bench.telemetry.metrics.registry).decode()
    labels = [
        sample.labels["model"]
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == "shipper_unpriced_total"
    ]

    assert labels
    assert all(label.isprintable() and len(label) <= 10 * LABEL_CHARS for label in labels)


def test_lag_and_the_age_of_the_oldest_record_are_shown() -> None:
    """Age by Kafka's timestamps, over all partitions; a record without one does not count."""
    metrics = Metrics()
    silent = Telemetry(metrics, telemetry(Clock()).log, Clock(), wall_clock=lambda: 1000.0)
    silent.under_way(77, [(("calls", 0), 5, 990_000), (("calls", 1), 7, 940_000), (("calls", 2), 1, -1)])
    value = metrics.registry.get_sample_value

    assert value("shipper_held_bytes") == 77
    assert value("shipper_lag_records", {"topic": "calls", "partition": "1"}) == 7
    assert value("shipper_oldest_undelivered_seconds") == 60.0

    silent.under_way(0, [(("calls", 0), 0, None)])

    assert value("shipper_oldest_undelivered_seconds") == 0.0


def test_a_record_from_the_future_has_no_negative_age() -> None:
    metrics = Metrics()
    silent = Telemetry(metrics, telemetry(Clock()).log, Clock(), wall_clock=lambda: 1000.0)
    silent.under_way(0, [(("calls", 0), 1, 2_000_000)])

    assert metrics.registry.get_sample_value("shipper_oldest_undelivered_seconds") == 0.0


def test_the_lag_of_a_partition_that_went_away_goes_with_it() -> None:
    """Else this member would show a lag that another one works off; one never reported is no mistake."""
    bench = Bench()
    bench.telemetry.under_way(0, [(("calls", 0), 5, None), (("calls", 1), 6, None)])
    bench.telemetry.revoked([("calls", 0), ("calls", 9)], unsettled=3)

    assert bench.value("shipper_lag_records", topic="calls", partition="0") is None
    assert bench.value("shipper_lag_records", topic="calls", partition="1") == 6
    assert bench.said == [{"event": "revoked", "partitions": ["calls/0", "calls/9"], "unsettled": 3}]


def test_batches_and_requests_are_counted() -> None:
    bench = Bench()
    bench.telemetry.batch_closed("age", 10, 2_000)
    bench.telemetry.request_done("207", 0.2)
    bench.telemetry.request_done("error", 20.0)
    bench.telemetry.batch_delivered(10, 2_000, 2, 20.25)

    assert bench.value("shipper_batches_closed_total", reason="age") == 1
    assert bench.value("shipper_batch_events_sum") == 10
    assert bench.value("shipper_batch_bytes_sum") == 2_000
    assert bench.value("shipper_requests_total", code="207") == 1
    assert bench.value("shipper_request_seconds_count") == 2
    assert bench.said == [{"event": "batch_delivered", "events": 10, "bytes": 2000, "attempts": 2, "seconds": 20.25}]


def test_a_hold_is_said_once_then_reminded_of() -> None:
    """However often it is tried: one line a minute."""
    bench = Bench()
    for _ in range(int(10 * REMIND_AFTER_S)):
        bench.telemetry.hold("who", WAITING, "refused")
        bench.clock.now_s += 0.25

    assert bench.events() == ["hold"] * 3
    assert bench.said[0] == {"event": "hold", "reason": WAITING, "detail": "refused"}


def test_a_hold_that_comes_and_goes_is_not_said_each_time() -> None:
    """A backend that fails every other request for a minute makes one pair of lines, not hundreds."""
    bench = Bench()
    for _ in range(100):
        bench.telemetry.hold("who", WAITING, "refused")
        bench.telemetry.release("who")
        bench.clock.now_s += REMIND_AFTER_S / 101

    assert bench.events() == ["hold", "hold_ended"]

    bench.clock.now_s += REMIND_AFTER_S
    bench.telemetry.hold("who", WAITING, "refused")

    assert bench.events() == ["hold", "hold_ended", "hold"]


def test_the_gauge_is_one_while_anybody_waits() -> None:
    """Two loops wait for the same; it is over when both go on."""
    bench = Bench()
    bench.telemetry.hold("one", WAITING, "")
    bench.telemetry.hold("other", WAITING, "")
    bench.telemetry.release("one")

    assert bench.value("shipper_hold", reason=WAITING) == 1
    assert bench.telemetry.holds == {WAITING}

    bench.telemetry.release("other")

    assert bench.value("shipper_hold", reason=WAITING) == 0
    assert bench.telemetry.holds == set()
    assert bench.events() == ["hold", "hold_ended"]


def test_who_waits_for_something_else_now_waits_for_that_only() -> None:
    bench = Bench()
    bench.telemetry.hold("who", "throttled", "429")
    bench.telemetry.hold("who", "unauthorized", "401")

    assert bench.telemetry.holds == {"unauthorized"}
    assert bench.value("shipper_hold", reason="throttled") == 0
    assert bench.events() == ["hold", "hold_ended", "hold"]


def test_who_does_not_wait_may_be_released() -> None:
    """Whoever goes on says so without looking whether anything was said before."""
    bench = Bench()
    bench.telemetry.release("who")

    assert bench.said == []


@pytest.mark.parametrize("reason", ADVICE)
def test_a_hold_that_needs_an_operator_says_what_to_do(reason: HoldReason) -> None:
    bench = Bench()
    bench.telemetry.hold("who", reason, "")

    assert bench.said[0]["advice"] == ADVICE[reason]


def test_only_what_heals_by_itself_lacks_advice() -> None:
    assert set(get_args(HoldReason)) - set(ADVICE) == {"backend_unavailable", "throttled", "kafka_unavailable"}


def test_new_prices_end_the_alarm_of_broken_ones() -> None:
    bench = Bench()
    bench.telemetry.prices_refused("own.toml: models.x: sets no\nprice")

    assert bench.value("shipper_prices_broken") == 1
    assert bench.value("shipper_price_reloads_total", result="refused") == 1

    bench.telemetry.prices_reloaded([date(2026, 3, 1), date(2026, 5, 1)], models=7, own_prices=2)

    assert bench.value("shipper_prices_broken") == 0
    assert bench.value("shipper_price_reloads_total", result="ok") == 1
    assert bench.events() == ["prices_refused", "prices_reloaded"]
    assert "\n" not in str(bench.said[0]["detail"])
    assert bench.said[1] == {
        "event": "prices_reloaded",
        "snapshots": ["2026-03-01", "2026-05-01"],
        "models": 7,
        "own_prices": 2,
    }


def test_what_retention_took_is_counted_and_said() -> None:
    """A topic made anew has lower offsets: that is no number of lost records."""
    bench = Bench()
    bench.telemetry.retention_overtook("calls", 0, committed=10, oldest=25, policy="stop")
    bench.telemetry.retention_overtook("calls", 1, committed=10, oldest=0, policy="stop")

    assert bench.value("shipper_lost_by_retention_records_total") == 15
    assert [line["partition"] for line in bench.said] == [0, 1]


def test_commits_are_counted_and_only_failures_are_said() -> None:
    bench = Bench()
    bench.telemetry.commit_done("ok")
    bench.telemetry.commit_done("fenced", "IllegalGenerationError")

    assert bench.value("shipper_commits_total", result="ok") == 1
    assert bench.value("shipper_commits_total", result="fenced") == 1
    assert bench.said == [{"event": "commit_not_done", "result": "fenced", "detail": "IllegalGenerationError"}]


def test_the_groups_doings_are_counted_and_said() -> None:
    bench = Bench()
    bench.telemetry.assigned([("calls", 1), ("calls", 0)], generation=4)
    bench.telemetry.consumer_rebuilt("stalled", "2 partitions")
    bench.telemetry.dead_letter_without_value("calls", 1, 7)

    assert bench.value("shipper_rebalances_total") == 1
    assert bench.value("shipper_consumer_rebuilds_total", reason="stalled") == 1
    assert bench.value("shipper_dead_letter_references_total") == 1
    assert bench.said == [
        {"event": "assigned", "partitions": ["calls/0", "calls/1"], "generation": 4},
        {"event": "consumer_rebuilt", "reason": "stalled", "detail": "2 partitions"},
        {"event": "dead_letter_without_value", "topic": "calls", "partition": 1, "offset": 7},
    ]
