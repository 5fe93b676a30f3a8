"""The producers of deploy/producers, run inside real LiteLLM and against a real Kafka."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

import pytest

from shipper.decode import Decoder
from shipper.mapping.settings import MappingSettings
from shipper.records import CallRecord, Record
from tests.brokers.client import Kafka, wait_until
from tests.brokers.kafka import free_ports
from tests.brokers.process import LeashedProcess
from tests.brokers.stored import Stored
from tests.conftest import unique_name
from tests.deploy.provider import ANSWER, FAILING_MODEL, FINGERPRINT, USAGE, provider
from tests.oracles.environment import environment

PRODUCERS = Path(__file__).parents[2] / "deploy" / "producers"
SDK_CALLS = Path(__file__).with_name("litellm_calls.py")
CANARY = "sk-canary-4f1d8e"  # stands for everything that must not leave the application
MASTER_KEY = "sk-canary-master-77aa"
PROMPT = [{"role": "user", "content": "Wie heißt die Welt? 🌍"}]
TOOL_PROPERTIES = {"password": {"type": "string"}, "headers": {"type": "object"}}
TOOL = {
    "type": "function",
    "function": {"name": "log_in", "parameters": {"type": "object", "properties": TOOL_PROPERTIES}},
}
SECRET_METADATA = {
    "used_oauth_token": False,
    "openai_api_key": CANARY,
    "password": CANARY,
    "nested": [{"Set-Cookie": CANARY, "kept": 1}],
    "headers": {"x-anything": CANARY},
    "user_api_key_auth": CANARY,
}
# DESIGN's contract, "LiteLLM record"; the prompt travels in the payload, where LiteLLM has redacted it if told to.
CONTRACT = {
    "standard_logging_object", "metadata", "litellm_metadata", "optional_params", "proxy_server_request", "model",
    "api_base", "response_cost", "cache_hit", "system_fingerprint", "litellm_trace_id", "start_time", "end_time",
    "completion_start_time", "vertex_location", "aws_region_name",
}  # fmt: skip
W3C_TRACE = "0af7651916cd43dd8448eb211c80319c"
SDK_CASES = ["sync", "http", "stream", "failure", "embedding", "async", "async-stream", "async-failure"]
PROXY_CASES = ["case-whole", "case-stream", "case-failure", W3C_TRACE]
# Building an environment counts towards the first test that needs it.
pytestmark = pytest.mark.timeout(1500)


def sdk_call(name: str, url: str, function: str = "completion", **more: Any) -> dict[str, Any]:
    """One call for `litellm_calls.py`, with secrets wherever callers put them; its trace is `case-NAME`."""
    arguments = {
        "model": "openai/gpt-4o",
        "api_base": url,
        "api_key": CANARY,
        "extra_headers": {"Authorization": f"Bearer {CANARY}", "X-Own": CANARY},
        "metadata": {"trace_id": f"case-{name}", "session_id": "session-1", **SECRET_METADATA},
        "num_retries": 0,
    }
    if function.endswith("completion"):
        arguments["messages"] = PROMPT
    return {"function": function, "arguments": arguments | more}


def run_sdk(calls: list[dict[str, Any]], bootstrap: str, topic: str, **conf: object) -> dict[str, Any]:
    """Make the calls in a process of its own; gives what `litellm_calls.py` prints, and its `log`."""
    done = subprocess.run(
        [environment("litellm") / "python", SDK_CALLS],
        input=json.dumps({"calls": calls, "conf": conf}),
        env=os.environ | callback_settings(bootstrap, topic) | {"PYTHONPATH": str(PRODUCERS)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report | {"log": done.stdout + done.stderr}


def callback_settings(bootstrap: str, topic: str) -> dict[str, str]:
    """What a program that uses the callback has in its environment."""
    return {"KAFKA_BOOTSTRAP_SERVERS": bootstrap, "SHIPPER_TOPIC": topic, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    """Base URL of the provider."""
    with provider() as url:
        yield url


@pytest.fixture(scope="module")
def module_topic(kafka: Kafka) -> Iterator[str]:
    """A topic for the calls that all tests of this module look at."""
    name = unique_name("producers")
    kafka.create_topic(name)
    yield name
    kafka.delete_topic(name)


@pytest.fixture(scope="module")
def sdk_records(kafka: Kafka, module_topic: str, upstream: str) -> dict[str, list[Stored]]:
    """The records of one call of each kind, by Kafka key."""
    failing = {"model": f"openai/{FAILING_MODEL}"}
    calls = [
        sdk_call("sync", upstream, mock_response="Ahoi", tools=[TOOL]),
        sdk_call("http", upstream, temperature=0.2),
        sdk_call("stream", upstream, stream=True),
        sdk_call("failure", upstream, **failing),
        sdk_call("embedding", upstream, "embedding", model="openai/text-embedding-3-small", input=["Welt"]),
        sdk_call("async", upstream, "acompletion", mock_response="Ahoi"),
        sdk_call("async-stream", upstream, "acompletion", stream=True),
        sdk_call("async-failure", upstream, "acompletion", **failing),
    ]
    report = run_sdk(calls, kafka.bootstrap, module_topic)
    errors = [call["error"] for call in report["calls"]]
    assert errors == [None, None, None, "InternalServerError", None, None, None, "InternalServerError"]
    assert (report["dropped"], report["unconfirmed"]) == (0, 0)
    return by_key(kafka.read_topic(module_topic))


def by_key(records: list[Stored]) -> dict[str, list[Stored]]:
    """Records by their key as text."""
    grouped: dict[str, list[Stored]] = {}
    for record in records:
        grouped.setdefault((record.key or b"").decode(), []).append(record)
    return grouped


def decoded(stored: Stored) -> CallRecord:
    """A stored record as shipper understands it."""
    record = Record("llm", stored.partition, stored.offset, stored.timestamp_ms, stored.key, stored.value)
    call = Decoder(MappingSettings()).decode(record)
    assert isinstance(call, CallRecord), call
    return call


def value_of(record: Stored) -> dict[str, Any]:
    """The JSON object that a record is."""
    value: dict[str, Any] = json.loads(record.value or b"")
    return value


def test_each_sdk_call_becomes_one_record_keyed_by_its_trace(sdk_records: dict[str, list[Stored]]) -> None:
    """Sync and async, whole and streamed, success and failure: never none, never two."""
    assert {key: len(records) for key, records in sdk_records.items()} == {f"case-{name}": 1 for name in SDK_CASES}


@pytest.mark.parametrize("case", SDK_CASES)
def test_a_record_has_every_key_of_the_contract(sdk_records: dict[str, list[Stored]], case: str) -> None:
    """And the payload has the prompt, without the price table's row that LiteLLM adds."""
    record = value_of(sdk_records[f"case-{case}"][0])
    payload = record["standard_logging_object"]
    assert record.keys() == CONTRACT
    assert payload["metadata"].keys() >= {"user_api_key_hash", "usage_object"}
    assert "model_map_information" not in payload
    assert payload["status"] == ("failure" if "failure" in case else "success")
    assert "Welt" in json.dumps(payload["messages"])
    assert record["metadata"]["session_id"] == "session-1"


@pytest.mark.parametrize("case", SDK_CASES)
def test_times_are_iso_with_offset_and_in_order(sdk_records: dict[str, list[Stored]], case: str) -> None:
    """LiteLLM's own times are local and say no offset; the payload has the same instants as epoch seconds."""
    record = value_of(sdk_records[f"case-{case}"][0])
    start, end = (datetime.fromisoformat(record[name]) for name in ("start_time", "end_time"))
    assert start.utcoffset() is not None
    assert start <= end
    assert start.timestamp() == pytest.approx(record["standard_logging_object"]["startTime"], abs=1e-5)
    if "failure" in case:
        assert record["completion_start_time"] is None
    else:
        assert start <= datetime.fromisoformat(record["completion_start_time"]) <= end


@pytest.mark.parametrize("case", ["http", "stream", "async-stream"])
def test_answer_usage_cost_and_fingerprint_come_whole(sdk_records: dict[str, list[Stored]], case: str) -> None:
    """Also of a stream: the record is written once, at its end."""
    record = value_of(sdk_records[f"case-{case}"][0])
    response = record["standard_logging_object"]["response"]
    assert response["choices"][0]["message"]["content"] == ANSWER
    assert {name: response["usage"][name] for name in USAGE} == USAGE
    assert record["response_cost"] > 0
    assert record["system_fingerprint"] == FINGERPRINT


@pytest.mark.parametrize("case", SDK_CASES)
def test_no_secret_is_in_the_bytes(sdk_records: dict[str, list[Stored]], case: str) -> None:
    """API keys, header values and whatever the caller's metadata names like a secret stay in the application."""
    stored = sdk_records[f"case-{case}"][0]
    assert CANARY.encode() not in (stored.value or b"") + (stored.key or b"")
    metadata = value_of(stored)["metadata"]
    assert (metadata["nested"], metadata["used_oauth_token"]) == ([{"kept": 1}], False)  # a flag is no secret


@pytest.mark.parametrize("case", SDK_CASES)
def test_shipper_understands_the_record(sdk_records: dict[str, list[Stored]], case: str) -> None:
    """Trace, prompt, answer and cost are where the caller and the provider put them; nothing had to be repaired."""
    call = decoded(sdk_records[f"case-{case}"][0])
    assert (call.origin, call.repairs) == ("litellm", ())
    assert (call.trace.id, call.trace.session_id) == (f"case-{case}", "session-1")
    assert "Welt" in bytes(call.observation.input or b"").decode()
    if "failure" in case:
        assert (call.observation.level, call.billing.failed) == ("ERROR", True)
    else:
        assert call.billing.recorded_cost
        assert case == "embedding" or "Ahoi" in bytes(call.observation.output or b"").decode()


def test_a_tool_keeps_parameters_that_are_named_like_secrets(sdk_records: dict[str, list[Stored]]) -> None:
    """A JSON schema's `password` is a name, not a password."""
    tool = value_of(sdk_records["case-sync"][0])["optional_params"]["tools"][0]
    assert tool["function"]["parameters"]["properties"] == TOOL_PROPERTIES


def test_what_is_no_json_is_written_as_text(sdk_records: dict[str, list[Stored]]) -> None:
    """Callers put locks and tuples into their metadata (`litellm_calls.py` does)."""
    metadata = value_of(sdk_records["case-sync"][0])["metadata"]
    assert "lock" in metadata["lock"]
    assert metadata["pair"] == [1, 2]


def test_an_outage_of_kafka_costs_records_and_no_time(upstream: str) -> None:
    """Calls go on as fast as ever; what the queue of 5 did not hold and what timed out is counted."""
    calls = [sdk_call(f"outage-{number}", upstream, mock_response="Ahoi") for number in range(12)]
    nobody = f"127.0.0.1:{free_ports(1)[0]}"
    held = run_sdk(calls, nobody, "nowhere", **{"queue.buffering.max.messages": 5})
    assert [call["error"] for call in held["calls"]] == [None] * 12
    assert max(call["seconds"] for call in held["calls"][1:]) < 1  # the first one loads LiteLLM's tokenizer
    assert (held["dropped"], held["unconfirmed"]) == (7, 5)
    assert "call records dropped, the last one: BufferError" in held["log"]
    assert CANARY not in held["log"]
    given_up = run_sdk(calls, nobody, "nowhere", **{"message.timeout.ms": 500})
    assert (given_up["dropped"], given_up["unconfirmed"]) == (12, 0)


class Proxy:
    """LiteLLM's proxy with the callback beside its configuration."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def chat(self, *, key: str = MASTER_KEY, model: str = "gpt-4o", stream: bool = False, **headers: str) -> int:
        """One request with secrets in its headers; gives the status of the answer."""
        body = {"model": model, "messages": PROMPT, "stream": stream, "metadata": {"tags": ["from-proxy"]}}
        secret = {"Authorization": f"Bearer {key}", "Cookie": f"session={CANARY}", "X-Anything": CANARY}
        sent = {"Content-Type": "application/json", **secret, **headers}
        request = urllib.request.Request(f"{self.url}/v1/chat/completions", json.dumps(body).encode(), sent)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                response.read()
                return int(response.status)
        except HTTPError as error:
            return error.code

    def is_up(self) -> bool:
        """Whether it answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/health/liveliness", timeout=5):
                return True
        except (URLError, OSError):
            return False


@pytest.fixture(scope="module")
def proxy_records(
    kafka: Kafka, upstream: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, list[Stored]]]:
    """The records of requests to the proxy, by Kafka key."""
    topic, port, home = unique_name("proxy"), free_ports(1)[0], tmp_path_factory.mktemp("proxy")
    models = [
        {"model_name": name, "litellm_params": {"model": f"openai/{name}", "api_base": upstream, "api_key": CANARY}}
        for name in ("gpt-4o", FAILING_MODEL)
    ]
    config = {"model_list": models, "litellm_settings": {"callbacks": "litellm_kafka.handler", "num_retries": 0}}
    (home / "config.yaml").write_text(json.dumps(config))  # JSON is YAML
    shutil.copy(PRODUCERS / "litellm_kafka.py", home)
    kafka.create_topic(topic)
    settings = callback_settings(kafka.bootstrap, topic) | {"LITELLM_MASTER_KEY": MASTER_KEY}
    program = [str(environment("litellm") / "litellm"), "--config", str(home / "config.yaml")]
    address = ["--host", "127.0.0.1", "--port", str(port)]
    process = LeashedProcess(["env", *(f"{k}={v}" for k, v in settings.items()), *program, *address], home / "log")
    proxy = Proxy(port)
    try:
        wait_until(proxy.is_up, "LiteLLM's proxy")
        assert proxy.chat(langfuse_trace_id="case-whole", langfuse_trace_user_id="u1") == 200
        assert proxy.chat(stream=True, langfuse_trace_id="case-stream") == 200
        assert proxy.chat(model=FAILING_MODEL, langfuse_trace_id="case-failure") == 500
        assert proxy.chat(traceparent=f"00-{W3C_TRACE}-b7ad6b7169203331-01") == 200
        assert proxy.chat(key=f"{CANARY}-wrong") == 400
        process.end(signal.SIGTERM, 10)  # what the callback still holds is written at its end
    finally:
        process.end()
    yield by_key(kafka.read_topic(topic))
    kafka.delete_topic(topic)


def test_each_request_to_the_proxy_becomes_a_record_keyed_by_its_trace(proxy_records: dict[str, list[Stored]]) -> None:
    """A header names the trace. (A request that the proxy itself refuses LiteLLM reports twice: see the next test.)"""
    answered = {key: len(records) for key, records in proxy_records.items() if key in PROXY_CASES}
    assert answered == dict.fromkeys(PROXY_CASES, 1)
    status = {key: value_of(proxy_records[key][0])["standard_logging_object"]["status"] for key in PROXY_CASES}
    assert [key for key, found in status.items() if found == "failure"] == ["case-failure"]


def test_a_refused_request_is_reported_with_one_identity(proxy_records: dict[str, list[Stored]]) -> None:
    """Whatever LiteLLM repeats has the same id, start and status: shipper makes one event of it."""
    refused = [value_of(record) for key in proxy_records.keys() - set(PROXY_CASES) for record in proxy_records[key]]
    payloads = [record["standard_logging_object"] for record in refused]
    identities = {(p["id"], p["litellm_call_id"], p["startTime"], p["status"]) for p in payloads}
    assert len(identities) == 1
    assert "Welt" not in json.dumps([record["optional_params"] for record in refused])


@pytest.mark.parametrize("case", PROXY_CASES)
def test_of_the_headers_only_those_that_steer_are_written(proxy_records: dict[str, list[Stored]], case: str) -> None:
    """Authorization, cookies and unknown headers are in no part of the record."""
    stored = proxy_records[case][0]
    text = (stored.value or b"").decode()
    assert CANARY not in text
    assert MASTER_KEY not in text
    assert not re.search("cookie|bearer", text, re.IGNORECASE)
    headers = value_of(stored)["proxy_server_request"]["headers"]
    assert headers.keys() <= {"langfuse_trace_id", "langfuse_trace_user_id", "traceparent", "user-agent"}
    assert case in " ".join(headers.values())


def test_the_proxy_s_record_has_the_contract_s_keys_and_the_caller_s_metadata(
    proxy_records: dict[str, list[Stored]],
) -> None:
    """As the SDK's records."""
    record = value_of(proxy_records["case-whole"][0])
    assert record.keys() == CONTRACT
    assert record["metadata"]["tags"] == ["from-proxy"]
    assert record["metadata"]["deployment"] == "openai/gpt-4o"
    assert record["standard_logging_object"]["response"]["choices"][0]["message"]["content"] == ANSWER


@pytest.mark.parametrize("case", PROXY_CASES)
def test_shipper_finds_the_trace_that_a_header_names(proxy_records: dict[str, list[Stored]], case: str) -> None:
    """The Kafka key is the id of the trace that shipper writes to."""
    assert decoded(proxy_records[case][0]).trace.id == case


def test_plain_call_writes_one_record_keyed_by_its_trace(kafka: Kafka, topic: str) -> None:
    """The example runs as it stands."""
    before_s = time.time()
    settings = callback_settings(kafka.bootstrap, topic)
    subprocess.run([sys.executable, PRODUCERS / "plain_call.py"], env=os.environ | settings, check=True, timeout=60)
    (stored,) = kafka.read_topic(topic)
    record = value_of(stored)
    assert record["schema"] == "shipper.call/1"
    assert before_s <= record["start_time"] <= record["end_time"] <= time.time()
    assert stored.key == record["trace"]["id"].encode()
    call = decoded(stored)
    assert (call.origin, call.repairs) == ("plain", ())
    assert (call.trace.id, call.observation.id) == (record["trace"]["id"], record["id"])
    assert call.billing.usage is not None
    assert (call.billing.usage.input, call.billing.usage.output) == (10, 2)
