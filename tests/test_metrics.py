"""The metrics' names and labels, which operators' alerts rely on, and the page that lists them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from shipper.metrics import Metrics
from shipper.metrics_page import markdown
from shipper.outcome import HoldReason
from shipper.records import Reason

PAGE = Path(__file__).parents[1] / "deploy" / "docs" / "metrics.md"

STABLE = {
    "shipper_records_total": ("outcome",),
    "shipper_lag_records": ("topic", "partition"),
    "shipper_oldest_undelivered_seconds": (),
    "shipper_batches_closed_total": ("reason",),
    "shipper_requests_total": ("code",),
    "shipper_hold": ("reason",),
    "shipper_unpriced_total": ("model",),
    "shipper_dead_letters_total": ("reason",),
    "shipper_cost_usd_total": ("model", "provider", "team"),
    "shipper_cost_compared_usd_total": ("model", "source"),
    "shipper_price_reloads_total": ("result",),
    "shipper_prices_broken": (),
}


def touched() -> Metrics:
    """Metrics with at least one series each."""
    metrics = Metrics()
    for name, labels in metrics.label_names.items():
        if labels:
            metrics.registry._names_to_collectors[name].labels(*labels)  # type: ignore[attr-defined]
    return metrics


@pytest.mark.parametrize(("name", "labels"), STABLE.items())
def test_the_stable_names_are_there_with_their_labels(name: str, labels: tuple[str, ...]) -> None:
    families = text_string_to_metric_families(generate_latest(touched().registry).decode())
    found = [sample for family in families for sample in family.samples if sample.name == name]

    assert found
    assert {frozenset(sample.labels) for sample in found} == {frozenset(labels)}


def test_no_series_comes_besides_the_listed_ones() -> None:
    """No creation times, nothing of the process: a name is on the page or it does not exist."""
    exposed = {
        re.sub("_(bucket|sum|count)$", "", sample.name)
        for family in touched().registry.collect()
        for sample in family.samples
    }

    assert exposed == set(re.findall(r"^\| `(shipper_\w+)` \|", PAGE.read_text(), re.MULTILINE))


@pytest.mark.parametrize(
    ("name", "label", "values"),
    [
        ("shipper_hold", "reason", get_args(HoldReason)),
        ("shipper_dead_letters_total", "reason", get_args(Reason)),
        ("shipper_records_total", "outcome", ("received", "delivered", "dead_lettered")),
    ],
)
def test_closed_lists_begin_at_zero(name: str, label: str, values: tuple[str, ...]) -> None:
    """An alert on the first increase needs a series before it."""
    value = Metrics().registry.get_sample_value

    assert [value(name, {label: one}) for one in values] == [0.0] * len(values)


def test_two_processes_in_one_share_nothing() -> None:
    """The registry is the instance's own, and has what the library puts into its global one no more than that."""
    one, other = Metrics(), Metrics()
    one.rebalances.inc()

    assert other.registry.get_sample_value("shipper_rebalances_total") == 0


def test_the_page_is_up_to_date() -> None:
    """If this fails: `python -m shipper.metrics_page > deploy/docs/metrics.md`."""
    assert PAGE.read_text() == markdown()


def test_the_page_says_what_to_do_about_every_hold() -> None:
    holds = PAGE.read_text().partition("## Holds")[2]

    assert set(re.findall(r"^\| `(\w+)` \| \S", holds, re.MULTILINE)) == set(get_args(HoldReason))
