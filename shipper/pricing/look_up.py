"""Finds the prices of a call: names and terms in, a tariff and where it stands out.

The rule: the first name that has prices counts, and prices that the caller set himself come before all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from shipper.pricing.adjustment import Adjustment
from shipper.pricing.book import Found, PriceBook
from shipper.pricing.names import image_names
from shipper.pricing.row import compile_row
from shipper.pricing.size_class import size_class
from shipper.pricing.tariff import Rates, Tariff
from shipper.records import Billing, Terms, UnknownCost

_NO_TERMS = Terms()
_REGIONAL = ("bedrock", "azure")  # providers whose regions are part of a row's name
# Of an image, where neither request nor response says it (LiteLLM's `route_image_generation_cost_calculator`).
_USUAL_SIZE, _USUAL_QUALITY = "1024x1024", "standard"
_CALLERS_OWN = "prices in the record"
# Of a row these stay where the caller sets prices of his own: they are not what he sets.
_NOT_HIS = ("litellm_provider", "mode", "search_context_cost_per_query", "web_search_billing_unit")
_SESSION = "code_interpreter_cost_per_session"


class Priced(Struct, frozen=True):
    """The prices of a call, the row they are from (`name`), what holds that row (`source`), and what comes on top.

    `otherwise` are those by the piece, for an image whose tokens nobody counted; `flat` are the tariff's, kept at hand.
    """

    tariff: Tariff
    name: str
    source: str
    adjustment: Adjustment | None = None
    otherwise: Priced | None = None
    flat: Rates | None = None


def look_up(book: PriceBook, billing: Billing) -> Priced | UnknownCost:
    """The prices of the first model that has any: the name a provider answers with may be unknown to the book."""
    why: Literal["no_model", "unpriced_model", "unpriced_unit"] = "no_model"
    for model in filter(None, billing.models):
        why = "unpriced_model" if why == "no_model" else why
        by_tokens = None
        for found, is_plain in _rows(book, billing, model):
            priced = _compiled(book, billing, found)
            if priced is None:
                why = "unpriced_unit"
            elif not (is_plain and _is_sized(billing.terms)):
                return priced if by_tokens is None else replace(by_tokens, otherwise=priced)
            elif by_tokens is None and priced.tariff.steps:
                by_tokens = priced
        if by_tokens is not None:
            return by_tokens
    return UnknownCost(why)


def _rows(book: PriceBook, billing: Billing, model: str) -> Iterator[tuple[Found, bool]]:
    """The rows of a model: with its region, as it is (then `True`), as an image of a size, as it is after all, and
    that of all models as large.
    """
    provider, terms = billing.provider, billing.terms or _NO_TERMS
    if terms.prices:
        yield _callers_own(_find(book, billing, model), model, terms), False
        return
    names = [model, *image_names(provider, model, terms.size or _USUAL_SIZE, terms.quality or _USUAL_QUALITY), model]
    if terms.region and provider.startswith(_REGIONAL):
        names.insert(0, f"{terms.region}/{model}")
    for number, name in enumerate(names):
        found = _find(book, billing, name)
        if found is not None:
            yield found, name == model and number < len(names) - 1
    if (shared := size_class(provider, model)) and (found := _find(book, billing, shared)):
        yield found, False


def _find(book: PriceBook, billing: Billing, name: str) -> Found | None:
    return book.find(billing.provider, name, billing.start, billing.team, billing.key)


def _callers_own(found: Found | None, model: str, terms: Terms) -> Found:
    row = {} if found is None else found.row
    return Found({**{key: row[key] for key in _NOT_HIS if key in row}, **dict(terms.prices)}, model, _CALLERS_OWN)


def _compiled(book: PriceBook, billing: Billing, found: Found) -> Priced | None:
    row, terms = found.row, billing.terms or _NO_TERMS
    tariff = compile_row(row, terms, billing.provider)
    if tariff is not None and _SESSION not in row and (container := _find(book, billing, "container")) is not None:
        # LiteLLM: the price of a code interpreter's session stands in a row of the provider's own.
        tariff = compile_row({**row, _SESSION: container.row.get(_SESSION)}, terms, billing.provider)
    if tariff is None:
        return None
    adjustment = book.adjustment(billing.provider, found.name)
    return Priced(tariff, found.name, found.source, adjustment, flat=tariff.flat)


def _is_sized(terms: Terms | None) -> bool:
    return terms is not None and (terms.size or terms.quality) is not None
