"""A commit that only the holder of the generation can make.

aiokafka's own commit() carries whatever generation the client has at that moment: a member that was frozen,
lost its partitions and rejoined would rewind the group with an old offset, and the broker would take it (it
checks the generation, not who has the partition; and in an empty group not even that). Here the request carries
the generation and member id under which its records were fetched, so the broker itself refuses a late one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Literal

from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    IllegalGenerationError,
    NotCoordinatorForGroupError,
    RebalanceInProgressError,
    RequestTimedOutError,
    UnknownMemberIdError,
    for_code,
)
from aiokafka.protocol.commit import OffsetCommitRequest
from msgspec import Struct

from shipper.checkpoint import Partition

COMMIT_TIMEOUT_S = 10.0

_FENCED = (IllegalGenerationError, UnknownMemberIdError, RebalanceInProgressError)
_MOVED = (GroupCoordinatorNotAvailableError, NotCoordinatorForGroupError, RequestTimedOutError)
_RETENTION_AS_CONFIGURED = -1


class Membership(Struct, frozen=True):
    """One assignment of the group: what fences its commits."""

    group_id: str
    generation: int
    member_id: str


class Committed(Struct, frozen=True):
    """How a commit ended. `fenced`: the assignment is over, whoever has it now goes on from the last commit."""

    result: Literal["ok", "failed", "fenced"]
    detail: str = ""


async def commit(
    coordinator: Any, membership: Membership, offsets: Mapping[Partition, int], texts: Mapping[Partition, str]
) -> Committed:
    """Commit `offsets`, with a text where `texts` has one, through aiokafka's `coordinator` as `membership`.

    Bounded by COMMIT_TIMEOUT_S; raises nothing. `failed` means that the outcome is unknown or an error of the
    moment: the same offsets may be committed again.
    """
    if membership.generation <= 0:
        # A broker takes a commit without a generation from anybody while the group is empty.
        return Committed("fenced", "not a member")
    request = _request(membership, offsets, texts)
    try:
        async with asyncio.timeout(COMMIT_TIMEOUT_S):
            await coordinator.ensure_coordinator_known()
            response = await coordinator._send_req(request)
    except Exception as error:
        # Whatever it was, these offsets are committed again with the next ones.
        return Committed("failed", f"{type(error).__name__}: {error}"[:300])
    errors = {for_code(code) for _, partitions in response.topics for _, code in partitions if code}
    if errors.intersection(_MOVED):
        coordinator.coordinator_dead()  # looked up again before the next request
    names = ", ".join(sorted(error.__name__ for error in errors))
    if errors.intersection(_FENCED):
        return Committed("fenced", names)
    return Committed("failed", names) if errors else Committed("ok")


def _request(
    membership: Membership, offsets: Mapping[Partition, int], texts: Mapping[Partition, str]
) -> OffsetCommitRequest:
    topics: dict[str, list[tuple[int, int, str]]] = {}
    for (topic, number), offset in offsets.items():
        topics.setdefault(topic, []).append((number, offset, texts.get((topic, number), "")))
    return OffsetCommitRequest(
        membership.group_id,
        membership.generation,
        membership.member_id,
        _RETENTION_AS_CONFIGURED,
        list(topics.items()),
    )
