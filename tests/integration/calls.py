"""Call records for the integration tests: the goldens, and any number of small ones."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from shipper.demo.inbox import Inbox

GOLDEN = Path(__file__).resolve().parent.parent / "golden"


def golden_records() -> Iterator[bytes]:
    """Every record of every golden case, as it stands on the topic."""
    for path in sorted(GOLDEN.glob("*.json")):
        for record in json.loads(path.read_text())["records"]:
            yield json.dumps(record).encode()


def small_records(count: int, first: int = 0, padding: int = 0) -> list[bytes]:
    """Plain call records with the ids `call-0`, `call-1`, …; `padding` characters of prompt in each."""
    prompt = "x" * padding
    return [
        json.dumps(
            {
                "schema": "shipper.call/1",
                "id": f"call-{number}",
                "start_time": 1_795_000_000 + number / 1000,
                "end_time": 1_795_000_001 + number / 1000,
                "model": "gpt-4o",
                "provider": "openai",
                "request": {"model": "gpt-4o", "messages": [{"role": "user", "content": f"{number} {prompt}"}]},
                "response": {
                    "id": f"r-{number}",
                    "model": "gpt-4o",
                    "choices": [{"index": 0, "message": {"role": "assistant", "content": "yes"}}],
                    "usage": {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12},
                },
            }
        ).encode()
        for number in range(first, first + count)
    ]


def stored_calls(inbox: Inbox) -> Counter[str]:
    """How often each call's generation was stored, by its id."""
    return Counter(
        arrival.body_id for arrival in inbox.arrivals if arrival.type == "generation-create" and arrival.stored
    )


def ids(count: int, first: int = 0) -> set[str]:
    """The ids of `small_records`."""
    return {f"call-{number}" for number in range(first, first + count)}
