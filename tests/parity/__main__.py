"""python -m tests.parity [NAME…]: make the calls, show where shipper and LiteLLM differ."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from tests.parity.cases import CASES, MEANT
from tests.parity.comparison import differences, events_of
from tests.parity.oracle import run_cases


def main() -> None:
    wanted = sys.argv[1:]
    cases = [case for case in CASES if not wanted or any(re.fullmatch(name, case["case"]) for name in wanted)]
    total = 0
    out = Path("/tmp/par/out")
    out.mkdir(exist_ok=True)
    for result in run_cases(cases):
        (out / f"{result['case']}.json").write_text(json.dumps(result, indent=1))
        print(
            f"-- {result['case']}: {len(result['records'])} records, {len(result['produced'])} produced, "
            f"{len(result['batch'])} events {result['errors']}"
        )
        seen = []
        for kind in ("records", "produced"):
            try:
                settings = next(c for c in cases if c["case"] == result["case"]).get("mapping", {})
                found = differences(events_of(result[kind], **settings), result["batch"], produced=kind == "produced")
            except AssertionError as error:
                found = [str(error)]
            meant = MEANT.get(result["case"], ())
            found = [line for line in found if line not in seen and not line.startswith(meant or ("\0",))]
            seen += found
            for line in found:
                print(f"  {result['case']} {kind} {line}")
            total += len(found)
    print(total, "differences in", len(cases), "cases")


main()
