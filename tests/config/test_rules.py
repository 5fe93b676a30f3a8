"""Each rule has a configuration that breaks it: the problem names the key, its value and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from shipper.config.rules import RULES
from shipper.config.settings import KEYS
from tests.config.settings_files import WHOLE, problems, settings, warnings

BROKEN = [
    # environment over a whole configuration, the key at fault, what the line must also say
    ({"SHIPPER_KAFKA__BOOTSTRAP_SERVERS": "localhost"}, "kafka.bootstrap_servers", ["localhost", "host:port", "no. 1"]),
    ({"SHIPPER_KAFKA__BOOTSTRAP_SERVERS": "a:1,b:0"}, "kafka.bootstrap_servers", ["b:0", "no. 2"]),
    ({"SHIPPER_KAFKA__BOOTSTRAP_SERVERS": "a:65536"}, "kafka.bootstrap_servers", ["a:65536"]),
    ({"SHIPPER_KAFKA__BOOTSTRAP_SERVERS": "kafka://a:1"}, "kafka.bootstrap_servers", ["kafka://a:1", "scheme"]),
    ({"SHIPPER_KAFKA__TOPICS": "calls,no way"}, "kafka.topics", ["no way", "no. 2", "A-Z"]),
    ({"SHIPPER_KAFKA__TOPICS": ".."}, "kafka.topics", ['".."']),
    ({"SHIPPER_KAFKA__TOPICS": "t" * 250}, "kafka.topics", ["249"]),
    ({"SHIPPER_KAFKA__TOPICS": "a,b,a"}, "kafka.topics", ["more than once: a"]),
    ({"SHIPPER_KAFKA__SECURITY_PROTOCOL": "SASL_SSL"}, "kafka.sasl_username", ["required", "SASL_SSL"]),
    ({"SHIPPER_KAFKA__SECURITY_PROTOCOL": "SASL_PLAINTEXT"}, "kafka.sasl_password", ["required"]),
    ({"SHIPPER_KAFKA__SASL_USERNAME": "me"}, "kafka.sasl_username", ["me", "not used", "PLAINTEXT"]),
    ({"SHIPPER_KAFKA__SASL_PASSWORD": "canary"}, "kafka.sasl_password", ["***", "not used"]),
    ({"SHIPPER_KAFKA__SSL_CA_FILE": "/nowhere/ca"}, "kafka.ssl_ca_file", ["/nowhere/ca", "not used"]),
    ({"SHIPPER_KAFKA__SSL_CA_FILE": "/nowhere/ca"}, "kafka.ssl_ca_file", ["/nowhere/ca", "No such file"]),
    ({"SHIPPER_KAFKA__SSL_CERT_FILE": "/nowhere/c"}, "kafka.ssl_cert_file", ["/nowhere/c", "not used"]),
    ({"SHIPPER_KAFKA__SSL_CERT_FILE": "/nowhere/c"}, "kafka.ssl_cert_file", ["/nowhere/c", "No such file"]),
    ({"SHIPPER_KAFKA__SSL_CERT_FILE": "/nowhere/c"}, "kafka.ssl_key_file", ["required", "go together"]),
    ({"SHIPPER_KAFKA__SSL_KEY_FILE": "/nowhere/k"}, "kafka.ssl_key_file", ["/nowhere/k", "not used"]),
    ({"SHIPPER_KAFKA__SSL_KEY_FILE": "/nowhere/k"}, "kafka.ssl_key_file", ["/nowhere/k", "No such file"]),
    ({"SHIPPER_KAFKA__SSL_KEY_FILE": "/nowhere/k"}, "kafka.ssl_cert_file", ["required", "go together"]),
    (
        {"SHIPPER_KAFKA__DRAIN_TIMEOUT_S": "60"},
        "kafka.drain_timeout_s",
        ["60.0", "below kafka.rebalance_timeout_s = 60"],
    ),
    ({"SHIPPER_BACKEND__HOST": "langfuse.example.com"}, "backend.host", ["langfuse.example.com", "https://"]),
    ({"SHIPPER_BACKEND__HOST": "localhost:3000"}, "backend.host", ["localhost:3000", "http"]),
    ({"SHIPPER_BACKEND__HOST": "ftp://x.example"}, "backend.host", ["ftp://x.example"]),
    ({"SHIPPER_BACKEND__HOST": "https://"}, "backend.host", ["https://"]),
    ({"SHIPPER_BACKEND__HOST": "https://x.example:port"}, "backend.host", ["https://x.example:port"]),
    ({"SHIPPER_BACKEND__HOST": "https://[::1"}, "backend.host", ["https://[::1"]),
    ({"SHIPPER_BACKEND__HOST": "https://x.example/a b"}, "backend.host", ["/a b"]),
    ({"SHIPPER_BACKEND__HOST": "https://x.example/?a=1"}, "backend.host", ["base URL", "?"]),
    ({"SHIPPER_BACKEND__HOST": "https://x.example/#a"}, "backend.host", ["base URL", "#"]),
    ({"SHIPPER_BACKEND__HOST": "https://x.example/api/public/ingestion"}, "backend.host", ["without /api/public"]),
    ({"SHIPPER_BACKEND__HOST": "https://u:canary@x.example"}, "backend.host", ["***@x.example", "no credentials"]),
    ({"SHIPPER_BACKEND__HOST": "http://x.example"}, "backend.host", ["http://x.example", "backend.insecure_http"]),
    ({"SHIPPER_BACKEND__HOST": "http://localhost.x.example"}, "backend.host", ["backend.insecure_http"]),
    ({"SHIPPER_BACKEND__HOST": "http://10.0.0.1"}, "backend.host", ["backend.insecure_http"]),
    ({"SHIPPER_BACKEND__HOST": "https://x.example/v1/traces"}, "backend.host", ["without /v1/traces"]),
    ({"SHIPPER_BACKEND__KIND": "otlp", "SHIPPER_BACKEND__API": "ingestion"}, "backend.api", ["is Langfuse's", "otlp"]),
    ({"SHIPPER_BACKEND__HEADERS": "canary"}, "backend.headers", ["***", "name=value"]),
    ({"SHIPPER_BACKEND__HEADERS": "x-a="}, "backend.headers", ["***", "name=value"]),
    ({"SHIPPER_BACKEND__HEADERS": "x a=canary"}, "backend.headers", ["***", "letters"]),
    ({"SHIPPER_BACKEND__HEADERS": "x-a=can%0Aary"}, "backend.headers", ["***", "printable"]),
    ({"SHIPPER_BACKEND__PATH": "v1/traces"}, "backend.path", ["v1/traces", "begins with /"]),
    ({"SHIPPER_BACKEND__PATH": "/v1/traces?a=1"}, "backend.path", ["without ? and #"]),
    ({"SHIPPER_BACKEND__PATH": "/v1/tra ces"}, "backend.path", ["a path"]),
    ({"SHIPPER_BACKEND__PUBLIC_KEY": "sk-lf-canary"}, "backend.public_key", ["sk-***", "pk-"]),
    ({"SHIPPER_BACKEND__PUBLIC_KEY": "pk-lf-\x01"}, "backend.public_key", ["printable"]),
    ({"SHIPPER_BACKEND__SECRET_KEY": "pk-lf-canary"}, "backend.secret_key", ["***", "public key"]),
    ({"SHIPPER_BACKEND__CA_FILE": "/nowhere/ca"}, "backend.ca_file", ["/nowhere/ca", "No such file"]),
    ({"SHIPPER_PRICING__OVERRIDES": "/nowhere/own"}, "pricing.overrides", ["/nowhere/own", "No such file"]),
    ({"SHIPPER_PRICING__SNAPSHOTS": "/nowhere/dir"}, "pricing.snapshots", ["/nowhere/dir", "No such file"]),
    ({"SHIPPER_RETRY__BASE_S": "2", "SHIPPER_RETRY__MAX_S": "1"}, "retry.base_s", ["2.0", "at most retry.max_s = 1"]),
    ({"SHIPPER_PROCESS__MEMORY_BYTES": "12499999"}, "process.memory_bytes", ["12499999", "12500000", "in_flight = 4"]),
    ({"SHIPPER_BATCH__MAX_BYTES": "999999"}, "mapping.max_event_bytes", ["1000000", "batch.max_bytes = 999999"]),
    ({"SHIPPER_MAPPING__MAX_EVENT_BYTES": "2500001"}, "mapping.max_event_bytes", ["at most batch.max_bytes = 2500000"]),
    ({"SHIPPER_DEAD_LETTERS__TOPIC": "llm-calls"}, "dead_letters.topic", ["llm-calls", "kafka.topics"]),
    ({"SHIPPER_DEAD_LETTERS__TOPIC": "no way"}, "dead_letters.topic", ["no way", "A-Z"]),
    ({"SHIPPER_KAFKA__TOPICS": "t" * 237}, "dead_letters.topic", ["required", "249", "t" * 237 + ".dead-letters"]),
    ({"SHIPPER_KAFKA__TOPICS": "a,a.dead-letters"}, "dead_letters.topic", ["required", "a.dead-letters"]),
    ({"SHIPPER_STATUS__HOST": "http://0.0.0.0"}, "status.host", ["http://0.0.0.0", "0.0.0.0"]),
]


@pytest.mark.parametrize(("environ", "key", "said"), BROKEN)
def test_a_broken_rule_is_named_with_key_value_and_what_is_allowed(
    environ: dict[str, str], key: str, said: list[str]
) -> None:
    lines = [line for line in problems(environ) if line.startswith(key) and all(text in line for text in said)]
    assert len(lines) == 1
    assert "canary" not in lines[0]


@pytest.mark.parametrize("variable", WHOLE)
def test_each_required_key_is_asked_for_by_its_variable(variable: str) -> None:
    (line,) = problems(without=(variable,))
    assert variable in line
    assert "is required" in line


def test_the_keys_of_langfuse_are_not_asked_for_where_the_backend_is_another() -> None:
    keys = ("SHIPPER_BACKEND__PUBLIC_KEY", "SHIPPER_BACKEND__SECRET_KEY")
    assert settings({"SHIPPER_BACKEND__KIND": "otlp"}, without=keys).backend.secret_key is None


def test_half_of_a_backends_keys_is_none() -> None:
    lines = problems({"SHIPPER_BACKEND__KIND": "otlp"}, without=("SHIPPER_BACKEND__PUBLIC_KEY",))
    assert [line.split(":")[0].split(" ")[0] for line in lines] == ["backend.public_key"]


FINE = [
    {"SHIPPER_KAFKA__BOOTSTRAP_SERVERS": "a.example:1, [::1]:65535,10.0.0.1:9092"},
    {"SHIPPER_KAFKA__TOPICS": "t" * 236},
    {"SHIPPER_KAFKA__TOPICS": "t" * 249, "SHIPPER_DEAD_LETTERS__TOPIC": "refused"},
    {"SHIPPER_KAFKA__DRAIN_TIMEOUT_S": "59.9"},
    {"SHIPPER_BACKEND__HOST": "http://127.8.9.1:3000"},
    {"SHIPPER_BACKEND__HOST": "http://[::1]:3000"},
    {"SHIPPER_BACKEND__HOST": "HTTP://LocalHost"},
    {"SHIPPER_BACKEND__HOST": "https://x.example/langfuse/"},
    {"SHIPPER_BACKEND__HOST": "http://x.example", "SHIPPER_BACKEND__INSECURE_HTTP": "true"},
    {"SHIPPER_PROCESS__MEMORY_BYTES": "12500000"},
    {"SHIPPER_MAPPING__MAX_EVENT_BYTES": "2500000"},
    {"SHIPPER_RETRY__BASE_S": "1", "SHIPPER_RETRY__MAX_S": "1"},
    {"SHIPPER_STATUS__HOST": "::"},
    {"SHIPPER_STATUS__HOST": "localhost"},
    {
        "SHIPPER_KAFKA__SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "SHIPPER_KAFKA__SASL_USERNAME": "me",
        "SHIPPER_KAFKA__SASL_PASSWORD": "canary",
    },
]


@pytest.mark.parametrize("environ", FINE)
def test_what_is_just_inside_a_rule_holds(environ: dict[str, str]) -> None:
    assert settings(environ)


@pytest.mark.parametrize(
    ("environ", "key", "said"),
    [
        ({"SHIPPER_BACKEND__TIMEOUT_S": "21"}, "backend.timeout_s", ["21.0", "kafka.drain_timeout_s = 20", "again"]),
        ({"SHIPPER_PROCESS__GRACE_S": "19"}, "backend.timeout_s", ["20.0", "process.grace_s = 19", "again"]),
        ({"LANGFUSE_TRACING_ENVIRONMENT": "langfuse-prod"}, "mapping.environment", ["langfuse-prod", "`prod`"]),
    ],
)
def test_what_loses_nothing_only_warns(environ: dict[str, str], key: str, said: list[str]) -> None:
    (line,) = warnings(environ)
    assert line.startswith(key)
    assert all(text in line for text in said)


def test_langfuses_spelling_of_an_environment_is_not_warned_about() -> None:
    assert warnings({"LANGFUSE_TRACING_ENVIRONMENT": "Production"}) == []


def test_every_rule_is_about_keys_that_exist() -> None:
    assert {key for rule in RULES for key in rule.keys} <= KEYS.keys()


def test_a_directory_is_no_ca_file(tmp_path: Path) -> None:
    (line,) = problems({"SHIPPER_BACKEND__CA_FILE": str(tmp_path)})
    assert line.startswith("backend.ca_file")
