"""LiteLLM as an oracle for prices: starts `price_oracle.py` in its own environment and asks it what calls cost."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from shipper.pricing import bundled_snapshot
from tests.oracles.environment import environment

PROGRAM = Path(__file__).parents[1] / "oracles" / "price_oracle.py"
BATCH = 500  # questions a line: enough that the pipe costs nothing, and few enough to fit into it


class Verdict(NamedTuple):
    """What LiteLLM says: a cost and its parts, or the error it raised."""

    cost: float | None
    parts: Mapping[str, float] = {}
    error: str = ""

    @property
    def is_unmapped(self) -> bool:
        """Whether LiteLLM found no row, rather than that it tripped over something else."""
        return "isn't mapped yet" in self.error or "not found in cost map" in self.error


class OracleError(RuntimeError):
    """The oracle is gone; its own last words are on stderr."""


class Oracle:
    """A running LiteLLM with a price map of the caller's; a context manager."""

    def __init__(self, price_map: Path) -> None:
        self._process = subprocess.Popen(
            [str(environment("litellm_prices") / "python"), str(PROGRAM), str(price_map)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=sys.stderr,
            text=True,
        )
        self.rows: int = self._read()["rows"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process."""
        self._process.communicate(timeout=30)

    def ask(self, questions: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """The answers to questions in the form that `price_oracle.py` describes, in their order."""
        waiting = list(questions)
        answers: list[dict[str, Any]] = []
        assert self._process.stdin is not None
        for begin in range(0, len(waiting), BATCH):
            self._process.stdin.write(json.dumps(waiting[begin : begin + BATCH]) + "\n")
            self._process.stdin.flush()
            answers += self._read()
        return answers

    def price(self, questions: Iterable[dict[str, Any]]) -> list[Verdict]:
        """What the calls cost, as LiteLLM sees it."""
        return [
            Verdict(answer.get("cost"), answer.get("parts", {}), answer.get("error", ""))
            for answer in self.ask(questions)
        ]

    def _read(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise OracleError(f"{PROGRAM.name} ended with {self._process.wait(timeout=30)}")
        return json.loads(line)


def bundled_map() -> Path:
    """The file of the newest snapshot that ships with the product."""
    return Path(str(files("shipper.prices"))) / f"litellm-{bundled_snapshot()[1]}.json"
