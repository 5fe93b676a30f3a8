"""Errors of each API, as their references show them, in a record that does not say by itself that the call failed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.decode.examples import call, parsed, plain


@pytest.mark.parametrize(
    ("response", "provider", "message"),
    [
        pytest.param(
            {"error": {"message": "Incorrect API key provided", "type": "invalid_request_error", "code": "x"}},
            "openai", "Incorrect API key provided", id="openai",
        ),
        pytest.param(
            {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}, "request_id": "req_1"},
            "anthropic", "Overloaded", id="anthropic",
        ),
        pytest.param(
            {"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT", "details": []}},
            "gemini", "API key not valid.", id="gemini",
        ),
        pytest.param(
            [{"error": {"code": 429, "message": "Resource exhausted", "status": "RESOURCE_EXHAUSTED"}}],
            "gemini", "Resource exhausted", id="gemini-streams-say-it-in-a-list",
        ),
        pytest.param(
            {"id": "resp_1", "status": "failed", "output": [], "error": {"code": "server_error", "message": "Oops"}},
            "openai", "Oops", id="responses",
        ),
        pytest.param({"error": "model 'x' not found"}, "ollama", "model 'x' not found", id="ollama"),
        pytest.param({"message": "invalid api token"}, "cohere_chat", "invalid api token", id="cohere"),
        pytest.param({"message": "Too many requests"}, "bedrock", "Too many requests", id="bedrock"),
        pytest.param({"Message": "not authorized"}, "bedrock", "not authorized", id="bedrock-access"),
        pytest.param(
            {"Error": {"Message": "denied", "Code": "AccessDeniedException"}, "ResponseMetadata": {}},
            None, "denied", id="botocore",
        ),
        pytest.param({"__type": "ThrottlingException"}, None, "ThrottlingException", id="amazon-type-alone"),
        pytest.param(
            {"object": "error", "message": "Invalid model: x", "type": "invalid_model", "code": 1500},
            None, "Invalid model: x", id="mistral",
        ),
        pytest.param(
            {"object": "error", "message": {"detail": [{"loc": ["body"], "msg": "Field required"}]}, "type": "t"},
            None, "Field required", id="mistral-422-in-a-message",
        ),
        pytest.param({"detail": [{"msg": "Field required", "type": "missing"}]}, "mistral", "Field required",
                     id="mistral-422"),
        pytest.param({"detail": "Unauthorized"}, "mistral", "Unauthorized", id="mistral-401"),
        pytest.param({"error": {"code": 500}}, "openai", "error", id="no-message"),
    ],
)  # fmt: skip
def test_an_error_of_each_api_is_the_calls_error(response: Any, provider: str | None, message: str) -> None:
    record = call(plain(response=response, provider=provider))
    found = record.observation
    assert (found.level, found.status_message, parsed(found.output)) == ("ERROR", message, response)
    assert record.billing.failed


@pytest.mark.parametrize("broken", [0, 1])
def test_an_error_inside_of_a_choice_is_the_calls_and_the_answer_is_kept(broken: int) -> None:
    # As OpenRouter writes it, with a status of 200.
    choices: list[Any] = [{"message": {"role": "assistant", "content": "He"}, "finish_reason": "stop"} for _ in "ab"]
    choices[broken]["error"] = {"code": 502, "message": "Upstream error"}
    record = call(plain(response={"choices": choices, "usage": {"prompt_tokens": 3, "completion_tokens": 2}}))
    found = record.observation
    assert (found.level, found.status_message) == ("ERROR", "Upstream error")
    assert parsed(found.output) == [{"role": "assistant", "content": "He"}] * 2
    assert found.usage is not None


def test_an_error_beside_a_usual_answer_is_the_calls() -> None:
    response = {**plain()["response"], "error": {"message": "cut off"}}
    assert call(plain(response=response)).observation.status_message == "cut off"
    assert call(plain(response={**response, "error": None})).observation.level is None


@pytest.mark.parametrize(
    "response",
    [
        {"message": "hello"},
        {"detail": "hello"},
        {"error": None, "answer": 1},
        {"error": {}},
        {"error": ""},
        {"error": False},
        {"message": {"role": "assistant", "content": "message"}},
    ],
    ids=str,
)
def test_what_may_be_an_answer_is_no_error(response: Any) -> None:
    record = call(plain(response=response, provider="mine"))
    assert (record.observation.level, record.billing.failed) == (None, False)


def test_a_cohere_answer_is_no_error() -> None:
    record = call(plain(response={"text": "hi", "message": "odd"}, provider="cohere"))
    assert record.observation.level is None


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"message": "filtered", "type": None, "code": "content_filter", "status": 400}, "content_filter"),
        ({"code": 429, "message": "Exhausted", "status": "RESOURCE_EXHAUSTED"}, "RESOURCE_EXHAUSTED"),
        ({"message": "slow down", "type": "rate_limit_error", "code": "rate_limit_exceeded"}, "rate_limit_error"),
        ({"type": "error", "code": "server_error", "message": "Oops", "sequence_number": 3}, "server_error"),
        ({"message": "teapot", "status": 418}, "418"),
    ],
    ids=["azure", "google", "openai", "event-of-responses", "status-alone"],
)
def test_an_errors_type_is_the_providers_word_for_it(error: Any, kind: str) -> None:
    assert call(plain(response={"error": error})).exchange.error_type == kind


@pytest.mark.parametrize("error", ["", {"message": ""}, {"message": "", "type": "", "code": 0}])
def test_an_empty_error_is_none(error: Any) -> None:
    for odd in ({}, {"name": 5}):  # read quickly, and with patience
        record = call(plain(error=error, **odd))
        assert (record.observation.level, record.billing.failed) == (None, False)
    assert call(plain(error=error, response={"error": "theirs"})).observation.status_message == "theirs"


@pytest.mark.parametrize("error", [{}, {"reason": "x"}, {"code": 500}, {"message": "", "type": "t"}])
def test_an_error_without_a_message_is_one(error: Any) -> None:
    assert call(plain(error=error)).observation.level == "ERROR"


def test_the_records_own_error_wins() -> None:
    record = call(plain(response={"error": {"message": "theirs"}}, error="ours"))
    assert record.observation.status_message == "ours"


def test_a_tools_error_is_its_own_affair() -> None:
    assert call(plain(response={"error": {"message": "m"}}, type="tool")).observation.level is None
