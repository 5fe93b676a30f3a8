"""What Langfuse's own SDKs (4.18 and 5.0) send for an observation is what we send for the same call.

Names, types and values of the attributes, and all that is around them, but for:

* marks: `langfuse.internal.as_root` and `.is_app_root` say where a process enters a trace; a shipped call is no entry;
* resource: the SDK names its process there and repeats environment and release; ours are on the span alone;
* scope: its name goes on after `langfuse-sdk`, and its version is that of the program that sends;
* parent: told of a trace but of no parent in it the SDK invents one; a call has the parent it was given, or none;
* flags: the SDK says that its parents are not remote; those of a shipped call were made by another process;
* metadata: SDK 5 writes every value as JSON, texts too, which servers undo for its own name and version alone;
* integers below 0 or above 2^31-1 are texts, as all are in SDK 5: servers of spring 2026 read them wrong otherwise.
"""

from __future__ import annotations

import json
import subprocess
from base64 import b64decode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Raw, to_builtins

from shipper.endpoint import BackendSettings, endpoints
from shipper.mapping.otlp import OtlpMapper
from shipper.mapping.settings import MappingSettings
from shipper.mapping.usage import to_usage_details
from shipper.records import Billing, CallRecord, Cost, Observation, Trace, UnknownCost, Usage
from shipper.secret import Secret
from tests.mapping.otlp_reading import Seen, read, spans
from tests.oracles.environment import LOCKS, environment

Json = dict[str, Any]
Ask = Callable[[Json], Json]

HAS_REMOTE, IS_REMOTE = 0x100, 0x200  # trace.proto: SpanFlags
MARKS = {"langfuse.internal.as_root", "langfuse.internal.is_app_root"}
WIDEST = 2**53 - 1  # beyond it SDK 5 writes a JSON text in quotes
WIDEST_READ = 2**31 - 1
START = datetime(2026, 11, 23, 9, 18, 36, 500000, UTC)
TRACE_ID, PARENT_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
USAGE = Usage(input=21, output=300, cache_read=7, cache_write=4, prompt=32, completion=300)
COST = Cost(0.75, {"input": 0.25, "output": 0.5})
MAPPER = OtlpMapper(MappingSettings(environment="prod", release="r1"), "pk-lf-oracle", "0.1.0")

EVERYTHING: Json = {
    "name": "näme",
    "input": {"messages": [{"role": "user", "content": 'a "quoted" \\ \u00fc \U0001f600 line\nbreak'}], "n": None},
    "output": "text",
    "metadata": {
        "text": "x", "none": None, "int": 3, "zero": 0, "float": 1.5, "true": True, "list": [1, None], "empty": {},
        "object": {"k": {"l": None}}, "a.b": "dotted", "ü": "ü",
    },
    "level": "ERROR",
    "status_message": "it failed",
}  # fmt: skip
GENERATION: Json = {
    "model": "gpt-4o",
    "model_parameters": {"temperature": 0.2, "max_tokens": 64, "stop": ["a"], "user": "u", "stream": True},
    "usage_details": to_builtins(to_usage_details(USAGE, "plain")),
    "cost_details": {**COST.split, "total": COST.total},
    "completion_start_time": (START + timedelta(seconds=1)).isoformat(),
    "prompt": ["a prompt", 3],
}
WHOLE_TRACE: Json = {
    "trace_name": "tn",
    "user_id": "u-1",
    "session_id": "s-1",
    "tags": ["a", "b c"],
    "metadata": {"k": "v"},
    "version": "v1",
}


@pytest.fixture(scope="module", params=["langfuse4", "langfuse5"])
def sdk(request: pytest.FixtureRequest) -> Iterator[tuple[str, Ask]]:
    """One of the SDKs, to be asked what it sends."""
    python = str(environment(request.param) / "python")
    with subprocess.Popen(
        [python, str(LOCKS / "langfuse_sdk.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        questions, answers = process.stdin, process.stdout

        def ask(question: Json) -> Json:
            questions.write(json.dumps(question).encode() + b"\n")
            questions.flush()
            answer: Json = json.loads(answers.readline())
            return answer

        yield request.param, ask
        questions.close()


def question(trace: Json, *, public: bool = False, parent_id: str | None = PARENT_ID, **observation: Any) -> Json:
    context = {"trace_id": TRACE_ID, **({"parent_span_id": parent_id} if parent_id else {})}
    return {"observation": observation, "trace": trace, "context": context, "public": public}


def call(asked: Json) -> tuple[CallRecord, Cost | UnknownCost]:
    """The same observation as a call of ours."""
    told, trace = asked["observation"], asked["trace"]
    kind = told["as_type"]
    prompt_name, prompt_version = told.get("prompt", (None, None))
    first_token = told.get("completion_start_time")
    observation = Observation(
        "span-1",
        kind,
        START,
        told["name"],
        asked["context"].get("parent_span_id"),
        None if kind == "event" else START + timedelta(seconds=2),
        None if first_token is None else datetime.fromisoformat(first_token),
        raw(told.get("input")),
        raw(told.get("output")),
        raw(told.get("metadata")),
        told.get("level"),
        told.get("status_message"),
        told.get("version"),
        told.get("model"),
        raw(told.get("model_parameters")),
        prompt_name,
        prompt_version,
        USAGE if "usage_details" in told else None,
    )
    record = CallRecord(
        "plain",
        Trace(
            TRACE_ID,
            name=trace.get("trace_name"),
            user_id=trace.get("user_id"),
            session_id=trace.get("session_id"),
            version=trace.get("version"),
            public=asked["public"] or None,
            tags=tuple(trace["tags"]) if "tags" in trace else None,
            metadata=raw(trace.get("metadata")),
        ),
        observation,
        Billing(("m",), "", START, None, None),
    )
    return record, COST if "cost_details" in told else UnknownCost("no_usage")


def raw(value: Any) -> Raw | None:
    return None if value is None else Raw(json.dumps(value, ensure_ascii=False).encode())


def ours(asked: Json) -> Seen:
    (span,) = spans(read(b"".join(MAPPER.body(MAPPER.events(*call(asked))))))
    return span


def theirs(answer: Json) -> Seen:
    (span,) = spans(read(b64decode(answer["body"])))
    return span


def assert_same(asked: Json, mine: Seen, sent: Seen, which: str) -> None:
    assert (mine.trace_id, mine.name, mine.kind) == (sent.trace_id, sent.name, sent.kind)
    assert (mine.status, mine.status_message) == (sent.status, sent.status_message)
    assert mine.scope.startswith(sent.scope)
    assert mine.scope_attributes == sent.scope_attributes
    parent_id = asked["context"].get("parent_span_id")
    assert mine.parent_id == (parent_id or "")
    assert sent.parent_id == (parent_id or sent.parent_id)
    assert mine.flags == (HAS_REMOTE | (IS_REMOTE if parent_id else 0))
    assert sent.flags == HAS_REMOTE
    assert (mine.start_ns == mine.end_ns) == (asked["observation"]["as_type"] == "event")
    if asked["observation"]["as_type"] == "event":
        assert sent.start_ns == sent.end_ns
    assert mine.attributes.keys() == sent.attributes.keys() - MARKS
    for key, found in mine.attributes.items():
        expected = sent.attributes[key]
        if ".metadata" in key:
            assert_same_metadata(found, expected, which)
        else:
            assert type(found) is type(expected), key
            assert comparable(key, found) == comparable(key, expected), key


def assert_same_metadata(found: Any, expected: Any, which: str) -> None:
    if which == "langfuse5":
        assert type(expected) is str
        value = json.loads(expected)
        if isinstance(value, str):
            assert found == value
        elif type(value) is bool or (type(value) is int and 0 <= value <= WIDEST_READ):
            assert (type(found), found) == (type(value), value)
        else:
            assert type(found) is str
            assert json.loads(found) == value
    elif type(expected) is int and not 0 <= expected <= WIDEST_READ:
        assert found == str(expected)
    else:
        assert type(found) is type(expected)
        assert found == expected or json.loads(found) == json.loads(expected)


def comparable(key: str, value: Any) -> Any:
    """JSON texts by their value, a time as one."""
    if key == "langfuse.observation.completion_start_time":
        return datetime.fromisoformat(json.loads(value))
    try:
        return json.loads(value) if isinstance(value, str) and value[:1] in "{[" else value
    except ValueError:
        return value


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "kind",
    ["generation", "embedding", "span", "tool", "agent", "chain", "retriever", "evaluator", "guardrail", "event"],
)
def test_every_type_of_observation_with_all_its_fields(sdk: tuple[str, Ask], kind: str) -> None:
    which, ask = sdk
    fields = EVERYTHING | (GENERATION if kind in ("generation", "embedding") else {})
    asked = question(WHOLE_TRACE, public=kind != "event", as_type=kind, **fields)
    assert_same(asked, ours(asked), theirs(ask(asked)), which)


@pytest.mark.parametrize("kind", ["generation", "span", "event"])
def test_what_is_not_given_is_not_there(sdk: tuple[str, Ask], kind: str) -> None:
    which, ask = sdk
    asked = question({}, parent_id=None, as_type=kind, name="n")
    assert_same(asked, ours(asked), theirs(ask(asked)), which)
    assert set(ours(asked).attributes) == {"langfuse.observation.type", "langfuse.environment", "langfuse.release"}


@pytest.mark.parametrize("level", ["DEBUG", "DEFAULT", "WARNING", "ERROR"])
def test_only_an_error_is_one_of_the_span_too(sdk: tuple[str, Ask], level: str) -> None:
    which, ask = sdk
    asked = question({}, as_type="generation", name="n", level=level, status_message="why", version="v2")
    assert_same(asked, ours(asked), theirs(ask(asked)), which)
    assert ours(asked).status == (2 if level == "ERROR" else 0)


@pytest.mark.parametrize("metadata", ["text", 'a "text"', [1, {"a": None}], [], {}, 3, 1.5])
def test_metadata_that_is_no_object_stands_under_the_bare_name(sdk: tuple[str, Ask], metadata: Any) -> None:
    """A number too, which is a text there in every SDK."""
    which, ask = sdk
    asked = question({}, as_type="span", name="n", metadata=metadata)
    mine, sent = ours(asked).attributes, theirs(ask(asked)).attributes
    assert mine.keys() == sent.keys() - MARKS
    for key in mine.keys() & {"langfuse.observation.metadata"}:
        expected = sent[key]
        assert isinstance(expected, str)
        assert type(mine[key]) is str
        if which == "langfuse5" and expected[:1] == '"':
            expected = json.loads(expected)
        assert comparable(key, mine[key]) == comparable(key, expected)


@pytest.mark.parametrize(
    "number", [0, WIDEST_READ, WIDEST_READ + 1, -1, WIDEST, -WIDEST, WIDEST + 1, 2**63 - 1, -(2**63)]
)
def test_integers_that_some_servers_read_wrong_are_texts(sdk: tuple[str, Ask], number: int) -> None:
    which, ask = sdk
    asked = question({}, as_type="span", name="n", metadata={"n": number})
    sent = theirs(ask(asked)).attributes["langfuse.observation.metadata.n"]
    found = ours(asked).attributes["langfuse.observation.metadata.n"]
    assert found == (number if 0 <= number <= WIDEST_READ else str(number))
    assert str(sent).strip('"') == str(found)
    assert type(sent) is (int if which == "langfuse4" else str)


def test_requests_go_where_the_sdks_go_with_the_same_headers(sdk: tuple[str, Ask]) -> None:
    """The name is our own: a server that reads `python` takes the body for the SDK's. SDK 4 says no version of the
    ingestion, and so waits for minutes on some servers; it does not compress either."""
    which, ask = sdk
    sent = ask(question({}, as_type="span", name="n"))
    backend = BackendSettings(
        host="https://langfuse.example.com", public_key="pk-lf-oracle", secret_key=Secret("sk-lf-oracle")
    )
    endpoint = endpoints(backend, "0.1.0")["otlp"]
    headers = {name.lower(): value for name, value in endpoint.headers.items()}
    assert endpoint.url == "https://langfuse.example.com" + sent["path"]
    for name in ("authorization", "content-type", "x-langfuse-public-key"):
        assert headers[name] == sent["headers"][name]
    assert (headers["x-langfuse-sdk-name"], headers["x-langfuse-sdk-version"]) == ("shipper", "0.1.0")
    assert headers["x-langfuse-ingestion-version"] == "4"
    assert endpoint.gzip
    if which == "langfuse5":
        assert sent["headers"]["x-langfuse-ingestion-version"] == "4"
        assert sent["headers"]["content-encoding"] == "gzip"
    ours = {name for name in headers if name.startswith("x-langfuse-")}
    assert {name for name in sent["headers"] if name.startswith("x-langfuse-")} <= ours


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-WIDEST, WIDEST)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS.filter(lambda text: text[:1] not in tuple('"{[-0123456789tfnNI')),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.timeout(900)
@settings(
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(asked_in=VALUES, answered=VALUES, metadata=st.dictionaries(TEXTS, VALUES, max_size=4))
def test_any_values_are_written_as_the_sdk_writes_them(
    sdk: tuple[str, Ask], asked_in: Any, answered: Any, metadata: Json
) -> None:
    which, ask = sdk
    asked = question({}, as_type="generation", name="n", input=asked_in, output=answered, metadata=metadata)
    assert_same(asked, ours(asked), theirs(ask(asked)), which)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(seed=TEXTS.filter(bool))
def test_ids_that_are_none_of_opentelemetrys_are_derived_as_the_sdk_derives_them(
    sdk: tuple[str, Ask], seed: str
) -> None:
    _, ask = sdk
    record, cost = call(question({}, parent_id=seed, as_type="span", name="n"))
    record = CallRecord("plain", Trace(seed), record.observation, record.billing)
    (span,) = spans(read(b"".join(MAPPER.body(MAPPER.events(record, cost)))))
    derived = ask({"seed": seed})
    assert (span.trace_id, span.parent_id) == (derived["trace_id"], derived["span_id"])
