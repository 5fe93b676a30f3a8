"""Chunks of OpenAI's chat and completions APIs."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shipper.mapping.call_facts import to_facts
from shipper.records import Usage
from tests.decode.examples import Json, call, parsed, plain
from tests.decode.streams import ARGUMENTS, CUTS, TEXTS, answer, dumped, pieces, streamed

USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


def chunk(*deltas: Any, **more: Any) -> Json:
    choices = [{"index": at, "delta": delta, "finish_reason": None} for at, delta in enumerate(deltas) if delta]
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "gpt-4o-1", "choices": choices, **more}


HEAD = chunk({"role": "assistant", "content": "", "refusal": None})


def test_content_is_put_together() -> None:
    chunks = [HEAD, chunk({"content": "Hel"}), chunk({"content": "lo"}), chunk({}), chunk(usage=USAGE)]
    assert answer(chunks) == {"role": "assistant", "content": "Hello", "refusal": None}


def test_refusal_is_put_together() -> None:
    head = {"role": "assistant", "content": None, "refusal": ""}
    assert answer([chunk(head), chunk({"refusal": "I can"}), chunk({"refusal": "not."})]) == {
        "role": "assistant", "content": None, "refusal": "I cannot.",
    }  # fmt: skip


def test_tool_calls_are_put_together_by_index() -> None:
    def part(index: int, **function: str) -> Json:
        return {"index": index, "function": function}

    begin = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "weather", "arguments": ""}}
    other = {"index": 1, "id": "call_2", "type": "function", "function": {"name": "time", "arguments": ""}}
    chunks = [
        chunk({"role": "assistant", "content": None, "tool_calls": [begin]}),
        chunk({"tool_calls": [part(0, arguments='{"city":')]}),
        chunk({"tool_calls": [other, part(0, arguments=' "Bern"}')]}),
        chunk({"tool_calls": [part(1, arguments="{}")]}),
    ]
    assert answer(chunks) == {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Bern"}'}},
            {"id": "call_2", "type": "function", "function": {"name": "time", "arguments": "{}"}},
        ],
    }


def test_tool_calls_without_an_index_are_told_by_their_ids() -> None:
    whole = [{"id": name, "function": {"name": name, "arguments": "{}"}} for name in ("a", "b")]
    assert answer([chunk({"tool_calls": whole[:1]}), chunk({"tool_calls": whole[1:]})]) == {"tool_calls": whole}
    cut = [{"id": "a", "function": {"arguments": "{"}}, {"id": "a", "function": {"arguments": "}"}}]
    assert answer([chunk({"tool_calls": [one]}) for one in cut]) == {
        "tool_calls": [{"id": "a", "function": {"arguments": "{}"}}]
    }


def test_function_call_is_put_together() -> None:
    parts = [{"name": "f", "arguments": ""}, {"arguments": "{"}, {"arguments": "}"}]
    assert answer([chunk({"function_call": part}) for part in parts]) == {
        "function_call": {"name": "f", "arguments": "{}"}
    }


def test_role_and_name_that_are_repeated_stay_one() -> None:
    parts = [{"role": "assistant", "content": piece} for piece in ("a", "b")]
    assert answer([chunk(part) for part in parts]) == {"role": "assistant", "content": "ab"}


def test_a_role_or_id_that_is_empty_at_first_is_the_later_one() -> None:
    calls = [{"index": 0, "id": "", "function": {"name": "", "arguments": "{"}}]
    later = [{"index": 0, "id": "call_1", "function": {"name": "f", "arguments": "}"}}]
    assert answer([chunk({"role": "", "tool_calls": calls}), chunk({"role": "assistant", "tool_calls": later})]) == {
        "role": "assistant",
        "tool_calls": [{"id": "call_1", "function": {"name": "f", "arguments": "{}"}}],
    }


def test_reasoning_is_put_together() -> None:
    assert answer([chunk({"reasoning_content": "Hm"}), chunk({"reasoning_content": "."}), chunk({"content": "4"})]) == {
        "reasoning_content": "Hm.", "content": "4",
    }  # fmt: skip


def test_mistrals_thoughts_are_a_list_before_its_text() -> None:
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}
    assert answer([chunk({"content": [thought]}), chunk({"content": "4"}), chunk({"content": "2"})]) == {
        "content": [thought, {"type": "text", "text": "42"}]
    }


def test_of_several_choices_each_is_put_together() -> None:
    chunks = [chunk({"content": "a"}, {"content": "b"}), chunk(None, {"content": "B"}), chunk({"content": "A"})]
    assert answer(chunks) == [{"content": "aA"}, {"content": "bB"}]


def test_a_model_of_no_letters_is_none() -> None:
    # Azure's first chunk tells only what was filtered of the prompt.
    first = {"id": "", "model": "", "object": "", "choices": [], "prompt_filter_results": [{"prompt_index": 0}]}
    record = streamed([first, chunk({"content": "a"}), {**first, "usage": USAGE}], model=...)
    assert (record.observation.model, record.billing.models) == ("gpt-4o-1", ("gpt-4o-1", "gpt-4o"))


def test_openrouters_thoughts_go_on_while_index_and_type_stay() -> None:
    def thought(**members: Any) -> Json:
        return chunk({"reasoning_details": [{"index": 0, "type": "reasoning.text", "format": "f", **members}]})

    sealed = {"index": 0, "type": "reasoning.encrypted", "data": "x"}
    chunks = [
        thought(text="Let"),
        thought(text=" me"),
        thought(signature="s"),
        chunk({"reasoning_details": [sealed]}),
        thought(text="On", index=1),
    ]
    assert answer(chunks)["reasoning_details"] == [
        {"index": 0, "type": "reasoning.text", "format": "f", "text": "Let me", "signature": "s"},
        sealed,
        {"index": 1, "type": "reasoning.text", "format": "f", "text": "On"},
    ]


def test_why_a_stream_ended_is_found() -> None:
    ended = {"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]}
    found = streamed([chunk({"content": "a"}), ended, chunk(usage=USAGE)]).observation.metadata
    assert parsed(found) == {"finish_reason": "length"}
    assert streamed([chunk({"content": "a"})]).observation.metadata is None


def test_text_completion_is_put_together() -> None:
    chunks = [{"object": "text_completion", "choices": [{"text": text, "index": 0}]} for text in ("\n\nThis", " is")]
    assert answer(chunks) == "\n\nThis is"


def test_usage_is_the_last_chunks_that_has_one() -> None:
    early = chunk({"content": "a"}, usage={"prompt_tokens": 3, "completion_tokens": 1})
    record = streamed([early, chunk({"content": "b"}, usage=USAGE), chunk({}, usage=None)])
    assert record.observation.usage == Usage(3, 2, prompt=3, completion=2)


def test_groqs_usage_is_found() -> None:
    record = streamed([chunk({"content": "a"}), chunk({}, x_groq={"id": "req_1", "usage": USAGE})])
    assert record.observation.usage == Usage(3, 2, prompt=3, completion=2)


def test_tier_of_a_stream_is_priced() -> None:
    terms = streamed([chunk({"content": "a"}, service_tier="flex"), chunk(usage=USAGE)]).billing.terms
    assert terms is not None
    assert terms.tier == "flex"


def test_an_abandoned_stream_keeps_what_came() -> None:
    record = streamed([HEAD, chunk({"content": "Hel"})])
    assert parsed(record.observation.output) == {"role": "assistant", "content": "Hel", "refusal": None}
    assert (record.observation.model, record.observation.usage) == ("gpt-4o", None)


def test_an_error_that_ends_a_stream_is_the_calls_and_what_came_is_kept() -> None:
    record = streamed([HEAD, chunk({"content": "Hel"}), {"error": {"message": "The server had an error", "code": 500}}])
    assert (record.observation.level, record.observation.status_message) == ("ERROR", "The server had an error")
    assert parsed(record.observation.output)["content"] == "Hel"


def test_texts_keep_the_escapes_they_were_written_with() -> None:
    value = (
        b'{"schema":"shipper.call/1","id":"1","start_time":1.5,"chunks":['
        b'{"choices":[{"delta":{"content":"\\u00e9"}}]},{"choices":[{"delta":{"content":"\\/\\n"}}]}]}'
    )
    found = call(value).observation.output
    assert found is not None
    assert bytes(found) == b'{"content":"\\u00e9\\/\\n"}'


@given(
    content=TEXTS | st.none(),
    calls=st.lists(st.tuples(TEXTS, ARGUMENTS), max_size=3),
    cuts=CUTS,
)
def test_chunks_of_a_complete_answer_give_it_again(content: str | None, calls: Any, cuts: list[int]) -> None:
    message: Json = {"role": "assistant", "content": content, "refusal": None}
    chunks = [chunk({"role": "assistant", "content": None if content is None else "", "refusal": None})]
    chunks += [chunk({"content": piece}) for piece in pieces(content or "", cuts) if piece]
    for index, (name, arguments) in enumerate(calls):
        one = {"id": f"call_{index}", "type": "function", "function": {"name": name, "arguments": dumped(arguments)}}
        message.setdefault("tool_calls", []).append(one)
        begin = {**one, "index": index, "function": {"name": name, "arguments": ""}}
        chunks.append(chunk({"tool_calls": [begin]}))
        for piece in pieces(dumped(arguments), cuts):
            chunks.append(chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]}))
    chunks.append(chunk(usage=USAGE))
    whole = call(plain(response={"model": "gpt-4o-1", "choices": [{"message": message}], "usage": USAGE}))
    found = streamed(chunks)
    assert parsed(found.observation.output) == parsed(whole.observation.output) == message
    assert (found.observation.usage, found.billing.models) == (whole.observation.usage, whole.billing.models)


def test_id_and_reasons_are_those_of_the_choices() -> None:
    last = chunk({})
    last["choices"] = [
        {"index": 1, "delta": {}, "finish_reason": "length"},
        {"index": 0, "delta": {}, "finish_reason": "stop"},
    ]
    found = streamed([HEAD, chunk({"content": "a"}), last, chunk({})])
    assert found.exchange.response_id == "chatcmpl-1"
    assert to_facts(found).reasons == ("stop", "length")
