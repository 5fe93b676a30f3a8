"""shipper: LLM call records from Kafka, priced, to Langfuse."""

from importlib.metadata import version

__version__ = version("shipper")
