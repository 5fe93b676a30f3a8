"""Commands and their exit codes, run as a person runs them."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from shipper import exit_codes
from shipper.cli import commands, main
from shipper.config import Settings
from shipper.connections import Checked
from tests.config.settings_files import WHOLE

GOLDEN = Path(__file__).parent / "golden"
CALL = b'{"schema": "shipper.call/1", "id": "call-1", "start_time": 1.5}\n'

Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs one command in this process, with no configuration but `environ`; gives the exit code."""

    def run_command(*args: str, environ: dict[str, str] | None = None, stdin: bytes = b"") -> int:
        for name in os.environ:
            if name.startswith(("SHIPPER_", "LANGFUSE_")):
                monkeypatch.delenv(name)
        for name, value in (environ or {}).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as stop:
            main(args)
        return int(stop.value.code or 0)

    return run_command


Output = pytest.CaptureFixture[str]


@pytest.mark.parametrize("args", [["--help"], ["-h"], ["--version"], *([name, "--help"] for name in commands.commands)])
def test_help_and_version_are_printed_and_end_with_0(run: Run, args: list[str], capsys: Output) -> None:
    assert run(*args) == exit_codes.OK
    assert "shipper" in capsys.readouterr().out


@pytest.mark.parametrize("name", commands.commands)
def test_each_commands_help_has_an_example_and_its_exit_codes(run: Run, name: str, capsys: Output) -> None:
    run(name, "--help")
    text = capsys.readouterr().out
    assert "Example:" in text
    assert "Exit code" in text


def test_the_first_help_screen_fits_a_terminal_and_names_every_command(run: Run, capsys: Output) -> None:
    run("--help")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 45
    assert max(map(len, lines)) <= 80
    assert {line.split()[0] for line in lines if line.startswith("  ")} >= set(commands.commands)


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["nonsense"],
        ["run", "--nonsense"],
        ["run", "--set", "kafka.topics"],
        ["map", "/nowhere/records.jsonl"],
        ["map", "--wire", "grpc"],
        ["check", "superfluous"],
        ["demo", "--count", "0"],
        ["demo", "--port", "65536"],
        ["demo", "--mode", "v4"],
        ["demo", "--api", "ingestion", "--mode", "events_only"],
    ],
)
def test_wrong_usage_is_64_and_says_so_on_standard_error(run: Run, args: list[str], capsys: Output) -> None:
    assert run(*args) == exit_codes.USAGE
    out, err = capsys.readouterr()
    assert out == ""
    assert "Usage: shipper" in err


def test_a_secret_in_wrong_usage_is_not_repeated(run: Run, capsys: Output) -> None:
    assert run("run", "--set", "canary") == exit_codes.USAGE
    assert "canary" not in capsys.readouterr().err


@pytest.mark.parametrize("command", ["check", "run"])
def test_bad_configuration_is_78_with_every_problem_on_its_own_line(run: Run, command: str, capsys: Output) -> None:
    """`run` says it before Kafka is touched: no broker is there, and nothing waits for one."""
    environ = {**WHOLE, "SHIPPER_BATCH__IN_FLIGHT": "0", "SHIPPER_BACKEND__PATH": "traces"}
    del environ["SHIPPER_KAFKA__TOPICS"]
    assert run(command, "--set", "log.level=loud", environ=environ) == exit_codes.CONFIGURATION
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.split()[:2] for line in err.splitlines()] == [
        ["problem:", "batch.in_flight"],
        ["problem:", "log.level"],
        ["problem:", "kafka.topics"],
        ["problem:", "backend.path"],
    ]
    assert "canary" not in err


def test_check_prints_what_is_in_force_and_ok(run: Run, capsys: Output, tmp_path: Path) -> None:
    file = tmp_path / "shipper.toml"
    file.write_text("[batch]\nin_flight = 3\n")
    assert run("check", "--config", str(file), "--set", "kafka.topics=a,b", environ=WHOLE) == exit_codes.OK
    out, err = capsys.readouterr()
    *lines, last = out.splitlines()
    assert last == "ok"
    effective = tomllib.loads("\n".join(lines))
    assert effective["batch"]["in_flight"] == 3
    assert effective["kafka"]["topics"] == ["a", "b"]
    assert effective["backend"]["secret_key"] == "***"
    assert "canary" not in out + err


def test_check_warns_on_standard_error_and_is_ok(run: Run, capsys: Output) -> None:
    assert run("check", environ={**WHOLE, "SHIPPER_PROCESS__GRACE_S": "5"}) == exit_codes.OK
    out, err = capsys.readouterr()
    assert err.startswith("warning: backend.timeout_s = 20.0 (default): ")
    assert out.endswith("ok\n")


@pytest.mark.parametrize(("found", "code"), [([], exit_codes.OK), (["kafka: refused"], exit_codes.UNAVAILABLE)])
def test_check_connect_is_69_if_kafka_or_the_backend_cannot_be_used(
    run: Run, capsys: Output, monkeypatch: pytest.MonkeyPatch, found: list[str], code: int
) -> None:
    checked = Checked(found, ["backend: wire otlp"])
    monkeypatch.setattr("shipper.daemon.check_connections", lambda settings: checked, raising=False)
    assert run("check", "--connect", environ=WHOLE) == code
    out, err = capsys.readouterr()
    assert err == "".join(f"problem: {line}\n" for line in found)
    assert out.endswith("ok\n") is not bool(found)
    assert "\nbackend: wire otlp\n" in out


def test_runs_exit_code_is_the_daemons(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    topics = []

    def daemon(settings: Settings) -> int:
        topics.append(settings.kafka.topics)
        return exit_codes.UNAVAILABLE

    monkeypatch.setattr("shipper.daemon.run_daemon", daemon)
    assert run("run", "--set", "kafka.topics=a,b", environ=WHOLE) == exit_codes.UNAVAILABLE
    assert topics == [("a", "b")]


def test_config_prints_a_configuration_that_check_accepts(run: Run, capsys: Output, tmp_path: Path) -> None:
    assert run("config") == exit_codes.OK
    file = tmp_path / "shipper.toml"
    file.write_text(capsys.readouterr().out)
    assert run("check", "--config", str(file), environ={"LANGFUSE_SECRET_KEY": "sk-lf-canary"}) == exit_codes.OK


def test_config_prints_the_operators_page(run: Run, capsys: Output) -> None:
    assert run("config", "--markdown") == exit_codes.OK
    assert capsys.readouterr().out.startswith("# Configuration\n")


def test_map_needs_no_configuration_and_reads_standard_input(run: Run, capsys: Output) -> None:
    assert run("map", stdin=CALL) == exit_codes.OK
    out, err = capsys.readouterr()
    (body,) = out.splitlines()
    assert [event["type"] for event in json.loads(body)["batch"]] == ["trace-create", "generation-create"]
    assert err == ""


def test_map_reads_a_file_of_litellms_real_records(run: Run, capsys: Output, tmp_path: Path) -> None:
    record = json.loads((GOLDEN / "fx_completion.json").read_text())["records"][0]
    file = tmp_path / "records.jsonl"
    file.write_text(json.dumps(record) + "\n" + json.dumps(record["standard_logging_object"]) + "\n")
    assert run("map", str(file)) == exit_codes.OK
    (body,) = capsys.readouterr().out.splitlines()
    assert [event["body"]["id"] for event in json.loads(body)["batch"]][1::2] == [
        "time-09-18-36-989194_" + record["standard_logging_object"]["response"]["id"]
    ] * 2


def test_map_tells_refused_lines_as_json_and_ends_with_65(run: Run, capsys: Output) -> None:
    assert run("map", "-", stdin=b"canary\n" + CALL + b"{}\n") == exit_codes.REFUSED_DATA
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 1
    refused = [json.loads(line) for line in err.splitlines()]
    assert [(line["line"], line["reason"]) for line in refused] == [(0, "invalid_json"), (2, "unknown_shape")]
    assert all(line.keys() == {"line", "reason", "detail"} for line in refused)
    assert "canary" not in err


def test_map_can_explain_instead(run: Run, capsys: Output) -> None:
    assert run("map", "--explain", stdin=b"canary\n" + CALL) == exit_codes.REFUSED_DATA
    out, err = capsys.readouterr()
    assert out.startswith("record 1\n  trace-create\n")
    assert '    body.startTime = "1970-01-01T00:00:01.500000Z" <- start_time\n' in out
    assert json.loads(err)["reason"] == "invalid_json"


def test_map_follows_the_configuration_of_its_stages_and_minds_no_other(run: Run, capsys: Output) -> None:
    environ = {
        "SHIPPER_BATCH__MAX_EVENTS": "1",
        "SHIPPER_MAPPING__ENVIRONMENT": "staging",
        "SHIPPER_KAFKA__SSL_CA_FILE": "/nowhere/on/this/machine.pem",
        "LANGFUSE_PUBLIC_KEY": "pk-lf-2",
    }
    assert run("map", environ=environ, stdin=CALL) == exit_codes.OK
    bodies = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(bodies) == 2
    assert bodies[0]["batch"][0]["body"]["environment"] == "staging"
    assert bodies[0]["metadata"]["public_key"] == "pk-lf-2"
    assert run("map", "--set", "batch.max_events=0", stdin=CALL) == exit_codes.CONFIGURATION


def test_schema_prints_json(run: Run, capsys: Output) -> None:
    assert run("schema") == exit_codes.OK
    assert json.loads(capsys.readouterr().out)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_a_bug_is_70_and_its_message_with_a_records_text_stays_inside(
    run: Run, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise KeyError("canary")

    monkeypatch.setattr("shipper.schema.document", broken)
    assert run("schema") == exit_codes.BUG
    err = capsys.readouterr().err
    assert "KeyError" in err
    assert "in broken" in err
    assert err.count("canary") == err.count('raise KeyError("canary")')


def test_an_interrupt_is_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("shipper.schema.document", interrupted)
    assert run("schema") == exit_codes.INTERRUPTED


@pytest.mark.parametrize("command", [["schema"], ["config"], ["map"]])
def test_a_reader_that_has_seen_enough_is_no_error(command: list[str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "shipper", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    process.stdin.write(CALL)
    process.stdin.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == exit_codes.OK


def test_help_and_schema_load_no_client_of_kafka_or_http() -> None:
    """They must answer at once."""
    code = (
        "import sys; from shipper.cli import main\n"
        "try: main(['schema'])\n"
        "finally: print({'aiokafka', 'aiohttp', 'structlog'} & sys.modules.keys(), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stderr == "set()\n"
