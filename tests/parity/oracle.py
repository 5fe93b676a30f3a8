"""Runs cases in the environment of LiteLLM's last Langfuse callback on the ingestion wire."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.oracles.environment import environment
from tests.parity.provider import provider

HERE = Path(__file__).parent
PRODUCERS = HERE.parents[1] / "deploy" / "producers"

Json = dict[str, Any]

INGESTION, OTLP = "langfuse_callback", "langfuse_otlp"  # environments, by the wire of their LiteLLM's own callback


def run_cases(cases: Sequence[Json], timeout_s: float = 600, litellm: str = INGESTION) -> Iterator[Json]:
    """What became of each case, in order, in an environment of `tests/oracles`. Raises subprocess.SubprocessError if
    the oracle fails."""
    with provider({case["case"]: case.get("replies", ()) for case in cases}) as url:
        for program in ("callback", "proxy"):
            mine = [case for case in cases if ("requests" in case) == (program == "proxy")]
            if mine:
                yield from _run(program, mine, url, timeout_s, litellm)


def _run(program: str, cases: Sequence[Json], url: str, timeout_s: float, litellm: str) -> Iterator[Json]:
    done = subprocess.run(
        [environment(litellm) / "python", HERE / f"{program}.py", url],
        input="".join(json.dumps({k: v for k, v in case.items() if k != "replies"}) + "\n" for case in cases),
        env=os.environ | {"PYTHONPATH": f"{PRODUCERS}{os.pathsep}{HERE}", "NO_PROXY": "*"},
        stdout=subprocess.PIPE,
        text=True,
        timeout=timeout_s,
        check=True,
    )
    for line in done.stdout.splitlines():
        if line.startswith('{"case"'):
            yield json.loads(line)
