"""Where each field of a record's events came from, found out by experiment (`shipper map --explain`).

Pure. Rule: nothing is claimed that was not seen. Every value of the record is changed, one at a time, and the very
stages that the daemon runs say which fields of the events change with it. So this can never be out of date; what it
costs is some hundred runs of the stages a record.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from shipper.event_fields import EventFields, read_event
from shipper.records import Record, Rejected
from shipper.stages import Worked

Path = tuple[str | int, ...]
Place = tuple[int, str]  # of an event in its record, and a field of it

_OPPOSITES = {"success": "failure", "failure": "success", "true": "false", "false": "true"}
_MOST_ITEMS = 4  # of a list that are tried: its items are all alike
_MOST_CHUNKS = 24  # those of a stream are not: the first begin it, the last have its counts
_STREAMS: tuple[Path, ...] = (("chunks",), ("response",))
_SHOWN_CHARACTERS = 60


class Field(Struct, frozen=True):
    """One field of an event: its value, the keys of the record that it changes with (none: fixed, or the
    configuration's), and the rule it is made by."""

    name: str
    value: Any
    sources: tuple[str, ...]
    rule: str


class Explained(Struct, frozen=True):
    """The events of one record, by their types, with all of their fields; and what was put right in it."""

    events: tuple[tuple[str, tuple[Field, ...]], ...]
    repairs: tuple[str, ...]


def explain(work: Callable[[Record], Worked | Rejected], record: Record) -> Explained | Rejected:
    """Explain what becomes of a record in the stages `work`; Rejected if nothing does."""
    worked = work(record)
    if isinstance(worked, Rejected):
        return worked
    parts = [*map(read_event, worked.events)]
    fields = _fields(parts)
    document = json.loads(record.value or b"null")
    seen: dict[Place, set[Path]] = {place: set() for place in fields}
    tried: list[Path] = []
    before = _result(work, record, document) or fields
    for path, is_empty in _changes(document):
        tried.append(path)
        after = _result(work, record, document)
        if after is None:
            continue  # no record any more: that says nothing about a field
        for place in seen:
            # What was absent or empty explains only what is so too, and not what another value has won.
            if before.get(place) != after.get(place) and not (is_empty and before.get(place)):
                seen[place].add(path)
    events = tuple(
        (
            event.kind,
            tuple(
                Field(name, value, _named(seen[index, name], tried), event.rule_of(name))
                for name, value in event.values.items()
            ),
        )
        for index, event in enumerate(parts)
    )
    return Explained(events, worked.call.repairs)


def as_text(number: int, explained: Explained) -> str:
    """What is to be read by a person: a block for each event, a line for each field, and the rule below it."""
    lines = [f"record {number}" + (f", put right: {', '.join(explained.repairs)}" if explained.repairs else "")]
    for kind, fields in explained.events:
        lines.append(f"  {kind}")
        for field, following in zip(fields, (*fields[1:], None), strict=True):
            value = json.dumps(field.value, ensure_ascii=False)
            shown = value if len(value) <= _SHOWN_CHARACTERS else value[: _SHOWN_CHARACTERS - 1] + "…"
            lines.append(f"    {field.name} = {shown} <- {', '.join(field.sources) or 'nothing in the record'}")
            if following is None or following.rule != field.rule:  # members of one object share theirs
                lines.append(f"      {field.rule}")
    return "\n".join(lines)


def _result(work: Callable[[Record], Worked | Rejected], record: Record, document: Any) -> Mapping[Place, Any] | None:
    worked = work(replace(record, value=json.dumps(document).encode()))
    return None if isinstance(worked, Rejected) else _fields([*map(read_event, worked.events)])


def _fields(parts: Sequence[EventFields]) -> dict[Place, Any]:
    return {(index, name): value for index, part in enumerate(parts) for name, value in part.values.items()}


def _changes(document: Any) -> Iterator[tuple[Path, bool]]:
    """The path of each value of the document, which holds another one there until the next path is asked for; and
    whether it is null or empty."""
    pending = _places((), document)
    while pending:
        path, container, key = pending.pop()
        value = container[key]
        if isinstance(value, dict | list) and value:
            pending += _places(path, value)
        else:
            container[key] = _other(value)
            yield path, value in (None, [], {})
            container[key] = value


def _places(path: Path, container: Any) -> list[tuple[Path, Any, str | int]]:
    """What is in a container, the last first; of a longer list only some."""
    if isinstance(container, dict):
        keys: list[str | int] = list(container)
    else:
        keys = list(_some(len(container), _MOST_CHUNKS if path in _STREAMS else _MOST_ITEMS))
    return [((*path, key), container, key) for key in reversed(keys)]


def _some(length: int, most: int) -> list[int]:
    """The places of a list that are tried: the first and, of more than `most`, the last."""
    if length <= most:
        return list(range(length))
    last = max(1, most // 3)
    return [*range(most - last), *range(length - last, length)]


def _other(value: Any) -> Any:
    """Another value of the same kind, any where there is none."""
    if value is None or isinstance(value, bool):
        return not value
    if isinstance(value, dict | list):
        return {"~": 1} if isinstance(value, dict) else ["~"]
    if isinstance(value, str):
        try:
            return (datetime.fromisoformat(value) + timedelta(seconds=1)).isoformat()
        except (ValueError, OverflowError):
            return _OPPOSITES.get(value, value + "~")
    return value + 1


def _named(paths: set[Path], tried: Sequence[Path]) -> tuple[str, ...]:
    """The paths as texts; a whole object or list where all of its values were seen to matter."""
    names: list[str] = []
    _collect(paths, tried, 0, names)
    return tuple(names)


def _collect(paths: set[Path], tried: Sequence[Path], depth: int, names: list[str]) -> None:
    groups: dict[Path, list[Path]] = {}
    for path in tried:
        groups.setdefault(path[: depth + 1], []).append(path)
    for group in groups.values():
        if len(group) > 1 and paths.issuperset(group):
            names.append(_name(_common(group, depth + 1)))
        elif len(group) == 1 and group[0] in paths:
            names.append(_name(group[0]))
        elif not paths.isdisjoint(group):
            _collect(paths, group, depth + 1, names)


def _common(paths: Sequence[Path], least: int) -> Path:
    """The path of what holds all of them; the list, where that is the only item of one. Not above `least` steps."""
    first, last = min(paths, key=str), max(paths, key=str)
    length = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    while length > least and isinstance(first[length - 1], int):
        length -= 1
    return first[:length]


def _name(path: Path) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")
