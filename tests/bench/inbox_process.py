"""The inbox in a process of its own, so that its work is not the daemon's: prints its port, ends with stdin."""

from __future__ import annotations

import asyncio
import sys

from shipper.demo.inbox import Inbox


async def main() -> None:
    """Serve until standard input ends."""
    async with Inbox(validate=False, keep=1) as inbox:
        print(inbox.port, flush=True)  # noqa: T201
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
