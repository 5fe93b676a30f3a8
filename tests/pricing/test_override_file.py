"""The operator's file: read as written, or refused with every problem."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.pricing import bundled_snapshot
from shipper.pricing.adjustment import Adjustment
from shipper.pricing.override_file import OverridesError, parse_overrides
from shipper.pricing.overrides import Overrides, OwnPrices
from shipper.pricing.price_keys import is_known, nearest

WHOLE = """
[models."gpt-5"]
input_cost_per_token = 1.0e-6
output_cost_per_token = 8e-6

[models."My-Llama"]
litellm_provider = "hosted_vllm"
mode = "chat"
input_cost_per_token = 0
output_cost_per_token = 2e-7
search_context_cost_per_query = {search_context_size_low = 0.01}

[[models."claude-sonnet-4-5"]]
valid_until = 2026-07-01
input_cost_per_token = 2.5e-6

[[models."claude-sonnet-4-5"]]
valid_from = 2026-07-01
valid_until = 2027-01-01T00:00:00+02:00
input_cost_per_token = 2.0e-6

[teams."sales".models."gpt-5"]
input_cost_per_token = 9e-7

[keys."ci".models."gpt-5"]
input_cost_per_token = 5e-7
valid_from = 2026-07-01T12:00:00

[discounts]
openai = 0.05
"vertex_ai/gemini-*" = 0.1

[margins]
"*" = 0.1
openai = {percentage = 0.08, fixed_amount = 0.0005}
bedrock = {fixed_amount = 1}
"""


def problems(text: str) -> list[str]:
    """What is wrong with the file."""
    with pytest.raises(OverridesError) as caught:
        parse_overrides(text.encode())
    return list(caught.value.problems)


def test_a_whole_file_is_read_as_written() -> None:
    found = parse_overrides(WHOLE.encode())
    assert found.models == {
        "gpt-5": (OwnPrices("models.gpt-5", {"input_cost_per_token": 1e-6, "output_cost_per_token": 8e-6}),),
        "my-llama": (
            OwnPrices(
                "models.My-Llama",
                {
                    "litellm_provider": "hosted_vllm",
                    "mode": "chat",
                    "input_cost_per_token": 0,
                    "output_cost_per_token": 2e-7,
                    "search_context_cost_per_query": {"search_context_size_low": 0.01},
                },
            ),
        ),
        "claude-sonnet-4-5": (
            OwnPrices(
                "models.claude-sonnet-4-5 no. 1",
                {"input_cost_per_token": 2.5e-6},
                None,
                datetime(2026, 7, 1, tzinfo=UTC),
            ),
            OwnPrices(
                "models.claude-sonnet-4-5 no. 2",
                {"input_cost_per_token": 2e-6},
                datetime(2026, 7, 1, tzinfo=UTC),
                datetime(2026, 12, 31, 22, tzinfo=UTC),
            ),
        ),
    }
    sales, ci = found.teams["sales"]["gpt-5"][0], found.keys["ci"]["gpt-5"][0]
    assert sales == OwnPrices("teams.sales.models.gpt-5", {"input_cost_per_token": 9e-7})
    assert ci.where == "keys.ci.models.gpt-5"
    assert ci.valid_from == datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert found.adjustments.of("openai", "gpt-5") == Adjustment(0.05, 0.08, 0.0005)
    assert found.adjustments.of("vertex_ai", "gemini-3-pro") == Adjustment(0.1, 0.1)
    assert found.adjustments.of("bedrock", "any") == Adjustment(0.0, 0.0, 1.0)


def test_an_empty_file_changes_nothing() -> None:
    assert parse_overrides(b"") == Overrides()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("model = 1", "model: no such table; there are models, teams, keys, discounts, margins"),
        ("models = 1", "models: must be a table"),
        ("models.x = 1", "models.x: must be a table of prices"),
        ("models.x = []", "models.x: must be a table of prices"),
        ("models.x = {}", "models.x: sets no price"),
        ('[models."gpt-4.1"]\nmode = "chat"', 'models."gpt-4.1": sets no price'),
        ('[models.""]\ninput_cost_per_token = 1e-6', 'models."": is no model\'s name'),
        (
            "models.x.input_cost_per_tokn = 1e-6\nmodels.x.output_cost_per_token = 1e-6",
            "models.x.input_cost_per_tokn: no such price; did you mean input_cost_per_token?",
        ),
        (
            "models.x.input_cost_per_tokens_above_200k_tokens_priority = 1e-6",
            "models.x.input_cost_per_tokens_above_200k_tokens_priority: no such price; "
            "did you mean input_cost_per_token_above_200k_tokens_priority?",
        ),
        ("models.x.note = 'text'\nmodels.x.input_cost_per_token=1e-6", "models.x.note: no such price"),
        (
            "models.x.input_cost_per_token = -1e-6",
            "models.x: input_cost_per_token = -1e-06 is no price in US dollars a unit",
        ),
        (
            "models.x.input_cost_per_token = nan",
            "models.x: input_cost_per_token = nan is no price in US dollars a unit",
        ),
        (
            "models.x.input_cost_per_token = inf",
            "models.x: input_cost_per_token = inf is no price in US dollars a unit",
        ),
        ("models.x.input_cost_per_token = '1e-6'", "models.x: input_cost_per_token is no number"),
        ("models.x.input_cost_per_token = true", "models.x: input_cost_per_token is no number"),
        (
            "models.x = {input_cost_per_token = 1e-6, valid_from = '2026-07-01'}",
            "models.x.valid_from: must be a date or a time such as 2026-07-01 or 2026-07-01T12:00:00Z",
        ),
        (
            "models.x = {input_cost_per_token = 1e-6, valid_from = 2026-07-02, valid_until = 2026-07-02}",
            "models.x: valid_from must be before valid_until",
        ),
        (
            "[[models.x]]\ninput_cost_per_token = 1e-6\nvalid_until = 2026-07-02\n"
            "[[models.x]]\ninput_cost_per_token = 1e-6\nvalid_from = 2026-07-01",
            "models.x: two of its prices hold at the same time",
        ),
        (
            "models.X.input_cost_per_token = 1e-6\nmodels.x.input_cost_per_token = 1e-6",
            "models.x: stands here twice; case makes no difference",
        ),
        ("teams.a = 1", "teams.a: must hold the table models and nothing else"),
        ("teams.a.prices.x.input_cost_per_token = 1", "teams.a: must hold the table models and nothing else"),
        ('keys." ".models.x.input_cost_per_token = 1e-6', 'keys." ": is nobody\'s name'),
        (
            "models.x.tiered_pricing = [{range = [0, 9], input_cost_per_tokn = 1e-6}]",
            "models.x.tiered_pricing.input_cost_per_tokn: no such price; did you mean input_cost_per_token?",
        ),
        (
            "models.x.off_peak_pricing = {hours_utc = '00:00-01:00', input_cost_per_tokn = 1e-6}",
            "models.x.off_peak_pricing.input_cost_per_tokn: no such price; did you mean input_cost_per_token?",
        ),
        (
            "models.x.tiered_pricing = [{range = [0, 9], input_cost_per_token = -1}]",
            "models.x: input_cost_per_token = -1 is no price in US dollars a unit",
        ),
        ("keys.a.models.x = {}", "keys.a.models.x: sets no price"),
        ("discounts = 0.1", "discounts: must be a table"),
        ("discounts.openai = 1.1", "discounts.openai: must be a fraction from 0 to 1 (0.05 is five per cent)"),
        ("discounts.openai = true", "discounts.openai: must be a fraction from 0 to 1 (0.05 is five per cent)"),
        ('discounts."openai/" = 0.1', 'discounts."openai/": must have a model after the /'),
        (
            'discounts."*/gpt" = 0.1',
            'discounts."*/gpt": must begin with a provider\'s name, as in openai or openai/gpt-*',
        ),
        ("margins = 0.1", "margins: must be a table"),
        ("margins.openai = 15", "margins.openai: must be a fraction from 0 to 10 (0.1 is ten per cent)"),
        ("margins.openai = -0.1", "margins.openai: must be a fraction from 0 to 10 (0.1 is ten per cent)"),
        ("margins.openai = {}", "margins.openai: must be a fraction, or a table of percentage and fixed_amount"),
        ("margins.openai.percent = 1", "margins.openai: must be a fraction, or a table of percentage and fixed_amount"),
        (
            "margins.openai.fixed_amount = nan",
            "margins.openai.fixed_amount: must be US dollars a call, from 0 to 1000000",
        ),
        ("margins.global = 0.1", 'margins.global: must be a provider\'s name, or "*" for all others'),
        ('margins."openai/gpt" = 0.1', 'margins."openai/gpt": must be a provider\'s name, or "*" for all others'),
    ],
)
def test_a_problem_names_the_table_and_the_key(text: str, expected: str) -> None:
    assert problems(text) == [expected]


def test_all_problems_are_named_at_once() -> None:
    text = "nope = 1\nmodels.x.input_cost_per_token = -1\nteams.a = 2\nkeys.b.models.y = {}\n"
    assert len(problems(text + "discounts.z = 7\nmargins.g = []")) == 6


@pytest.mark.parametrize("text", ["[models", "a = ", "[models.x]\n[models.x]"])
def test_what_is_no_toml_says_where(text: str) -> None:
    (problem,) = problems(text)
    assert problem.startswith("is not TOML: ")
    assert "line" in problem or "end of document" in problem


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(OverridesError, match="is not UTF-8"):
        parse_overrides(b"\xff")


def test_a_name_is_quoted_where_toml_needs_it() -> None:
    assert problems('[models."a \\"b\\"\\u001b"]\nmode = "chat"') == [
        'models."a \\"b\\"\\u001b": sets no price',
    ]


def test_every_key_of_the_bundled_map_is_known() -> None:
    keys = {key for row in json.loads(bundled_snapshot()[0]).values() for key in row}
    assert len(keys) > 100
    assert {key for key in keys if not is_known(key)} == set()


@pytest.mark.parametrize(
    "key",
    [
        "",
        "input_cost",
        "input_cost_per_token_",
        "input_cost_per_token_above_200k",
        "input_cost_per_token_prioritised",
        "output_cost_per_image_token_4K",
        "output_cost_per_second_",
        "output_cost_per_second_fast",
        "max_tokens",
    ],
)
def test_what_only_looks_like_a_key_is_none(key: str) -> None:
    assert not is_known(key)


def test_nothing_is_near_to_rubbish() -> None:
    assert nearest("rubbish") is None


toml_values = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(max_size=6).map(json.dumps),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=4,
)


@given(
    st.sampled_from(["models", "teams", "keys", "discounts", "margins", "else"]),
    st.sampled_from(["x", "x.models", "x.models.y", "x.valid_from", "x.input_cost_per_token", "x.percentage"]),
    toml_values,
)
def test_whatever_stands_there_it_is_read_or_refused(table: str, key: str, value: object) -> None:
    text = f"{table}.{key} = {value if not isinstance(value, bool) else str(value).lower()}"
    found: tuple[str, ...] = ()
    try:
        parse_overrides(text.encode(errors="replace"))
    except OverridesError as error:
        found = error.problems or ("\n",)
    assert all(problem.isprintable() for problem in found)
