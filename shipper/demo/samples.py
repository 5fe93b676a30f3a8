"""Call records for the demo: bundled ones, as many as wanted, each with ids and times of its own; or a person's.

`samples.jsonl` holds one round of records, made up for this purpose: LiteLLM's (structure as LiteLLM 1.x logs it)
and plain ones (`shipper.call/1`). Later rounds repeat it with other ids, times and durations. The same arguments
give the same bytes. Knows nothing of Kafka.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import CancelledError
from contextlib import suppress
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any, BinaryIO

import msgspec

STEP = timedelta(seconds=2)
_READ_AHEAD_LINES = 100
_Json = dict[str, Any]

# Where a record names a call, a trace or a session: all of them differ from round to round.
_LITELLM_IDS = (
    ("standard_logging_object", "id"),
    ("standard_logging_object", "litellm_call_id"),
    ("standard_logging_object", "trace_id"),
    ("standard_logging_object", "session_id"),
    ("standard_logging_object", "response", "id"),
    ("metadata", "trace_id"),
    ("metadata", "session_id"),
    ("litellm_trace_id",),
)
_PLAIN_IDS = (("id",), ("parent_id",), ("trace", "id"), ("trace", "session_id"), ("response", "id"))
_TIMES = ("start_time", "end_time", "completion_start_time", "first_token_time")
_LITELLM_TIMES = ("startTime", "endTime", "completionStartTime")


def sample_records(n: int, start: datetime) -> Iterator[tuple[bytes | None, bytes]]:
    """`n` records as (key, value) for Kafka, one every STEP from `start` on (with a zone). The key is the trace id."""
    lines = (files("shipper.demo") / "samples.jsonl").read_bytes().splitlines()
    for index in range(n):
        round_number, place = divmod(index, len(lines))
        record = msgspec.json.decode(lines[place], type=_Json)
        stretch = 1.0 + (index * 7 % 11 - 5) / 16 if round_number else 1.0
        plain = "schema" in record
        for path in _PLAIN_IDS if plain else _LITELLM_IDS:
            _suffix(record, path, f"-{round_number:04d}")
        _retime(record, start + index * STEP, stretch)
        trace_id = record["trace"]["id"] if plain else record["metadata"]["trace_id"]
        yield trace_id.encode(), msgspec.json.encode(record)


async def read_records(file: BinaryIO) -> AsyncIterator[tuple[None, bytes]]:
    """The lines of a JSON Lines file as (no key, value), as they come; empty lines are left out.

    A thread reads: the file may be a pipe that says nothing for hours, and neither the loop nor the end of the
    process may wait for it.
    """
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[bytes] = asyncio.Queue(maxsize=_READ_AHEAD_LINES)

    def read() -> None:
        with suppress(RuntimeError, CancelledError):  # the loop has ended before the file
            for line in file:
                asyncio.run_coroutine_threadsafe(lines.put(line), loop).result()
            asyncio.run_coroutine_threadsafe(lines.put(b""), loop).result()

    threading.Thread(target=read, name="records", daemon=True).start()
    while line := await lines.get():
        if value := line.strip():
            yield None, value


def _suffix(record: _Json, path: tuple[str, ...], text: str) -> None:
    *parents, key = path
    for parent in parents:
        record = record.get(parent) or {}
    if record.get(key):
        record[key] += text


def _retime(record: _Json, start: datetime, stretch: float) -> None:
    """Move the record's times so that it begins at `start`, its durations `stretch` times as long."""
    origin = datetime.fromisoformat(record["start_time"])

    def moved(time: datetime) -> datetime:
        return start + (time - origin) * stretch

    for key in _TIMES:
        if record.get(key):
            record[key] = moved(datetime.fromisoformat(record[key])).isoformat(timespec="microseconds")
    payload = record.get("standard_logging_object")
    if payload:
        for key in _LITELLM_TIMES:
            payload[key] = moved(datetime.fromtimestamp(payload[key], origin.tzinfo)).timestamp()
        payload["response_time"] *= stretch
        for guardrail in payload.get("guardrail_information") or ():
            for key in ("start_time", "end_time"):
                guardrail[key] = moved(datetime.fromtimestamp(guardrail[key], origin.tzinfo)).timestamp()
