"""Usage of Cohere's APIs as disjoint buckets: chat (v1, v2), embed, rerank.

Rule: Cohere's API reference: `billed_units` are what is paid, `tokens` what was read and written, which counts only
where no billed tokens are given. (LiteLLM takes `billed_units` for v1 and `tokens` for v2.)
"""

from __future__ import annotations

from shipper.decode.buckets import to_buckets
from shipper.decode.counts import Object, count, member
from shipper.records import Units, Usage


def from_cohere(usage: Object) -> Usage | None:
    """`usage` (v2) or `meta` (v1, embed, rerank); None if it counts nothing. Search units are `queries`."""
    billed, tokens = member(usage, "billed_units"), member(usage, "tokens")
    said = count(billed, "output_tokens") or count(tokens, "output_tokens")
    image = count(billed, "image_tokens")
    asked = count(billed, "input_tokens") or count(tokens, "input_tokens")
    if not (asked or image):
        asked = max(0, count(billed, "total_tokens") - said)
    units = Units(image_input=image, images_input=count(billed, "images"), queries=count(billed, "search_units"))
    found = to_buckets(asked + image, said, count(usage, "cached_tokens"), parts=units)
    return found if found.total or found.other else None
