"""What LiteLLM's own Langfuse callback costs: runs inside the environment `langfuse_callback`.

Reads records as JSON Lines from stdin, in the form of tests/golden, and writes a line for each: CPU-µs of the callback
that puts a call's events in its queue (`build_us`), the same with what its SDK does until a request body is text
(`wire_us`), and the `events`. What LiteLLM does before it calls its callbacks is not counted, and nothing is sent.
"""

from __future__ import annotations

import copy
import importlib
import json
import logging
import os
import sys
import time
import traceback
from collections.abc import Callable
from datetime import datetime
from typing import Any

ROUNDS = 5
ROUND_S = 0.05

os.environ |= {
    "TZ": "UTC",
    "LANGFUSE_MOCK": "true",
    "LANGFUSE_PUBLIC_KEY": "pk-lf-test",
    "LANGFUSE_SECRET_KEY": "sk-lf-test",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_MODE": "PRODUCTION",
}
time.tzset()

litellm: Any = importlib.import_module("litellm")
langfuse: Any = importlib.import_module("litellm.integrations.langfuse.langfuse")
consumers: Any = importlib.import_module("langfuse._task_manager.ingestion_consumer")

Json = dict[str, Any]
Arguments = tuple[Json, Any, Any, Any, str | None, str, str | None]
# Of a record, what LiteLLM has in the call's parameters, and beside them.
_PARAMS = ("metadata", "litellm_metadata", "proxy_server_request", "api_base")
_BESIDE = ("optional_params", "messages", "model", "response_cost", "litellm_trace_id")
_IF_KNOWN = ("vertex_location", "aws_region_name")


class Callback:
    """LiteLLM's logger with its SDK's client, whose consumer works when it is told to."""

    def __init__(self) -> None:
        self._logger = langfuse.LangFuseLogger(flush_interval=1)
        manager = self._logger.Langfuse.task_manager
        manager.join()
        self._queue = manager._ingestion_queue
        self._consumer = manager._ingestion_consumers[0]

    def build(self, arguments: Arguments) -> None:
        """The events of a call into the queue."""
        self._logger.log_event_on_langfuse(*arguments)

    def events(self) -> list[Json]:
        """What is in the queue, as its SDK sends it."""
        self._consumer._flush_at = self._queue.qsize()
        found: list[Json] = self._consumer._next()
        return found

    def wire(self, arguments: Arguments) -> str:
        """The events of a call as the text that is posted."""
        self.build(arguments)
        return json.dumps({"batch": self.events(), "metadata": {}}, cls=consumers.EventSerializer)

    def empty(self) -> None:
        """Throws away what is in the queue."""
        while not self._queue.empty():
            self._queue.get()


def to_arguments(record: Json) -> Arguments:
    """The arguments that the callback got, of the record that was made of them."""
    payload = record["standard_logging_object"]
    kwargs = {
        "standard_logging_object": payload,
        "litellm_params": {name: record.get(name) for name in _PARAMS},
        "call_type": payload["call_type"],
        "custom_llm_provider": payload.get("custom_llm_provider"),
        "litellm_call_id": payload.get("litellm_call_id"),
        "completion_start_time": moment(record.get("completion_start_time")),
        **{name: record.get(name) for name in _BESIDE},
        **{name: record[name] for name in _IF_KNOWN if record.get(name) is not None},
    }
    failed = payload["status"] == "failure"
    if not failed:
        kwargs["cache_hit"] = record.get("cache_hit")
    kind, written = getattr(litellm, record.get("response_type") or "ModelResponse", None), payload.get("response")
    response = to_response(kind, written) if kind is not None and isinstance(written, dict) and not failed else None
    times = moment(record.get("start_time")), moment(record.get("end_time"))
    level, status = ("ERROR", payload.get("error_str")) if failed else ("DEFAULT", None)
    return kwargs, response, *times, None, level, status


def to_response(kind: Any, written: Json) -> Any:
    """LiteLLM's object of a response as its payload writes it."""
    usage = written.get("usage") or {}
    if kind is litellm.ResponsesAPIResponse and "prompt_tokens" in usage:
        names = {"input_tokens": "prompt_tokens", "output_tokens": "completion_tokens", "total_tokens": "total_tokens"}
        return kind(**{**written, "usage": {own: usage[name] for own, name in names.items()}})
    if kind is litellm.TranscriptionResponse:
        response = kind(text=written.get("text"))
        response.usage = litellm.Usage(**usage) if "prompt_tokens" in usage else None
        return response
    return kind(**written)


def moment(written: str | None) -> datetime | None:
    return None if written is None else datetime.fromisoformat(written).replace(tzinfo=None)


def best_us(work: Callable[[Arguments], object], record: Json, after: Callable[[], object]) -> float:
    """CPU-µs a call, the best of some rounds; the arguments are made before, because the callback changes them."""
    began = time.process_time()
    work(to_arguments(copy.deepcopy(record)))
    count = max(1, min(200, int(ROUND_S / (time.process_time() - began + 1e-9))))
    best_s = float("inf")
    for _ in range(ROUNDS):
        calls = [to_arguments(copy.deepcopy(record)) for _ in range(count)]
        began = time.process_time()
        for arguments in calls:
            work(arguments)
        best_s = min(best_s, time.process_time() - began)
        after()
    return best_s / count * 1e6


def main() -> None:
    logging.disable(logging.CRITICAL)
    callback = Callback()
    for line in sys.stdin:
        record = json.loads(line)
        callback.build(to_arguments(copy.deepcopy(record)))
        events = callback.events()
        answer = {
            "build_us": best_us(callback.build, record, callback.empty),
            "wire_us": best_us(callback.wire, record, callback.empty),
            "events": events,
        }
        print(json.dumps(answer, cls=consumers.EventSerializer), flush=True)  # noqa: T201


if __name__ == "__main__":
    try:
        main()
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    os._exit(0)  # its SDK would wait for what is in the queue
