"""The configuration as text: it loads again, says everything and shows no secret."""

from __future__ import annotations

import math
import re
import tempfile
import tomllib
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.config import Settings, load
from shipper.config.render import effective, example, markdown, toml
from shipper.config.settings import KEYS, Key
from shipper.secret import Secret
from tests.config.settings_files import NOWHERE, loaded, settings

REPOSITORY = Path(__file__).parents[2]
TEXT = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12)


def _values(key: Key) -> st.SearchStrategy[Any]:
    """Values that a key allows by itself, read off its annotation."""
    annotation, *extras = get_args(key.type)
    meta = next(extra for extra in extras if isinstance(extra, msgspec.Meta))
    low, high = meta.ge if meta.ge is not None else meta.gt, meta.le
    if key.allowed.startswith("an integer"):
        return st.integers(int(low or 0), int(high) if high is not None else None)
    if key.allowed.startswith("a number"):
        return st.floats(low, high, exclude_min=meta.gt is not None)
    if key.allowed.startswith("one of"):
        return st.sampled_from(get_args(annotation))
    if key.allowed == "true or false":
        return st.booleans()
    if key.allowed.startswith("a list of one or more of"):
        return st.lists(st.sampled_from(get_args(get_args(annotation)[0])), min_size=1, max_size=3).map(tuple)
    return st.lists(TEXT, max_size=3).map(tuple) if key.many else TEXT


# Keys that a rule ties to others or to the machine; the rest may have any value together.
TIED = {"kafka", "backend", "retry", "dead_letters", "status"}
TIED_KEYS = {
    "process.memory_bytes",
    "batch.in_flight",
    "batch.max_bytes",
    "mapping.max_event_bytes",
    "pricing.overrides",
    "pricing.snapshots",
}
FREE = [key for key in KEYS.values() if key.section not in TIED and key.dotted not in TIED_KEYS] + [
    KEYS[name] for name in ("kafka.group_id", "kafka.fetch_max_bytes", "kafka.stall_timeout_s", "backend.insecure_http")
]


@given(st.fixed_dictionaries({}, optional={key.dotted: _values(key) for key in FREE}))
def test_what_is_in_force_loads_again_as_the_same_settings(values: dict[str, Any]) -> None:
    result = loaded()
    assert result.settings is not None
    wanted = result.settings
    for dotted, value in values.items():
        section, name = dotted.split(".")
        changed = msgspec.structs.replace(getattr(wanted, section), **{name: value})
        wanted = msgspec.structs.replace(wanted, **{section: changed})
    with tempfile.NamedTemporaryFile("w", suffix=".toml", encoding="utf-8") as file:
        file.write(effective(wanted, result.origins))
        file.flush()
        # The text has *** for the secret, so that one still comes from its variable.
        environ = {"SHIPPER_BACKEND__SECRET_KEY": "sk-lf-canary"}
        again = load({}, environ, file.name, default_file=NOWHERE)
    assert again.settings == wanted, again.problems


def test_what_is_in_force_has_every_key_its_origin_and_no_secret() -> None:
    result = loaded({"SHIPPER_BATCH__IN_FLIGHT": "3"}, flags={"log.level": "debug"})
    assert result.settings is not None
    text = effective(result.settings, result.origins)
    assert "in_flight = 3  # SHIPPER_BATCH__IN_FLIGHT\n" in text
    assert 'level = "debug"  # --set\n' in text
    assert "linger_s = 1.0  # default\n" in text
    assert "# release: not set\n" in text
    assert 'secret_key = "***"  # SHIPPER_BACKEND__SECRET_KEY\n' in text
    assert "canary" not in text
    assert all(re.search(rf"^(# )?{key.name}( =|:)", text, re.MULTILINE) for key in KEYS.values())


def test_the_example_loads_with_nothing_but_the_secret_added(tmp_path: Path) -> None:
    file = tmp_path / "shipper.toml"
    file.write_text(example())
    got = load({}, {"LANGFUSE_SECRET_KEY": "sk-lf-canary"}, str(file), default_file=NOWHERE)
    assert got.problems == ()
    assert got.settings is not None
    assert got.settings.kafka.topics == ("llm-calls",)


def test_the_example_with_every_default_uncommented_is_the_default(tmp_path: Path) -> None:
    without_default = {key.name for key in KEYS.values() if key.default in (None, ()) and not key.secret}
    lines = [
        line.removeprefix("#") if re.match(r"#\w+ = ", line) and line[1:].split(" ")[0] not in without_default else line
        for line in example().splitlines()
    ]
    file = tmp_path / "shipper.toml"
    file.write_text("\n".join(lines).replace("sasl_password = ", "# sasl_password = "))
    got = load({}, {}, str(file), default_file=NOWHERE).settings
    assert got is not None
    assert got.backend.secret_key == Secret("sk-lf-…")
    plain = Settings()
    for section in ("process", "pricing", "batch", "retry", "status", "log", "mapping", "dead_letters"):
        assert getattr(got, section) == getattr(plain, section)


@pytest.mark.parametrize("key", KEYS.values(), ids=lambda key: key.dotted)
def test_the_example_has_each_key_with_its_description_and_a_value_of_its_type(key: Key) -> None:
    text = example()
    line = re.search(rf"^# Variable: {key.variable}\b.*\n#?({key.name} = .*)\n", text, re.MULTILINE)
    assert line is not None
    value = tomllib.loads(line[1])[key.name]
    assert isinstance(value, str) if key.secret else msgspec.convert(value, key.type) is not None
    assert " ".join(key.description.split()) in " ".join(text.replace("\n# ", " ").split())


def test_every_key_has_a_description() -> None:
    assert all(key.description.endswith((".", ")")) for key in KEYS.values())


@pytest.mark.parametrize("key", KEYS.values(), ids=lambda key: key.dotted)
def test_the_operators_page_has_each_key_with_what_is_allowed(key: Key) -> None:
    (row,) = re.findall(
        rf"^\| `{key.name}` \| .*\|$", markdown().split(f"\n## `{key.section}`\n")[1].split("\n## ")[0], re.M
    )
    assert key.description.replace("|", "\\|") in row
    assert key.allowed in row


@pytest.mark.parametrize(
    ("path", "text"), [("deploy/config/shipper.example.toml", example), ("deploy/docs/config.md", markdown)]
)
def test_the_generated_files_are_up_to_date(path: str, text: Any) -> None:
    assert (REPOSITORY / path).read_text(encoding="utf-8") == text()


def test_required_in_the_example_is_what_loading_asks_for() -> None:
    asked = {problem.key for problem in load({}, {}, default_file=NOWHERE).problems}
    marked = set(re.findall(r"Required\.\n# Variable: (SHIPPER_\w+)", example()))
    assert marked == {KEYS[name].variable for name in asked}


VALUES = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(VALUES)
def test_a_value_written_as_toml_is_read_back(value: Any) -> None:
    assert tomllib.loads(f"value = {toml(value)}")["value"] == value


def test_a_number_read_back_keeps_its_type_and_sign() -> None:
    assert math.copysign(1, tomllib.loads(f"a = {toml(-0.0)}")["a"]) == -1
    assert isinstance(tomllib.loads(f"a = {toml(1.0)}")["a"], float)


def test_what_is_no_setting_has_no_toml() -> None:
    with pytest.raises(TypeError, match="object"):
        toml(object())


def test_the_whole_configuration_of_the_tests_is_whole() -> None:
    assert settings()
