"""Makes calls with LiteLLM's own Langfuse callback and ours attached: runs inside the environment `langfuse_callback`,
whose LiteLLM posts to Langfuse's ingestion API, or `langfuse_otlp`, whose LiteLLM sends spans.

Reads JSON Lines from stdin, one case each (see `cases`), and writes one line each to stdout: `records` as the Langfuse
callback got its arguments, `produced` as deploy/producers wrote them, `batch` as Langfuse was sent it (events, or spans
in the form of `spans`), `errors`. A server of its own stands for Langfuse. The address of the provider is the only
argument.
"""

from __future__ import annotations

import asyncio
import base64
import copy
import datetime
import importlib
import inspect
import io
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, wait
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

sent: list[dict[str, Any]] = []
produced: list[dict[str, Any]] = []
records: list[dict[str, Any]] = []
errors: list[str] = []
PROVIDER = sys.argv[1] if len(sys.argv) > 1 else ""
SETTLE_S = 0.15


def spans(body: bytes) -> list[dict[str, Any]]:
    """The spans of a request in protobuf: ids in hexadecimal, times in nanoseconds, attributes by their names."""
    service: Any = importlib.import_module("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
    request = service.ExportTraceServiceRequest.FromString(body)
    return [
        {
            "scope": scope.scope.name, "trace_id": span.trace_id.hex(), "span_id": span.span_id.hex(),
            "parent_id": span.parent_span_id.hex(), "name": span.name, "kind": span.kind, "flags": span.flags,
            "start_ns": span.start_time_unix_nano, "end_ns": span.end_time_unix_nano, "status": span.status.code,
            "resource": {pair.key: plain(pair.value) for pair in group.resource.attributes},
            "attributes": {pair.key: plain(pair.value) for pair in span.attributes},
        }
        for group in request.resource_spans for scope in group.scope_spans for span in scope.spans
    ]  # fmt: skip


def plain(value: Any) -> Any:
    """An attribute's value."""
    kind = value.WhichOneof("value")
    return [plain(item) for item in value.array_value.values] if kind == "array_value" else getattr(value, kind)


class Langfuse(BaseHTTPRequestHandler):
    """Langfuse's ingestion API and its OTLP endpoint, as far as its SDK and LiteLLM use them."""

    def do_POST(self) -> None:
        received = self.rfile.read(int(self.headers["Content-Length"]))
        body = {} if self.path.endswith("/traces") else json.loads(received)
        if self.path.endswith("/traces"):
            sent.extend(spans(received))
            self._answer(200, body)
        elif self.path.endswith("/ingestion"):
            sent.extend(body["batch"])
            successes = [{"id": event["id"], "status": 201} for event in body["batch"]]
            self._answer(207, {"successes": successes, "errors": []})
        else:  # media: known already, nothing to upload
            self._answer(201, {"mediaId": f"media-{len(body['sha256Hash'])}", "uploadUrl": None})

    def do_GET(self) -> None:
        self._answer(200, {"data": [{"id": "project-1", "name": "parity"}]})

    def do_PATCH(self) -> None:
        self._answer(200, {})

    def _answer(self, status: int, value: dict[str, Any]) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


def serve_langfuse() -> str:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Langfuse)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}"


os.environ |= {
    "TZ": "UTC",
    "LANGFUSE_HOST": serve_langfuse(),
    "LANGFUSE_PUBLIC_KEY": "pk-lf-test",
    "LANGFUSE_SECRET_KEY": "sk-lf-test",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "SHIPPER_TOPIC": "calls",
    "LITELLM_MODE": "PRODUCTION",
}
time.tzset()

litellm: Any = importlib.import_module("litellm")
litellm_kafka: Any = importlib.import_module("litellm_kafka")
langfuse: Any = importlib.import_module("litellm.integrations.langfuse.langfuse")
executors: Any = importlib.import_module("litellm.litellm_core_utils.thread_pool_executor")
logging_: Any = importlib.import_module("litellm.litellm_core_utils.litellm_logging")
worker: Any = importlib.import_module("litellm.litellm_core_utils.logging_worker").GLOBAL_LOGGING_WORKER
futures: list[Future[Any]] = []
clients: dict[int, Any] = {}  # LiteLLM's loggers


class Topic:
    """Stands for Kafka's producer: keeps what the callback writes."""

    def __init__(self, conf: dict[str, Any]) -> None:
        self.conf = conf

    def produce(self, topic: str, value: bytes, key: bytes, on_delivery: Any) -> None:
        produced.append(json.loads(value))

    def poll(self, timeout_s: float) -> None:
        """Nothing to wait for."""

    def flush(self, timeout_s: float = 0.0) -> int:
        return 0


def jsonable(value: Any) -> Any:
    """The value as JSON; what JSON has not is named by its type."""
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [jsonable(item) for item in value]
    if value is None or isinstance(value, (str, int, float)):
        return value
    if hasattr(value, "model_dump"):
        return jsonable(value.model_dump())
    return f"<{type(value).__name__}>"


def iso(moment: Any) -> str | None:
    return moment.astimezone(datetime.UTC).isoformat() if isinstance(moment, datetime.datetime) else None


def to_record(kwargs: dict[str, Any], response: Any, start: Any, end: Any) -> dict[str, Any]:
    """The arguments of the callback as a record in the form of the golden ones."""
    params = kwargs.get("litellm_params") or {}
    payload = dict(kwargs.get("standard_logging_object") or {})
    payload.pop("model_map_information", None)
    return {
        "standard_logging_object": jsonable(payload),
        **{name: jsonable(params.get(name)) for name in ("metadata", "litellm_metadata")},
        "optional_params": jsonable(kwargs.get("optional_params")),
        "proxy_server_request": jsonable(params.get("proxy_server_request")),
        **{name: jsonable(kwargs.get(name)) for name in ("response_cost", "cache_hit", "messages", "model")},
        "litellm_trace_id": kwargs.get("litellm_trace_id"),
        "system_fingerprint": getattr(response, "system_fingerprint", None),
        **{name: jsonable(kwargs.get(name)) for name in ("vertex_location", "aws_region_name")},
        "response_type": type(response).__name__,
        "start_time": iso(start),
        "end_time": iso(end),
        "completion_start_time": iso(kwargs.get("completion_start_time")),
        "api_base": params.get("api_base"),
    }


one_at_a_time = threading.Lock()


def attach() -> None:
    """Both callbacks, and what is needed to see what they get and send."""
    litellm_kafka.Producer = Topic
    submit, log_event = executors.executor.submit, langfuse.LangFuseLogger.log_event_on_langfuse

    def submit_seen(*args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = submit(*args, **kwargs)
        futures.append(future)
        return future

    def log_seen(self: Any, kwargs: Any, response_obj: Any, start_time: Any = None, end_time: Any = None, **more: Any):  # type: ignore[no-untyped-def]  # LiteLLM's own has no types
        clients[id(self)] = self
        with one_at_a_time:
            records.append(copy.deepcopy(to_record(kwargs, response_obj, start_time, end_time)))
            return log_event(self, kwargs, response_obj, start_time, end_time, **more)

    executors.executor.submit = submit_seen
    langfuse.LangFuseLogger.log_event_on_langfuse = log_seen


def callbacks(others: list[Any]) -> None:
    """Both callbacks, and nothing that LiteLLM has added on its way."""
    litellm.callbacks = [*others, litellm_kafka.handler]
    litellm.success_callback, litellm.failure_callback = ["langfuse"], ["langfuse"]
    litellm._async_success_callback = [*others, litellm_kafka.handler]
    litellm._async_failure_callback = [*others, litellm_kafka.handler]


async def settle() -> None:
    """Until nothing has been logged or sent for a while: LiteLLM logs in tasks and threads, its SDK in another."""
    before, still_since = -1, time.monotonic()
    while time.monotonic() - still_since < SETTLE_S:
        await asyncio.sleep(0.01)
        await asyncio.wait_for(worker.flush(), 10) if worker._queue is not None else None
        await asyncio.to_thread(wait, futures, 10)
        for logger in clients.values():
            if hasattr(logger, "tracing"):
                await asyncio.to_thread(logger.flush)
                continue
            for consumer in logger.Langfuse.task_manager._ingestion_consumers:
                consumer._flush_interval = 0.02  # a second a case is too long
            await asyncio.to_thread(logger.Langfuse.flush)
        seen = len(sent) + len(produced) + len(records) + len(futures)
        if seen != before:
            before, still_since = seen, time.monotonic()


def resolve(value: Any) -> Any:
    """Case data with the provider's address and the objects that JSON has not."""
    if isinstance(value, str):
        return value.replace("PROVIDER", PROVIDER)
    if isinstance(value, list):
        return [resolve(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$file" in value:
        file = io.BytesIO(base64.b64decode(value["base64"]))
        file.name = value["$file"]
        return file
    if "$python" in value:
        return eval(value["$python"])
    return {key: resolve(item) for key, item in value.items()}


async def call(owner: Any, one: dict[str, Any]) -> None:
    """One call, to the end of its stream or as far as `take` says."""
    function: Any = owner
    for part in one["function"].split("."):
        function = getattr(function, part)
    answer = function(**resolve(one["arguments"]))
    if inspect.isawaitable(answer):
        answer = await answer
    take = one.get("take")
    if hasattr(answer, "__anext__") or inspect.isasyncgen(answer):
        number = 0
        async for _ in answer:
            number += 1
            if number == take:
                break
        if take is not None and hasattr(answer, "aclose"):
            await answer.aclose()
    elif hasattr(answer, "__next__"):
        for number, _ in enumerate(answer, 1):
            if number == take:
                break


async def run(case: dict[str, Any], post: Any = None, others: list[Any] | None = None) -> dict[str, Any]:
    """Make the case's calls, or `post` its requests to a proxy that has `others` of its own callbacks."""
    for log in (sent, produced, records, errors, futures):
        log.clear()
    callbacks(others or [])
    settings = {name: resolve(value) for name, value in case.get("settings", {}).items()}
    before = {name: getattr(litellm, name) for name in settings}
    for name, value in settings.items():
        setattr(litellm, name, value)
    os.environ.update(resolve(case.get("environ", {})))
    owner = litellm
    if "router" in case:
        owner = litellm.Router(**resolve(case["router"]))
    for one in case.get("calls", []) + case.get("requests", []):
        try:
            await (call(owner, one) if post is None else post(resolve(one)))
        except Exception as raised:
            errors.append(f"{type(raised).__name__}: {raised}"[:300])
        await settle()
    sent.sort(key=lambda one: str(one.get("timestamp")))  # two clients may have sent it
    for name, value in before.items():
        setattr(litellm, name, value)
    for name in case.get("environ", {}):
        del os.environ[name]
    done = {"case": case["case"], "mapping": case.get("mapping", {}), "errors": errors}
    return {**done, "records": records, "produced": produced, "batch": sent}


async def main() -> None:
    logging.disable(logging.CRITICAL if not os.environ.get("PARITY_DEBUG") else logging.NOTSET)
    attach()
    for line in sys.stdin:
        case = json.loads(line)
        print(json.dumps(await run(case)), flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main())
    sys.stdout.flush()
    os._exit(0)
