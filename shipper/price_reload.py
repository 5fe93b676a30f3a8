"""New prices without a restart: looks whether the files have changed, reads them beside the event loop, swaps the book.

Rule: what prices now goes on pricing until a whole new book stands; files that make none are said once, and looked at
again when they change. Knows no file format.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from shipper.price_files import PriceFilesError
from shipper.pricing import PriceBook
from shipper.telemetry import Telemetry

LOOK_EVERY_S = 2.0
_PROBLEMS_SAID = 5


class Files(Protocol):
    """What is watched (`shipper.price_files.PriceFiles`)."""

    @property
    def any(self) -> bool: ...
    def load(self) -> PriceBook: ...
    def fingerprint(self) -> tuple[object, ...]: ...


class PriceReload:
    """Watches the files. To be used on one event loop; `use` gets each new book there."""

    def __init__(
        self,
        files: Files,
        known: tuple[object, ...],
        use: Callable[[PriceBook], None],
        telemetry: Telemetry,
        clock: Callable[[], float],
    ) -> None:
        """`known` is the fingerprint of the files as it was before they were loaded last."""
        self._files = files
        self._use = use
        self._telemetry = telemetry
        self._clock = clock
        self._known = self._seen = known
        self._looked_s = clock()
        self._looking = False
        self._asked = False

    def beat(self) -> None:
        """Look at the files if it is time to. To be called about once a second."""
        if self._files.any and not self._looking and self._clock() - self._looked_s >= LOOK_EVERY_S:
            self._look()

    def ask(self) -> None:
        """Read the files again, changed or not."""
        self._asked = True
        if not self._looking:
            self._look()

    def _look(self) -> None:
        asked, self._asked = self._asked, False
        self._looking = True
        self._looked_s = self._clock()
        # Beside the loop, because parsing takes a while, and in a thread that nobody waits for at the end, because a
        # directory on a network may keep it for ever.
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._work, args=(asked, loop), name="prices", daemon=True).start()

    def _work(self, asked: bool, loop: asyncio.AbstractEventLoop) -> None:
        found: PriceBook | Exception | None
        try:
            found = self._changed(asked)
        except Exception as error:
            found = error
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody wants to know any more
            loop.call_soon_threadsafe(self._looked, found)

    def _changed(self, asked: bool) -> PriceBook | None:
        """The new book if the files have changed and lie still, else None. Raises what `load` raises."""
        now = self._files.fingerprint()
        still, self._seen = now == self._seen, now
        if not asked and (now == self._known or not still):
            return None
        self._known = now  # taken before reading: what changes meanwhile is seen at the next look
        return self._files.load()

    def _looked(self, found: PriceBook | Exception | None) -> None:
        self._looking = False
        if isinstance(found, PriceFilesError):
            self._telemetry.prices_refused(_shortened(found.problems))
        elif isinstance(found, Exception):
            # Whatever went wrong, there is no reason to stop pricing by what is there.
            self._telemetry.prices_refused(type(found).__name__)
        elif found is not None:
            self._use(found)
            self._telemetry.prices_reloaded(found.days, len(found.newest), found.overrides.count)
        if self._asked:
            self._look()


def _shortened(problems: Sequence[str]) -> str:
    more = len(problems) - _PROBLEMS_SAID
    said = [*problems[:_PROBLEMS_SAID], f"and {more} more"] if more > 0 else problems
    return "; ".join(said)
