"""Every priced row of the bundled map, priced by us and by LiteLLM: `python -m tests.pricing.sweep [--usages N]`.

Prints how many rows and cases there are by mode, how many are equal to 1e-12 relative, the deliberate differences by
name, and every disagreement. Ends with 1 if there is any.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from math import isclose
from random import Random
from time import perf_counter
from typing import Any, NamedTuple

from msgspec import Struct

from shipper.pricing import PriceBook, Pricer, PriceTable, PricingSettings, bundled_snapshot
from shipper.records import Billing, Cost, UnknownCost
from tests.pricing.differences import EQUAL, difference
from tests.pricing.oracle import Oracle, Verdict, bundled_map
from tests.pricing.questions import question
from tests.pricing.random_tokens import Row
from tests.pricing.usages import MODES, billing, mode_of

USAGES = 40
_PLAIN = ("equal", "nobody knows", "not priced yet", "disagreement")


class Case(NamedTuple):
    """One call priced twice. `outcome` is one of `_PLAIN` or the name of a difference."""

    name: str
    row: Row
    billing: Billing
    asked: dict[str, Any]
    ours: Cost | UnknownCost
    theirs: Verdict
    outcome: str


def rows() -> dict[str, Row]:
    """The rows of the bundled map that have any price and whose calls can be put to the oracle, by name.

    Not those of containers: they are no models, and what they price is used with every other row of the provider.
    """
    found: dict[str, Row] = json.loads(bundled_snapshot()[0])
    return {
        name: row
        for name, row in found.items()
        if mode_of(row) in MODES and is_priced(row) and not name.endswith("/container")
    }


def is_priced(row: Row) -> bool:
    """Whether any price of the row is above 0."""
    return bool(row.get("tiered_pricing")) or any(
        "cost" in key and isinstance(price, int | float) and price > 0 for key, price in row.items()
    )


def pricer() -> Pricer:
    """Ours, by the bundled map."""
    return Pricer(PricingSettings(), PriceBook.of(PriceTable.load(*bundled_snapshot())))


def seeded(names: Iterable[str], usages: int) -> Iterator[tuple[str, Random]]:
    """The same calls each time: a source of numbers of its own for every row and usage."""
    for name in names:
        for number in range(usages):
            yield name, Random(f"{name} {number}")


def compare(ours: Pricer, oracle: Oracle, calls: Iterable[tuple[str, Row, Billing]]) -> Iterator[Case]:
    """Prices calls twice."""
    waiting = [(name, row, call, question(row, call)) for name, row, call in calls]
    verdicts = oracle.price(asked for *_, asked in waiting)
    for (name, row, call, asked), theirs in zip(waiting, verdicts, strict=True):
        cost = ours.price(call)
        yield Case(name, row, call, asked, cost, theirs, _outcome(name, row, call, cost, theirs))


def _outcome(name: str, row: Row, call: Billing, ours: Cost | UnknownCost, theirs: Verdict) -> str:
    if isinstance(ours, Cost) and theirs.cost is not None and isclose(ours.total, theirs.cost, rel_tol=EQUAL):
        return "equal"
    if isinstance(ours, UnknownCost) and theirs.is_unmapped:
        return "nobody knows"
    if named := difference(name, row, call, ours, theirs):
        return named
    if isinstance(ours, UnknownCost) and theirs.cost:
        return "not priced yet"
    return "disagreement"


def report(cases: list[Case], write: Any) -> None:
    """The table, then every case that is neither equal nor different by intent; of one row only the first few."""
    by_mode: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        by_mode[mode_of(case.row)].append(case)
    heads = ("rows", "cases", "equal", "nobody", "by intent", "not yet", "disagree")
    write(f"{'mode':<22}{''.join(f'{head:>10}' for head in heads)}\n")
    for mode, those in [*sorted(by_mode.items()), ("all", cases)]:
        outcomes = Counter(case.outcome for case in those)
        equal, nobody, late, wrong = (outcomes.pop(name, 0) for name in _PLAIN)
        counts = (len({case.name for case in those}), len(those), equal, nobody, outcomes.total(), late, wrong)
        write(f"{mode:<22}{''.join(f'{count:>10}' for count in counts)}\n")
    outcomes = Counter(case.outcome for case in cases)
    for name in sorted(outcomes.keys() - set(_PLAIN)):
        write(f"by intent: {outcomes[name]:>7} {name}\n")
    shown: Counter[tuple[str, str]] = Counter()
    for case in cases:
        if case.outcome in ("not priced yet", "disagreement"):
            shown[case.name, case.outcome] += 1
            if shown[case.name, case.outcome] <= 3:
                write(f"{case.outcome}: {told(case)}\n")


def told(case: Case) -> str:
    """One case on one line."""
    ours = case.ours.total if isinstance(case.ours, Cost) else case.ours.why
    theirs = case.theirs.error if case.theirs.cost is None else case.theirs.cost
    split = dict(case.ours.split) if isinstance(case.ours, Cost) else {}
    call = case.billing
    usage = {**said(call.usage), **said(call.usage and call.usage.other)}
    return f"{case.name} ({call.provider}) {usage} {said(call.terms)}: ours {ours!r} {split}, theirs {theirs!r}"


def said(record: Struct | None) -> dict[str, Any]:
    """The fields of a record that are not as they are by default."""
    known = {} if record is None else {name: getattr(record, name) for name in record.__struct_fields__}
    return {name: value for name, value in known.items() if value and name != "other"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--usages", type=int, default=USAGES, help="calls of each row")
    parser.add_argument("--rows", default="", help="only rows whose name holds this")
    options = parser.parse_args()
    known = {name: row for name, row in rows().items() if options.rows in name}
    begin = perf_counter()
    with Oracle(bundled_map()) as oracle:
        calls = [
            (name, known[name], billing(name, known[name], random)) for name, random in seeded(known, options.usages)
        ]
        cases = list(compare(pricer(), oracle, calls))
    report(cases, sys.stdout.write)
    sys.stdout.write(f"{perf_counter() - begin:.0f} s\n")
    return int(any(case.outcome == "disagreement" for case in cases))


if __name__ == "__main__":
    sys.exit(main())
