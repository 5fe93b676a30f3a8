"""The faults of the inbox, over real HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence

import aiohttp
import pytest

from shipper.demo.faults import EVENTS_ONLY, Arrival, Delay, Disconnect, Drip, Fault, Hang, Omit, Refuse, Reply
from shipper.demo.inbox import Inbox
from tests.demo.client import PATH, event, post, request
from tests.demo.spans import SPAN_ID, post_spans, span, span_ids

TRACE = event("trace-create", "e1", id="t1")
OTHER = event("trace-create", "e2", id="t2")


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    async with Inbox() as running:
        yield running


@pytest.mark.parametrize(
    "fault",
    [
        Reply(503, "try later"),
        Reply(429, b'{"code":"rate_limited"}', {"Retry-After": "7", "Content-Type": "application/json"}),
        Reply(401, '{"error":"UnauthorizedError"}'),
        Reply(403, '{"error":"ForbiddenError","message":"Ingestion suspended"}'),
        Reply(413, "<html>nginx</html>", {"Content-Type": "text/html"}),
        Reply(200, "<html>Please log in</html>", {"Content-Type": "text/html"}),
        Reply(207, b"\x00garbage"),
        Reply(301, headers={"Location": "http://127.0.0.1:1/elsewhere"}),
    ],
    ids=lambda fault: str(fault.status),
)
async def test_any_answer_can_stand_for_the_honest_one(inbox: Inbox, fault: Reply) -> None:
    inbox.faults.append(fault)
    answer = await post(inbox, TRACE)
    expected = fault.body.encode() if isinstance(fault.body, str) else fault.body
    assert (answer.status, answer.body) == (fault.status, expected)
    assert dict(fault.headers).items() <= answer.headers.items()
    assert inbox.store.traces == {}
    assert (await post(inbox, TRACE)).successes == {"e1"}
    assert inbox.statuses == {fault.status: 1, 207: 1} if fault.status != 207 else {207: 2}


async def test_stored_then_failed(inbox: Inbox) -> None:
    inbox.faults.append(Reply(500, store=True))
    assert (await post(inbox, TRACE)).status == 500
    assert (list(inbox.store.traces), inbox.arrivals[0].stored) == (["t1"], True)


async def test_faults_come_in_turn_and_none_is_an_honest_answer(inbox: Inbox) -> None:
    inbox.faults.extend([Reply(503), None, Reply(500)])
    assert [(await post(inbox, TRACE)).status for _ in range(4)] == [503, 207, 500, 207]


async def test_a_function_decides_when_nothing_is_queued(inbox: Inbox) -> None:
    seen: list[tuple[int, list[str]]] = []

    def second_fails(number: int, arrivals: Sequence[Arrival]) -> Fault | None:
        seen.append((number, [arrival.event_id for arrival in arrivals]))
        return Reply(503) if number == 2 else None

    inbox.fault = second_fails
    assert [(await post(inbox, TRACE, OTHER)).status for _ in range(3)] == [207, 503, 207]
    assert seen == [(1, ["e1", "e2"]), (2, ["e1", "e2"]), (3, ["e1", "e2"])]


async def test_chosen_events_are_errors_and_not_stored(inbox: Inbox) -> None:
    inbox.faults.append(Refuse(500, "Internal error", lambda arrival: arrival.body_id == "t2"))
    answer = await post(inbox, TRACE, OTHER)
    assert (answer.successes, answer.errors) == ({"e1"}, {"e2": (500, "Internal error")})
    assert list(inbox.store.traces) == ["t1"]
    assert [arrival.stored for arrival in inbox.arrivals] == [True, False]


async def test_chosen_events_are_in_neither_list(inbox: Inbox) -> None:
    inbox.faults.append(Omit(lambda arrival: arrival.event_id == "e1"))
    answer = await post(inbox, TRACE, OTHER)
    assert (answer.successes, answer.errors, list(inbox.store.traces)) == ({"e2"}, {}, ["t2"])


async def test_one_request_can_meet_a_server_in_the_wrong_mode(inbox: Inbox) -> None:
    inbox.faults.append(EVENTS_ONLY)
    assert (await post(inbox, TRACE)).errors == {"e1": (400, "Event type not accepted")}


async def test_a_delayed_answer_is_honest(inbox: Inbox) -> None:
    inbox.faults.append(Delay(0.1))
    began_s = time.monotonic()
    assert (await post(inbox, TRACE)).successes == {"e1"}
    assert time.monotonic() - began_s >= 0.1


@pytest.mark.parametrize("fault", [Hang(), Hang(store=True), Delay(3600)])
async def test_a_hanging_request_ends_with_the_inbox(inbox: Inbox, fault: Hang | Delay) -> None:
    inbox.faults.append(fault)
    asking = asyncio.create_task(post(inbox, TRACE))
    await asyncio.wait_for(inbox.until(lambda box: len(box.arrivals) == 1), 5)
    assert not asking.done()
    await asyncio.wait_for(inbox.stop(), 2)
    with pytest.raises(aiohttp.ClientError):
        await asking
    assert list(inbox.store.traces) == ([] if fault == Hang() else ["t1"])


@pytest.mark.parametrize("store", [False, True])
async def test_closes_the_connection_before_or_after_storing(inbox: Inbox, store: bool) -> None:
    inbox.faults.append(Disconnect(store=store))
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await post(inbox, TRACE)
    assert list(inbox.store.traces) == (["t1"] if store else [])
    assert inbox.statuses == {0: 1}


async def test_resets_the_connection(inbox: Inbox) -> None:
    inbox.faults.append(Disconnect(reset=True))
    with pytest.raises(aiohttp.ClientOSError) as raised:
        await post(inbox, TRACE)
    assert isinstance(raised.value.__cause__ or raised.value, ConnectionResetError | OSError)


async def test_cuts_the_answer_in_its_middle(inbox: Inbox) -> None:
    inbox.faults.append(Disconnect(store=True, after_bytes=120))
    with pytest.raises(aiohttp.ClientPayloadError):
        await post(inbox, TRACE)


async def test_drips_the_honest_answer(inbox: Inbox) -> None:
    inbox.faults.append(Drip(0.001))
    assert (await post(inbox, TRACE)).successes == {"e1"}


async def test_a_dripping_answer_outlives_its_client_and_ends_with_the_inbox(inbox: Inbox) -> None:
    inbox.faults.append(Drip(0.02))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await post(inbox, TRACE)
    await asyncio.wait_for(inbox.stop(), 2)


async def test_a_request_that_is_wrong_by_itself_meets_no_fault(inbox: Inbox) -> None:
    inbox.faults.append(Reply(503))
    assert (await request("POST", inbox.url + PATH, data=b"{")).status == 401
    assert len(inbox.faults) == 1


# The same over OTLP. What a plain collector makes of them is in test_collector.py.


@pytest.mark.parametrize("fault", [Reply(503, "later"), Reply(500, store=True), Reply(413), Reply(200, "<html>")])
async def test_any_answer_can_stand_for_the_honest_one_to_spans(inbox: Inbox, fault: Reply) -> None:
    inbox.faults.append(fault)
    assert (await post_spans(inbox, span())).status == fault.status
    assert list(inbox.store.observations) == ([SPAN_ID] if fault.store else [])
    assert (await post_spans(inbox, span())).json["name"] == "otel-ingestion-job"


async def test_one_refused_span_ends_all(inbox: Inbox) -> None:
    """Langfuse knows no partial success: who wants the others in has to find the culprit."""
    first, second = span_ids(2)
    inbox.fault = lambda number, arrivals: Refuse(400, "poison", lambda arrival: arrival.body_id == second)
    answer = await post_spans(inbox, span(first), span(second))
    assert (answer.status, answer.json) == (400, {"error": "poison"})
    assert [arrival.stored for arrival in inbox.arrivals] == [False, False]
    assert (await post_spans(inbox, span(first))).status == 200
    assert list(inbox.store.observations) == [first]


async def test_spans_can_be_lost_as_if_all_were_well(inbox: Inbox) -> None:
    first, second = span_ids(2)
    inbox.faults.append(Omit(lambda arrival: arrival.body_id == first))
    assert (await post_spans(inbox, span(first), span(second))).status == 200
    assert list(inbox.store.observations) == [second]


async def test_a_server_in_the_wrong_mode_is_wrong_for_the_ingestion_wire_alone(inbox: Inbox) -> None:
    inbox.faults.append(EVENTS_ONLY)
    assert (await post_spans(inbox, span())).status == 200


async def test_faults_come_in_turn_whichever_wire_is_used(inbox: Inbox) -> None:
    inbox.faults.extend([Reply(503), Reply(500), None])
    assert [(await post(inbox, TRACE)).status, (await post_spans(inbox, span())).status] == [503, 500]
    assert [(await post(inbox, TRACE)).status, (await post_spans(inbox, span())).status] == [207, 200]


@pytest.mark.parametrize("store", [False, True])
async def test_closes_the_connection_of_spans_before_or_after_storing(inbox: Inbox, store: bool) -> None:
    inbox.faults.append(Disconnect(store=store))
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await post_spans(inbox, span())
    assert list(inbox.store.observations) == ([SPAN_ID] if store else [])


async def test_a_hanging_request_of_spans_ends_with_the_inbox(inbox: Inbox) -> None:
    inbox.faults.append(Hang(store=True))
    asking = asyncio.create_task(post_spans(inbox, span()))
    await asyncio.wait_for(inbox.until(lambda box: len(box.arrivals) == 1), 5)
    await asyncio.wait_for(inbox.stop(), 2)
    with pytest.raises(aiohttp.ClientError):
        await asking
    assert list(inbox.store.observations) == [SPAN_ID]
