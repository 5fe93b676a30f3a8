"""Chunks of Gemini's and Ollama's streams, as their references show them."""

from __future__ import annotations

from shipper.records import Usage
from tests.decode.examples import Json, call, parsed, plain
from tests.decode.streams import answer, streamed


def gemini(*parts: Json, **more: object) -> Json:
    candidate = {"content": {"parts": list(parts), "role": "model"}, "index": 0}
    return {"candidates": [candidate], "modelVersion": "gemini-2.5-flash", **more}


GEMINI = [
    gemini({"text": "AI"}, usageMetadata={"promptTokenCount": 4, "candidatesTokenCount": 1, "totalTokenCount": 5}),
    gemini({"text": " learns"}),
    gemini({"text": "."}, usageMetadata={"promptTokenCount": 4, "candidatesTokenCount": 3, "totalTokenCount": 7}),
]


def test_geminis_text_is_put_together_with_the_last_counts() -> None:
    record = streamed(GEMINI, model=...)
    assert parsed(record.observation.output) == {"parts": [{"text": "AI learns."}], "role": "model"}
    assert record.observation.usage == Usage(4, 3, prompt=4, completion=3)
    assert record.observation.model == "gemini-2.5-flash"


def test_geminis_thoughts_and_calls_are_parts_of_their_own() -> None:
    function = {"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "x"}
    chunks = [
        gemini({"text": "H", "thought": True}),
        gemini({"text": "m", "thought": True}, {"text": "4"}),
        gemini({"text": "2"}, function),
        gemini({"text": "!"}),
    ]
    assert answer(chunks)["parts"] == [
        {"text": "Hm", "thought": True}, {"text": "42"}, function, {"text": "!"},
    ]  # fmt: skip


def test_the_empty_text_of_geminis_last_chunk_is_no_part() -> None:
    function = {"functionCall": {"name": "f", "args": {}}}
    signed = {"text": "", "thoughtSignature": "x"}
    assert answer([gemini(function), gemini({"text": ""})])["parts"] == [function]
    assert answer([gemini(function), gemini(signed)])["parts"] == [function, signed]
    assert answer([gemini({"text": ""})])["parts"] == [{"text": ""}]


def test_of_several_candidates_each_is_put_together() -> None:
    def candidate(index: int, text: str) -> Json:
        return {"content": {"parts": [{"text": text}]}, "index": index}

    chunks = [{"candidates": [candidate(1, "b")]}, {"candidates": [candidate(0, "a"), candidate(1, "B")]}]
    assert answer(chunks) == [{"parts": [{"text": "a"}]}, {"parts": [{"text": "bB"}]}]


def test_nulls_of_googles_sdk_are_no_part_of_a_piece() -> None:
    def piece(text: str, thought: bool | None = None) -> Json:
        return gemini({"text": text, "thought": thought, "inline_data": None, "function_call": None})

    assert answer([piece("H", True), piece("m", True), piece("4"), piece("2")])["parts"] == [
        {"text": "Hm", "thought": True},
        {"text": "42"},
    ]


def test_searches_of_a_stream_are_counted() -> None:
    found = gemini({"text": "."}, usageMetadata={"promptTokenCount": 4, "candidatesTokenCount": 3})
    found["candidates"][0]["groundingMetadata"] = {"webSearchQueries": ["q"]}
    usage = streamed([gemini({"text": "a"}), found]).billing.usage
    assert usage is not None
    assert usage.other is not None
    assert usage.other.web_searches == 1


def test_a_response_that_is_a_list_of_geminis_chunks_is_a_stream() -> None:
    record = call(plain(response=GEMINI))
    assert parsed(record.observation.output) == {"parts": [{"text": "AI learns."}], "role": "model"}
    assert record.observation.usage == Usage(4, 3, prompt=4, completion=3)


OLLAMA = [
    {"model": "llama3.2", "message": {"role": "assistant", "content": "The"}, "done": False},
    {"model": "llama3.2", "message": {"role": "assistant", "content": " sky"}, "done": False},
    {
        "model": "llama3.2", "message": {"role": "assistant", "content": ""}, "done": True,
        "prompt_eval_count": 26, "eval_count": 282,
    },
]  # fmt: skip


def test_ollamas_lines_are_put_together_with_the_last_ones_counts() -> None:
    record = streamed(OLLAMA, model=...)
    assert parsed(record.observation.output) == {"role": "assistant", "content": "The sky"}
    assert record.observation.usage == Usage(26, 282, prompt=26, completion=282)
    assert record.observation.model == "llama3.2"


def test_ollamas_thoughts_and_tools_are_put_together() -> None:
    call_ = {"function": {"name": "f", "arguments": {}}}
    parts: list[Json] = [{"thinking": "H"}, {"thinking": "m"}, {"content": "", "tool_calls": [call_]}]
    assert answer([{"message": {"role": "assistant", **part}, "done": False} for part in parts]) == {
        "role": "assistant", "thinking": "Hm", "content": "", "tool_calls": [call_],
    }  # fmt: skip


def test_ollamas_generated_text_is_put_together() -> None:
    lines = [{"response": "The", "done": False}, {"response": " sky", "done": False}]
    assert answer([*lines, {"response": "", "done": True, "eval_count": 290}]) == "The sky"


def test_an_error_line_is_the_calls_error() -> None:
    record = streamed([OLLAMA[0], {"error": "an error was encountered"}])
    assert (record.observation.level, record.observation.status_message) == ("ERROR", "an error was encountered")
