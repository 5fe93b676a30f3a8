"""The whole daemon before a real trace backend that is not Langfuse: Kafka, `shipper run`, Arize Phoenix."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from shipper.batch import BatchSettings
from shipper.demo.samples import sample_records
from shipper.mapping.otel_ids import span_id
from shipper.mapping.settings import MappingSettings
from shipper.offline import OfflineMapper
from shipper.pricing import PricingSettings
from tests.brokers.client import Kafka
from tests.integration.calls import golden_records, small_records
from tests.integration.daemon import DaemonProcess, until
from tests.phoenix.api import PROJECT_HEADER, StoredSpan
from tests.phoenix.server import Phoenix

Start = Callable[..., DaemonProcess]
CALL_COST_USD = 10 * 2.5e-6 + 2 * 1e-5


@pytest.fixture
def daemon(kafka: Kafka, topic: str, group: str, phoenix: Phoenix, project: str) -> Start:
    """Makes daemons of one group on the test's topic, delivering to the test's project."""
    backend = {
        "backend__kind": "otlp",
        "backend__host": phoenix.url,
        "backend__headers": f"{PROJECT_HEADER}={project}",
        "mapping__conventions": "gen_ai,openinference",
        "mapping__capture_content": "true",
    }
    return lambda **settings: DaemonProcess(kafka.bootstrap, topic, group, None, **(backend | settings))


@pytest.fixture
def drained(kafka: Kafka, group: str, topic: str) -> Callable[[], Any]:
    """Waits until the group has committed the end of every partition."""

    def committed() -> bool:
        offsets = kafka.committed(group, topic).items()
        return {partition: offset or 0 for partition, offset in offsets} == kafka.end_offsets(topic)

    return lambda: until(committed, "committed offset = log end")


def conversations(project: str, count: int, first: int = 0) -> list[bytes]:
    """Calls in sessions of ten, of users of five; their ids are the project's own."""
    records = map(json.loads, small_records(count, first=first))
    return [
        json.dumps(
            record
            | {"id": f"{project}-{number}", "trace": {"session_id": session(project, number), "user_id": user(number)}}
        ).encode()
        for number, record in enumerate(records, first)
    ]


def session(project: str, number: int) -> str:
    """The session of a call of `conversations`."""
    return f"{project} session {number // 10}"


def user(number: int) -> str:
    """The user of a call of `conversations`."""
    return f"user {number // 5}"


def span_ids(project: str, count: int) -> Counter[str]:
    """Of `conversations`, each once."""
    return Counter(span_id(f"{project}-{number}").hex() for number in range(count))


async def stored(phoenix: Phoenix, project: str, count: int) -> list[StoredSpan]:
    """The spans of a project when there are so many, and no more a moment later."""
    await asyncio.to_thread(phoenix.stored, project, count)
    await asyncio.sleep(1)
    return await asyncio.to_thread(phoenix.spans, project)


async def metrics(daemon: DaemonProcess) -> str:
    """Its metrics, which are brought up to date once a second."""
    await asyncio.sleep(1.5)
    return (await daemon.get("/metrics"))[1]


def how_often(spans: list[StoredSpan]) -> Counter[str]:
    """How often each span is there."""
    return Counter(span.span_id for span in spans)


async def test_each_call_is_one_span_with_all_that_its_page_shows(
    kafka: Kafka, topic: str, phoenix: Phoenix, project: str, daemon: Start, drained: Callable[[], Any]
) -> None:
    """Model, tokens, cost, session, user, input and output, in both conventions."""
    kafka.produce(topic, conversations(project, 60))
    async with daemon() as one:
        await drained()
        spans = await stored(phoenix, project, 60)
        assert await one.terminate() == 0

    assert how_often(spans) == span_ids(project, 60)
    numbers = {span_id(f"{project}-{number}").hex(): number for number in range(60)}
    for span in spans:
        number, attributes = numbers[span.span_id], span.attributes
        assert (span.name, span.kind, span.parent_id, span.status) == ("chat gpt-4o", "LLM", None, "OK")
        assert span.start == datetime.fromtimestamp(1_795_000_000 + number / 1000, UTC)
        assert (span.end - span.start).total_seconds() == 1
        exact = {
            "llm.model_name": "gpt-4o",
            "llm.token_count.prompt": 10,
            "llm.token_count.completion": 2,
            "llm.token_count.total": 12,
            "session.id": session(project, number),
            "user.id": user(number),
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.usage.input_tokens": 10,
            "gen_ai.usage.output_tokens": 2,
            "gen_ai.conversation.id": session(project, number),
        }
        assert attributes.items() >= exact.items()
        assert attributes["llm.cost.total"] == pytest.approx(CALL_COST_USD)
        assert (attributes["input.value"], attributes["output.value"]) == (f"{number} ", "yes")
        assert attributes["llm.input_messages.0.message.content"] == f"{number} "
        assert attributes["llm.output_messages.0.message.content"] == "yes"

    pages = await asyncio.to_thread(
        phoenix.span_fields, project, "tokenCountPrompt tokenCountCompletion input{value} output{value} spanKind"
    )
    assert len(pages) == 60
    assert all(page["tokenCountPrompt"] == 10 and page["tokenCountCompletion"] == 2 for page in pages)
    assert all(page["spanKind"] == "llm" and page["input"]["value"] and page["output"]["value"] for page in pages)
    sessions = await asyncio.to_thread(phoenix.sessions, project)
    assert sessions == {session(project, number): 10 for number in range(0, 60, 10)}


def mixed_records() -> list[bytes]:
    """Real LiteLLM calls, and two rounds of what the demo ships."""
    samples = (value for _, value in sample_records(78, datetime(2026, 3, 1, tzinfo=UTC)))
    return [*golden_records(), *samples]


def on_the_other_wire(records: list[bytes]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Each observation with the trace that its own record gives, as Langfuse's ingestion wire would send them."""
    mapper = OfflineMapper(MappingSettings(), PricingSettings(), BatchSettings(), "pk-lf-test")
    for record in records:
        (body,) = mapper.map([record])
        assert isinstance(body, bytes)
        events = json.loads(body)["batch"]
        trace: Mapping[str, Any] = next((event["body"] for event in events if event["type"] == "trace-create"), {})
        for event in events:
            if event["type"] not in {"trace-create", "score-create"}:
                yield event["body"], trace


async def test_mixed_calls_say_what_they_say_on_the_other_wire(
    kafka: Kafka, topic: str, phoenix: Phoenix, project: str, daemon: Start, drained: Callable[[], Any]
) -> None:
    """Embeddings, reranks, tools, agents, streams, errors, guardrails: one span each, and the same numbers in them."""
    records = mixed_records()
    observations = {body["id"]: (body, trace) for body, trace in on_the_other_wire(records)}
    kafka.produce(topic, records)
    async with daemon() as one:
        await drained()
        spans = await stored(phoenix, project, len(observations))
        assert await one.terminate() == 0

    assert kafka.read_topic(f"{topic}.dead-letters") == []
    found = {span.span_id: span for span in spans}
    assert len(found) == len(spans)
    assert set(found) == {span_id(id_).hex() for id_ in observations}
    for id_, (body, trace) in observations.items():
        span = found[span_id(id_).hex()]
        assert said(span) == expected(body, trace), id_
        assert span.status == ("ERROR" if body.get("level") == "ERROR" else "OK"), id_
        assert ("input.value" in span.attributes) == (body.get("input") is not None), id_


def said(span: StoredSpan) -> Mapping[str, Any]:
    """What a span says, as far as the other wire has a word for it; all but the model asked for in OpenInference's."""
    one = span.attributes
    cost = one.get("llm.cost.total")
    return {
        "model": one.get("gen_ai.request.model"),
        "names a model": any(f"{kind}.model_name" in one for kind in ("llm", "embedding", "reranker")),
        "tokens": one.get("llm.token_count.total"),
        "tokens out": one.get("llm.token_count.completion"),
        "cost": None if cost is None else pytest.approx(cost),
        "session": one.get("session.id"),
        "user": one.get("user.id"),
    }


def expected(body: Mapping[str, Any], trace: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same of an observation's body and its trace's."""
    usage, cost, model = body.get("usageDetails") or {}, body.get("costDetails") or {}, body.get("model")
    return {
        "model": None if model is None else model.removeprefix("bedrock/"),
        "names a model": model is not None,
        "tokens": usage.get("total"),
        "tokens out": usage.get("output"),
        "cost": cost.get("total"),
        "session": trace.get("sessionId"),
        "user": trace.get("userId"),
    }


async def test_killed_and_restarted_nothing_is_missing_and_nothing_twice(
    kafka: Kafka, topic: str, phoenix: Phoenix, project: str, daemon: Start, drained: Callable[[], Any]
) -> None:
    """SIGKILL with requests in the air; what comes while it is down waits.

    It is frozen first, so that it acknowledges nothing that it then forgets: it answers before it stores.
    """
    async with daemon(backend__timeout_s=2) as one:
        kafka.produce(topic, conversations(project, 40))
        await stored(phoenix, project, 40)
        phoenix.sigstop()
        kafka.produce(topic, conversations(project, 60, first=40))
        await one.said("hold", reason="backend_unavailable")
        phoenix.kill9()
        kafka.produce(topic, conversations(project, 50, first=100))
        await asyncio.to_thread(phoenix.start)
        await drained()
        spans = await stored(phoenix, project, 150)
        assert await one.terminate() == 0

    assert how_often(spans) == span_ids(project, 150)
    assert kafka.read_topic(f"{topic}.dead-letters") == []


async def test_a_daemon_that_was_killed_sends_again_what_is_stored_once(
    kafka: Kafka, topic: str, phoenix: Phoenix, project: str, daemon: Start, drained: Callable[[], Any]
) -> None:
    """Its offsets were not committed: all comes again, with the same ids."""
    kafka.produce(topic, conversations(project, 30))
    async with daemon(kafka__commit_interval_s=60, kafka__session_timeout_s=2) as victim:
        await stored(phoenix, project, 30)
        await victim.kill9()
    async with daemon() as two:
        await drained()
        spans = await stored(phoenix, project, 30)
        assert 'shipper_records_total{outcome="delivered"} 30.0' in await metrics(two)
        assert await two.terminate() == 0

    assert how_often(spans) == span_ids(project, 30)


@pytest.mark.parametrize(
    ("setting", "advised"),
    [({"backend__encoding": "json"}, "backend.encoding"), ({"backend__path": "/v1/tracez"}, "backend.path")],
)
async def test_a_wrong_setting_is_an_alarm_that_names_it(
    kafka: Kafka, topic: str, group: str, project: str, daemon: Start, setting: Mapping[str, str], advised: str
) -> None:
    """It takes no JSON (415), and nothing under another path (405): the records stay where they are."""
    kafka.produce(topic, conversations(project, 10))
    async with daemon(**setting, process__grace_s=1) as wrong:
        hold = await wrong.said("hold", level="error")
        assert advised in hold["advice"]
        assert await wrong.terminate() == 0

    assert not any(kafka.committed(group, topic).values())
    assert kafka.read_topic(f"{topic}.dead-letters") == []
