"""`shipper price MODEL` and `shipper price --explain`: what something costs, and why."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from shipper import exit_codes
from shipper.cli.options import configured, load_settings

if TYPE_CHECKING:
    from shipper.pricing.pricer import Pricer
    from shipper.records import Billing, Terms, Usage

_TERMS = {
    "tier": "Service tier: priority, flex, …",
    "region": "Region of AWS or Azure.",
    "location": "Location of Vertex AI.",
    "residency": "Data residency at OpenAI: eu, us.",
    "geo": "Inference geography at Anthropic: us.",
    "speed": "Speed at Anthropic: fast.",
    "size": "Size of an image: 1024x1024.",
    "quality": "Quality of an image.",
    "resolution": "Resolution of an image or a film: 2K, 1080p.",
}
_TOKENS = {
    "input": "Input tokens, without those of the cache.",
    "output": "Output tokens, without reasoning.",
    "cached": "Input tokens read from the cache.",
    "cache-write": "Input tokens written to the cache for a short time.",
    "cache-write-1h": "Input tokens written to the cache for an hour.",
}


def _options(command: Any) -> Any:
    for name, text in reversed(_TERMS.items()):
        command = click.option(f"--{name}", metavar="NAME", help=text)(command)
    for name, text in reversed(_TOKENS.items()):
        command = click.option(f"--{name}", type=click.IntRange(0), default=0, metavar="N", help=text)(command)
    return command


@click.command("show", short_help="What a model or a call costs, line by line.")
@click.argument("model", required=False)
@click.option("--explain", "records", type=click.File("rb"), metavar="FILE", help="Say why these records cost so much.")
@click.option("--provider", default="", metavar="NAME", help="LiteLLM's name of the provider; else any.")
@_options
@click.option(
    "--unit", "units", multiple=True, metavar="NAME=N", help="Of another unit: reasoning=500, images_output=2."
)
@click.option("--batch", is_flag=True, help="As part of a batch job.")
@click.option("--seconds", type=click.FloatRange(0), default=0.0, metavar="N", help="How long the call took.")
@click.option("--at", metavar="TIME", help="When: 2026-11-24 or 2026-11-24T12:00:00+00:00; else now.")
@click.option("--team", metavar="NAME", help="Whose negotiated prices.")
@click.option("--key", metavar="ALIAS", help="The key whose negotiated prices.")
@configured
def show(
    model: str | None, records: BinaryIO | None, config_file: str | None, flags: dict[str, str], **asked: Any
) -> None:
    """Print what a call costs, every line of the calculation with the price and the rule that it comes from.

    Without units, print the prices of MODEL. With --explain, read record values, one a line (- is the standard
    input), and say of each why it costs what it costs. Of a configuration the section pricing applies.

    \b
    Example: shipper price gpt-4o --input 1000 --output 200
    Example: shipper price claude-sonnet-4-5 --cached 9000 --at 2025-10-01
    Example: shipper price --explain records.jsonl

    \b
    Exit codes: 0 ok; 65 the price is unknown, or a record cannot be read;
    78 bad configuration.
    """
    if (model is None) == (records is None):
        raise click.UsageError("give a MODEL or --explain FILE")
    from shipper.price_files import PriceFiles, PriceFilesError
    from shipper.pricing import Pricer

    settings, _ = load_settings(config_file, flags, sections=("pricing", "mapping"))
    try:
        pricer = Pricer(settings.pricing, PriceFiles(settings.pricing).load())
    except PriceFilesError as error:
        for problem in error.problems:
            click.echo(f"problem: {problem}", err=True)
        sys.exit(exit_codes.CONFIGURATION)
    if records is not None:
        from shipper.decode import Decoder

        all_known = _explain_records(records, Decoder(settings.mapping), pricer)
    else:
        all_known = _explain_call(_billing(model or "", asked), pricer)
    if not all_known:
        sys.exit(exit_codes.REFUSED_DATA)


def _explain_call(billing: Billing, pricer: Pricer) -> bool:
    from shipper.pricing.explain import explain, told
    from shipper.pricing.look_up import Priced
    from shipper.records import Cost

    if billing.usage is not None:
        explanation = explain(pricer, billing)
        click.echo("\n".join(told(explanation)))
        return isinstance(explanation.cost, Cost)
    found = pricer.look_up(billing)
    if not isinstance(found, Priced):
        click.echo(f"cost      unknown: {found.why}")
        return False
    click.echo(f"prices    {found.name}, from {found.source}")
    for line in _prices(found):
        click.echo(line)
    return True


def _prices(found: Any) -> Iterator[str]:
    """The prices of a tariff, those of tokens by the million too, as providers show them.

    What has no price of its own, and so that of something above it, is left out.
    """
    tariff = found.tariff
    for kind, steps in (("", tariff.steps), ("off-peak, ", tariff.off_peak[1] if tariff.off_peak else ())):
        for number, step in enumerate(steps):
            if kind or number:
                yield f"{kind}above {max(step.above, 0)} prompt tokens"
            own = {price.rule: (bucket, price) for bucket, price in reversed(step.prices.items())}
            for bucket, price in reversed(own.values()):
                yield f"          {bucket:<18} ${price.usd:<12.9g} ${price.usd * 1e6:<10.6g} a million  {price.rule}"
    for unit, price in tariff.pieces.items():
        yield f"          {unit:<18} ${price.usd:<12.9g} {'':<21}  {price.rule}"


def _explain_records(records: BinaryIO, decoder: Any, pricer: Pricer) -> bool:
    from shipper.pricing.explain import explain, told
    from shipper.records import Record, Rejected

    readable = True
    for number, line in enumerate(records):
        if not line.strip():
            continue
        call = decoder.decode(Record("-", 0, number, -1, None, line.strip()))
        click.echo(f"record    {number}")
        if isinstance(call, Rejected):
            readable = False
            click.echo(f"refused   {call.reason}: {call.detail}")
            continue
        click.echo("\n".join(told(explain(pricer, call.billing))) + "\n")
    return readable


def _billing(model: str, asked: dict[str, Any]) -> Billing:
    from datetime import timedelta

    from shipper.records import Billing

    start = _instant(asked["at"])
    return Billing(
        (model,),
        asked["provider"],
        start,
        _usage(asked),
        None,
        terms=_terms(asked),
        end=start + timedelta(seconds=asked["seconds"]),
        team=asked["team"],
        key=asked["key"],
    )


def _terms(asked: dict[str, Any]) -> Terms | None:
    from shipper.records import Terms

    terms = Terms(batch=asked["batch"], **{name: asked[name] for name in _TERMS})
    return None if terms == Terms() else terms


def _usage(asked: dict[str, Any]) -> Usage | None:
    from shipper.records import Usage

    units = _units(asked["units"])
    read, short, hour = asked["cached"], asked["cache_write"], asked["cache_write_1h"]
    inputs = (asked["input"], read, short, hour)
    if units is None and not any((*inputs, asked["output"])):
        return None
    other_inputs = 0 if units is None else units.audio_input + units.image_input + units.video_input
    return Usage(
        asked["input"], asked["output"], read, short + hour, hour, sum(inputs) + other_inputs, asked["output"], units
    )


def _units(written: tuple[str, ...]) -> Any:
    from shipper.records import Units

    found: dict[str, float] = {}
    for text in written:
        name, _, count = text.partition("=")
        try:
            kind = {"int": int, "float": float}[Units.__annotations__[name]]
            found[name] = kind(count)
        except (KeyError, ValueError):
            known = ", ".join(Units.__struct_fields__)
            raise click.BadParameter(f"{text!r} is not NAME=N with a name of: {known}") from None
    return Units(**dict[str, Any](found)) if found else None


def _instant(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"--at {text!r} is no date and no time of ISO 8601") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
