"""The price snapshots that ship with the package: `litellm-<date>.json`, made by `condense.py`.

The newest is whole, each older one a delta against the next. Knows nothing of what the bytes mean.
"""

from __future__ import annotations

import re
from datetime import date
from importlib.resources import files

_SNAPSHOT = re.compile(r"litellm-(\d{4}-\d{2}-\d{2})\.json")


def day_of(file_name: str) -> date | None:
    """The day that a snapshot's file name carries; None for any other file. Raises ValueError for no real day."""
    match = _SNAPSHOT.fullmatch(file_name)
    return date.fromisoformat(match[1]) if match else None


def bundled_snapshots() -> list[tuple[bytes, date]]:
    """All packaged snapshots, oldest first: their bytes (JSON, the form `PriceTable.load` takes) and days.

    Raises `FileNotFoundError` where the installation lacks the files.
    """
    dated = [(day, entry) for entry in files(__name__).iterdir() if (day := day_of(entry.name)) is not None]
    if not dated:
        raise FileNotFoundError("the package holds no price snapshot: shipper/prices/litellm-<date>.json")
    return [(entry.read_bytes(), day) for day, entry in sorted(dated, key=lambda pair: pair[0])]


def bundled_snapshot() -> tuple[bytes, date]:
    """The newest packaged snapshot, which is whole; as `bundled_snapshots`."""
    return bundled_snapshots()[-1]
