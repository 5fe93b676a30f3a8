"""A child process that never outlives the test session, however the session ends.

A shell holds the read end of a pipe whose write end only the session has: when the session is gone, even by SIGKILL,
the shell reads the end of the pipe and kills the child. (PR_SET_PDEATHSIG is no use here: it fires when the *thread*
that started the child ends.) Knows nothing of Kafka.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path


class LeashedProcess:
    """A running child with its output appended to a file. It has a session of its own, so Ctrl-C does not reach it."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        with log.open("ab") as output:
            self._child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        self._leash = subprocess.Popen(
            ["/bin/sh", "-c", 'read _; kill -9 "$0"', str(self.pid)], stdin=subprocess.PIPE, start_new_session=True
        )

    @property
    def pid(self) -> int:
        """Process id of the child."""
        return self._child.pid

    @property
    def running(self) -> bool:
        """Whether the child has not ended; a stopped (SIGSTOP) child still runs."""
        return self._child.poll() is None

    def send(self, signal_number: signal.Signals) -> None:
        """Send a signal; nothing happens if the child has ended."""
        self._child.send_signal(signal_number)

    def end(self, signal_number: signal.Signals = signal.SIGKILL, timeout_s: float = 0.0) -> None:
        """Send a signal, wait up to `timeout_s` for the end, then kill; the child is gone on return.

        Must be called even if the child has ended by itself: until then its leash waits for the session's end.
        """
        self.send(signal_number)
        # The leash goes before the child is reaped: it must never kill a process id that somebody else has by now.
        self._leash.kill()
        self._leash.communicate()
        try:
            self._child.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
