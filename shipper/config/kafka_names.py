"""Names that Kafka takes: brokers and topics."""

from __future__ import annotations

import re
from collections.abc import Sequence

_BROKER = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:/@\[\]]+):([0-9]{1,5})")
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")  # Kafka: org.apache.kafka.common.internals.Topic
_TOPIC_IN_WORDS = "1 to 249 of A-Z a-z 0-9 . _ -"


def bad_brokers(brokers: Sequence[str]) -> str | None:
    """Entries that are not host:port, by their place in the list: an entry may hold a password."""
    wrong = [str(place) for place, broker in enumerate(brokers, 1) if not _valid_broker(broker)]
    return f"must be host:port each, without scheme or user; wrong: no. {', '.join(wrong)}" if wrong else None


def bad_topics(topics: Sequence[str]) -> str | None:
    """Topics that Kafka would refuse, or that stand there twice."""
    wrong = [str(place) for place, topic in enumerate(topics, 1) if not _valid_topic(topic)]
    if wrong:
        return f"must be topic names ({_TOPIC_IN_WORDS}); wrong: no. {', '.join(wrong)}"
    twice = sorted({topic for topic in topics if topics.count(topic) > 1})
    return f"must name each topic once; more than once: {', '.join(twice)}" if twice else None


def bad_dead_letter_topic(topic: str | None, topics: Sequence[str]) -> str | None:
    """The topic of the dead letters, or what would be made from `topics` if it is None: must not be read itself."""
    if topic is None:
        return _bad_derived([f"{source}.dead-letters" for source in topics if _valid_topic(source)], topics)
    if not _valid_topic(topic):
        return f"must be a topic name ({_TOPIC_IN_WORDS})"
    return "must not be one of kafka.topics: what is refused would come back for ever" if topic in topics else None


def _bad_derived(derived: Sequence[str], topics: Sequence[str]) -> str | None:
    long = [name for name in derived if not _valid_topic(name)]
    if long:
        return f"is required: {long[0]}, made from the topic's name, is longer than Kafka's 249 characters"
    read = [name for name in derived if name in topics]
    return f"is required: kafka.topics has {read[0]} itself, what is refused would come back for ever" if read else None


def _valid_broker(broker: str) -> bool:
    match = _BROKER.fullmatch(broker)
    return match is not None and 1 <= int(match[2]) <= 65_535


def _valid_topic(topic: str) -> bool:
    return _TOPIC.fullmatch(topic) is not None and topic not in (".", "..")
