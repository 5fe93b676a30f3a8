"""The oracle starts once a session, when the first test asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pricing.oracle import Oracle, bundled_map

# Starting it counts towards the first test that needs it, and so does installing LiteLLM on a new machine.
ORACLE_TEST_TIMEOUT_S = 1500


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that ask the oracle get time for its start."""
    for item in items:
        if "oracle" in getattr(item, "fixturenames", ()) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(ORACLE_TEST_TIMEOUT_S))


@pytest.fixture(scope="session")
def oracle() -> Iterator[Oracle]:
    """LiteLLM with the bundled price map."""
    with Oracle(bundled_map()) as running:
        yield running
