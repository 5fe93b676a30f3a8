"""Records as nobody should write them: of every shape, with odd values in every place."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from msgspec import Raw

from shipper.decode.surrogates import mend_surrogates
from tests.decode.examples import GOLDEN, bare, golden, litellm, plain

# Stands for a number that JSON allows and no double holds. LiteLLM, a program in Python, cannot write one.
BEYOND_A_DOUBLE = "@beyond a double@"

_TEXTS = [
    "", " ", "a", "\r", "a\r\nb", "\x00", "a\x00b", "\ud800", "a\udc00\ud800b", "\U0001f600" * 450, "x" * 1200,
    "ä" * 900, "//", "/a", "a/", "..", "https://x.example/a?b=c", "Prod-EU.1", "langfuse", "langfuse-x", "null", "true",
    "NUMERIC", "BOOLEAN", "text", "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00+14:00", "2026-01-01T00:00:00",
    "2026-11-23T09:18:36.5-08:00", "1e999", "NaN", "data:image/png;base64," + "A" * 6000, "\\ud800", "\u2028\u202e",
]  # fmt: skip
_NUMBERS = [
    0, 1, -1, 1.5, -0.0, 1e308, 5e-324, 2**31, 2**53, 2**63, 2**64, 10**400, -(10**18), 253402300799, 253402300800,
    -62135596800, -1e17, float("nan"), float("inf"), float("-inf"), 1e12, 1e13,
]  # fmt: skip
ODD: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([None, True, False, [], {}, *_TEXTS, *_NUMBERS])
    | st.text(max_size=20)
    | st.floats()
    | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_TEXTS) | st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
_STEERING = [
    "trace_id", "existing_trace_id", "session_id", "trace_name", "trace_version", "version", "generation_id",
    "generation_name", "parent_observation_id", "trace_environment", "trace_externalId", "trace_public",
    "trace_timestamp", "trace_metadata", "trace_release", "trace_user_id", "trace_session_id", "trace_tags",
    "trace_input", "trace_id_x", "mask_input", "mask_output", "debug_langfuse", "prompt", "tags", "user_api_key_alias",
    "deployment", "trace_", "trace_metadata_trace_", "requester_metadata", "trace_\ud800", "trace_name\x00",
]  # fmt: skip
_PLAIN = [
    "id", "start_time", "end_time", "first_token_time", "type", "provider", "model", "request", "response", "chunks",
    "error", "trace", "parent_id", "name", "metadata", "traceparent", "cost", "scores",
]  # fmt: skip
_TRACE = [
    "id", "name", "session_id", "user_id", "tags", "metadata", "release", "version", "environment", "public",
]  # fmt: skip
_SCORE = st.fixed_dictionaries(
    {"name": st.sampled_from(_TEXTS), "value": st.sampled_from([0, 1, 1.0, 0.5, "good", "x" * 501, "", True, None])},
    optional={
        "data_type": st.sampled_from(
            ["NUMERIC", "BOOLEAN", "CATEGORICAL", "TEXT", "CORRECTION", "numeric", "x", None, 1]
        ),
        "comment": ODD,
    },
)


@st.composite
def odd_records(draw: st.DrawFn) -> bytes:
    """The value of a record: of LiteLLM (the goldens among them), bare or plain, with some odd things in it."""
    shape = draw(st.sampled_from(("golden", "litellm", "bare", "plain")))
    record = _LITELLM[shape](draw) if shape != "plain" else _plain(draw)
    for _ in range(draw(st.integers(0, 5))):
        _mutate(draw, record)
    return written(record, draw(st.booleans()), beyond_a_double=shape == "plain" and draw(st.booleans()))


def to_raw(value: Any) -> Raw:
    """A value as decode leaves it in a record: JSON without NaN and lone surrogates."""
    clean = json.dumps(value).replace("NaN", "0").replace("-Infinity", "0").replace("Infinity", "0")
    return Raw(mend_surrogates(clean.encode()) or clean.encode())


def written(record: Any, ensure_ascii: bool, *, beyond_a_double: bool = False) -> bytes:
    """As Python's json writes it, with its escapes of lone surrogates, NaN and Infinity."""
    text = json.dumps(record, ensure_ascii=ensure_ascii)
    if beyond_a_double:
        text = text.replace(f'"{BEYOND_A_DOUBLE}"', "1e999")
    return text.encode(errors="surrogatepass")


def _golden(draw: st.DrawFn) -> Any:
    record = draw(st.sampled_from(golden(draw(st.sampled_from(GOLDEN)))["records"]))
    return _steered(draw, record)


def _steered(draw: st.DrawFn, record: Any) -> Any:
    wishes = draw(st.dictionaries(st.sampled_from(_STEERING), ODD, max_size=4))
    if draw(st.booleans()):
        record["metadata"] = {**(record.get("metadata") or {}), **wishes}
    else:
        record["proxy_server_request"] = {"headers": {f"langfuse_{key}": value for key, value in wishes.items()}}
    return record


def _plain(draw: st.DrawFn) -> Any:
    odd = ODD | st.just(BEYOND_A_DOUBLE)
    record = plain(**draw(st.dictionaries(st.sampled_from(_PLAIN), odd, max_size=3)))
    if draw(st.booleans()):
        record["trace"] = draw(st.dictionaries(st.sampled_from(_TRACE), odd, max_size=5))
    if draw(st.booleans()):
        record["scores"] = draw(st.lists(_SCORE, max_size=3))
    if draw(st.booleans()):
        record["metadata"] = draw(st.dictionaries(st.text(max_size=5), odd, max_size=3))
    return record


_LITELLM: dict[str, Callable[[st.DrawFn], Any]] = {
    "golden": _golden,
    "litellm": lambda draw: _steered(draw, litellm()),
    "bare": lambda draw: bare(),
}


def _mutate(draw: st.DrawFn, record: Any) -> None:
    """One value somewhere is another, is gone, or has something beside it."""
    place = record
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return
        key = draw(st.sampled_from(keys))
        if isinstance(place[key], dict | list) and place[key] and draw(st.integers(0, 3)):
            place = place[key]
            continue
        what = draw(st.sampled_from(("other", "other", "gone", "beside")))
        if what == "other":
            place[key] = copy.deepcopy(draw(ODD))
        elif what == "gone":
            del place[key]
        elif isinstance(place, dict):
            place[draw(st.sampled_from(_TEXTS))] = copy.deepcopy(draw(ODD))
        else:
            place.append(copy.deepcopy(draw(ODD)))
        return
