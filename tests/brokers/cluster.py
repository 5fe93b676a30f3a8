"""Three Kafka nodes, for what one node cannot show: leaders that move, a lost coordinator, a rolling restart."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from tests.brokers.client import Kafka, wait_until
from tests.brokers.kafka import KafkaBroker, free_ports

NODE_IDS = (1, 2, 3)


class KafkaCluster(Kafka):
    """Three nodes that hold every topic and the groups' offsets threefold; two of them suffice to go on.

    A context manager: running inside, gone with its data outside. `bootstrap` names all three; end and start
    single nodes through `nodes_by_id`.
    """

    def __init__(self, directory: Path) -> None:
        controllers = dict(zip(NODE_IDS, free_ports(len(NODE_IDS)), strict=True))
        self.nodes_by_id: dict[int, KafkaBroker] = {}
        for node_id in NODE_IDS:
            home = directory / f"node-{node_id}"
            home.mkdir()
            self.nodes_by_id[node_id] = KafkaBroker(home, node_id=node_id, controllers=controllers, heap_mb=256)
        self._running = ExitStack()
        super().__init__(",".join(node.bootstrap for node in self.nodes_by_id.values()))

    def __enter__(self) -> KafkaCluster:
        with self._running:
            for node in self.nodes_by_id.values():
                self._running.callback(node.close)
                node.launch()
            # Only now: a node alone has no quorum, so none is ready before another runs.
            self.wait_until_whole()
            self._running = self._running.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()

    def resume(self) -> None:
        """From whatever state a test left the nodes in: start those that have ended; then `wait_until_whole`."""
        for node in self.nodes_by_id.values():
            node.resume()

    def wait_until_whole(self) -> None:
        """Return when all three nodes are in service and serve clients."""
        for node in self.nodes_by_id.values():
            node.wait_until_ready()
        wait_until(lambda: self.nodes() == set(NODE_IDS), "three nodes in service")
