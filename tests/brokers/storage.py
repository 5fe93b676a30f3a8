"""The empty, formatted data directory that a Kafka node starts on: cluster id, node id and SCRAM users."""

from __future__ import annotations

import base64
import functools
import subprocess
import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path

from tests.brokers.access import MECHANISMS, PASSWORDS
from tests.brokers.install import kafka_program

TIMEOUT_S = 60.0
# One for all: the nodes of a cluster must agree on it, and the brokers of different tests never meet.
# The first character is a letter: one that began with a dash would be read as an option.
CLUSTER_ID = "S" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[1:].rstrip("=")


class FormatFailed(Exception):
    """Kafka's storage tool refused; the text is what it said."""


def write_empty_storage(directory: Path, node_id: int) -> None:
    """Make `directory` the data directory of a node that has never run. Raises FormatFailed."""
    directory.mkdir()
    for name, content in _empty_storage(node_id).items():
        (directory / name).write_bytes(content)


@functools.cache
def _empty_storage(node_id: int) -> Mapping[str, bytes]:
    # The tool is a JVM of its own and takes a second; what it writes serves every broker with this node id.
    with tempfile.TemporaryDirectory() as scratch:
        data, configuration = Path(scratch, "data"), Path(scratch, "server.properties")
        configuration.write_text(
            f"process.roles=broker,controller\nnode.id={node_id}\nlog.dirs={data}\n"
            f"controller.quorum.voters={node_id}@127.0.0.1:9093\n"
            "listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093\ncontroller.listener.names=CONTROLLER\n"
        )
        arguments = ["format", "--cluster-id", CLUSTER_ID, "--config", str(configuration)]
        for mechanism in (name for name in MECHANISMS if name.startswith("SCRAM")):
            for user, password in PASSWORDS.items():
                arguments += ["--add-scram", f"{mechanism}=[name={user},password={password}]"]
        command = kafka_program().command("kafka.tools.StorageTool", *arguments, heap_mb=64)
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=TIMEOUT_S)
        if ended.returncode:
            raise FormatFailed(f"{ended.stdout}{ended.stderr}")
        return {file.name: file.read_bytes() for file in data.iterdir()}
