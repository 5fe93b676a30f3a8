"""The price snapshot that ships with the package: `litellm-<date>.json`, made by `condense.py`.

The only I/O around prices, called once by the command line. Knows nothing of what the bytes mean.
"""

from __future__ import annotations

import re
from datetime import date
from importlib.resources import files

_SNAPSHOT = re.compile(r"litellm-(\d{4}-\d{2}-\d{2})\.json")


def bundled_snapshot() -> tuple[bytes, date]:
    """The newest packaged snapshot: its bytes (JSON, the form `PriceTable.load` takes) and the day it shows.

    Raises `FileNotFoundError` where the installation lacks the file.
    """
    found = [(match[1], entry) for entry in files(__name__).iterdir() if (match := _SNAPSHOT.fullmatch(entry.name))]
    if not found:
        raise FileNotFoundError("the package holds no price snapshot: shipper/prices/litellm-<date>.json")
    day, newest = max(found, key=lambda dated: dated[0])
    return newest.read_bytes(), date.fromisoformat(day)
