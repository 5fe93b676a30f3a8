"""python -m tests.parity [--keep] [NAME…]: make the calls, say where shipper and LiteLLM differ.

NAMEs are regular expressions over the names of cases; without them all are run. With `--keep` the cases of `KEPT` are
written to tests/golden/parity.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from tests.parity.cases import CASES, KEPT
from tests.parity.comparison import case_differences, once
from tests.parity.oracle import run_cases

GOLDEN = Path(__file__).parents[1] / "golden" / "parity"


def main(arguments: list[str]) -> int:
    wanted = [name for name in arguments if name != "--keep"]
    cases = [case for case in CASES if not wanted or any(re.fullmatch(name, case["case"]) for name in wanted)]
    count = 0
    for result in run_cases(cases):
        found = case_differences(result)
        count += len(found)
        made = f"{len(result['records'])} records, {len(result['batch'])} events"
        sys.stdout.write(f"{result['case']}: {made}, {len(found)} differences\n")
        sys.stdout.writelines(f"  {line}\n" for line in found + [f"({error})" for error in result["errors"]])
        if "--keep" in arguments and result["case"] in KEPT:
            keep(result)
    sys.stdout.write(f"{count} differences in {len(cases)} cases\n")
    return min(count, 1)


def keep(result: dict[str, Any]) -> None:
    """Write a case: a call that LiteLLM reports twice once, and without where this LiteLLM lies."""
    events = once(result["batch"])
    calls = sum(event["type"] == "trace-create" for event in events)
    result = {**result, "records": result["records"][:: len(result["records"]) // calls], "batch": events}
    for record in result["records"]:
        payload = record["standard_logging_object"]
        payload["error_information"]["traceback"] = ""
        payload["response_cost_failure_debug_info"] = None
    kept = {key: result[key] for key in ("case", "mapping", "records", "batch") if result.get(key)}
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    assert "site-packages" not in text, result["case"]
    GOLDEN.mkdir(exist_ok=True)
    (GOLDEN / f"{result['case']}.json").write_text(text + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
