"""The floor: aiokafka alone, reading a topic to its end as the daemon reads it. Prints CPU-µs a record."""

from __future__ import annotations

import asyncio
import resource
import sys

from aiokafka import AIOKafkaConsumer


def cpu_s() -> float:
    """User and system time of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def main(bootstrap: str, topic: str, group: str, count: int) -> None:
    """Read `count` records."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_bytes=2_097_152,
        isolation_level="read_committed",
    )
    await consumer.start()
    began_s, seen = cpu_s(), 0
    while seen < count:
        seen += sum(map(len, (await consumer.getmany(timeout_ms=500, max_records=1000)).values()))
    print((cpu_s() - began_s) / count * 1e6, flush=True)  # noqa: T201
    await consumer.stop()


if __name__ == "__main__":
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
