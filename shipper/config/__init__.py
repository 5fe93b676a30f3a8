"""Configuration: settings types composed, sources read in their order, every problem found at once.

Each stage owns its settings type beside its code; here they are only composed (`settings`), read from flags,
environment and file (`sources`), checked against each other (`rules`) and written out (`render`).
Knows neither Kafka's client nor HTTP: everything is decided without a network.
"""

from shipper.config.load import Loaded, from_values, load
from shipper.config.settings import KEYS, Settings

__all__ = ["KEYS", "Loaded", "Settings", "from_values", "load"]
