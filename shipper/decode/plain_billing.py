"""What may be known of a plain call's price: names to look up, units, terms, and what the record or provider says.

Rule: the response decides, as the provider's API gave it; the request only where the response says nothing.
"""

from __future__ import annotations

from math import isfinite

from shipper.decode.bill import Bill
from shipper.decode.buckets import with_units
from shipper.decode.plain_shapes import PlainCost, Reading
from shipper.decode.provider_names import to_provider
from shipper.decode.reported_cost import to_reported_cost
from shipper.decode.terms import setting, to_geo, to_results, to_search_size, to_size, to_tier
from shipper.decode.usage import to_usage
from shipper.decode.values import to_names, to_text
from shipper.records import Billing, Terms, Units, Usage

_NO_BILL = Bill()
_USUAL = Terms()


def to_plain_billing(reading: Reading, repairs: list[str]) -> Billing:
    """Everything that pricing may know of the call; a cost that is none is named in `repairs`."""
    fields, parameters, bill = reading.fields, reading.parameters, reading.bill
    usage = to_usage(reading.usage)
    if bill is not None or reading.units is not None or usage is None:
        usage = _with_all_units(reading, usage)
    asked = reading.asked_model
    if asked is None and parameters is not None and parameters.priced is not None:
        asked = setting(parameters.priced, "modelId")  # Amazon's
    return Billing(
        to_names(reading.served_model or (bill.model if bill is not None else None), fields.model, asked),
        to_provider(fields.provider),
        reading.start,
        usage,
        to_reported_cost(reading.usage) if fields.cost is None else _cost(fields.cost, repairs),
        False,
        fields.error is not None,
        _terms(reading, usage),
        None,
        reading.end,
    )


def _with_all_units(reading: Reading, usage: Usage | None) -> Usage | None:
    bill = reading.bill or _NO_BILL
    if usage is None:
        usage = bill.usage
    elif bill.usage is not None:
        usage = with_units(usage, bill.usage.other)
    if usage is None and reading.fields.error is None:
        usage = with_units(usage, _spoken(reading))
    return with_units(usage, reading.units)


def _spoken(reading: Reading) -> Units | None:
    """Characters of a text that was to be spoken: only such a request has a voice, and its answer is no JSON."""
    priced = None if reading.parameters is None else reading.parameters.priced
    if not priced or "voice" not in priced or reading.input is None or bytes(reading.input)[:1] != b'"':
        return None
    return Units(characters_input=len(to_text(reading.input) or ""))


def _terms(reading: Reading, usage: Usage | None) -> Terms | None:
    """The terms of the call; None for the usual ones."""
    written, bill, parameters = reading.usage, reading.bill, reading.parameters
    priced = None if parameters is None else parameters.priced
    served, geo, speed, search = reading.served_tier, None, None, None
    if written is not None:
        served = served or written.service_tier
        geo, speed = written.inference_geo, written.speed
    if usage is not None and usage.other is not None and usage.other.web_searches:
        search = to_search_size(priced, reading.tools, None if written is None else written.search_context_size)
    is_named = priced is not None or geo is not None or speed is not None or search is not None
    if bill is None and not is_named and (served is None or served == "default"):
        return None
    bill = bill or _NO_BILL
    served = served or bill.tier
    terms = Terms(
        tier=to_tier(served, priced),
        batch=served == "batch",
        geo=to_geo(geo),
        speed=None if speed == "standard" else speed,
        search=search,
        size=to_size(bill.size, setting(priced, "size")),
        quality=bill.quality or setting(priced, "quality"),
        resolution=bill.resolution or setting(priced, "resolution"),
        results=to_results(priced),
    )
    return None if terms == _USUAL else terms


def _cost(written: PlainCost | float, repairs: list[str]) -> float | None:
    cost = written.total if isinstance(written, PlainCost) else written
    if cost is not None and not (isfinite(cost) and cost >= 0):
        repairs.append("cost")
        return None
    return cost
