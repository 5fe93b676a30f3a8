"""The configuration as text: what is in force, the commented example, the operator's page. All from the catalogue."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping

from shipper.config.problem import MASK
from shipper.config.settings import KEYS, SECTIONS, Key, Settings
from shipper.config.sources import DEFAULT_FILE, LANGFUSE_VARIABLES
from shipper.secret import Secret

# What the example shows where a default would show nothing.
_EXAMPLES: dict[str, object] = {
    "kafka.bootstrap_servers": ("localhost:9092",),
    "kafka.topics": ("llm-calls",),
    "kafka.sasl_username": "shipper",
    "kafka.sasl_password": "…",
    "kafka.ssl_ca_file": "/etc/shipper/kafka-ca.pem",
    "kafka.ssl_cert_file": "/etc/shipper/kafka-client.pem",
    "kafka.ssl_key_file": "/etc/shipper/kafka-client-key.pem",
    "pricing.overrides": "/etc/shipper/prices.toml",
    "pricing.snapshots": "/var/lib/shipper/prices",
    "mapping.environment": "production",
    "mapping.release": "2026-11",
    "mapping.default_tags": ("user_api_key_alias",),
    "backend.host": "https://langfuse.example.com",
    "backend.public_key": "pk-lf-…",
    "backend.secret_key": "sk-lf-…",
    "backend.headers": "x-api-key=...",
    "backend.path": "/v1/traces",
    "backend.ca_file": "/etc/shipper/langfuse-ca.pem",
    "dead_letters.topic": "llm-calls.refused",
}
_REQUIRED = ("kafka.bootstrap_servers", "kafka.topics", "backend.host", "backend.public_key", "backend.secret_key")

_MARKDOWN_HEAD = """\
# Configuration

<!-- Written by `shipper config --markdown`; a test keeps it up to date. -->

Every key below can be set in one TOML file (`[section]`, then `key = value`) and, by its variable
`SHIPPER_<SECTION>__<KEY>` (two underscores), in the environment. `shipper config` prints a commented file to start
from, `shipper check` names everything that is wrong with yours and prints what is in force, and
`shipper check --connect` also tries Kafka and the backend. Bad configuration ends `shipper run` with exit code 78
before Kafka is touched.

## Where a value comes from

The first of these that has the key:

1. the flag `--set section.key=value`
2. the variable `SHIPPER_<SECTION>__<KEY>`
3. for secrets: the file named by `SHIPPER_<SECTION>__<KEY>_FILE`, then systemd's credential `section.key`
4. Langfuse's own variable, see below
5. the file: `--config`, else `SHIPPER_CONFIG`, else `{default_file}` if it exists
6. the default

Lists are written with commas in variables and flags (`SHIPPER_KAFKA__TOPICS=calls,more-calls`). A variable that is
set but empty counts as not set. A `SHIPPER_` variable with two underscores that belongs to no key is refused, as is
any unknown key or section of the file.

Langfuse's own variables (`LANGFUSE_BASE_URL` goes before `LANGFUSE_HOST`):

| variable | key |
|---|---|
{aliases}
## Secrets

The secrets are {secrets}. Give them as a file or credential, else as a variable; they are
refused on the command line, which everybody on the machine can read. One line break at the end of the file is taken
off. An empty or unreadable file is refused; one that others than its owner may read is warned about (Kubernetes
mounts secrets that way by default). No message and no output of any command shows a secret.
"""

_MARKDOWN_TAIL = """
## How the times fit together

```
backend.timeout_s ≤ kafka.drain_timeout_s < kafka.rebalance_timeout_s
backend.timeout_s ≤ process.grace_s       < the service manager's patience
```

* `kafka.drain_timeout_s` below `kafka.rebalance_timeout_s`, else the group goes on without a member that still drains:
  checked, refused.
* `backend.timeout_s` at most `kafka.drain_timeout_s` and `process.grace_s`, else a slow answer is given up when
  partitions move or the process stops, and its batch is sent again by whoever comes next. Nothing is lost by that and
  the events keep their ids, so it is only a warning.
* systemd's `TimeoutStopSec` and Kubernetes' `terminationGracePeriodSeconds` must be longer than `process.grace_s`,
  with some seconds to spare: 40 s for the default of 25 s. Nobody can check that from inside.

`process.memory_bytes` must hold `(batch.in_flight + 1) * batch.max_bytes`: the bodies under way and the one being
filled.
"""


def effective(settings: Settings, origins: Mapping[str, str]) -> str:
    """The settings in force as TOML, each with its origin; secrets are `***`, keys without a value are comments."""
    lines = []
    for section in SECTIONS:
        lines += ["", f"[{section}]"]
        for key in _of(section):
            value = key.of(settings)
            origin = origins.get(key.dotted, "default")
            lines.append(f"# {key.name}: not set" if value is None else f"{key.name} = {toml(value)}  # {origin}")
    return "\n".join(lines[1:]) + "\n"


def example() -> str:
    """A whole commented configuration file: the required keys in force, every other one commented out."""
    lines = [
        "# shipper's configuration. Written by `shipper config`; `shipper check` says what is wrong with yours.",
        f"# Read from --config, SHIPPER_CONFIG or {DEFAULT_FILE}; a flag or variable wins over this file.",
    ]
    for section in SECTIONS:
        lines += ["", f"[{section}]"]
        for key in _of(section):
            required = key.dotted in _REQUIRED
            texts = (key.description, _facts(key), f"Variable: {_variables(key)}.")
            lines += ["", *(line for text in texts for line in _comment(text))]
            commented = "" if required and not key.secret else "#"
            lines.append(f"{commented}{key.name} = {toml(_example_value(key))}")
    return "\n".join(lines) + "\n"


def markdown() -> str:
    """The operator's page of all keys."""
    aliases = "".join(f"| `{variable}` | `{dotted}` |\n" for variable, dotted in LANGFUSE_VARIABLES.items())
    secrets = " and ".join(f"`{key.dotted}`" for key in KEYS.values() if key.secret)
    parts = [_MARKDOWN_HEAD.format(default_file=DEFAULT_FILE, aliases=aliases, secrets=secrets)]
    for section in SECTIONS:
        parts.append(f"\n## `{section}`\n\n| key | what | allowed | default |\n|---|---|---|---|\n")
        parts += [
            f"| `{key.name}` | {_cell(key.description)} | {_cell(key.allowed)} | {_cell(_default(key))} |\n"
            for key in _of(section)
        ]
    parts.append(_MARKDOWN_TAIL)
    return "".join(parts)


def toml(value: object) -> str:
    """One value as TOML. Raises TypeError for what no setting can be."""
    match value:
        case Secret():
            return toml(MASK)
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return repr(value)
        case str():
            # JSON's escapes are TOML's, but for DEL, which JSON leaves as it is.
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case list() | tuple():
            return "[" + ", ".join(toml(item) for item in value) + "]"
        case dict():
            return "{" + ", ".join(f"{toml(name)} = {toml(item)}" for name, item in value.items()) + "}"
    raise TypeError(f"no TOML for {type(value).__name__}")


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, width=100, initial_indent="# ", subsequent_indent="# ", break_long_words=False)


def _of(section: str) -> list[Key]:
    return [key for key in KEYS.values() if key.section == section]


def _example_value(key: Key) -> object:
    return _EXAMPLES.get(key.dotted, key.default)


def _facts(key: Key) -> str:
    default = _default(key)
    return f"{key.allowed[0].upper()}{key.allowed[1:]}. " + (
        "Required." if default == "required" else f"Default: {default}."
    )


def _default(key: Key) -> str:
    if key.dotted in _REQUIRED:
        return "required"
    return "none" if key.default in (None, ()) else toml(key.default)


def _variables(key: Key) -> str:
    return f"{key.variable}, or {key.variable}_FILE with a file's path" if key.secret else key.variable


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
