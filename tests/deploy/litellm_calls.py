"""Makes calls through LiteLLM's SDK with the callback of deploy/producers: runs inside the environment `litellm`.

Reads JSON from stdin: `calls`, each with the `function` of litellm and its `arguments`, and `conf` for librdkafka.
Writes JSON to stdout: of each call the `seconds` it took and the `error` (class) it raised, and the numbers of records
that the callback in the end has `dropped` and left `unconfirmed`.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import sys
import threading
import time
from typing import Any

import litellm  # type: ignore[import-not-found]
import litellm_kafka  # type: ignore[import-not-found]
from litellm.litellm_core_utils.logging_worker import GLOBAL_LOGGING_WORKER  # type: ignore[import-not-found]
from litellm.litellm_core_utils.thread_pool_executor import executor  # type: ignore[import-not-found]


async def call(function: str, arguments: dict[str, Any]) -> None:
    """One call, to the end of its stream."""
    arguments["metadata"] |= {"lock": threading.Lock(), "pair": (1, 2)}  # what callers put there and JSON has not
    answer = getattr(litellm, function)(**arguments)
    if inspect.isawaitable(answer):
        answer = await answer
    if inspect.isasyncgen(answer) or hasattr(answer, "__anext__"):
        async for _ in answer:
            pass
    elif arguments.get("stream"):
        for _ in answer:
            pass


async def timed(function: str, arguments: dict[str, Any]) -> dict[str, Any]:
    start_s, error = time.monotonic(), None
    try:
        await call(function, arguments)
    except Exception as raised:
        error = type(raised).__name__
    return {"seconds": time.monotonic() - start_s, "error": error}


async def main() -> None:
    job = json.load(sys.stdin)
    handler = litellm_kafka.handler
    handler.conf |= job.get("conf", {})
    litellm.callbacks = [handler]
    results = [await timed(**one) for one in job["calls"]]
    # LiteLLM runs callbacks later, in a task and in threads.
    await GLOBAL_LOGGING_WORKER.flush()
    executor.shutdown()
    unconfirmed = handler.flush()
    json.dump({"calls": results, "dropped": handler.dropped, "unconfirmed": unconfirmed}, sys.stdout)


asyncio.run(main())
