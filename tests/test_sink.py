"""One attempt over real HTTP: what goes out, and what becomes of everything that can come back."""

from __future__ import annotations

import asyncio
import gzip
import json
import ssl
import struct
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from socket import SO_LINGER, SOL_SOCKET
from typing import Any

import pytest
import trustme
from hypothesis import example, given
from hypothesis import strategies as st

from shipper import sink as sink_module
from shipper.demo.faults import EVENTS_ONLY, Arrival, Delay, Disconnect, Drip, Fault, Hang, Omit, Refuse, Reply
from shipper.demo.inbox import Inbox
from shipper.demo.ingestion_endpoint import MAX_BODY_BYTES
from shipper.endpoint import BackendSettings
from shipper.outcome import Answered, Held, HoldReason, Malformed, Outcome, TooLarge
from shipper.secret import Secret
from shipper.sink import Attempt, Sink, _retry_after_s
from tests.brokers.kafka import free_ports
from tests.demo.client import event
from tests.wire import Wire, answer, wire

SECRET = "sk-lf-canary"
PROMPT = "prompt-canary"
OK = answer(207, b'{"successes": [{"id": "e", "status": 201}], "errors": []}')


@asynccontextmanager
async def sink_to(url: str, in_flight: int = 4, **settings: Any) -> AsyncIterator[Sink]:
    """A sink to this address, closed at the end."""
    given: dict[str, Any] = {"public_key": "pk-lf-demo", "secret_key": Secret(SECRET), "timeout_s": 5.0} | settings
    sink = Sink(BackendSettings(host=url, **given), in_flight, "1.2.3", asyncio.get_running_loop().time)
    try:
        yield sink
    finally:
        await sink.close()


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    async with Inbox(secret_key=SECRET) as running:
        yield running


def batch(*ids: str, **odd: Any) -> list[bytes]:
    """A body with a trace a given id, in chunks; `odd` goes into the first trace's body."""
    events = [event("trace-create", one, id=one, name=PROMPT, **(odd if one == ids[0] else {})) for one in ids]
    return [b'{"batch":[', b",".join(json.dumps(one).encode() for one in events), b"]}"]


async def attempt(inbox: Inbox, *ids: str, fault: Fault | None = None, **settings: Any) -> Attempt:
    """One attempt to deliver a trace an id, answered with this fault."""
    inbox.faults.append(fault)
    async with sink_to(inbox.url, **settings) as sink:
        return await sink.send(batch(*ids), ids)


async def outcome(url: str, body: Sequence[bytes] = (b"{}",), **settings: Any) -> Outcome:
    """What one attempt with one event named `e` ends in."""
    async with sink_to(url, **settings) as sink:
        return (await sink.send(body, ["e"])).outcome


def held(found: Outcome, reason: HoldReason, word: str = "") -> None:
    """The outcome is a hold for this reason, with this word in its detail."""
    assert isinstance(found, Held), found
    assert found.reason == reason
    assert word in found.detail


# what goes out


@pytest.mark.parametrize(
    "chunks",
    [
        [b"{}"],
        [b""],
        [b"a", b"", b"b"],
        [bytes([n % 256]) * 997 for n in range(2_000)],
        [b"x" * sink_module.WRITE_BYTES, b"y"],
        [b"x" * 5_000_000],
    ],
    ids=["one", "empty", "small", "many", "full", "large"],
)
async def test_the_body_goes_out_as_it_is(chunks: list[bytes]) -> None:
    """Byte for byte, with its length told before, however it is cut into chunks."""
    async with wire(OK) as server:
        await outcome(server.url, chunks)
    ((head, body),) = server.requests

    assert body == b"".join(chunks)
    assert Wire.header(head, "transfer-encoding") is None
    assert Wire.header(head, "content-encoding") is None


async def test_the_headers_are_those_of_the_contract() -> None:
    """Basic auth with both keys, who we are, and no wish for a compressed answer."""
    async with wire(OK) as server:
        await outcome(server.url, public_key="pk-lf-ü", secret_key=Secret("sk:with:colons"))
    ((head, _),) = server.requests
    scheme, _, credentials = (Wire.header(head, "authorization") or "").partition(" ")

    assert head.startswith(b"POST /api/public/ingestion HTTP/1.1\r\n")
    assert (scheme, b64decode(credentials).decode()) == ("Basic", "pk-lf-ü:sk:with:colons")
    assert Wire.header(head, "content-type") == "application/json"
    assert Wire.header(head, "accept-encoding") == "identity"
    assert Wire.header(head, "user-agent") == "shipper/1.2.3"
    assert Wire.header(head, "x-langfuse-sdk-name") == "shipper"
    assert Wire.header(head, "x-langfuse-sdk-version") == "1.2.3"
    assert Wire.header(head, "x-langfuse-public-key") == "pk-lf-ü"


@pytest.mark.parametrize(("path", "target"), [("/", "/api"), ("/langfuse", "/langfuse/api"), ("/a/b/", "/a/b/api")])
async def test_a_path_before_the_endpoint_is_kept(path: str, target: str) -> None:
    async with wire(OK) as server:
        await outcome(server.url + path)

    assert server.requests[0][0].startswith(f"POST {target}/public/ingestion ".encode())


async def test_cookies_are_not_kept() -> None:
    """Nothing that one answer says changes the next request."""
    setting = OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: id=1\r\n\r\n", 1)
    # By name: a client that keeps cookies keeps none of an address.
    async with wire(setting) as server, sink_to(server.url.replace("127.0.0.1", "localhost")) as sink:
        await sink.send([b"{}"], ["e"])
        await sink.send([b"{}"], ["e"])
    first, second = (head for head, _ in server.requests)

    assert first == second


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prompts go where the configuration says and nowhere else."""
    async with wire(OK) as server, wire(OK) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert isinstance(await outcome(server.url), Answered)

    assert proxy.connections == 0


async def test_a_connection_is_used_again() -> None:
    async with wire(OK) as server, sink_to(server.url) as sink:
        for _ in range(3):
            assert isinstance((await sink.send([b"{}"], ["e"])).outcome, Answered)

    assert server.connections == 1


async def test_no_more_requests_are_under_way_than_allowed(inbox: Inbox) -> None:
    inbox.fault = lambda *_: Delay(0.1)
    async with sink_to(inbox.url, in_flight=2) as sink:
        sends = [asyncio.ensure_future(sink.send(batch(f"e{n}"), [f"e{n}"])) for n in range(4)]
        await inbox.until(lambda inbox: inbox.requests >= 2)
        assert inbox.requests == 2
        await asyncio.gather(*sends)

    assert inbox.requests == 4


# what comes back: answers of the contract


async def test_everything_stored(inbox: Inbox) -> None:
    made = await attempt(inbox, "a", "b", "c")

    assert (made.code, made.outcome) == ("207", Answered((0, 1, 2)))
    assert set(inbox.store.traces) == {"a", "b", "c"}


async def test_one_event_that_the_backend_does_not_take(inbox: Inbox) -> None:
    """Its neighbours are stored; its own verdict is there in the backend's words."""
    async with sink_to(inbox.url) as sink:
        found = (await sink.send(batch("a", "b", "c", tags="no list"), ["a", "b", "c"])).outcome

    assert found == Answered((1, 2), refused=((0, "400 Invalid request data"),))


def chosen(arrival: Arrival) -> bool:
    """The event named b."""
    return arrival.event_id == "b"


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Omit(chosen), Answered((0,), unnamed=(1,))),
        (Refuse(500, "down", chosen), Answered((0,), again=(1,))),
        (Refuse(404, "not there", chosen), Answered((0,), refused=((1, "404 not there"),))),
        (Refuse(401, "who", chosen), Answered((0,), again=(1,), hold="unauthorized", detail="401 who")),
    ],
    ids=["omitted", "500", "404", "401"],
)
async def test_a_207_is_read_event_by_event(inbox: Inbox, fault: Fault, expected: Answered) -> None:
    assert (await attempt(inbox, "a", "b", fault=fault)).outcome == expected


async def test_a_langfuse_v4_that_takes_no_events_is_held(inbox: Inbox) -> None:
    found = (await attempt(inbox, "a", "b", fault=EVENTS_ONLY)).outcome

    assert isinstance(found, Answered)
    assert (found.again, found.hold) == ((0, 1), "event_type_not_accepted")


@pytest.mark.parametrize("status", [200, 201, 204, 207])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"successes": []',
        b'{"successes": 1, "errors": []}',
        b"\xff\xfe",
        b"[" * 100_000,
        b"<html>Please log in</html>",
    ],
    ids=range(9),
)
async def test_a_2xx_without_the_contracts_body_is_no_success(status: int, body: bytes) -> None:
    """A login page, a proxy, half an answer: nobody said that anything was stored."""
    if status == 204:
        body = b""  # it has none
    async with wire(answer(status, body)) as server:
        held(await outcome(server.url), "unknown_reply", f"HTTP {status}")


async def test_a_compressed_answer_is_not_unpacked() -> None:
    """It was not asked for, and could be a bomb."""
    packed = gzip.compress(b'{"successes": [{"id": "e", "status": 201}], "errors": []}')
    async with wire(answer(207, packed, "Content-Encoding: gzip")) as server:
        held(await outcome(server.url), "unknown_reply")


async def test_an_answer_in_pieces_is_one_answer() -> None:
    """Chunked, with an odd cut in every place."""
    body = b'{"successes": [{"id": "e", "status": 201}], "errors": []}'
    chunks = b"".join(b"1\r\n%c\r\n" % one for one in body)
    async with wire(b"HTTP/1.1 207 -\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n") as server:
        assert await outcome(server.url) == Answered((0,))


# what comes back: refusals


@pytest.mark.parametrize("body", [b"no json", b'{"batch": [NaN]}', b'{"batch": 1}', b"{"], ids=range(4))
async def test_a_400_in_the_backends_own_form_is_the_contents_fault(inbox: Inbox, body: bytes) -> None:
    async with sink_to(inbox.url) as sink:
        assert (await sink.send([body], ["e"])).outcome == Malformed("HTTP 400")


@pytest.mark.parametrize("body", [b"", b"<html>400 Bad Request</html>", b'{"error": "bad"}', b"Invalid header"])
async def test_a_400_in_any_other_form_is_the_worlds(inbox: Inbox, body: bytes) -> None:
    """nginx, a firewall, a balancer: no record is dead-lettered for their sake."""
    held((await attempt(inbox, "e", fault=Reply(400, body))).outcome, "unknown_refusal", "HTTP 400")


async def test_a_413_tells_who_said_it(inbox: Inbox) -> None:
    """Langfuse's own limit, then a smaller one of the ingress before it."""
    async with sink_to(inbox.url) as sink:
        at_limit = b'{"batch":[]}'.ljust(MAX_BODY_BYTES)
        assert (await sink.send([at_limit], [])).outcome == Answered(())
        assert (await sink.send([at_limit, b" "], [])).outcome == TooLarge(True, "HTTP 413")
        inbox.faults.append(Reply(413, "<html>413 Request Entity Too Large</html>"))
        assert (await sink.send(batch("e"), ["e"])).outcome == TooLarge(False, "HTTP 413")


async def test_a_413_that_does_not_wait_for_the_body_is_heard(inbox: Inbox) -> None:
    """As nginx says it: from the length alone, while the body is on its way."""

    async def early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(413, b"<html>too large</html>", "Connection: close"))
        await writer.drain()
        while await reader.read(65_536):
            pass

    async with wire(early) as server:
        assert await outcome(server.url, [b"x" * 1_000_000] * 8) == TooLarge(False, "HTTP 413")


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, "unauthorized"),
        (403, "forbidden"),
        (404, "not_found"),
        (405, "not_found"),
        (410, "not_found"),
        (408, "backend_unavailable"),
        (425, "backend_unavailable"),
        (429, "throttled"),
        (402, "unknown_refusal"),
        (407, "unknown_refusal"),
        (409, "unknown_refusal"),
        (422, "unknown_refusal"),
        (451, "unknown_refusal"),
        (499, "unknown_refusal"),
        (500, "backend_unavailable"),
        (501, "backend_unavailable"),
        (502, "backend_unavailable"),
        (503, "backend_unavailable"),
        (504, "backend_unavailable"),
        (520, "backend_unavailable"),
        (599, "backend_unavailable"),
    ],
)
async def test_a_refusal_as_a_whole_is_no_verdict_on_events(inbox: Inbox, status: int, reason: HoldReason) -> None:
    """Whatever the body says; even where the events were stored before."""
    for body in (b"", b'{"message": "m", "errors": []}', b"<html>"):
        made = await attempt(inbox, "e", fault=Reply(status, body, store=True))
        held(made.outcome, reason, f"HTTP {status}")
        assert made.code == str(status)


async def test_a_wrong_key_and_a_wrong_address_are_told_apart(inbox: Inbox) -> None:
    """By the inbox itself, as the real server does it."""
    held((await attempt(inbox, "e", secret_key=Secret("sk-lf-other"))).outcome, "unauthorized", "401")
    held(await outcome(inbox.url + "/wrong"), "not_found", "404")


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
async def test_a_redirect_is_not_followed(inbox: Inbox, status: int) -> None:
    """The keys and the prompts stay with the host that the operator named."""
    async with wire(OK) as elsewhere:
        redirect = Reply(status, headers={"Location": elsewhere.url + "/api/public/ingestion"})
        held((await attempt(inbox, "e", fault=redirect)).outcome, "not_found", f"HTTP {status}")

    assert elsewhere.connections == 0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("1000000000", 1e9),  # clamped by whoever waits
        (" 7 ", 7.0),
        ("Fri, 01 May 2026 12:00:30 GMT", 30.0),
        ("Friday, 01-May-26 12:00:30 GMT", 30.0),
        ("Fri, 01 May 2026 11:59:00 GMT", None),  # past
        ("0", None),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("Fri, 01 May 2026 12:00:30 +99999999999999", None),
        ("Fri, 01 May 99999 12:00:30 GMT", None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_is_read_or_ignored(status: int, value: str, seconds: float | None) -> None:
    """Seconds, or a date by the server's own clock."""
    headers = (f"Retry-After: {value}", "Date: Fri, 01 May 2026 12:00:00 GMT")
    async with wire(answer(status, b"", *headers)) as server:
        found = await outcome(server.url)

    assert isinstance(found, Held)
    assert found.retry_after_s == seconds


async def test_of_two_retry_afters_the_first_counts() -> None:
    async with wire(answer(429, b"", "Retry-After: 3", "Retry-After: 9")) as server:
        found = await outcome(server.url)

    assert isinstance(found, Held)
    assert found.retry_after_s == 3.0


@given(st.text(), st.none() | st.text())
@example("Fri, 01 May 2026 12:00:30 +99999999999999", None)
@example("\udcff", "\udcff")
def test_no_retry_after_is_an_error(value: str, date: str | None) -> None:
    """Whatever stands there: a wish above zero, or none."""
    seconds = _retry_after_s({"Retry-After": value} | ({"Date": date} if date is not None else {}))

    assert seconds is None or seconds > 0


# what comes back: nothing, or not what HTTP is


async def test_a_backend_that_is_not_there_is_waited_for() -> None:
    (port,) = free_ports(1)
    found = await outcome(f"http://127.0.0.1:{port}")
    held(found, "backend_unavailable", str(port))


async def test_a_name_that_nobody_knows_is_waited_for() -> None:
    held(await outcome("http://nowhere.invalid"), "backend_unavailable", "nowhere.invalid")


async def _endless_headers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 207 -\r\n")
    while True:
        writer.write(b"X-Again: and again\r\n" * 1000)
        await writer.drain()


async def _informational(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    while True:
        writer.write(b"HTTP/1.1 102 Processing\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


async def _deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("script", [_endless_headers, _informational, _deaf])
async def test_what_never_comes_to_an_answer_ends_in_time(script: object) -> None:
    """Headers without end, interim answers without end, a server that does not even read."""
    async with wire(script) as server:  # type: ignore[arg-type]
        found = await asyncio.wait_for(outcome(server.url, [b"x" * 1_000_000] * 20, timeout_s=0.3), 2)
    held(found, "backend_unavailable")


@pytest.mark.parametrize("fault", [Hang(), Drip(0.02), Delay(60)], ids=lambda one: type(one).__name__)
async def test_a_slow_answer_is_given_up_in_time(inbox: Inbox, fault: Fault) -> None:
    """The time-out is for the whole attempt: a byte now and then does not prolong it."""
    made = await asyncio.wait_for(attempt(inbox, "e", fault=fault, timeout_s=0.3), 2)

    held(made.outcome, "backend_unavailable", "within 0.3 s")
    assert made.code == "error"
    assert 0.29 <= made.seconds < 1


@pytest.mark.parametrize(
    "fault",
    [
        Disconnect(),
        Disconnect(reset=True),
        Disconnect(after_bytes=8),
        Disconnect(after_bytes=40, reset=True),
        Disconnect(after_bytes=100),
        Disconnect(after_bytes=110, store=True),
    ],
    ids=range(6),
)
async def test_an_answer_cut_off_is_no_answer(inbox: Inbox, fault: Fault) -> None:
    """Closed or reset, before it, in its head, in its body: nobody knows, so it is sent again."""
    made = await attempt(inbox, "e", fault=fault)

    held(made.outcome, "backend_unavailable")
    assert made.code == "error"


async def test_a_reset_while_the_body_is_on_its_way() -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(100_000)
        writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async with wire(reset) as server:
        held(await outcome(server.url, [b"x" * 1_000_000] * 8), "backend_unavailable")


async def test_a_kept_connection_that_was_closed_costs_one_attempt() -> None:
    """The server closes it at the very moment of the send; the next attempt is on a new one."""

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for reply in (OK, b""):
            await reader.readuntil(b"\r\n\r\n{}")
            writer.write(reply)
        writer.close()

    async with wire(once, OK) as server, sink_to(server.url) as sink:
        outcomes = [(await sink.send([b"{}"], ["e"])).outcome for _ in range(3)]

    assert [type(one) for one in outcomes] == [Answered, Held, Answered]
    assert server.connections == 2


@pytest.mark.parametrize(
    "reply",
    [
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 2070 -\r\n\r\n",
        b"HTTP/1.1 207 -\r\nno header\r\n\r\n",
        b"HTTP/1.1 207 -\r\nA: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 207 -\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"HTTP/1.1 207 -\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 207 -\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"\x00" * 1000,
    ],
    ids=range(10),
)
async def test_what_is_no_http_is_no_answer(reply: bytes) -> None:
    """Another protocol, a broken proxy."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n{}")
        writer.write(reply)
        writer.close()

    async with wire(say) as server:
        held(await outcome(server.url), "backend_unavailable")


@pytest.mark.parametrize("status", [207, 400, 413, 503])
async def test_an_answer_without_end_is_not_read_to_the_end(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory for an answer is bounded; its code still counts."""
    monkeypatch.setattr(sink_module, "REPLY_MAX_BYTES", 200_000)
    said_bytes = 0

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal said_bytes
        await reader.readuntil(b"\r\n\r\n{}")
        writer.write(b"HTTP/1.1 %d -\r\nTransfer-Encoding: chunked\r\n\r\n" % status)
        while True:
            writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
            said_bytes += 65_536
            await writer.drain()

    async with wire(endless) as server:
        found = await outcome(server.url)

    assert (
        found
        == {
            207: Held("unknown_reply", "HTTP 207 without the contract's body"),
            400: Held("unknown_refusal", "HTTP 400"),
            413: TooLarge(False, "HTTP 413"),
            503: Held("backend_unavailable", "HTTP 503"),
        }[status]
    )
    assert said_bytes < 20_000_000


async def test_no_detail_tells_a_key_or_a_prompt() -> None:
    """Not even when the other end says them back to us, in every place of an answer that an error may quote."""
    echo = f"{SECRET} {b64encode(f'pk-lf-demo:{SECRET}'.encode()).decode()} {PROMPT}".encode()
    replies = [
        answer(200, echo),
        answer(400, echo),
        answer(413, echo),
        answer(503, echo, f"Retry-After: {SECRET}"),
        answer(302, echo, f"Location: http://127.0.0.1:1/{SECRET}"),
        b"HTTP/1.1 500 " + echo + b"\r\n\r\n",
        b"HTTP/1.1 " + echo + b"\r\n\r\n",
        b"HTTP/1.1 207 -\r\n" + echo + b"\r\n\r\n",
        b"HTTP/1.1 207 -\r\nA: \x00" + echo + b"\r\n\r\n",
        b"HTTP/1.1 207 -\r\nContent-Length: " + echo + b"\r\n\r\n",
        b"HTTP/1.1 207 -\r\nTransfer-Encoding: chunked\r\n\r\n" + echo + b"\r\n",
        echo + b"\r\n\r\n",
    ]
    for reply in replies:

        async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, reply: bytes = reply) -> None:
            await reader.readuntil(PROMPT.encode())
            writer.write(reply)
            writer.close()

        async with wire(say) as server:
            told = repr(await outcome(server.url, [PROMPT.encode()]))
        assert not any(word in told for word in echo.decode().split()), told


# TLS


@asynccontextmanager
async def tls_inbox(name: str, ca: trustme.CA) -> AsyncIterator[Inbox]:
    """An inbox with a certificate for `name`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert(name).configure_cert(context)
    async with Inbox(secret_key=SECRET, tls=context) as running:
        yield running


async def test_the_operators_own_ca_is_trusted(tmp_path: Path) -> None:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    async with tls_inbox("127.0.0.1", ca) as inbox:
        made = await attempt(inbox, "a", ca_file=str(tmp_path / "ca.pem"))

    assert made.outcome == Answered((0,))


@pytest.mark.parametrize(("name", "own_ca"), [("127.0.0.1", False), ("langfuse.example.com", True)])
async def test_a_stranger_gets_neither_key_nor_prompt(tmp_path: Path, name: str, own_ca: bool) -> None:
    """A certificate of an unknown CA, or for another name: it is said, and waited for."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    async with tls_inbox(name, ca) as inbox:
        made = await attempt(inbox, "a", ca_file=str(tmp_path / "ca.pem") if own_ca else None)

    held(made.outcome, "backend_unavailable", "certificate verify failed")
    assert inbox.requests == 0


async def test_https_does_not_fall_back_to_clear_text() -> None:
    async with wire(OK) as server:
        held(await outcome(server.url.replace("http:", "https:"), timeout_s=0.3), "backend_unavailable")

    assert server.requests == []


# around it


async def test_the_time_of_an_attempt_is_measured_by_the_clock_given() -> None:
    ticks = iter([100.0, 107.5])
    async with wire(OK) as server:
        sink = Sink(BackendSettings(host=server.url, secret_key=Secret(SECRET)), 1, "1", lambda: next(ticks))
        made = await sink.send([b"{}"], ["e"])
        await sink.close()

    assert made == Attempt(Answered((0,)), "207", 7.5)


async def test_an_attempt_that_is_cancelled_leaves_the_sink_usable(inbox: Inbox) -> None:
    """As when partitions are taken away in mid-request."""
    async with sink_to(inbox.url, in_flight=1) as sink:
        inbox.faults.append(Hang())
        sending = asyncio.ensure_future(sink.send(batch("a"), ["a"]))
        await inbox.until(lambda inbox: inbox.requests == 1)
        sending.cancel()
        await asyncio.wait([sending])

        assert (await sink.send(batch("b"), ["b"])).outcome == Answered((0,))


# OTLP


OTLP: dict[str, Any] = {"kind": "otlp"}


async def traces(url: str, body: Sequence[bytes] = (b"",), **settings: Any) -> Attempt:
    """One attempt with one span by the OTLP wire."""
    async with sink_to(url, **settings) as sink:
        return await sink.send(body, ["span"], "otlp")


async def test_spans_go_to_their_own_endpoint() -> None:
    async with wire(answer(200, b"{}")) as server:
        found = await traces(server.url, [b"\x0a\x00", b"\x0a\x00"])
    ((head, body),) = server.requests

    assert head.startswith(b"POST /api/public/otel/v1/traces HTTP/1.1\r\n")
    assert body == b"\x0a\x00\x0a\x00"
    assert Wire.header(head, "content-type") == "application/x-protobuf"
    assert Wire.header(head, "content-length") == "4"
    assert Wire.header(head, "x-langfuse-ingestion-version") == "4"
    assert found.outcome == Answered((0,))


@pytest.mark.parametrize("size_bytes", [10, sink_module.THREAD_BYTES * 3])
async def test_a_compressed_body_is_the_body(size_bytes: int) -> None:
    body = [b"a" * size_bytes, b"", b"b" * size_bytes]
    async with wire(answer(200, b"")) as server:
        await traces(server.url, body, compression="gzip", **OTLP)
    ((head, sent),) = server.requests

    assert gzip.decompress(sent) == b"".join(body)
    assert Wire.header(head, "content-encoding") == "gzip"
    assert Wire.header(head, "content-length") == str(len(sent))


async def test_nothing_is_compressed_on_the_way_to_this_machine_itself() -> None:
    async with wire(answer(200, b"")) as server:
        await traces(server.url, [b"x"], **OTLP)

    assert Wire.header(server.requests[0][0], "content-encoding") is None


async def test_the_operators_own_headers_go_along() -> None:
    async with wire(answer(200, b"")) as server:
        await traces(server.url, headers=Secret("x-project-name=canary%20test"), **OTLP)

    assert Wire.header(server.requests[0][0], "x-project-name") == "canary test"


async def test_an_answer_that_never_comes_is_ambiguous_once_all_was_written() -> None:
    async with Inbox(secret_key=SECRET) as inbox:
        for fault in (Hang(), Disconnect(), Disconnect(reset=True), Reply(504), Reply(502)):
            inbox.faults.append(fault)
            async with sink_to(inbox.url, timeout_s=0.5) as sink:
                found = await sink.send(batch("e"), ["e"])
            assert isinstance(found.outcome, Held)
            assert found.ambiguous


@pytest.mark.parametrize("status", [200, 400, 401, 429, 500, 503])
async def test_an_answer_of_the_backends_own_is_never_ambiguous(status: int) -> None:
    async with wire(answer(status, b"{}")) as server:
        assert not (await traces(server.url, **OTLP)).ambiguous


async def test_what_was_never_sent_is_not_ambiguous() -> None:
    (port,) = free_ports(1)
    assert not (await traces(f"http://127.0.0.1:{port}", **OTLP)).ambiguous


async def test_what_was_cut_off_in_the_middle_is_not_ambiguous() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1_000)
        writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        writer.close()

    async with wire(hang_up) as server:
        found = await traces(server.url, [b"x" * 50_000_000], **OTLP)

    assert isinstance(found.outcome, Held)
    assert not found.ambiguous
