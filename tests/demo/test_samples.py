"""The bundled records, and reading a person's own."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import pairwise
from typing import Any

import pytest

from shipper.demo.samples import STEP, read_records, sample_records

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
SEVERAL_ROUNDS = 200
Sample = tuple[bytes | None, dict[str, Any]]


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return [(key, json.loads(value)) for key, value in sample_records(SEVERAL_ROUNDS, START)]


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, entry in value.items():
            yield key
            yield from texts(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from texts(entry)
    elif isinstance(value, str):
        yield value


def call_id(record: dict[str, Any]) -> str:
    if "schema" in record:
        return str(record["id"])
    payload = record["standard_logging_object"]
    return f"{payload['litellm_call_id']} {payload['id']}"


def test_there_are_as_many_as_asked_for_each_of_its_own_id(samples: list[Sample]) -> None:
    assert len({call_id(record) for _, record in samples}) == len(samples) == SEVERAL_ROUNDS


def test_each_begins_a_step_after_the_one_before(samples: list[Sample]) -> None:
    starts = [datetime.fromisoformat(record["start_time"]) for _, record in samples]
    assert starts[0] == START
    assert {later - earlier for earlier, later in pairwise(starts)} == {STEP}


def test_times_of_a_record_agree_with_each_other(samples: list[Sample]) -> None:
    for _, record in samples:
        start, end = (datetime.fromisoformat(record[key]) for key in ("start_time", "end_time"))
        assert end > start
        if payload := record.get("standard_logging_object"):
            assert payload["startTime"] == pytest.approx(start.timestamp(), abs=1e-4)
            assert payload["endTime"] == pytest.approx(end.timestamp(), abs=1e-4)
            assert payload["response_time"] == pytest.approx((end - start).total_seconds(), abs=1e-4)
            assert payload["startTime"] <= payload["completionStartTime"] <= payload["endTime"]


def test_the_key_is_the_trace_and_traces_do_not_reach_into_the_next_round(samples: list[Sample]) -> None:
    for key, record in samples:
        trace = record["trace"]["id"] if "schema" in record else record["metadata"]["trace_id"]
        assert key == trace.encode()
    keys = [key for key, _ in samples]
    assert max(keys.count(key) for key in set(keys)) < 10


def test_the_children_of_a_plain_record_find_their_parent(samples: list[Sample]) -> None:
    ids = {record["id"] for _, record in samples if "schema" in record}
    parents = {record["parent_id"] for _, record in samples if "parent_id" in record}
    assert parents
    assert parents <= ids


def test_the_same_arguments_give_the_same_bytes() -> None:
    assert list(sample_records(60, START)) == list(sample_records(60, START))
    assert list(sample_records(60, START)) != list(sample_records(60, START + timedelta(seconds=1)))


def test_both_shapes_of_the_contract_and_every_kind_of_call_are_there(samples: list[Sample]) -> None:
    litellm = [record["standard_logging_object"] for _, record in samples if "schema" not in record]
    plain = [record for _, record in samples if "schema" in record]
    assert {record["schema"] for record in plain} == {"shipper.call/1"}
    assert {payload["call_type"] for payload in litellm} >= {"acompletion", "aembedding", "arerank", "aresponses"}
    assert {payload["status"] for payload in litellm} == {"success", "failure"}
    assert any(payload["cache_hit"] for payload in litellm)
    assert any("chunks" in record for record in plain)
    assert any("error" in record for record in plain)
    assert all("model_map_information" not in payload for payload in litellm)


def test_nothing_in_them_is_a_secret_or_the_name_of_a_machine(samples: list[Sample]) -> None:
    for _, record in samples:
        for text in texts(record):
            assert not text.lower().startswith(("sk-", "pk-", "bearer ", "basic "))
            assert "127.0.0.1" not in text
            assert "localhost" not in text


async def test_reads_lines_as_records_without_keys() -> None:
    file = BytesIO(b'{"a":1}\n\n  \n{"b":2}\r\nnot json')
    assert [record async for record in read_records(file)] == [
        (None, b'{"a":1}'),
        (None, b'{"b":2}'),
        (None, b"not json"),
    ]


async def test_a_silent_pipe_does_not_hold_up_the_loop() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb", buffering=0) as sink:
        records = read_records(source)
        sink.write(b"first\n")
        assert await asyncio.wait_for(anext(records), 5) == (None, b"first")
        waiting = asyncio.ensure_future(anext(records))
        await asyncio.sleep(0)
        assert not waiting.done()
        sink.write(b"second\n")
        assert await asyncio.wait_for(waiting, 5) == (None, b"second")
        sink.close()
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(anext(records), 5)
