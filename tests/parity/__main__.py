"""python -m tests.parity [--otlp] [--keep] [NAME…]: make the calls, say where shipper and LiteLLM differ.

NAMEs are regular expressions over the names of cases; without them all are run. `--otlp` asks a LiteLLM whose callback
sends spans, else it is the last that posts to the ingestion API. With `--keep` the cases of `KEPT` are written to
tests/golden/parity, those of `KEPT_SPANS` to tests/golden/otlp/parity.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from tests.parity import comparison, comparison_spans
from tests.parity.cases import CASES, KEPT, KEPT_SPANS
from tests.parity.oracle import INGESTION, OTLP, run_cases

GOLDEN = Path(__file__).parents[1] / "golden"


def main(arguments: list[str]) -> int:
    wanted = [name for name in arguments if name not in ("--keep", "--otlp")]
    cases = [case for case in CASES if not wanted or any(re.fullmatch(name, case["case"]) for name in wanted)]
    is_otlp, count = "--otlp" in arguments, 0
    for result in run_cases(cases, litellm=OTLP if is_otlp else INGESTION):
        found = (comparison_spans if is_otlp else comparison).case_differences(result)
        count += len(found)
        made = f"{len(result['records'])} records, {len(result['batch'])} {'spans' if is_otlp else 'events'}"
        sys.stdout.write(f"{result['case']}: {made}, {len(found)} differences\n")
        sys.stdout.writelines(f"  {line}\n" for line in found + [f"({error})" for error in result["errors"]])
        if "--keep" in arguments and result["case"] in (KEPT_SPANS if is_otlp else KEPT):
            keep(result if is_otlp else once(result), GOLDEN / ("otlp/parity" if is_otlp else "parity"))
    sys.stdout.write(f"{count} differences in {len(cases)} cases\n")
    return min(count, 1)


def once(result: dict[str, Any]) -> dict[str, Any]:
    """A case without the calls that LiteLLM reports a second time."""
    events = comparison.once(result["batch"])
    calls = sum(event["type"] == "trace-create" for event in events)
    return {**result, "records": result["records"][:: len(result["records"]) // calls], "batch": events}


def keep(result: dict[str, Any], directory: Path) -> None:
    """Write a case, without where this LiteLLM lies."""
    for record in result["records"]:
        payload = record["standard_logging_object"]
        payload["error_information"]["traceback"] = ""
        payload["response_cost_failure_debug_info"] = None
    kept = {key: result[key] for key in ("case", "mapping", "records", "batch") if result.get(key)}
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    assert "site-packages" not in text, result["case"]
    directory.mkdir(exist_ok=True)
    (directory / f"{result['case']}.json").write_text(text + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
