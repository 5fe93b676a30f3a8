"""Reading the ingestion endpoint's replies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.mapping.reply import is_own_refusal, read_reply
from shipper.outcome import Answered

INVALID = "Invalid request data"


def reply(successes: list[str], errors: list[dict[str, Any]]) -> bytes:
    return json.dumps({"successes": [{"id": event, "status": 201} for event in successes], "errors": errors}).encode()


def error(event: str, status: int, message: str | None = None) -> dict[str, Any]:
    return {"id": event, "status": status, "message": message, "error": None}


def answered(body: bytes, *sent: str) -> Answered:
    found = read_reply(body, sent)
    assert found is not None
    return found


def test_all_accepted_in_the_servers_order() -> None:
    assert answered(reply(["b", "a"], []), "a", "b") == Answered((0, 1))


def test_validation_verdict_is_the_events_own() -> None:
    found = answered(reply(["a"], [error("b", 400, INVALID), error("c", 404, "Resource not found")]), "a", "b", "c")
    assert found == Answered((0,), ((1, f"400 {INVALID}"), (2, "404 Resource not found")))


def test_every_event_may_be_invalid_without_a_hold() -> None:
    found = answered(reply([], [error("a", 400, INVALID), error("b", 400, INVALID)]), "a", "b")
    assert [index for index, _ in found.refused] == [0, 1]
    assert found.hold is None


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_servers_trouble_is_tried_again(status: int) -> None:
    assert answered(reply(["a"], [error("b", status, "x")]), "a", "b") == Answered((0,), again=(1,))


def test_id_in_neither_list_is_unnamed() -> None:
    assert answered(reply(["a"], []), "a", "b") == Answered((0,), unnamed=(1,))


def test_id_in_both_lists_counts_as_refused() -> None:
    found = answered(reply(["a", "b"], [error("b", 400, INVALID)]), "a", "b")
    assert (found.accepted, found.refused) == ((0,), ((1, f"400 {INVALID}"),))


def test_repeated_ids_share_their_verdict() -> None:
    assert answered(reply(["a"], []), "a", "a").accepted == (0, 1)
    assert answered(reply([], [error("a", 500), error("a", 500)]), "a", "a").again == (0, 1)


def test_ids_that_were_never_sent_are_mentioned_only() -> None:
    found = answered(reply(["a", "x"], [error("unknown", 400, INVALID)]), "a")
    assert (found.accepted, found.refused, found.hold) == ((0,), (), None)
    assert found.detail == "2 ids in the reply were never sent"


def test_event_type_not_accepted_is_the_worlds_fault() -> None:
    errors = [error("a", 400, "Event type not accepted"), error("b", 400, "Event type not accepted")]
    found = answered(reply([], errors), "a", "b")
    assert (found.again, found.refused, found.hold) == ((0, 1), (), "event_type_not_accepted")
    assert "Event type not accepted" in found.detail


def test_event_type_not_accepted_holds_even_if_scores_pass() -> None:
    found = answered(reply(["b"], [error("a", 400, "Event type not accepted")]), "a", "b")
    assert (found.accepted, found.again, found.hold) == ((1,), (0,), "event_type_not_accepted")


@pytest.mark.parametrize(("status", "reason"), [(401, "unauthorized"), (403, "forbidden")])
def test_refused_key_is_the_worlds_fault(status: int, reason: str) -> None:
    found = answered(reply(["b"], [error("a", status, "Access Scope Denied")]), "a", "b")
    assert (found.accepted, found.again, found.refused, found.hold) == ((1,), (0,), (), reason)


def test_unknown_refusal_of_every_event_is_the_worlds_fault() -> None:
    found = answered(reply([], [error("a", 418, "teapot"), error("b", 400, "teapot")]), "a", "b")
    assert (found.again, found.refused, found.hold) == ((0, 1), (), "unknown_refusal")
    assert found.detail == "418 teapot"


def test_unknown_refusal_beside_an_accepted_event_is_the_events_own() -> None:
    found = answered(reply(["b"], [error("a", 418, "teapot")]), "a", "b")
    assert (found.refused, found.hold) == (((0, "418 teapot"),), None)


def test_messages_are_bounded_and_freed_of_control_characters() -> None:
    message = "bad\r\n\x1b[31m\u202edata" + "x" * 1000
    found = answered(reply(["b"], [error("a", 400, message)]), "a", "b")
    text = found.refused[0][1]
    assert text.startswith("400 bad [31m data")
    assert len(text) == len("400 ") + 200


@pytest.mark.parametrize(
    "body",
    [
        b"", b"ok", b"{}", b"[]", b"null", b"<html>", b'{"successes":[]}', b'{"successes":{},"errors":[]}',
        b'{"successes":[1],"errors":[]}', b'{"successes":[{"id":7}],"errors":[]}', b'{"successes":[],"errors":[]}x',
        b'{"successes":[{"id":"\xff"}],"errors":[]}', b"[" * 100_000,
    ],
)  # fmt: skip
def test_body_that_is_not_the_contracts_is_none(body: bytes) -> None:
    assert read_reply(body, ["a"]) is None


@given(
    st.lists(st.sampled_from("abcdef"), max_size=6),
    st.lists(st.sampled_from("abcdefgh"), max_size=8),
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "c", "unknown"]),
            st.sampled_from([200, 400, 401, 403, 404, 418, 429, 500]),
            st.sampled_from([None, INVALID, "Event type not accepted", "other"]),
        ),
        max_size=6,
    ),
)
def test_verdicts_are_disjoint_and_name_everything_sent(
    sent: list[str], successes: list[str], errors: list[tuple[str, int, str | None]]
) -> None:
    found = answered(reply(successes, [error(*each) for each in errors]), *sent)
    refused = [index for index, _ in found.refused]
    named = [*found.accepted, *refused, *found.again, *found.unnamed]
    assert sorted(named) == list(range(len(sent)))
    assert all(sent[index] in successes for index in found.accepted)
    if found.hold is not None:
        assert found.again


@given(st.binary(max_size=40))
def test_no_body_raises(body: bytes) -> None:
    read_reply(body, ["a"])
    is_own_refusal(body)


@pytest.mark.parametrize(
    ("body", "own"),
    [
        (b"Invalid JSON", True),
        (b"Body exceeded 4.5mb limit", True),
        (b'{"message":"Invalid request data","errors":["x"]}', True),
        (b'{"message":"Invalid request data"}', False),
        (b'{"error":"Bad Request"}', False),
        (b"<html><body>400 Bad Request</body></html>", False),
        (b"", False),
    ],
)
def test_own_forms_of_a_400_and_a_413(body: bytes, own: bool) -> None:
    assert is_own_refusal(body) is own
