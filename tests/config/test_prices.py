"""Price files that make no prices are named before anything starts, each problem on a line of its own."""

from __future__ import annotations

from pathlib import Path

from tests.config.settings_files import problems, settings, warnings


def test_each_problem_of_the_own_prices_is_a_line(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text("model = 1\nmodels.x.input_cost_per_tokn = 1")
    origin = f'pricing.overrides = "{own}" (SHIPPER_PRICING__OVERRIDES): '
    assert problems({"SHIPPER_PRICING__OVERRIDES": str(own)}) == [
        f"{origin}model: no such table; there are models, teams, keys, discounts, margins",
        f"{origin}models.x.input_cost_per_tokn: no such price; did you mean input_cost_per_token?",
    ]


def test_each_problem_of_the_snapshots_is_a_line(tmp_path: Path) -> None:
    for day in ("2027-01-01", "2027-02-01"):
        (tmp_path / f"litellm-{day}.json").write_text("{}")
    found = problems({"SHIPPER_PRICING__SNAPSHOTS": str(tmp_path)})
    assert len(found) == 2
    assert found[1].endswith(f"{tmp_path}/litellm-2027-02-01.json: none of 0 models has a price by the token")


def test_own_prices_of_a_model_that_nobody_knows_are_a_warning(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        "models.gpt-4o.input_cost_per_token = 1e-6\nmodels.gpt-4oo.input_cost_per_token = 1e-6\n"
        "models.mine = {litellm_provider = 'hosted_vllm', input_cost_per_token = 1e-6}"
    )
    environ = {"SHIPPER_PRICING__OVERRIDES": str(own)}
    assert settings(environ).pricing.overrides == str(own)
    (warning,) = warnings(environ)
    assert "models.gpt-4oo: no price table has this model" in warning


def test_broken_own_prices_are_no_warning_too(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text("models.gpt-4oo = {}")
    assert len(problems({"SHIPPER_PRICING__OVERRIDES": str(own)})) == 1
