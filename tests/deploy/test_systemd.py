"""The unit of deploy/systemd, judged by systemd's own tools and held against the settings it depends on."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from shipper import exit_codes
from shipper.config.settings import KEYS
from shipper.pipeline import ProcessSettings

UNIT = Path(__file__).parents[2] / "deploy" / "systemd" / "shipper.service"
PROGRAM = "/opt/shipper/bin/shipper"
HIGHEST_EXPOSURE = 15  # tenths, on systemd's scale from 0 to 100

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze")


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run systemd-analyze; its words are in stdout."""
    return subprocess.run(
        ["systemd-analyze", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=50
    )


def installed(directory: Path, unit: str) -> Path:
    """The unit as on a machine where its program is installed: any program that is there stands for it."""
    copy = directory / UNIT.name
    copy.write_text(unit.replace(PROGRAM, sys.executable))
    return copy


def entries() -> dict[str, list[str]]:
    """What the unit sets, by name."""
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text().splitlines():
        name, separator, value = line.partition("=")
        if separator and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


@needs_systemd
def test_systemd_finds_nothing_to_say_about_the_unit(tmp_path: Path) -> None:
    """`verify` ends with 0 even for unknown keys, so its silence is what counts."""
    done = analyze("verify", installed(tmp_path, UNIT.read_text()))
    assert (done.returncode, done.stdout) == (0, "")


@needs_systemd
def test_systemd_would_say_so_if_a_key_were_wrong(tmp_path: Path) -> None:
    """The check above can fail."""
    done = analyze("verify", installed(tmp_path, UNIT.read_text().replace("WatchdogSec", "WatchdogSecs")))
    assert "WatchdogSecs" in done.stdout


@needs_systemd
def test_the_exposure_is_at_most_one_and_a_half() -> None:
    """Of 10, where an unhardened service has 9.6."""
    done = analyze("security", "--offline=true", f"--threshold={HIGHEST_EXPOSURE}", UNIT)
    assert done.returncode == 0, done.stdout[-300:]


def test_the_grace_ends_before_systemd_kills() -> None:
    """With at least ten seconds between them."""
    (stop_s,) = entries()["TimeoutStopSec"]
    assert int(stop_s) >= ProcessSettings().grace_s + 10


def test_the_memory_limits_leave_room_for_the_budget_and_the_interpreter() -> None:
    """The daemon at rest takes less than 100 MB."""
    (high,), (most,) = entries()["MemoryHigh"], entries()["MemoryMax"]
    assert int(high.removesuffix("M")) * 2**20 >= ProcessSettings().memory_bytes + 100_000_000
    assert int(most.removesuffix("M")) > int(high.removesuffix("M"))


def test_a_wrong_configuration_is_not_started_again() -> None:
    """And everything else is, for ever."""
    assert entries()["RestartPreventExitStatus"] == [str(exit_codes.CONFIGURATION)]
    assert entries()["Restart"] == ["on-failure"]
    assert entries()["StartLimitIntervalSec"] == ["0"]


def test_credentials_are_named_like_the_secret_keys_of_the_configuration() -> None:
    """The daemon finds `section.key` in $CREDENTIALS_DIRECTORY."""
    names = {credential.split(":")[0] for credential in entries()["LoadCredential"]}
    assert names == {"backend.secret_key", "kafka.sasl_password"}
    assert all(KEYS[name].secret for name in names)


def test_no_secret_is_in_the_unit_or_its_environment() -> None:
    """What a unit sets, everybody on the machine may read."""
    assert "Environment" not in entries()
    assert "PassEnvironment" not in entries()
