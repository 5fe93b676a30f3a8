"""The C library's allocator told not to give memory back for every record.

As it comes, glibc returns the top of its heap to the kernel as soon as 128 KB of it are free, and takes larger blocks
from the kernel and returns them one by one (mallopt(3)): two to four times the page faults of the daemon, and for a
single record of 200 KB more of them than work.
"""

from __future__ import annotations

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # malloc.h
_KEPT_BYTES = 16 * 1024 * 1024
_HEAP_BLOCK_BYTES = 4 * 1024 * 1024  # larger ones are the kernel's, and go back to it at once


def keep_freed_memory() -> bool:
    """Keep up to 16 MB of freed memory for what comes next. False where the C library does not know how."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is None:
        return False
    return all(
        mallopt(name, size_bytes) == 1
        for name, size_bytes in ((_TRIM_THRESHOLD, _KEPT_BYTES), (_MMAP_THRESHOLD, _HEAP_BLOCK_BYTES))
    )
