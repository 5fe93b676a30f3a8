"""A member of a group as a process of its own, to be frozen: `python -m tests.integration.member SERVER TOPIC GROUP`.

A worker that never gets on: it commits offset 1 of what it was given first, again and again, and does not care
what has become of its membership. Prints what became of each commit as soon as that changes, and every assignment.
"""

from __future__ import annotations

import asyncio
import sys

import uvloop

from shipper import fence
from tests.integration.daemon import until
from tests.integration.reader import Reader, settings


async def main(bootstrap: str, topic: str, group: str) -> None:
    """Work until killed."""
    async with Reader(settings(bootstrap, topic, group, session_timeout_s=1.0)) as reader:
        reader.commit_on_revoke = False
        await until(lambda: len(reader.positions) == 2, "custody")
        membership, late = reader.source._membership, dict.fromkeys(reader.positions, 1)
        assert membership is not None
        result, assignments = "", 0
        while True:
            committed = await fence.commit(reader.consumer._coordinator, membership, late, {})
            if committed.result != result:
                result = committed.result
                print(result, flush=True)  # noqa: T201
            while assignments < len(reader.said("assigned")):
                assignments += 1
                print("assigned", flush=True)  # noqa: T201
            await asyncio.sleep(0.005)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
