"""What the tests of the whole daemon share: the inbox behind it, and the way to start it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shipper.demo.inbox import Inbox
from tests.brokers.client import Kafka
from tests.integration.daemon import DaemonProcess, Start


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    """The backend."""
    async with Inbox() as inbox:
        yield inbox


@pytest.fixture
def daemon(kafka: Kafka, topic: str, group: str, inbox: Inbox) -> Start:
    """Makes daemons of one group on the test's topic, delivering to the inbox."""
    return lambda **settings: DaemonProcess(kafka.bootstrap, topic, group, inbox, **settings)
