"""Files, variables, credentials and flags: what is read, what is refused, what only warns."""

from __future__ import annotations

from pathlib import Path

import pytest

from shipper.config import load
from shipper.secret import Secret
from tests.config.settings_files import WHOLE, loaded, problems, settings, warnings

SECRET = "SHIPPER_BACKEND__SECRET_KEY"


def _secret_file(path: Path, content: bytes, mode: int = 0o400) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("content", "secret"),
    [
        (b"sk-lf-1", "sk-lf-1"),
        (b"sk-lf-1\n", "sk-lf-1"),
        (b"sk-lf-1\r\n", "sk-lf-1"),
        (b" sk lf ", " sk lf "),
        ("schlüssel".encode(), "schlüssel"),
    ],
)
def test_one_line_break_at_the_end_of_a_secret_file_is_taken_off(content: bytes, secret: str, tmp_path: Path) -> None:
    path = _secret_file(tmp_path / "secret", content)
    got = settings({SECRET + "_FILE": str(path)}, without=(SECRET,))
    assert got.backend.secret_key == Secret(secret)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n", "empty"),
        (b"canary\n\n", "one line"),
        (b"canary\nmore", "one line"),
        (b"canary\xff", "UTF-8"),
        (b"canary" * 20_000, "larger than"),
    ],
)
def test_a_file_that_holds_no_secret_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    path = _secret_file(tmp_path / "secret", content)
    (line,) = problems({SECRET + "_FILE": str(path)}, without=(SECRET,))
    assert line.startswith("backend.secret_key")
    assert SECRET + "_FILE" in line
    assert str(path) in line
    assert said in line
    assert "canary" not in line


@pytest.mark.parametrize(("name", "said"), [("missing", "No such file"), (".", "directory")])
def test_a_secret_file_that_cannot_be_read_is_refused(name: str, said: str, tmp_path: Path) -> None:
    (line,) = problems({SECRET + "_FILE": str(tmp_path / name)}, without=(SECRET,))
    assert line.startswith("backend.secret_key")
    assert said in line


@pytest.mark.parametrize("mode", [0o440, 0o404, 0o644])
def test_a_secret_file_that_others_can_read_warns_and_works(mode: int, tmp_path: Path) -> None:
    path = _secret_file(tmp_path / "secret", b"canary", mode)
    result = loaded({SECRET + "_FILE": str(path)}, without=(SECRET,))
    assert result.settings is not None
    (warning,) = [str(warning) for warning in result.warnings]
    assert warning.startswith("backend.secret_key")
    assert f"{mode:04o}" in warning
    assert "canary" not in warning


def test_a_credential_of_systemd_is_read_whatever_its_mode(tmp_path: Path) -> None:
    _secret_file(tmp_path / "backend.secret_key", b"sk-lf-2\n", 0o444)
    result = loaded({"CREDENTIALS_DIRECTORY": str(tmp_path)}, without=(SECRET,))
    assert result.settings is not None
    assert result.settings.backend.secret_key == Secret("sk-lf-2")
    assert result.warnings == ()
    assert "credential" in result.origins["backend.secret_key"]


def test_a_secret_file_inside_the_credentials_directory_does_not_warn(tmp_path: Path) -> None:
    path = _secret_file(tmp_path / "langfuse", b"sk-lf-2\n", 0o444)
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path), SECRET + "_FILE": str(path)}
    result = loaded(environ, without=(SECRET,))
    assert result.settings is not None
    assert result.warnings == ()


def test_a_credentials_directory_excuses_no_file_outside_of_it(tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    path = _secret_file(tmp_path / "secret", b"canary", 0o644)
    environ = {"CREDENTIALS_DIRECTORY": str(credentials), SECRET + "_FILE": str(path)}
    assert [warning.key for warning in loaded(environ, without=(SECRET,)).warnings] == ["backend.secret_key"]


def test_a_misspelt_credential_warns_and_others_are_left_alone(tmp_path: Path) -> None:
    _secret_file(tmp_path / "backend.secretkey", b"canary")
    _secret_file(tmp_path / "certificate", b"canary")
    (warning,) = warnings({"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert warning.startswith("backend.secretkey")
    assert "did you mean backend.secret_key?" in warning


def test_an_empty_credential_is_refused(tmp_path: Path) -> None:
    _secret_file(tmp_path / "backend.secret_key", b"")
    (line,) = problems({"CREDENTIALS_DIRECTORY": str(tmp_path)}, without=(SECRET,))
    assert line.startswith("backend.secret_key")
    assert "empty" in line


def test_a_secret_both_as_variable_and_as_file_is_refused(tmp_path: Path) -> None:
    path = _secret_file(tmp_path / "secret", b"canary")
    (line,) = problems({SECRET + "_FILE": str(path)})
    assert line.startswith("backend.secret_key")
    assert "not both" in line


def test_a_secret_on_the_command_line_is_refused() -> None:
    (line,) = problems(flags={"kafka.sasl_password": "canary"})
    assert line.startswith("kafka.sasl_password")
    assert "SHIPPER_KAFKA__SASL_PASSWORD_FILE" in line
    assert "canary" not in line


def test_a_configuration_file_with_a_secret_that_others_can_read_warns(tmp_path: Path) -> None:
    path = _secret_file(tmp_path / "shipper.toml", b'[backend]\nsecret_key = "canary"\n', 0o644)
    (warning,) = [str(warning) for warning in loaded(file=path, without=(SECRET,)).warnings]
    assert warning.startswith("backend.secret_key")
    assert "0644" in warning
    assert "canary" not in warning


@pytest.mark.parametrize(
    ("toml", "name", "meant"),
    [
        ("[kafka]\ntopcs = 'canary'", "kafka.topcs", "kafka.topics"),
        ("[backend]\ntopics = 'canary'", "backend.topics", "kafka.topics"),
        ("[backend]\nsecret_kee = 'canary'", "backend.secret_kee", "backend.secret_key"),
        ("[kafak]\ntopics = 'canary'", "kafak", "kafka"),
        ("[dead-letters]\ntopic = 'canary'", "dead-letters", "dead_letters"),
    ],
)
def test_an_unknown_name_in_the_file_is_refused_with_the_nearest_and_without_its_value(
    toml: str, name: str, meant: str, tmp_path: Path
) -> None:
    file = tmp_path / "shipper.toml"
    file.write_text(toml)
    (line,) = problems(file=file)
    assert line.startswith(f"{name} ({file}): no such")
    assert line.endswith(f"; did you mean {meant}?")
    assert "canary" not in line


def test_a_section_that_is_no_table_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "shipper.toml"
    file.write_text("kafka = 5\ntopics = ['a']")
    assert [line.split(" ")[0] for line in problems(file=file)] == ["kafka", "topics"]


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("SHIPPER_KAFKA__TOPCS", "SHIPPER_KAFKA__TOPICS"),
        ("SHIPPER_KAFKA__BOOTSTRAP_SERVER", "SHIPPER_KAFKA__BOOTSTRAP_SERVERS"),
        ("SHIPPER_KAFKA__SASL_PASSWORD_FIL", "SHIPPER_KAFKA__SASL_PASSWORD_FILE"),
        ("SHIPPER_KAFKA__topics", "SHIPPER_KAFKA__TOPICS"),
    ],
)
def test_an_unknown_variable_with_a_section_is_refused_with_the_nearest(variable: str, meant: str) -> None:
    (line,) = problems({variable: "canary"})
    assert line.startswith(variable)
    assert f"did you mean {meant}?" in line
    assert "canary" not in line


def test_a_variable_that_lacks_an_underscore_warns() -> None:
    (line,) = warnings({"SHIPPER_KAFKA_GROUP_ID": "canary"})
    assert line.startswith("SHIPPER_KAFKA_GROUP_ID")
    assert "SHIPPER_KAFKA__GROUP_ID" in line
    assert "canary" not in line


def test_what_kubernetes_writes_for_a_service_called_shipper_is_no_problem() -> None:
    environ = {
        "SHIPPER_SERVICE_HOST": "10.0.0.1",
        "SHIPPER_PORT": "tcp://10.0.0.1:9464",
        "SHIPPER_PORT_9464_TCP_ADDR": "10.0.0.1",
        "SHIPPER_STATUS_PORT": "tcp://10.0.0.1:9464",
    }
    result = loaded(environ)
    assert result.settings is not None
    assert [warning.key for warning in result.warnings] == ["SHIPPER_STATUS_PORT"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[kafka\n", "is not TOML"),
        (b"[kafka]\ntopics = ['a']\ntopics = ['b']\n", "is not TOML"),
        (b"\xff", "is not UTF-8"),
        (b"a = " + b"[" * 5000, "is not TOML"),
    ],
)
def test_a_file_that_is_no_toml_is_the_only_problem(content: bytes, said: str, tmp_path: Path) -> None:
    """What is missing may stand in it, so nothing else is said to be missing."""
    file = tmp_path / "shipper.toml"
    file.write_bytes(content)
    (line,) = problems(file=file, without=("SHIPPER_KAFKA__TOPICS",))
    assert line.startswith(f"{file} (--config): {said}")


def test_the_default_file_may_be_missing_but_not_unreadable(tmp_path: Path) -> None:
    missing = tmp_path / "missing" / "shipper.toml"
    assert load({}, WHOLE, default_file=missing).problems == ()
    (tmp_path / "file").touch()
    assert load({}, WHOLE, default_file=tmp_path / "file" / "shipper.toml").problems == ()
    assert load({}, WHOLE, default_file=None).problems == ()
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    (problem,) = load({}, WHOLE, default_file=loop).problems
    assert str(problem).startswith(f"{loop}: cannot be read: ")


def test_a_credentials_directory_that_is_none_is_refused(tmp_path: Path) -> None:
    (line,) = problems({"CREDENTIALS_DIRECTORY": str(tmp_path / "missing")})
    assert line.startswith("CREDENTIALS_DIRECTORY")
    assert "No such file" in line


@pytest.mark.parametrize("asked_by", ["--config", "SHIPPER_CONFIG"])
def test_a_file_that_was_asked_for_must_be_there(asked_by: str, tmp_path: Path) -> None:
    path = tmp_path / "missing.toml"
    lines = problems(file=path) if asked_by == "--config" else problems({"SHIPPER_CONFIG": str(path)})
    assert lines == [f"{path} ({asked_by}): cannot be read: No such file or directory"]
