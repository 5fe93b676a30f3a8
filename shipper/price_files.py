"""The files that prices come from: the packaged snapshots, the operator's directory of more, and his own prices.

Rule: files are read and checked together, and make a book together, or none. Knows no event loop and no pricer.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from shipper.prices import bundled_snapshots, day_of
from shipper.pricing import Overrides, PriceBook, PriceTable, PriceTableError, PricingSettings
from shipper.pricing.override_file import OverridesError, parse_overrides


class PriceFilesError(ValueError):
    """The files make no book; `problems` has everything that is wrong with them, a line each, beginning with a path."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


class PriceFiles:
    """Reads the files that the settings name. The packaged snapshots are read once."""

    def __init__(self, settings: PricingSettings) -> None:
        self._overrides = Path(settings.overrides) if settings.overrides else None
        self._directory = Path(settings.snapshots) if settings.snapshots else None
        self._bundled: dict[date, PriceTable] | None = None

    @property
    def any(self) -> bool:
        """Whether there is a file that may change."""
        return self._overrides is not None or self._directory is not None

    def load(self) -> PriceBook:
        """The book of all files as they are now. Raises `PriceFilesError`.

        A snapshot in the directory replaces a packaged one of the same day.
        """
        problems: list[str] = []
        if self._bundled is None:
            self._bundled = {day: PriceTable.load(data, day) for data, day in bundled_snapshots()}
        tables = self._bundled | self._snapshots(problems)
        overrides = self._own_prices(problems)
        if not problems:
            try:
                return PriceBook(tables.values(), overrides)
            except PriceTableError as error:
                problems.append(f"{self._directory}: {error}")
        raise PriceFilesError(problems)

    def fingerprint(self) -> tuple[object, ...]:
        """Changes whenever a file does, also by a swap of what a symbolic link leads to; never raises."""
        try:
            paths = list(self._found())
        except OSError as error:
            return (error.errno,)
        if self._overrides is not None:
            paths.append(self._overrides)
        return tuple((str(path), *_identity(path)) for path in paths)

    def _found(self) -> Iterator[Path]:
        """The snapshots in the directory, by name; others files may lie there too."""
        if self._directory is not None:
            yield from sorted(path for path in self._directory.iterdir() if _looks_like_snapshot(path.name))

    def _snapshots(self, problems: list[str]) -> dict[date, PriceTable]:
        tables: dict[date, PriceTable] = {}
        try:
            for path in self._found():
                try:
                    day = day_of(path.name)
                    if day is None:
                        problems.append(f"{path}: must be called litellm-YYYY-MM-DD.json")
                        continue
                    tables[day] = PriceTable.load(path.read_bytes(), day)
                except (OSError, ValueError) as error:
                    problems.append(f"{path}: {_reason(error)}")
        except OSError as error:
            problems.append(f"{self._directory}: {_reason(error)}")
        return tables

    def _own_prices(self, problems: list[str]) -> Overrides | None:
        if self._overrides is None:
            return None
        try:
            return parse_overrides(self._overrides.read_bytes())
        except OverridesError as error:
            problems.extend(f"{self._overrides}: {problem}" for problem in error.problems)
        except OSError as error:
            problems.append(f"{self._overrides}: {_reason(error)}")
        return None


def _looks_like_snapshot(name: str) -> bool:
    return name.startswith("litellm-") and name.endswith(".json")


def _identity(path: Path) -> tuple[object, ...]:
    try:
        status = os.stat(path)
    except OSError as error:
        return (error.errno,)
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _reason(error: OSError | ValueError) -> str:
    return f"cannot be read: {error.strerror or type(error).__name__}" if isinstance(error, OSError) else str(error)
