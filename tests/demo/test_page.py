"""The inbox's page and its data."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shipper.demo.inbox import Inbox
from shipper.demo.page import SHOWN_TRACES
from tests.demo.client import event, post, request
from tests.demo.spans import OWN, generation, post_spans, span, span_ids

HOSTILE = "<script>alert(1)</script>"
CALL = event(
    "generation-create",
    "g",
    id="call",
    traceId="trace",
    name="answer",
    model="gpt-4o",
    startTime="2026-05-01T12:00:01Z",
    endTime="2026-05-01T12:00:03.5Z",
    input=HOSTILE,
    usageDetails={"input": 5, "output": 7, "total": 12},
    costDetails={"total": 0.125},
)


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    async with Inbox() as running:
        yield running


async def test_the_data_has_a_row_for_each_trace_and_totals_over_all(inbox: Inbox) -> None:
    failed = event("tool-create", "x", id="failed", traceId="trace", startTime="2026-05-01T12:00:00Z", level="ERROR")
    await post(inbox, event("trace-create", "t", id="trace", name="chat", userId="ada", tags=["b", "a"]), CALL, failed)
    data = (await request("GET", inbox.url + "/data.json")).json
    assert data["traces"] == [
        {
            "id": "trace",
            "name": "chat",
            "user": "ada",
            "session": None,
            "tags": ["a", "b"],
            "calls": 2,
            "models": ["gpt-4o"],
            "tokens": 12,
            "cost_usd": 0.125,
            "unpriced": 0,
            "latency_s": 3.5,
            "level": "ERROR",
            "time": 1777636800.0,
        }
    ]
    totals = data["totals"]
    assert (totals["traces"], totals["calls"], totals["tokens"], totals["cost_usd"]) == (1, 2, 12, 0.125)
    assert totals["errors"] == 1


async def test_an_unknown_cost_is_not_nought(inbox: Inbox) -> None:
    await post(inbox, event("generation-create", id="g", model="m"))
    row = (await request("GET", inbox.url + "/data.json")).json["traces"][0]
    assert (row["cost_usd"], row["unpriced"], row["latency_s"], row["time"]) == (None, 1, None, None)


async def test_the_latest_traces_are_shown_and_all_are_counted(inbox: Inbox) -> None:
    await post(inbox, *(event("trace-create", f"e{i}", id=f"t{i}") for i in range(SHOWN_TRACES + 5)))
    data = (await request("GET", inbox.url + "/data.json")).json
    assert [row["id"] for row in data["traces"]] == [f"t{i}" for i in reversed(range(5, SHOWN_TRACES + 5))]
    assert data["totals"]["traces"] == SHOWN_TRACES + 5


async def test_a_trace_comes_with_its_calls_in_the_order_of_their_start(inbox: Inbox) -> None:
    earlier = event("span-create", "s", id="span", traceId="trace", startTime="2026-05-01T11:00:00Z", output={"a": 1})
    await post(inbox, event("trace-create", "t", id="trace", metadata={"k": "v"}), CALL, earlier)
    trace = (await request("GET", inbox.url + "/trace.json?id=trace")).json
    assert [(one["id"], one["type"]) for one in trace["observations"]] == [("span", "SPAN"), ("call", "GENERATION")]
    assert trace["fields"]["metadata"] == {"k": "v"}
    assert trace["observations"][1]["fields"]["input"] == HOSTILE
    assert (await request("GET", inbox.url + "/trace.json?id=other")).status == 404


async def test_what_others_wrote_is_data_and_never_markup(inbox: Inbox) -> None:
    """It travels as JSON that no browser takes for a page, and the page's own script makes text of it only."""
    await post(inbox, event("trace-create", "t", id="trace", name=HOSTILE), CALL)
    for path in ("/data.json", "/trace.json?id=trace"):
        answer = await request("GET", inbox.url + path)
        assert HOSTILE.encode() in answer.body
        assert answer.headers["Content-Type"].startswith("application/json")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    script = (await request("GET", inbox.url + "/page.js")).body.decode()
    for sink in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function("):
        assert sink not in script
    assert HOSTILE.encode() not in (await request("GET", inbox.url + "/")).body


@pytest.mark.parametrize("path", ["/", "/page.css", "/page.js", "/data.json"])
async def test_nothing_is_loaded_from_elsewhere(inbox: Inbox, path: str) -> None:
    answer = await request("GET", inbox.url + path)
    policy = answer.headers["Content-Security-Policy"]
    assert answer.status == 200
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert b"https://" not in answer.body
    assert b"http://" not in answer.body.replace(b"http://www.w3.org/2000/svg", b"")


@pytest.mark.parametrize(("host", "status"), [("localhost", 200), ("127.0.0.1:99", 200), ("evil.example", 403)])
async def test_a_foreign_name_for_this_host_does_not_open_the_page(inbox: Inbox, host: str, status: int) -> None:
    for path in ("/", "/data.json", "/trace.json?id=t"):
        answer = await request("GET", inbox.url + path, headers={"Host": host})
        assert (answer.status == 403) is (status == 403)


async def test_a_call_by_otlp_is_shown_like_any_other(inbox: Inbox) -> None:
    given = {"model": "gpt-4o", "tokens": 12, "cost_usd": 0.125}
    call = generation(
        model__name=given["model"],
        usage_details='{"input":5,"output":7}',
        cost_details='{"total":0.125}',
        input='{"messages":[{"role":"user","content":"hi"}]}',
    )
    guardrail = span(span_ids(1)[0], parent_span_id=call.span_id, attributes={OWN + "type": "span"})
    await post_spans(inbox, call, guardrail)
    (row,) = (await request("GET", inbox.url + "/data.json")).json["traces"]
    assert (row["name"], row["models"], row["calls"]) == ("answer", [given["model"]], 1)
    assert (row["tokens"], row["cost_usd"], row["latency_s"]) == (12, 0.125, 0.5)
    trace = (await request("GET", inbox.url + f"/trace.json?id={row['id']}")).json
    assert [one["type"] for one in trace["observations"]] == ["GENERATION", "SPAN"]
    assert trace["observations"][0]["fields"]["input"] == {"messages": [{"role": "user", "content": "hi"}]}
