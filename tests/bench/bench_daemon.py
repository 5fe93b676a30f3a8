"""What the whole daemon costs, on a real Kafka, in one run: `python -m tests.bench.bench_daemon`.

CPU is user and system time of the daemon's process alone, from its assignment to its last commit; the floor is
aiokafka alone reading the same topic. Figures move with the machine: compare the ratios.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from shipper.demo.inbox import Inbox
from tests.brokers.client import Kafka
from tests.brokers.kafka import KafkaBroker
from tests.integration.calls import golden_records, small_records, stored_calls
from tests.integration.daemon import DaemonProcess, until

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
TOTAL_BYTES = 200_000_000  # of each backlog


def cpu_s(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def peak_rss_mb(pid: int) -> float:
    """Largest resident size of a process so far."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def litellm_records(size_bytes: int) -> bytes:
    """A LiteLLM chat record of about that size, the prompt grown."""
    record = json.loads(next(golden_records()))
    record["standard_logging_object"].pop("model_map_information")
    spare = (size_bytes - len(json.dumps(record))) // 2
    messages = [{"role": "user", "content": "x" * max(0, spare)}]
    record["messages"] = record["standard_logging_object"]["messages"] = messages
    return json.dumps(record).encode()


def out(text: str) -> None:
    """One line of the report."""
    print(text, flush=True)  # noqa: T201


class RemoteInbox(Inbox):
    """Stands for the inbox of another process where only its address and keys are wanted."""


async def backlog(kafka: Kafka, inbox: Inbox, name: str, values: Sequence[bytes]) -> None:
    """Work a backlog off, and print what it cost beside the floor."""
    topic = f"bench-{time.monotonic_ns()}"
    kafka.create_topic(topic)
    size = sum(map(len, values)) // len(values)
    count = max(len(values), TOTAL_BYTES // size // len(values) * len(values))
    await asyncio.to_thread(kafka.produce, topic, [values[n % len(values)] for n in range(count)])
    drain = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.drain_process", kafka.bootstrap, topic, "floor", str(count),
        stdout=subprocess.PIPE,
    )  # fmt: skip
    floor_us = float((await drain.communicate())[0])
    async with DaemonProcess(kafka.bootstrap, topic, "bench", inbox, batch__linger_s=1, log__level="warning") as daemon:
        pid = daemon.process.pid
        await until(lambda: kafka.members("bench"), "a member")
        began_s, began_cpu_s = time.monotonic(), cpu_s(pid)
        ends = kafka.end_offsets(topic)
        await until(lambda: kafka.committed("bench", topic) == ends, "the end", 300)
        seconds, cpu = time.monotonic() - began_s, cpu_s(pid) - began_cpu_s
        rss_mb = peak_rss_mb(pid)
        await daemon.terminate()
    us = cpu / count * 1e6
    out(
        f"{name:<22} {size:>8,} B {us:>8.1f} µs {floor_us:>8.1f} µs {us / floor_us:>6.1f}x "
        f"{count / seconds:>10,.0f}/s {rss_mb:>6.0f} MB"
    )
    kafka.delete_topic(topic)


async def idle(kafka: Kafka, inbox: Inbox) -> None:
    """CPU of a daemon with nothing to do."""
    kafka.create_topic("bench-idle")
    async with DaemonProcess(kafka.bootstrap, "bench-idle", "idle", inbox) as daemon:
        await daemon.said("assigned")
        await asyncio.sleep(3)
        began_cpu_s = cpu_s(daemon.process.pid)
        await asyncio.sleep(20)
        out(f"idle: {(cpu_s(daemon.process.pid) - began_cpu_s) / 20:.2%} of a core")


async def latency(kafka: Kafka, rate: int, linger_s: float) -> None:
    """Produce to stored, at a steady rate."""
    topic = f"bench-latency-{rate}"
    kafka.create_topic(topic)
    produced_s: dict[str, float] = {}
    async with (
        Inbox() as inbox,
        DaemonProcess(kafka.bootstrap, topic, f"latency-{rate}", inbox, batch__linger_s=linger_s) as daemon,
    ):
        await daemon.said("assigned")
        count = rate * 20
        for number, value in enumerate(small_records(count)):
            produced_s[f"call-{number}"] = time.monotonic()
            await asyncio.to_thread(kafka.produce, topic, [value])
            await asyncio.sleep(max(0.0, 1 / rate - (time.monotonic() - produced_s[f"call-{number}"])))
        await until(lambda: len(stored_calls(inbox)) == count, "all calls")
        arrived = [one for one in inbox.arrivals if one.type == "generation-create"]
    waits = sorted((one.at_s - produced_s[one.body_id]) * 1000 for one in arrived)
    p50, p99 = waits[len(waits) // 2], waits[len(waits) * 99 // 100]
    out(f"latency at {rate}/s, linger {linger_s * 1000:.0f} ms: p50 {p50:.1f} ms, p99 {p99:.1f} ms")


async def main() -> None:
    """The whole report."""
    inbox_process = subprocess.Popen(  # noqa: ASYNC220  # before anything runs on the loop
        [sys.executable, "-m", "tests.bench.inbox_process"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert inbox_process.stdout is not None
    inbox = RemoteInbox(port=int(inbox_process.stdout.readline()))
    with tempfile.TemporaryDirectory() as directory, KafkaBroker(Path(directory)) as kafka:
        out(f"{'records':<22} {'size':>10} {'daemon':>11} {'floor':>11} {'ratio':>7} {'records':>12} {'peak RSS':>9}")
        for size in (2_000, 20_000, 200_000):
            padding = size - len(small_records(1)[0])
            await backlog(kafka, inbox, "shipper.call/1", small_records(min(2000, 40_000_000 // size), padding=padding))
        for size in (4_600, 20_000, 200_000):
            await backlog(kafka, inbox, "LiteLLM chat", [litellm_records(size)])
        await backlog(kafka, inbox, "LiteLLM goldens", list(golden_records()))
        await idle(kafka, inbox)
        for rate in (10, 100):
            await latency(kafka, rate, 0.005)
    inbox_process.kill()
    inbox_process.wait()


if __name__ == "__main__":
    asyncio.run(main())
