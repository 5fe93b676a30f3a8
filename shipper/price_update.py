"""A new snapshot of prices: checked, compared with the newest one, and written so that nobody reads half of it.

Rule: a file that looks wrong is refused, because what it would price for weeks nobody looks at again. Knows no
command line.
"""

from __future__ import annotations

import contextlib
import os
from datetime import date
from pathlib import Path

import msgspec
from msgspec import Struct

from shipper.prices.condense import condense
from shipper.pricing import PriceTable, PriceTableError
from shipper.pricing.changes import Changes, changes
from shipper.pricing.faults import doubts

LEAST_SHARE = 0.9  # of the models that had a price; providers retire a few, a cut-off file lacks many


class UpdateRefused(ValueError):
    """The file must not become a snapshot; `problems` says why, a line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


class Update(Struct, frozen=True):
    """A snapshot to be: its bytes, condensed, the table that they are, what it changes, and which models it lacks
    because of doubtful prices."""

    data: bytes
    table: PriceTable
    changes: Changes
    left_out: tuple[str, ...] = ()


def prepare_update(
    data: bytes, as_of: date, newest: PriceTable, accept_shrunken: bool = False, leave_out_doubtful: bool = False
) -> Update:
    """Checks a price map of LiteLLM, raw or condensed, against the newest table (whole). Raises `UpdateRefused`.

    Refused are bytes that are no price map, prices that cannot be, prices above 0.01 dollars a token (unless the
    models that have them are to be left out), and a map with less than nine tenths of the priced models of `newest`
    (unless that is accepted).
    """
    try:
        condensed = condense(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UpdateRefused([f"not a price map of LiteLLM: {error}"]) from None
    table = _table(condensed, as_of)
    doubtful = {name: list(doubts(row)) for name, row in table.rows()}
    left_out = tuple(sorted(name for name, found in doubtful.items() if found)) if leave_out_doubtful else ()
    problems = [f"model {name!r}: {doubt}" for name in doubtful if name not in left_out for doubt in doubtful[name]]
    if left_out:
        condensed = msgspec.json.encode({name: row for name, row in table.rows() if name not in left_out})
        table = _table(condensed, as_of)
    had, has = _priced(newest), _priced(table)
    if has < LEAST_SHARE * had and not accept_shrunken:
        problems.append(f"only {has} models have a price, {newest.name} has {had}: is the file whole?")
    if problems:
        raise UpdateRefused(problems)
    return Update(condensed, table, changes(newest, table), left_out)


def write_snapshot(directory: Path, update: Update) -> Path:
    """Writes the snapshot into `directory`, whole or not at all, over one of the same day. Raises OSError."""
    path = directory / f"{update.table.name}.json"
    temporary = directory / f".{path.name}.{os.getpid()}"
    try:
        # Not `tempfile`: its files are their owner's alone, and the daemon may be another user.
        with open(temporary, "xb") as file:
            file.write(update.data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)  # the name, too
    finally:
        os.close(descriptor)
    return path


def _table(condensed: bytes, as_of: date) -> PriceTable:
    try:
        return PriceTable.load(condensed, as_of)
    except PriceTableError as error:
        raise UpdateRefused([str(error)]) from None


def _priced(table: PriceTable) -> int:
    return sum(any("cost" in key for key in row) or "tiered_pricing" in row for _, row in table.rows())
