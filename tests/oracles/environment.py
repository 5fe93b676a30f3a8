"""Python environments apart from the project's own, for programs that tests check themselves against.

Each is made from a lock beside this file (`NAME.lock`, with hashes; wheels only) by `venv` and `pip`, once a machine:
it stays in the user's cache until its lock or the interpreter changes. The pip is the one of `pip.lock`, whichever came
with Python. This module knows nothing of what is in the environments.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

LOCKS = Path(__file__).parent
BUILD_TIMEOUT_S = 1200


def environment(name: str, *, compiled: bool = True) -> Path:
    """Directory of programs (`python` among them) of the environment locked as `NAME.lock`, made if it is not there.

    `compiled=False` leaves compiling to the first start: quicker if the program uses a small part of what is installed
    and may write beside it. Raises subprocess.SubprocessError if it cannot be made.
    """
    lock = LOCKS / f"{name}.lock"
    made_from = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "shipper-tests"
    cache.mkdir(parents=True, exist_ok=True)
    home = cache / f"{name}-{made_from}"
    complete = home / "complete"
    with (cache / f"{name}.lock").open("w") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        if not complete.exists():
            shutil.rmtree(home, ignore_errors=True)
            _build(home, lock, [] if compiled else ["--no-compile"])
            complete.touch()
    return home / "bin"


def _build(home: Path, lock: Path, options: list[str]) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True, timeout=BUILD_TIMEOUT_S)
    # A pip of today reads an index twice as fast as the one that Python 3.11 brings.
    _install(home, LOCKS / "pip.lock", [])
    _install(home, lock, options)


def _install(home: Path, lock: Path, options: list[str]) -> None:
    # The lock names everything; some pips take a requirement with an extra for another one that nobody has pinned.
    install = ["-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "--only-binary", ":all:"]
    command = [str(home / "bin" / "python"), *install, *options, "-r", str(lock)]
    subprocess.run(command, check=True, timeout=BUILD_TIMEOUT_S)
