"""The operator's page of all metrics, made from the metrics themselves: `python -m shipper.metrics_page`."""

from __future__ import annotations

import sys
from typing import get_args

from prometheus_client.metrics_core import Metric

from shipper.labels import MODELS_MAX, PROVIDERS_MAX, SERIES_MAX, TEAMS_MAX
from shipper.metrics import CLOSED, Metrics
from shipper.outcome import HoldReason
from shipper.telemetry import ADVICE

_HEAD = """\
# Metrics

<!-- Written by `python -m shipper.metrics_page`; a test keeps it up to date. -->

`GET /metrics` on `status.host`:`status.port` gives these in Prometheus' text format, beside `/healthz` (503 when the
daemon neither makes progress nor says what it waits for) and `/readyz` (503 until the group has given it partitions).
Counters begin at 0 with the process. Names and labels are stable: alerts may rely on them.

| metric | type | labels | meaning |
|---|---|---|---|
"""

_LABELS_HEAD = """
## Labels

The series of a closed list are there from the start, at 0, so that a rate over them has a beginning.

| label | of | values |
|---|---|---|
"""

_OPEN_LABELS = f"""\
| `code` | `shipper_requests_total` | HTTP status codes, or `error` |
| `model` | `shipper_cost_usd_total`, `shipper_cost_compared_usd_total`, `shipper_unpriced_total` | the first \
{MODELS_MAX} names in the records since the start, then `other`; `none` where there is none |
| `provider`, `team` | `shipper_cost_usd_total` | as `model`, the first {PROVIDERS_MAX} and {TEAMS_MAX}; beyond \
{SERIES_MAX} combinations of the three all are `other` |
| `source` | `shipper_cost_compared_usd_total` | `record`, `table` |
| `repair` | `shipper_repairs_total` | the repaired field or the kind of repair |
| `topic`, `partition` | `shipper_lag_records` | the partitions that this process has now |
| `version` | `shipper_build_info` | shipper's version |
"""

_HOLDS_HEAD = """
## Holds

While `shipper_hold` is 1 nothing is dropped: what is under way is kept, fetching pauses when memory is used, and
every attempt is repeated. Those with an advice do not heal by themselves; the log says them as errors.

| reason | what to do |
|---|---|
"""


def markdown() -> str:
    """The page as Markdown, in the order of the metrics' names."""
    metrics = Metrics()
    families = sorted(metrics.registry.collect(), key=lambda family: family.name)
    labels = metrics.label_names
    rows = [
        f"| `{_exposed(family)}` | {family.type} | {_code(labels[family.name])} | {family.documentation} |\n"
        for family in families
    ]
    exposed = {family.name: _exposed(family) for family in families}
    closed = [
        f"| `{label}` | `{exposed[name]}` | {_code(values)} |\n" for (name, label), values in sorted(CLOSED.items())
    ]
    holds = [
        f"| `{reason}` | {ADVICE.get(reason, 'nothing: it goes on by itself')} |\n" for reason in get_args(HoldReason)
    ]
    return "".join([_HEAD, *rows, _LABELS_HEAD, *closed, _OPEN_LABELS, _HOLDS_HEAD, *holds])


def _exposed(family: Metric) -> str:
    return f"{family.name}_total" if family.type == "counter" else family.name


def _code(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    sys.stdout.write(markdown())
