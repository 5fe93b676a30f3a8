"""The price files: whether they make prices, found out before anybody is priced by them."""

from __future__ import annotations

from shipper.price_files import PriceFiles, PriceFilesError
from shipper.pricing import PricingSettings


def bad_overrides(path: str | None) -> list[str]:
    """Own prices that cannot be read or used."""
    return _problems(PricingSettings(overrides=path), path)


def bad_snapshots(directory: str | None) -> list[str]:
    """Price tables that cannot be read or used."""
    return _problems(PricingSettings(snapshots=directory), directory)


def unknown_models(path: str | None, directory: str | None) -> list[str]:
    """Own prices of models that nobody knows: perhaps misspelt, for then they price nothing."""
    if path is None:
        return []
    try:
        book = PriceFiles(PricingSettings(overrides=path, snapshots=directory)).load()
    except PriceFilesError:
        return []
    why = "no price table has this model; name its litellm_provider if it is one of your own"
    return [f"{where}: {why}" for where in book.strangers()]


def _problems(settings: PricingSettings, path: str | None) -> list[str]:
    if path is None:
        return []
    try:
        PriceFiles(settings).load()
    except PriceFilesError as error:
        return [problem.removeprefix(f"{path}: ") for problem in error.problems]
    return []
