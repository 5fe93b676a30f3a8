"""From all sources to one Settings, or to every problem at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from shipper.config.problem import MASK, Problem, shown
from shipper.config.rules import RULES, Rule
from shipper.config.settings import KEYS, Key, Settings
from shipper.config.sources import DEFAULT_FILE, Given, Sources
from shipper.secret import Secret


class Loaded(Struct, frozen=True):
    """What became of a configuration. `settings` is None exactly if there are problems; `warnings` stop nothing.
    `origins` says for each dotted key where its value came from (keys left at their default are absent)."""

    settings: Settings | None
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    origins: dict[str, str]


def load(
    flags: Mapping[str, str],
    environ: Mapping[str, str],
    file: str | None = None,
    default_file: Path | None = DEFAULT_FILE,
    only: Collection[str] = KEYS,
) -> Loaded:
    """Reads and checks everything; raises nothing.

    In order of precedence: `flags` (dotted key → text), `SHIPPER_<SECTION>__<KEY>` of `environ`, its `_FILE` form
    and systemd's credentials for secrets, Langfuse's own variables, then one TOML file: `file`, else
    `SHIPPER_CONFIG`, else `default_file` if it exists. Only the keys in `only` are looked at, the others keep their
    default (an unknown name is a problem all the same).
    """
    sources = Sources(flags, environ, file, default_file)
    problems, warnings = (
        [problem for problem in found if problem.key in only or problem.key not in KEYS]
        for found in (sources.problems, sources.warnings)
    )
    given = {dotted: value for dotted, value in sources.given.items() if dotted in only}
    return _judged(given, problems, warnings, only if sources.complete else ())


def from_values(values: Mapping[str, Mapping[str, object]]) -> Settings:
    """Settings as a file with `values` (section → key → value) alone would give them; for a program that
    configures the daemon itself. Raises ValueError with every problem, KeyError for a key that does not exist."""
    given = {
        KEYS[f"{section}.{name}"].dotted: Given(value, "program", text=False)
        for section, table in values.items()
        for name, value in table.items()
    }
    loaded = _judged(given, [], [], KEYS)
    if loaded.settings is None:
        raise ValueError("; ".join(map(str, loaded.problems)))
    return loaded.settings


def _judged(
    given: Mapping[str, Given], problems: list[Problem], warnings: list[Problem], keys: Collection[str]
) -> Loaded:
    """Types first, then the rules that are about nothing but `keys` and find no problem there already."""
    values, wrong = _typed(given)
    problems += wrong
    settings = _composed(values)
    origins = {dotted: value.origin for dotted, value in given.items()}
    judged = set(keys) - {problem.key for problem in problems}
    for rule in RULES:
        if not judged.issuperset(rule.keys):
            continue
        for text in _broken(rule, settings):
            (warnings if rule.warns else problems).append(_finding(KEYS[rule.keys[0]], text, settings, origins))
    return Loaded(
        settings=None if problems else settings,
        problems=tuple(problems),
        warnings=tuple(warnings),
        origins=origins,
    )


def _typed(given: Mapping[str, Given]) -> tuple[dict[str, dict[str, Any]], list[Problem]]:
    """What was given in each key's type, by section and name; and what could not be."""
    problems = []
    values: dict[str, dict[str, Any]] = {}
    for dotted, value in given.items():
        key = KEYS[dotted]
        try:
            values.setdefault(key.section, {})[key.name] = _converted(key, value)
        except ValueError as error:
            text = MASK if key.secret else shown(value.value)
            problems.append(Problem(dotted, str(error), value=text, origin=value.origin))
    return values, problems


def _converted(key: Key, given: Given) -> Any:
    """The value in the key's type. Raises ValueError with what is allowed."""
    raw = given.value
    if given.text and key.many:
        raw = [item.strip() for item in str(raw).split(",") if item.strip()]
    try:
        value = msgspec.convert(raw, key.type, strict=not given.text, dec_hook=_secret)
    except (msgspec.ValidationError, RecursionError):
        raise ValueError(f"must be {key.allowed}") from None
    for text in value if key.many else [value.reveal() if isinstance(value, Secret) else value]:
        if isinstance(text, str) and not text.isprintable():
            raise ValueError("must be one line of printable characters")
    return value


def _secret(kind: type, value: object) -> object:
    if kind is Secret and isinstance(value, str):
        if not value:
            raise ValueError("is empty")
        return Secret(value)
    raise ValueError("is no text")


def _composed(values: dict[str, dict[str, Any]]) -> Settings:
    """Settings from values that are each right by themselves; a default stands where one was not."""
    sections = {field.name: field.type for field in msgspec.structs.fields(Settings)}
    return Settings(**{section: sections[section](**keys) for section, keys in values.items()})


def _broken(rule: Rule, settings: Settings) -> list[str]:
    found = rule.broken(*(KEYS[dotted].of(settings) for dotted in rule.keys))
    return [found] if isinstance(found, str) else found or []


def _finding(key: Key, text: str, settings: Settings, origins: Mapping[str, str]) -> Problem:
    value = key.of(settings)
    if key.dotted not in origins and not value:
        return Problem(key.dotted, text, origin=f"{key.variable} is not set")
    return Problem(key.dotted, text, value=shown(value), origin=origins.get(key.dotted, "default"))
