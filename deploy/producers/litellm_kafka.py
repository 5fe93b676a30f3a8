"""LiteLLM callback that writes one Kafka record a call, success or failure, in the form that shipper reads.

SDK: `litellm.callbacks = [litellm_kafka.handler]`. Proxy: `litellm_settings: {callbacks: litellm_kafka.handler}`.
It never blocks and never fails a call: what the bounded queue or Kafka does not take is counted in `dropped`.
"""

import atexit
import functools
import json
import logging
import os
import re
import threading

from confluent_kafka import Producer
from litellm.integrations.custom_logger import CustomLogger

SETTINGS = ("bootstrap.servers", "security.protocol", "sasl.mechanism", "sasl.username", "sasl.password",
            "ssl.ca.location")  # fmt: skip
QUEUE = {"queue.buffering.max.messages": 10_000, "queue.buffering.max.kbytes": 65_536, "compression.type": "lz4"}
SAME = ("model", "response_cost", "cache_hit", "litellm_trace_id", "vertex_location", "aws_region_name")
PROMPT = ("messages", "input", "prompt")  # a call that the proxy refuses has its body as parameters
HEADERS = re.compile(
    r"(?i)langfuse_|(traceparent|x-litellm-trace-id|user-agent|(x-.*)?session[-_]id|thread-id|conversation_id)$"
)
ANSWERS = {"choices", "output", "text", "results", "data"}
CONTENT = {"messages", "response", "properties"}  # prompts, answers, JSON schemas: a name in there is no setting
SECRET = re.compile(
    r"(?i)authorization|cookie|secret|passw|credential|api[-_]?key$|access[-_]?key|api_key_auth$|previous_models$"
    r"|(?<!per_)token$|(?<!additional_)headers$"
)
is_secret = functools.lru_cache(4096)(SECRET.search)


def clean(value):
    """The value without what is named like a key, a password or a set of headers."""
    if isinstance(value, dict):
        shown = {str(k): v for k, v in value.items() if v is None or isinstance(v, bool) or not is_secret(str(k))}
        return {k: v if k in CONTENT else clean(v) for k, v in shown.items()}
    return [clean(item) for item in value] if isinstance(value, (list, tuple, set)) else value


def masked(value, mask):
    """The value with `mask` over its texts; what `mask` fails at is not shown."""
    if isinstance(value, dict):
        return {k: masked(v, mask) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [masked(item, mask) for item in value]
    try:
        return mask(value) if isinstance(value, str) else value
    except Exception:
        return "redacted-by-litellm"


def iso(time):
    """LiteLLM's times have no offset: they are local."""
    return time.astimezone().isoformat() if hasattr(time, "astimezone") else None


def to_record(kwargs, response, start_time, end_time):
    """Kafka key (the trace id) and value of one call. The prompt is the payload's: redacted as LiteLLM was told."""
    params, payload = kwargs.get("litellm_params") or {}, kwargs["standard_logging_object"]
    headers = (params.get("proxy_server_request") or {}).get("headers") or {}
    options, mask = kwargs.get("optional_params") or {}, params.get("_langfuse_masking_function")
    if callable(mask):  # metadata's `langfuse_masking_function`
        payload = payload | {k: masked(payload.get(k), mask) for k in ("messages", "error_str")}
        answer = payload.get("response")
        if isinstance(answer, dict):
            payload["response"] = answer | {k: masked(v, mask) for k, v in answer.items() if k in ANSWERS}
        options = options | {k: masked(options[k], mask) for k in ("tools", "functions") if k in options}
    record = clean({
        "standard_logging_object": {k: v for k, v in payload.items() if k != "model_map_information"},
        **{name: params.get(name) for name in ("metadata", "litellm_metadata", "api_base")},
        **{name: kwargs.get(name) for name in SAME},
        "optional_params": {k: v for k, v in options.items() if k not in PROMPT},
        "start_time": iso(start_time),
        "end_time": iso(end_time),
        "completion_start_time": iso(kwargs.get("completion_start_time")),
        "system_fingerprint": getattr(response, "system_fingerprint", None),
    })  # fmt: skip
    record["proxy_server_request"] = {"headers": clean({k: v for k, v in headers.items() if HEADERS.match(k)})}
    steer = (record["metadata"] or {}) | {k[9:]: v for k, v in headers.items() if k.startswith("langfuse_")}
    key = steer.get("existing_trace_id") or steer.get("trace_id") or payload.get("trace_id") or payload["id"]
    return str(key).encode(), json.dumps(record, default=str, ensure_ascii=False).encode(errors="replace")


class KafkaLogger(CustomLogger):
    """Settings: `SHIPPER_TOPIC` and `KAFKA_BOOTSTRAP_SERVERS` etc. (see `SETTINGS`), or the arguments."""

    def __init__(self, topic=None, conf=None, **options):
        super().__init__(**options)
        found = {name: os.environ.get(f"KAFKA_{name.upper().replace('.', '_')}") for name in SETTINGS}
        self.conf = QUEUE | {name: value for name, value in found.items() if value} | (conf or {})
        self.topic = topic or os.environ["SHIPPER_TOPIC"]
        self.dropped, self.producer, self.lock = 0, None, threading.Lock()
        atexit.register(self.flush)

    def flush(self, timeout_s=5.0):
        """Wait for Kafka; returns the number of records that it has not confirmed in time."""
        return self.producer.flush(timeout_s) if self.producer else 0

    def write(self, kwargs, response_obj, start_time, end_time):
        try:
            key, value = to_record(kwargs, response_obj, start_time, end_time)
            with self.lock:  # made at the first record, as librdkafka's threads do not survive a fork
                self.producer = self.producer or Producer(self.conf)
            self.producer.produce(self.topic, value, key, on_delivery=self.delivered)
            self.producer.poll(0)
        except Exception as error:
            self.drop(type(error).__name__)

    def delivered(self, error, _message):
        if error is not None:
            self.drop(error.name())

    def drop(self, reason):
        with self.lock:
            self.dropped += 1
        if self.dropped & (self.dropped - 1) == 0:  # 1, 2, 4, 8, ...: an outage must not flood the log
            logging.getLogger(__name__).warning("%d call records dropped, the last one: %s", self.dropped, reason)

    async def write_async(self, kwargs, response_obj, start_time, end_time):
        self.write(kwargs, response_obj, start_time, end_time)

    log_success_event = log_failure_event = write
    async_log_success_event = async_log_failure_event = write_async


handler = KafkaLogger()
