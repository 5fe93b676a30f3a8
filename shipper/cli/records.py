"""`shipper map` and `schema`: records without Kafka and without a backend."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, BinaryIO

import click

from shipper import exit_codes
from shipper.cli.options import configured, load_settings

if TYPE_CHECKING:
    from shipper.records import Wire


@click.command("map", short_help="Records in, request bodies out, offline.")
@click.argument("file", type=click.File("rb"), default="-")
@click.option(
    "--wire", type=click.Choice(["ingestion", "otlp"]), default="ingestion", show_default=True, help="Wire format."
)
@click.option("--explain", is_flag=True, help="Say of each field where it came from, instead of the bodies.")
@configured
def map_(file: BinaryIO, wire: Wire, explain: bool, config_file: str | None, flags: dict[str, str]) -> None:
    """Turn record values into request bodies, offline: what would be sent, one body a line.

    FILE holds one record value a line (JSON Lines); - is the standard input. Refused records are told on the
    standard error as {"line", "reason", "detail"}, lines counted from 0. Needs no configuration; of one that is
    given, the sections mapping, pricing and batch, backend.public_key and (for --wire otlp) backend.kind apply.

    With --wire otlp the spans are OTLP/JSON; the daemon sends the same in protobuf unless backend.encoding says
    otherwise. Scores are bodies of the ingestion API there too.

    With --explain, a block of text for each record: the fields of its events (of its spans, with --wire otlp), the
    keys of the record that each value changes with, and the rule behind it.

    \b
    Example: kcat -C -e -t llm-calls | shipper map | jq .batch

    \b
    Exit codes: 0 ok; 65 at least one record was refused; 78 bad configuration.
    """
    from msgspec.json import encode

    from shipper.offline import OfflineMapper, Refused

    settings, _ = load_settings(
        config_file, flags, sections=("mapping", "pricing", "batch"), keys=("backend.public_key",)
    )
    # By itself: together with the key it would say that Langfuse needs one.
    kind = load_settings(config_file, flags, keys=("backend.kind",))[0].backend.kind
    mapper = OfflineMapper(settings.mapping, settings.pricing, settings.batch, settings.backend.public_key, wire, kind)
    refused = False
    for result in mapper.explain(file) if explain else mapper.map(file):
        if isinstance(result, Refused):
            refused = True
            click.echo(encode(result), err=True)
        else:
            click.echo(result)
    if refused:
        sys.exit(exit_codes.REFUSED_DATA)


@click.command(short_help="Print the JSON Schema of the records.")
def schema() -> None:
    """Print the JSON Schema of the records that shipper reads, and the closed list of dead-letter reasons.

    \b
    Example: shipper schema > records.schema.json

    Exit code: 0.
    """
    from shipper.schema import document

    click.echo(json.dumps(document(), indent=2, ensure_ascii=False))
