"""The container file of deploy/container: linted, and its parts that can run without an engine run."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.brokers.kafka import free_ports
from tests.oracles.environment import environment

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "deploy" / "container" / "Dockerfile"
# The linter's environment is made by the first test that needs it.
pytestmark = pytest.mark.timeout(300)


def instructions() -> list[tuple[str, str]]:
    """(instruction, arguments) of the container file in order."""
    lines = [line for line in DOCKERFILE.read_text().splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    pairs = (line.partition(" ") for line in joined.splitlines() if line)
    return [(name, arguments) for name, _, arguments in pairs]


def last(name: str) -> str:
    """Arguments of the last instruction of that name: the one that counts in the image."""
    return [arguments for found, arguments in instructions() if found == name][-1]


def lint(text: str) -> str:
    """What hadolint finds in a container file."""
    done = subprocess.run(
        [environment("hadolint") / "hadolint", "--no-color", "-"],
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout + done.stderr


def test_hadolint_finds_nothing() -> None:
    """No finding of any level, and none is switched off in the file."""
    assert lint(DOCKERFILE.read_text()) == ""
    assert "hadolint ignore" not in DOCKERFILE.read_text()


def test_hadolint_would_find_something() -> None:
    """The check above can fail."""
    assert "DL3007" in lint("FROM python:latest\n")


def test_the_image_runs_the_daemon_as_nobody_in_particular() -> None:
    """Exec form, so that SIGTERM reaches the daemon; a numeric user, so that `runAsNonRoot` can be checked."""
    assert json.loads(last("ENTRYPOINT")) == ["shipper"]
    assert json.loads(last("CMD")) == ["run"]
    assert last("USER") == "65532:65532"


def test_the_base_has_a_version_and_glibc() -> None:
    """Neither `latest` nor a distribution on musl."""
    bases = {arguments.split()[0] for name, arguments in instructions() if name == "FROM"}
    assert bases == {"python:${PYTHON}"}
    assert re.fullmatch(r"PYTHON=3\.\d+-slim-[a-z]+", instructions()[0][1])


def test_everything_installed_is_locked() -> None:
    """Each `pip install` but that of our own wheel checks hashes, and nothing is built from foreign sources."""
    installs = re.findall(
        r"pip install ([^&]*)", " ".join(arguments for name, arguments in instructions() if name == "RUN")
    )
    foreign = [arguments for arguments in installs if "dist/*.whl" not in arguments]
    assert len(foreign) == 2
    assert all("--require-hashes --only-binary :all:" in arguments for arguments in foreign)


def test_what_is_copied_exists_and_is_not_ignored() -> None:
    """And nothing else gets into the build."""
    copied = [
        arguments.split()[:-1] for name, arguments in instructions() if name == "COPY" and "--from" not in arguments
    ]
    sources = {source for group in copied for source in group}
    ignore = DOCKERFILE.with_name("Dockerfile.dockerignore").read_text().splitlines()
    allowed = {line.removeprefix("!") for line in ignore if line.startswith("!")}
    assert ignore[1] == "*"
    assert sources == allowed
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert fnmatch.filter(ignore, "*__pycache__")


@contextmanager
def status_server(code: int) -> Iterator[int]:
    """A daemon's /healthz that answers with `code`; gives its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(code if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def is_healthy(port: int) -> bool:
    """Run the image's own health check against a port."""
    command = json.loads(last("HEALTHCHECK").partition(" CMD ")[2])
    assert command[0] == "python"
    settings = {"SHIPPER_STATUS__PORT": str(port)}
    done = subprocess.run([sys.executable, *command[1:]], env=os.environ | settings, capture_output=True, timeout=30)
    return done.returncode == 0


def test_the_health_check_follows_healthz() -> None:
    """200 is healthy; 503 and no answer are not."""
    with status_server(200) as port:
        assert is_healthy(port)
    with status_server(503) as port:
        assert not is_healthy(port)
    assert not is_healthy(free_ports(1)[0])
