"""What a span has of its observation whatever it says of it: times in their order, status, flags."""

from __future__ import annotations

from shipper.mapping.span import LOCAL_PARENT, REMOTE_PARENT, Attributes, Common, Span, to_ns
from shipper.records import Observation


def to_span(
    one: Observation,
    name: str,
    kind: int,
    ids: tuple[bytes, bytes, bytes],
    attributes: Attributes,
    common: Common | None = None,
    *,
    is_remote: bool = False,
) -> Span:
    """The span of an observation; `ids` are its trace's, its own and its parent's, `is_remote` says that the parent is
    another process's. It never ends before it starts; a failure has the status ERROR with its message."""
    trace_bytes, own, parent = ids
    start = to_ns(one.start)
    failed = one.level == "ERROR"
    return Span(
        trace_bytes,
        own,
        parent,
        name,
        kind,
        start,
        start if one.end is None else max(start, to_ns(one.end)),
        attributes,
        REMOTE_PARENT if is_remote else LOCAL_PARENT,
        failed,
        (one.status_message or "") if failed else "",
        common=common,
    )
