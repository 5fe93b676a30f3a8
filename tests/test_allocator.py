"""Freed memory stays with the process: in one of its own, because the allocator cannot be told to forget it again."""

from __future__ import annotations

import subprocess
import sys

import pytest

CYCLES = 50
BLOCKS = 6  # of 1 MB
PROGRAM = f"""
import resource
from shipper.allocator import keep_freed_memory

def cycle():
    blocks = [bytes(range(256)) * 4096 for _ in range({BLOCKS})]

print({{}})
cycle()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range({CYCLES}):
    cycle()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(first: str) -> tuple[str, int]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(first)], capture_output=True, text=True, timeout=60, check=True
    )
    answer, count = done.stdout.split()
    return answer, int(count)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's")
def test_memory_that_was_freed_is_used_again_without_the_kernel() -> None:
    answer, count = faults("keep_freed_memory()")
    assert answer == "True"
    assert count < CYCLES  # a page is 4 KB, and each cycle uses 1,536 of them
    assert faults("None")[1] > CYCLES * 100
