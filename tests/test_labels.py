"""Labels that records choose are few, short and printable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.labels import LABEL_CHARS, MODELS_MAX, NONE, OTHER, PROVIDERS_MAX, SERIES_MAX, TEAMS_MAX, CostLabels, Names


def test_the_first_names_keep_theirs_and_all_later_ones_share_one() -> None:
    names = Names(3)
    assert [names.label(name) for name in ("a", "b", "c", "d", "a", "e")] == ["a", "b", "c", OTHER, "a", OTHER]


@pytest.mark.parametrize("missing", [None, ""])
def test_a_missing_name_takes_no_place(missing: str | None) -> None:
    names = Names(1)
    assert [names.label(name) for name in (missing, OTHER, NONE, "a", missing, "b")] == [
        NONE, OTHER, NONE, "a", NONE, OTHER,
    ]  # fmt: skip


@given(st.text())
def test_a_label_is_short_and_printable(name: str) -> None:
    label = Names(1).label(name)
    assert label.isprintable()
    assert 0 < len(label) <= 10 * LABEL_CHARS


def test_each_of_the_three_is_bounded() -> None:
    labels = CostLabels()
    many = [labels.of(f"m{number}", "p", "t") for number in range(MODELS_MAX + 5)]
    assert len({model for model, _, _ in many}) == MODELS_MAX + 1
    many = [labels.of("m0", f"p{number}", "t") for number in range(PROVIDERS_MAX + 5)]
    assert len({provider for _, provider, _ in many}) == PROVIDERS_MAX
    many = [labels.of("m0", "p", f"t{number}") for number in range(TEAMS_MAX + 5)]
    assert len({team for _, _, team in many}) == TEAMS_MAX
    assert many[-1] == ("m0", "p", OTHER)


def test_so_are_their_combinations() -> None:
    labels = CostLabels()
    first = labels.of("m0", "p0", "t0")
    seen = {
        labels.of(f"m{one}", f"p{two}", f"t{three}") for one in range(90) for two in range(20) for three in range(2)
    }
    assert len(seen) == SERIES_MAX
    assert labels.of("m0", "p0", "t0") == first == ("m0", "p0", "t0")
    assert labels.of("m89", "p19", "t9") == (OTHER, OTHER, OTHER)
