"""From sources to settings: precedence, types, and every problem at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.config import from_values, load
from shipper.config.settings import KEYS, Key
from shipper.secret import Secret
from tests.config.settings_files import NOWHERE, WHOLE, loaded, problems, settings

# From the last to the first that wins; every step adds one source.
LAYERS = ["default", "file", "langfuse host", "langfuse base url", "variable", "flag"]


@pytest.mark.parametrize("highest", range(1, len(LAYERS)))
def test_the_first_source_that_has_a_key_wins(highest: int, tmp_path: Path) -> None:
    file = tmp_path / "shipper.toml"
    file.write_text('[backend]\nhost = "https://1.example"\n')
    environ = dict(
        [
            ("LANGFUSE_HOST", "https://2.example"),
            ("LANGFUSE_BASE_URL", "https://3.example"),
            ("SHIPPER_BACKEND__HOST", "https://4.example"),
        ][: max(0, highest - 1)]
    )
    flags = {"backend.host": "https://5.example"} if highest == 5 else {}
    without = () if "SHIPPER_BACKEND__HOST" in environ else ("SHIPPER_BACKEND__HOST",)
    assert settings(environ, flags, file, without).backend.host == f"https://{highest}.example"


@pytest.mark.parametrize("highest", range(1, 6))
def test_the_first_source_that_has_a_secret_wins(highest: int, tmp_path: Path) -> None:
    file = tmp_path / "shipper.toml"
    file.write_text('[backend]\nsecret_key = "secret 1"\n')
    file.chmod(0o600)
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "backend.secret_key").write_text("secret 3")
    secret_file = tmp_path / "secret"
    secret_file.write_text("secret 4")
    secret_file.chmod(0o400)
    environ = dict(
        [
            ("LANGFUSE_SECRET_KEY", "secret 2"),
            ("CREDENTIALS_DIRECTORY", str(credentials)),
            ("SHIPPER_BACKEND__SECRET_KEY_FILE", str(secret_file)),
        ][: highest - 1]
    )
    without: tuple[str, ...] = ("SHIPPER_BACKEND__SECRET_KEY",)
    if highest == 5:
        environ = {"LANGFUSE_SECRET_KEY": "secret 2", "CREDENTIALS_DIRECTORY": str(credentials)}
        environ["SHIPPER_BACKEND__SECRET_KEY"] = "secret 5"
        without = ()
    secret = settings(environ, file=file, without=without).backend.secret_key
    assert secret == Secret(f"secret {highest}")


@pytest.mark.parametrize("highest", ["default file", "SHIPPER_CONFIG", "--config"])
def test_only_the_file_that_was_asked_for_is_read(highest: str, tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("default file", "SHIPPER_CONFIG", "--config")}
    for name, path in files.items():
        path.write_text(f'[kafka]\ngroup_id = "{name}"\n')
    environ = dict(WHOLE)
    if highest != "default file":
        environ["SHIPPER_CONFIG"] = str(files["SHIPPER_CONFIG"])
    file = str(files["--config"]) if highest == "--config" else None
    result = load({}, environ, file, default_file=files["default file"])
    assert result.settings is not None
    assert result.settings.kafka.group_id == highest
    assert result.origins["kafka.group_id"] == str(files[highest])


def test_langfuses_own_variables_each_have_their_key() -> None:
    without = ("SHIPPER_BACKEND__HOST", "SHIPPER_BACKEND__PUBLIC_KEY", "SHIPPER_BACKEND__SECRET_KEY")
    got = settings(
        {
            "LANGFUSE_BASE_URL": "https://lf.example",
            "LANGFUSE_PUBLIC_KEY": "pk-lf-2",
            "LANGFUSE_SECRET_KEY": "sk-lf-2",
            "LANGFUSE_TRACING_ENVIRONMENT": "staging",
            "LANGFUSE_RELEASE": "v2",
        },
        without=without,
    )
    assert (got.backend.host, got.backend.public_key) == ("https://lf.example", "pk-lf-2")
    assert got.backend.secret_key == Secret("sk-lf-2")
    assert (got.mapping.environment, got.mapping.release) == ("staging", "v2")


def test_variables_are_texts_of_every_type() -> None:
    got = settings(
        {
            "SHIPPER_KAFKA__TOPICS": " calls , more-calls ,",
            "SHIPPER_BATCH__IN_FLIGHT": "8",
            "SHIPPER_BATCH__LINGER_S": "0.25",
            "SHIPPER_BACKEND__INSECURE_HTTP": "true",
            "SHIPPER_LOG__LEVEL": "debug",
            "SHIPPER_MAPPING__RELEASE": "null",
            "SHIPPER_MAPPING__CONVENTIONS": "openinference, gen_ai",
        }
    )
    assert got.kafka.topics == ("calls", "more-calls")
    assert got.batch.in_flight == 8
    assert got.batch.linger_s == 0.25
    assert got.backend.insecure_http is True
    assert got.log.level == "debug"
    assert got.mapping.release == "null"
    assert got.mapping.conventions == ("openinference", "gen_ai")


def test_an_empty_variable_counts_as_not_set() -> None:
    assert settings({"SHIPPER_KAFKA__GROUP_ID": "", "LANGFUSE_RELEASE": ""}) == settings()


WRONG = [
    ("SHIPPER_BATCH__IN_FLIGHT", "0", "at least 1 and at most 64"),
    ("SHIPPER_BATCH__IN_FLIGHT", "65", "at most 64"),
    ("SHIPPER_BATCH__IN_FLIGHT", "-1", "at least 1"),
    ("SHIPPER_BATCH__IN_FLIGHT", "1.5", "an integer"),
    ("SHIPPER_BATCH__IN_FLIGHT", "many", "an integer"),
    ("SHIPPER_BATCH__MAX_BYTES", "4718593", "at most 4718592"),
    ("SHIPPER_BATCH__MAX_BYTES", "9" * 5000, "at most 4718592"),
    ("SHIPPER_RETRY__BASE_S", "0", "above 0"),
    ("SHIPPER_RETRY__MAX_S", "nan", "a number"),
    ("SHIPPER_RETRY__MAX_S", "inf", "a number"),
    ("SHIPPER_BACKEND__INSECURE_HTTP", "yes", "true or false"),
    ("SHIPPER_LOG__LEVEL", "loud", "one of debug, info, warning, error"),
    ("SHIPPER_KAFKA__START", "LATEST", "one of earliest, latest"),
    ("SHIPPER_MAPPING__CONVENTIONS", "gen_ai,otel", "one or more of gen_ai, openinference"),
    ("SHIPPER_MAPPING__CONVENTIONS", ", ,", "one or more of gen_ai, openinference"),
    ("SHIPPER_STATUS__PORT", "65536", "at most 65535"),
    ("SHIPPER_KAFKA__GROUP_ID", "a\nb", "one line of printable characters"),
    ("SHIPPER_KAFKA__GROUP_ID", "a\udcff", "one line of printable characters"),
    ("SHIPPER_KAFKA__TOPICS", "a\x1b[31m", "one line of printable characters"),
]


@pytest.mark.parametrize(("variable", "value", "allowed"), WRONG)
def test_a_wrong_value_is_named_with_its_variable_and_what_is_allowed(variable: str, value: str, allowed: str) -> None:
    (line,) = problems({variable: value})
    section, name = variable.removeprefix("SHIPPER_").lower().split("__")
    assert line.startswith(f"{section}.{name} = ")
    assert variable in line
    assert json.dumps(value)[:20] in line
    assert allowed in line
    assert line.isprintable()
    assert len(line) < 500


@pytest.mark.parametrize(
    ("toml", "key", "said"),
    [
        ('[batch]\nin_flight = "4"', "batch.in_flight", "an integer"),
        ("[batch]\nin_flight = 4.0", "batch.in_flight", "an integer"),
        ("[batch]\nin_flight = true", "batch.in_flight", "an integer"),
        ("[batch]\nlinger_s = inf", "batch.linger_s", "a number"),
        ("[backend]\ninsecure_http = 1", "backend.insecure_http", "true or false"),
        ("[kafka]\ngroup_id = 1979-05-27", "kafka.group_id", "1979-05-27"),
        ('[kafka]\ngroup_id = ""', "kafka.group_id", "not empty"),
        ("[mapping]\ndefault_tags = [1]", "mapping.default_tags", "a list of texts"),
        ('[mapping]\ndefault_tags = "a,b"', "mapping.default_tags", "a list of texts"),
        ("[mapping]\nconventions = []", "mapping.conventions", "one or more of gen_ai, openinference"),
        ('[mapping]\nconventions = "gen_ai"', "mapping.conventions", "one or more of gen_ai, openinference"),
        ("[mapping]\nrelease = {a = 1}", "mapping.release", "a text"),
        ('[kafka]\nsasl_password = ["canary"]', "kafka.sasl_password", "= ***"),
        ('[kafka]\nsasl_password = ""', "kafka.sasl_password", "not empty"),
    ],
)
def test_a_value_of_another_type_in_the_file_is_refused(toml: str, key: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "shipper.toml"
    file.write_text(toml)
    (line,) = problems(file=file)
    assert line.startswith(key)
    assert str(file) in line
    assert said in line
    assert "canary" not in line


def test_all_problems_are_named_at_once(tmp_path: Path) -> None:
    file = tmp_path / "shipper.toml"
    file.write_text('[kafka]\ntopcs = ["a"]\ngroup_id = 5\n[sink]\nx = 1\n[batch]\nin_flight = 0\n')
    environ = {
        "SHIPPER_BACKEND__HOST": "http://u:canary@x.example",
        "SHIPPER_BACKEND__TIMOUT_S": "canary",
        "SHIPPER_LOG__LEVEL": "loud",
        "SHIPPER_RETRY__BASE_S": "61",
    }
    flags = {"status.port": "-1", "kafka.sasl_password": "canary", "bogus": "canary"}
    lines = problems(environ, flags, file, without=("SHIPPER_KAFKA__BOOTSTRAP_SERVERS",))
    starts = sorted(line.split(" ")[0].rstrip(":") for line in lines)
    assert starts == sorted(
        [
            "kafka.topcs",
            "kafka.group_id",
            "sink",
            "batch.in_flight",
            "backend.host",  # credentials
            "backend.host",  # in clear
            "SHIPPER_BACKEND__TIMOUT_S",
            "log.level",
            "retry.base_s",
            "status.port",
            "kafka.sasl_password",
            "bogus",
            "kafka.bootstrap_servers",
        ]
    )
    assert not [line for line in lines if "canary" in line]


def test_a_wrong_value_is_not_blamed_a_second_time_by_a_rule() -> None:
    """in_flight = 0 keeps its default for the sake of the rules; the memory rule must not speak of it."""
    environ = {"SHIPPER_BATCH__IN_FLIGHT": "0", "SHIPPER_PROCESS__MEMORY_BYTES": "1000000"}
    assert [line.split(" ")[0] for line in problems(environ)] == ["batch.in_flight"]


def test_only_some_keys_can_be_asked_for() -> None:
    """What is not asked for is neither required nor judged, but a name that nobody knows is still refused."""
    environ = {
        "SHIPPER_BATCH__MAX_EVENTS": "7",
        "SHIPPER_STATUS__PORT": "-1",
        "SHIPPER_BACKEND__SECRET_KEY_FILE": "/no",
    }
    result = load({}, environ, default_file=NOWHERE, only=("batch.max_events",))
    assert result.problems == ()
    assert result.settings is not None
    assert result.settings.batch.max_events == 7
    result = load({}, {"SHIPPER_BATCH__MAX_EVENT": "7"}, default_file=NOWHERE, only=("batch.max_events",))
    assert [problem.key for problem in result.problems] == ["SHIPPER_BATCH__MAX_EVENT"]


def test_a_program_gives_values_as_a_file_would() -> None:
    values: dict[str, dict[str, object]] = {
        "kafka": {"bootstrap_servers": ["localhost:9092"], "topics": ["calls"]},
        "backend": {"host": "http://localhost", "public_key": "pk-lf-1", "secret_key": "sk-lf-canary"},
    }
    got = from_values(values)
    assert got.kafka.topics == ("calls",)
    assert got.backend.secret_key == Secret("sk-lf-canary")


def test_a_program_is_told_every_problem_of_its_values() -> None:
    with pytest.raises(ValueError, match=r"batch\.in_flight = 0 \(program\): .*; kafka\.topics .*; backend\.host "):
        from_values({"batch": {"in_flight": 0}})
    with pytest.raises(KeyError, match=r"batch\.nonsense"):
        from_values({"batch": {"nonsense": 0}})


def test_settings_show_no_secret() -> None:
    assert "canary" not in repr(loaded())


NUMBERS = [key for key in KEYS.values() if "a number" in key.allowed or "an integer" in key.allowed]


@pytest.mark.parametrize("key", NUMBERS, ids=lambda key: key.dotted)
@pytest.mark.parametrize("text", ["nan", "inf", "-inf"])
def test_no_number_may_be_infinite_or_none(key: Key, text: str) -> None:
    assert [problem.key for problem in load({key.dotted: text}, WHOLE, default_file=NOWHERE).problems] == [key.dotted]


@pytest.mark.parametrize("key", NUMBERS, ids=lambda key: key.dotted)
def test_every_bound_is_itself_allowed_and_the_next_value_is_not(key: Key) -> None:
    meta = next(extra for extra in get_args(key.type)[1:] if isinstance(extra, msgspec.Meta))
    step = 1 if "integer" in key.allowed else 0.001
    steps = [(meta.ge, -step), (meta.le, step)]
    for bound, beyond in [(bound, beyond) for bound, beyond in steps if bound is not None]:
        inside = load({key.dotted: str(bound)}, WHOLE, default_file=NOWHERE)
        outside = load({key.dotted: str(bound + beyond)}, WHOLE, default_file=NOWHERE)
        assert not [problem for problem in inside.problems if problem.key == key.dotted and "(at " in problem.text]
        assert [problem.key for problem in outside.problems] == [key.dotted]
    if meta.gt is not None:
        assert problems(flags={key.dotted: str(meta.gt)})


@given(
    environ=st.dictionaries(
        st.sampled_from([key.variable for key in KEYS.values()] + ["SHIPPER_CONFIG", "SHIPPER_A__B", "LANGFUSE_HOST"]),
        st.text(st.characters(exclude_characters="\0"), max_size=20),
        max_size=6,
    ),
    flags=st.dictionaries(st.sampled_from([*KEYS, "x"]), st.text(max_size=20), max_size=4),
)
def test_no_text_makes_loading_raise_or_print_a_line_break(environ: dict[str, str], flags: dict[str, str]) -> None:
    result = load(flags, {**WHOLE, **environ}, default_file=NOWHERE)
    assert (result.settings is None) == bool(result.problems)
    assert all(str(problem).isprintable() for problem in (*result.problems, *result.warnings))
