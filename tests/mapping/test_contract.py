"""No record, however odd, makes a body that Langfuse's ingestion endpoint refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shipper.batch import BatchSettings
from shipper.mapping.settings import MappingSettings
from shipper.offline import OfflineMapper, Refused
from shipper.pricing import PricingSettings
from tests.decode.examples import GOLDEN, golden, litellm, plain
from tests.mapping.contract import check_request
from tests.mapping.odd_records import odd_records
from tests.oracles.environment import LOCKS, environment

MAPPERS = [
    OfflineMapper(mapping, PricingSettings(), BatchSettings(max_events=max_events), "pk-lf-1")
    for mapping, max_events in (
        (MappingSettings(), 5_000),
        (MappingSettings(environment="Prod", release="r1", default_tags=("user_api_key_alias", "a")), 1),
        (MappingSettings(max_event_bytes=10_000, max_id_bytes=64), 5_000),
    )
]


def bodies(value: bytes, mapper: OfflineMapper) -> list[bytes]:
    """The request bodies that become of a record's value; no mistake of ours is to be met."""
    found = []
    for result in mapper.map([value.replace(b"\n", b" ")]):
        if isinstance(result, Refused):
            assert result.reason not in ("unmappable", "event_too_large"), result
        else:
            found.append(result)
    return found


def goldens() -> list[bytes]:
    return [json.dumps(record).encode() for name in GOLDEN for record in golden(name)["records"]]


def test_golden_records_make_bodies_that_are_taken() -> None:
    for value in goldens():
        for mapper in MAPPERS:
            assert bodies(value, mapper)
            for body in bodies(value, mapper):
                check_request(body)


REFUSED: list[tuple[int, str, Any]] = [
    # place in the batch, key of the event or of its body, and a value that must not stand there
    (0, "id", ""), (0, "timestamp", "2026-11-23T09:18:36"), (0, "timestamp", None), (0, "type", "trace-make"),
    (0, "body.id", "x" * 801), (0, "body.id", "a\rb"), (0, "body.id", "a//b"), (0, "body.id", "ä" * 500),
    (0, "body.name", "n" * 1001), (0, "body.userId", None), (0, "body.tags", [1]), (0, "body.public", "yes"),
    (0, "body.sessionId", "a\x00"), (0, "body.environment", "Prod"), (0, "body.environment", "langfuse-x"),
    (0, "body.metadata", {"a": [10**400]}), (0, "body.input", "\ud800"), (0, "body.externalId", 7),
    (1, "body.traceId", ""), (1, "body.startTime", "2026-02-30T00:00:00Z"), (1, "body.endTime", "9999-01-01T00:00:00Z"),
    (1, "body.level", "error"), (1, "body.modelParameters", {"a": [1]}), (1, "body.usage", {"input": 1.5}),
    (1, "body.usageDetails", {"input": 2**53, "total": 1}), (1, "body.usageDetails", {"input": 1}),
    (1, "body.costDetails", {"total": -1.0}), (1, "body.promptName", "p"), (1, "body.promptVersion", 1),
    (1, "body.model", "a\x00"), (1, "body.unknown", 1), (1, "body.input", None),
]  # fmt: skip


@pytest.mark.parametrize(("place", "path", "value"), REFUSED)
def test_the_contract_refuses_what_the_endpoint_refuses(place: int, path: str, value: Any) -> None:
    """Else the tests below could not fail."""
    (body,) = bodies(json.dumps(golden("fx_completion")["records"][0]).encode(), MAPPERS[0])
    request = json.loads(body)
    check_request(json.dumps(request).encode())
    *parents, key = path.split(".")
    spoiled = request["batch"][place]
    for parent in parents:
        spoiled = spoiled[parent]
    spoiled[key] = value
    with pytest.raises(ValueError):  # noqa: PT011
        check_request(json.dumps(request).encode())


@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(odd_records(), st.sampled_from(MAPPERS))
def test_no_record_however_odd_makes_a_body_that_is_refused(value: bytes, mapper: OfflineMapper) -> None:
    for body in bodies(value, mapper):
        check_request(body)


@pytest.mark.parametrize("depth", [1, 100, 900])
def test_metadata_may_be_nested_to_any_depth_that_can_be_read(depth: int) -> None:
    deep = '{"a":[' * (depth // 2 + 1) + "1" + "]}" * (depth // 2 + 1)
    for record in (
        plain(metadata="@", trace={"id": "t", "metadata": "@"}),
        litellm({"metadata": {"requester_metadata": "@"}}),
    ):
        (body,) = bodies(json.dumps(record).replace('"@"', deep).encode(), MAPPERS[0])
        assert deep.encode() in body


@given(st.text(), st.booleans(), st.sampled_from(["/", "\u00e9", "\u2028", "\U0001f600", '"', "\\", "\x00", "\n"]))
def test_prompts_pass_through_byte_for_byte(text: str, ensure_ascii: bool, extra: str) -> None:
    """With whatever escapes they were written, and whatever blanks."""
    content = json.dumps(text + extra, ensure_ascii=ensure_ascii).replace("/", "\\/").encode(errors="surrogatepass")
    try:
        content.decode()
        json.loads(content).encode()
    except UnicodeError:
        return  # mended instead, and counted: tests/decode/test_record.py
    messages = b'[ {"role": "user" ,"content":' + content + b', "n": 1.50e+1}]'
    for record in (litellm(messages="@"), plain(request={"messages": "@"})):
        (body,) = bodies(json.dumps(record).encode().replace(b'"@"', messages), MAPPERS[0])
        assert body.count(b'"input":{"messages":' + messages + b"}") == 2


ODD_DAY = {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1", "LC_ALL": "C", "LANG": "C"}
OTHER_DAY = {"TZ": "America/New_York", "PYTHONHASHSEED": "4242"}
_PROGRAM = """
import sys, datetime, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
time.time = lambda: float(sys.argv[2])
from tests.mapping.test_contract import MAPPERS, bodies
for value in sys.stdin.buffer.read().splitlines():
    for mapper in MAPPERS:
        for body in bodies(value, mapper):
            sys.stdout.buffer.write(body + b"\\n")
"""


def test_the_same_bytes_give_the_same_bytes_in_any_process_and_on_any_day() -> None:
    """Hash seed, time zone, locale and clock have no say."""
    odd = [
        plain(
            metadata={"b": float("nan"), "a": "\ud800"}, trace={"id": "a//b", "tags": ["z", "a"]}, request="x" * 50_000
        ),
        litellm(metadata={"trace_b": 1, "trace_a": 2, "trace_name": "n" * 2000, "debug_langfuse": True}),
        {"call_type": "completion", "startTime": 1.5, "id": "a"},
    ]
    lines = b"\n".join([*goldens(), *(json.dumps(record).encode() for record in odd)])
    repository = str(Path(__file__).parents[2])
    first, second = (
        subprocess.run(
            [sys.executable, "-c", _PROGRAM, repository, now],
            input=lines,
            capture_output=True,
            check=True,
            env=surroundings,
            cwd=repository,
        ).stdout
        for surroundings, now in ((ODD_DAY, "0"), (OTHER_DAY, "4e9"))
    )
    assert first == second
    assert first.count(b"\n") > 3 * len(odd)


# Types of scores that the server knows and this client does not yet.
YOUNGER_THAN_THE_CLIENT = (b',"dataType":"TEXT"', b',"dataType":"CORRECTION"')


@pytest.fixture(scope="module")
def langfuse2() -> Iterator[Callable[[bytes], list[str]]]:
    """Asks the pydantic models of Langfuse's own client (2.60.10) about a body: what they do not take of it."""
    python = str(environment("langfuse2") / "python")
    with subprocess.Popen(
        [python, str(LOCKS / "langfuse2.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        requests, answers = process.stdin, process.stdout

        def ask(body: bytes) -> list[str]:
            requests.write(body + b"\n")
            requests.flush()
            answer: list[str] = json.loads(answers.readline())
            return answer

        yield ask
        requests.close()


@pytest.mark.timeout(600)
def test_langfuses_own_client_takes_the_bodies_of_the_goldens(langfuse2: Callable[[bytes], list[str]]) -> None:
    for value in goldens():
        for body in bodies(value, MAPPERS[0]):
            assert langfuse2(body) == []


@pytest.mark.timeout(600)
def test_langfuses_own_client_does_not_take_just_anything(langfuse2: Callable[[bytes], list[str]]) -> None:
    """The oracle must be able to say no."""
    (body,) = bodies(goldens()[0], MAPPERS[0])
    request: Any = json.loads(body)
    request["batch"][0]["body"]["timestamp"] = "yesterday"
    request["batch"][1]["body"]["model"] = {}
    assert len(langfuse2(json.dumps(request).encode())) == 2


@pytest.mark.timeout(600)
@settings(
    max_examples=300,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(value=odd_records())
def test_langfuses_own_client_takes_what_becomes_of_odd_records(
    langfuse2: Callable[[bytes], list[str]], value: bytes
) -> None:
    for body in bodies(value, MAPPERS[0]):
        for younger in YOUNGER_THAN_THE_CLIENT:
            body = body.replace(younger, b"")
        assert langfuse2(body) == []
