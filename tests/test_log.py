"""The log: one line an event, whatever is in it, and never in anybody's way."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from shipper.log import LogSettings, configure_logging, printable
from shipper.secret import Secret

JSON = LogSettings(format="json")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Logging is the process's own: leave it as it was."""
    root, client = logging.getLogger(), logging.getLogger("aiokafka")
    before = (root.handlers[:], root.level, client.level)
    yield
    root.handlers[:], root.level, client.level = before[0], before[1], before[2]
    structlog.reset_defaults()


class Pipe:
    """A stderr that is a pipe, and its other end."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reader, writer = os.pipe()
        self.stream = os.fdopen(writer, "w")
        os.set_blocking(self.reader, False)
        self._monkeypatch = monkeypatch

    def configure(self, settings: LogSettings) -> structlog.typing.FilteringBoundLogger:
        """Configure the log of a process that has this stderr."""
        with self._monkeypatch.context() as patch:
            patch.setattr(sys, "stderr", self.stream)
            return configure_logging(settings)

    def read(self) -> bytes:
        """Everything in it."""
        parts = []
        try:
            while part := os.read(self.reader, 65_536):
                parts.append(part)
        except BlockingIOError:
            pass
        return b"".join(parts)

    def lines(self) -> list[dict[str, Any]]:
        """Every line in it, which must be JSON."""
        return [json.loads(line) for line in self.read().splitlines()]

    def close(self) -> None:
        """Both ends."""
        self.stream.close()
        os.close(self.reader)


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipe]:
    made = Pipe(monkeypatch)
    yield made
    made.close()


def test_an_event_is_one_line_of_json(pipe: Pipe) -> None:
    log = pipe.configure(JSON)
    log.info("started", version="1", port=9464, partitions=["a/0"])
    log.error("hold", reason="forbidden")
    first, second = pipe.lines()

    assert {"event": "started", "level": "info", "version": "1", "port": 9464, "partitions": ["a/0"]}.items() <= (
        first.items()
    )
    assert first["timestamp"].endswith("Z")
    assert (second["event"], second["level"]) == ("hold", "error")


def test_the_level_decides(pipe: Pipe) -> None:
    log = pipe.configure(LogSettings(level="warning", format="json"))
    log.debug("a")
    log.info("b")
    log.warning("c")

    assert [line["event"] for line in pipe.lines()] == ["c"]


@pytest.mark.parametrize("form", ["json", "console"])
def test_no_text_from_outside_begins_a_line_or_moves_a_cursor(pipe: Pipe, form: Any) -> None:
    """Line breaks of every kind, escape sequences, direction marks and half surrogate pairs come out escaped."""
    log = pipe.configure(LogSettings(format=form))
    hostile = 'a\n{"event": "forged"}\r\x1b[2J\x9b1m\u2028\u202e\ud800\x00é'
    log.warning("hold", detail=hostile)
    text = pipe.read().decode()

    assert text.count("\n") == 1
    assert all(one.isprintable() for one in text.rstrip("\n"))
    assert "\\x1b[2J" in text.replace("\\\\", "\\")
    assert "é" in text


@given(st.text(st.characters(), max_size=30))
def test_printable_keeps_what_can_be_seen(text: str) -> None:
    shown = printable(text)

    assert shown.isprintable()
    assert (shown == text) == text.isprintable()


def test_a_secret_and_an_odd_value_are_harmless(pipe: Pipe) -> None:
    log = pipe.configure(JSON)
    log.info("odd", key=Secret("canary"), error=ValueError("x"), number=float("nan"), inside={"a": Secret("canary")})
    (line,) = pipe.lines()

    assert line["key"] == "***"
    assert line["inside"] == {"a": "***"}
    assert line["error"] == "ValueError('x')"


def test_the_console_is_for_a_terminal_only(pipe: Pipe) -> None:
    """A pipe is none, so `auto` is JSON there; asked for, the console comes without colours."""
    pipe.configure(LogSettings()).info("a")
    assert pipe.lines()[0]["event"] == "a"

    pipe.configure(LogSettings(format="console")).info("b", n=1)
    text = pipe.read().decode()
    assert "b" in text
    assert "n=1" in text
    assert "\x1b" not in text


def test_a_reader_who_is_gone_stops_nothing(pipe: Pipe) -> None:
    log = pipe.configure(JSON)
    os.close(pipe.reader)
    pipe.reader = os.open(os.devnull, os.O_RDONLY)
    for _ in range(3):
        log.info("a")


def test_a_closed_stderr_stops_nothing(pipe: Pipe) -> None:
    log = pipe.configure(JSON)
    pipe.stream.close()
    log.info("a")
    pipe.configure(JSON).info("a")


def test_a_process_without_stderr_logs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's stderr is None where descriptor 2 was closed before it started."""
    monkeypatch.setattr(sys, "stderr", None)
    configure_logging(LogSettings()).info("a")


def test_a_stderr_that_is_no_file_is_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """As under a test runner that replaces it."""
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(written))
    configure_logging(JSON).info("a")

    assert json.loads(written.getvalue())["event"] == "a"


def test_a_reader_who_does_not_read_costs_lines_and_no_time(pipe: Pipe) -> None:
    """The pipe fills up: lines are dropped instead of waited for; when it is read again, the loss is told once."""
    log = pipe.configure(JSON)
    began_s = time.monotonic()
    for number in range(2_000):
        log.info("flood", number=number, text="x" * 200)
    assert time.monotonic() - began_s < 2

    flood = pipe.read().splitlines()
    whole = [json.loads(line) for line in flood if line.endswith(b"}")]
    assert 100 < len(whole) < 2_000
    assert [line["number"] for line in whole] == list(range(len(whole)))

    log.info("after")
    log.info("and on")
    after, on = [json.loads(line) for line in pipe.read().splitlines() if b"flood" not in line and line.strip()]
    assert after["lines_lost"] == 2_000 - len(whole)
    assert "lines_lost" not in on


def test_a_line_longer_than_the_pipe_is_torn_and_the_next_one_whole(pipe: Pipe) -> None:
    """What got through of it stays a line of its own."""
    log = pipe.configure(JSON)
    log.info("long", text="x" * 1_000_000)
    torn = pipe.read()
    log.info("next")
    rest_of_it, line = pipe.read().splitlines()

    assert torn.startswith(b"{")
    assert b"\n" not in torn
    assert rest_of_it == b""
    assert json.loads(line)["event"] == "next"


def test_a_librarys_warning_is_an_event(pipe: Pipe) -> None:
    pipe.configure(JSON)
    logging.getLogger("aiokafka.cluster").warning("Topic %s is not available", "calls")
    (line,) = pipe.lines()

    assert (line["event"], line["level"]) == ("library", "warning")
    assert (line["logger"], line["message"]) == ("aiokafka.cluster", "Topic calls is not available")


def test_the_same_warning_is_heard_once_in_a_while(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    """aiokafka repeats some of its warnings without a pause; another place in its code is heard all the same."""
    now_s = 100.0
    monkeypatch.setattr("shipper.log.time.monotonic", lambda: now_s)
    pipe.configure(JSON)
    client = logging.getLogger("aiokafka.conn")

    def warn(number: int) -> None:
        client.warning("again %d", number)

    for number in range(1000):
        warn(number)
    client.warning("elsewhere")
    now_s += 11
    warn(1000)

    assert [line["message"] for line in pipe.lines()] == ["again 0", "elsewhere", "again 1000"]


@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO])
def test_what_aiokafka_whispers_is_never_heard(pipe: Pipe, level: int) -> None:
    """At DEBUG it logs whole requests, passwords and record values in them: not even if everything is set to DEBUG."""
    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    root, ear = logging.getLogger(), Ear()
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    pipe.configure(LogSettings(level="debug", format="json"))
    for name in ("aiokafka", "aiokafka.conn", "aiokafka.producer.producer"):
        logging.getLogger(name).log(level, "SaslAuthenticateRequest(%s)", "canary")

    assert heard == []
    assert pipe.read() == b""


def test_of_a_library_only_the_first_line_and_the_errors_name_are_kept(pipe: Pipe) -> None:
    """asyncio shows the exception of a lost task in the second line, and that may hold a record's content."""
    pipe.configure(JSON)
    try:
        raise ValueError("canary")
    except ValueError:
        logging.getLogger("asyncio").exception("Task exception was never retrieved\nfuture: canary")
    logging.getLogger("asyncio").error("x" * 5000)
    first, second = pipe.lines()

    assert (first["message"], first["error"]) == ("Task exception was never retrieved", "ValueError")
    assert "canary" not in str(first)
    assert len(second["message"]) < 500


def test_a_librarys_mistake_in_its_own_log_call_stops_nothing(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe.configure(JSON)
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [one for one in root.handlers if type(one).__module__ == "shipper.log"])
    logging.getLogger("aiokafka").warning("%d of %d", "one")

    assert pipe.lines()[0]["message"] == "%d of %d"


def test_to_configure_again_is_to_begin_anew(pipe: Pipe) -> None:
    """A library is heard once, in the form that was asked for last."""
    pipe.configure(LogSettings(format="console"))
    pipe.configure(JSON)
    logging.getLogger("aiokafka").warning("once")

    assert [line["message"] for line in pipe.lines()] == ["once"]
