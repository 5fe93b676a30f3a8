"""The process's log: structlog's events to stderr, one line each, and the libraries' warnings among them.

Rule: logging never raises into what logs and never makes it wait; a line that nobody takes is dropped, counted,
and the count is told by the next line that gets through. Texts are printable when they leave: control characters
are escaped, so that nothing that came from outside moves a cursor or begins a line of its own.
"""

from __future__ import annotations

import logging
import select
import sys
import time
from typing import Annotated, Any, BinaryIO, Literal, TextIO

import msgspec
import structlog
from msgspec import Meta, Struct

PIPE_BYTES = 4096  # what a pipe that is ready takes without blocking: PIPE_BUF of Linux
PATIENCE_MS = 100  # for a reader who is slow; none for one who is gone
MESSAGE_MAX = 300  # characters of a library's message
REPEAT_AFTER_S = 10.0  # the same place in a library's code is heard again


class LogSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `log`."""

    level: Annotated[Literal["debug", "info", "warning", "error"], Meta(description="Least level that is written.")] = (
        "info"
    )
    format: Annotated[
        Literal["auto", "json", "console"],
        Meta(description="auto: console on a terminal, else JSON, one event a line."),
    ] = "auto"


def configure_logging(settings: LogSettings) -> structlog.typing.FilteringBoundLogger:
    """Set structlog up for the process, to the present stderr, and hear what libraries warn of.

    Every call begins anew. A process without a stderr, or with one that takes no bytes, logs nothing.
    """
    console = settings.format == "console" or (settings.format == "auto" and _is_terminal(sys.stderr))
    lines = _Lines(sys.stderr)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            lines.mention_lost,
            _printable,
            structlog.dev.ConsoleRenderer(colors=_is_terminal(sys.stderr)) if console else _as_json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, settings.level.upper())),
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=False,
    )
    log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _Libraries)]:
        root.removeHandler(handler)
    root.addHandler(_Libraries(log))
    # Below this aiokafka logs whole requests, with passwords and record values in them.
    logging.getLogger("aiokafka").setLevel(logging.WARNING)
    return log


class _Lines:
    """Where rendered lines go."""

    def __init__(self, stream: TextIO | None) -> None:
        # Past every buffer: what stays in one would be written, or would fail, at some later time.
        buffer: Any = getattr(stream, "buffer", None)
        self._stream: BinaryIO | None = getattr(buffer, "raw", buffer)
        self._ready = _readiness(buffer)
        self._torn = False  # the last line got through in part only
        self.lost = 0

    def msg(self, line: str | bytes) -> None:
        """Write one line, or drop it."""
        text = line.encode(errors="backslashreplace") if isinstance(line, str) else line
        rest = memoryview(b"\n" * self._torn + text + b"\n")
        length_bytes = len(rest)
        try:
            while rest and self._stream is not None and self._takes_more():
                rest = rest[self._stream.write(rest[:PIPE_BYTES]) or 0 :]
        except (OSError, ValueError):
            pass  # closed, by us or by the reader
        self._torn = 0 < len(rest) < length_bytes
        self.lost = self.lost + 1 if rest else 0

    debug = info = warning = error = critical = msg

    def _takes_more(self) -> bool:
        return self._ready is None or bool(self._ready.poll(0 if self.lost else PATIENCE_MS))

    def mention_lost(self, _: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        """Tell in this line how many lines before it were dropped."""
        if self.lost:
            event["lines_lost"] = self.lost
        return event


def _readiness(stream: BinaryIO | None) -> select.poll | None:
    """Tells when the stream takes something; None if it is no file of the system's, and so never makes one wait."""
    try:
        number = stream.fileno() if stream is not None else None
    except (OSError, ValueError):
        number = None
    if number is None:
        return None
    ready = select.poll()
    ready.register(number, select.POLLOUT)
    return ready


class _Libraries(logging.Handler):
    """Warnings of aiokafka, asyncio and aiohttp as events: bounded, and each place in their code once in a while.

    Of a message the first line is kept and of an exception the name: what follows may hold a record's content.
    """

    def __init__(self, log: structlog.typing.FilteringBoundLogger) -> None:
        super().__init__(logging.WARNING)
        self._log = log
        self._last_s: dict[tuple[str, int], float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        place, now_s = (record.name, record.lineno), time.monotonic()
        if now_s - self._last_s.get(place, -REPEAT_AFTER_S) < REPEAT_AFTER_S:
            return
        self._last_s[place] = now_s
        try:
            message = record.getMessage().partition("\n")[0][:MESSAGE_MAX]
        except (TypeError, ValueError, KeyError):  # the arguments do not fit the text
            message = str(record.msg)[:MESSAGE_MAX]
        error = {"error": record.exc_info[0].__name__} if record.exc_info and record.exc_info[0] else {}
        self._log.warning("library", logger=record.name, message=message, **error)


def _printable(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    for name, value in event.items():
        if isinstance(value, str) and not value.isprintable():
            event[name] = printable(value)
    return event


def printable(text: str) -> str:
    """The text with everything escaped that is no visible character or space; half surrogate pairs too."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def _as_json(_: object, __: str, event: structlog.typing.EventDict) -> bytes:
    return msgspec.json.encode(event, enc_hook=repr)


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and not stream.closed and stream.isatty()
