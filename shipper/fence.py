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
    IllegalGenerationError,
    KafkaError,
    RebalanceInProgressError,
    UnknownMemberIdError,
    for_code,
)
from aiokafka.protocol.commit import OffsetCommitRequest
from msgspec import Struct

from shipper.checkpoint import Partition

COMMIT_TIMEOUT_S = 10.0

_FENCED = (IllegalGenerationError, UnknownMemberIdError, RebalanceInProgressError)


class Membership(Struct, frozen=True):
    """One assignment of the group: what fences its commits."""

    group_id: str
    generation: int
    member_id: str


class Committed(Struct, frozen=True):
    """How a commit ended. `fenced`: the assignment is over, whoever has it now goes on from the last commit."""

    result: Literal["ok", "failed", "fenced"]
    detail: str = ""


async def commit(coordinator: Any, membership: Membership, offsets: Mapping[Partition, int]) -> Committed:
    """Commit `offsets` through aiokafka's `coordinator` as `membership`; bounded, raises nothing of Kafka's.

    `failed` means that the outcome is unknown or an error of the moment: the same offsets may be committed again.
    """
    if membership.generation <= 0:
        return Committed("fenced", "not a member")
    topics: dict[str, list[tuple[int, int, str]]] = {}
    for (topic, partition), offset in offsets.items():
        topics.setdefault(topic, []).append((partition, offset, ""))
    request = OffsetCommitRequest(
        membership.group_id, membership.generation, membership.member_id, -1, list(topics.items())
    )
    try:
        async with asyncio.timeout(COMMIT_TIMEOUT_S):
            await coordinator.ensure_coordinator_known()
            response = await coordinator._send_req(request)
    except (KafkaError, TimeoutError, OSError, RuntimeError) as error:
        return Committed("failed", f"{type(error).__name__}: {error}"[:300])
    errors = {for_code(code) for _, partitions in response.topics for _, code in partitions if code}
    names = ", ".join(sorted(error.__name__ for error in errors))
    if errors.intersection(_FENCED):
        return Committed("fenced", names)
    if errors:
        coordinator.coordinator_dead()  # looked up again before the next request, which is right if it has moved
        return Committed("failed", names)
    return Committed("ok")
