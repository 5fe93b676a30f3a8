"""Where values come from: the configuration file, the environment, secret files, credentials, flags.

Rule: a later layer replaces an earlier one key by key; nothing is judged here but whether a name is known and
a file can be read. Values leave as they came, with their origin.
"""

from __future__ import annotations

import difflib
import stat
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct

from shipper.config.problem import Problem, shown
from shipper.config.settings import KEYS, SECTIONS

DEFAULT_FILE = Path("/etc/shipper/shipper.toml")

# Langfuse's own variables; a later line wins over an earlier one.
LANGFUSE_VARIABLES = {
    "LANGFUSE_HOST": "backend.host",
    "LANGFUSE_BASE_URL": "backend.host",
    "LANGFUSE_PUBLIC_KEY": "backend.public_key",
    "LANGFUSE_SECRET_KEY": "backend.secret_key",
    "LANGFUSE_TRACING_ENVIRONMENT": "mapping.environment",
    "LANGFUSE_RELEASE": "mapping.release",
}

_LARGEST_SECRET_BYTES = 65_536
_VARIABLES = {key.variable: name for name, key in KEYS.items()}
_FILE_VARIABLES = {key.variable + "_FILE": name for name, key in KEYS.items() if key.secret}
_UNSECTIONED = {variable.replace("__", "_"): variable for variable in (*_VARIABLES, *_FILE_VARIABLES)}


class Given(Struct, frozen=True):
    """A value as it came: `text` where its source knows only text (environment, files, flags)."""

    value: object
    origin: str
    text: bool = True


class Sources:
    """Reads every source. `given` maps dotted keys to what won; problems and warnings are collected beside it.
    `complete` is False if the file could not be read: then nobody knows what is missing."""

    def __init__(
        self, flags: Mapping[str, str], environ: Mapping[str, str], file: str | None, default_file: Path | None
    ) -> None:
        # An empty variable counts as not set: compose files write them for what is missing.
        self._environ = {name: value for name, value in environ.items() if value}
        self._flags = flags
        self.complete = True
        self.given: dict[str, Given] = {}
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self._read_file(file, default_file)
        self._read_langfuse_variables()
        self._read_credentials()
        self._read_variables()
        self._read_flags()

    def _read_file(self, file: str | None, default_file: Path | None) -> None:
        named = file or self._environ.get("SHIPPER_CONFIG")
        asked_by = "--config" if file else "SHIPPER_CONFIG"
        path = Path(named) if named else default_file
        if path is None:
            return
        try:
            document = tomllib.loads(path.read_bytes().decode())
        except (FileNotFoundError, NotADirectoryError) as error:
            if named:
                self.complete = False
                self.problems.append(Problem(str(path), _reason(error), origin=asked_by))
            return
        except (OSError, ValueError, RecursionError) as error:
            self.complete = False
            self.problems.append(Problem(str(path), _reason(error), origin=asked_by if named else None))
            return
        for section, table in document.items():
            if section not in SECTIONS:
                self._unknown(section, f"no such section; the sections are {', '.join(SECTIONS)}", SECTIONS, str(path))
            elif not isinstance(table, dict):
                self.problems.append(Problem(section, "must be a section, [" + section + "]", origin=str(path)))
            else:
                self._read_section(section, table, path)

    def _read_section(self, section: str, table: dict[str, object], path: Path) -> None:
        for name, value in table.items():
            dotted = f"{section}.{name}"
            if dotted not in KEYS:
                self._unknown(dotted, "no such key", KEYS, str(path))
                continue
            self.given[dotted] = Given(value, str(path), text=False)
            if KEYS[dotted].secret:
                self._warn_if_readable(path, dotted)

    def _read_langfuse_variables(self) -> None:
        for variable, dotted in LANGFUSE_VARIABLES.items():
            if variable in self._environ:
                self.given[dotted] = Given(self._environ[variable], variable)

    def _read_credentials(self) -> None:
        """systemd's credentials: files named `section.key`; the directory may hold others, for other uses."""
        directory = self._environ.get("CREDENTIALS_DIRECTORY")
        if directory is None:
            return
        try:
            paths = sorted(Path(directory).iterdir())
        except OSError as error:
            self.problems.append(Problem("CREDENTIALS_DIRECTORY", _reason(error), value=shown(directory)))
            return
        secrets = [name for name, key in KEYS.items() if key.secret]
        for path in paths:
            if path.name in secrets:
                self._read_secret(path.name, path, f"credential {path.name}")
            elif path.name.partition(".")[0] in SECTIONS:
                text = "no secret of this name, the credential is not used" + _nearest(path.name, secrets)
                self.warnings.append(Problem(path.name, text, origin="CREDENTIALS_DIRECTORY"))

    def _read_variables(self) -> None:
        for variable, value in sorted(self._environ.items()):
            if variable in _FILE_VARIABLES:
                self._read_secret(_FILE_VARIABLES[variable], Path(value), variable)
        for variable, value in sorted(self._environ.items()):
            if variable in _VARIABLES:
                self._set_from_variable(variable, value)
            elif variable.startswith("SHIPPER_") and "__" in variable and variable not in _FILE_VARIABLES:
                self._unknown(variable, "no such variable", [*_VARIABLES, *_FILE_VARIABLES], None)
            elif variable in _UNSECTIONED:
                # Only a warning: Kubernetes writes such names for a Service called shipper-….
                text = f"is not read; the variable has two underscores: {_UNSECTIONED[variable]}"
                self.warnings.append(Problem(variable, text))

    def _set_from_variable(self, variable: str, value: str) -> None:
        dotted = _VARIABLES[variable]
        if KEYS[dotted].secret and variable + "_FILE" in self._environ:
            self.problems.append(Problem(dotted, f"set {variable} or {variable}_FILE, not both"))
        self.given[dotted] = Given(value, variable)

    def _read_flags(self) -> None:
        for dotted, value in self._flags.items():
            if dotted not in KEYS:
                self._unknown(dotted, "no such key", KEYS, "--set")
            elif KEYS[dotted].secret:
                text = f"a command line is visible to everybody on the machine; use {KEYS[dotted].variable}_FILE"
                self.problems.append(Problem(dotted, text, origin="--set"))
            else:
                self.given[dotted] = Given(value, "--set")

    def _read_secret(self, dotted: str, path: Path, origin: str) -> None:
        named = f"{origin}: {path}"
        try:
            with path.open("rb") as file:
                content = file.read(_LARGEST_SECRET_BYTES + 1)
            if len(content) > _LARGEST_SECRET_BYTES:
                raise ValueError(f"larger than {_LARGEST_SECRET_BYTES} bytes, that is no secret")
            text = content.decode().removesuffix("\n").removesuffix("\r")
            if not text:
                raise ValueError("empty")
        except (OSError, ValueError) as error:
            self.problems.append(Problem(dotted, f"the secret's file: {_reason(error)}", origin=named))
            return
        self.given[dotted] = Given(text, named)
        directory = self._environ.get("CREDENTIALS_DIRECTORY")
        if directory is None or not path.resolve().is_relative_to(Path(directory).resolve()):
            self._warn_if_readable(path, dotted)

    def _warn_if_readable(self, path: Path, dotted: str) -> None:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & (stat.S_IRGRP | stat.S_IROTH):
            text = f"the file can be read by others than its owner (mode {mode:04o}; 0400 is enough)"
            self.warnings.append(Problem(dotted, text, origin=str(path)))

    def _unknown(self, name: str, text: str, known: Iterable[str], origin: str | None) -> None:
        """The value stays out of the message: a misspelt key may be that of a secret."""
        self.problems.append(Problem(shown(name)[1:-1], text + _nearest(name, known), origin=origin))


def _nearest(name: str, known: Iterable[str]) -> str:
    spelled = {candidate.lower(): candidate for candidate in known}
    name = name.lower()
    elsewhere = [candidate for candidate in spelled if candidate.rpartition(".")[2] == name.rpartition(".")[2]]
    close = elsewhere or difflib.get_close_matches(name, spelled, n=1)
    return f"; did you mean {spelled[close[0]]}?" if close else ""


def _reason(error: Exception) -> str:
    """Why a file could not be read, without any of its content."""
    if isinstance(error, OSError):
        return f"cannot be read: {error.strerror or type(error).__name__}"
    if isinstance(error, UnicodeDecodeError):
        return "is not UTF-8"
    if isinstance(error, tomllib.TOMLDecodeError):
        return f"is not TOML: {error}"
    if isinstance(error, RecursionError):
        return "is not TOML that can be read: nested too deep"
    return f"is {error}"
