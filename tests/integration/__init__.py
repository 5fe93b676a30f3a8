"""Tests against real services: Apache Kafka, and the embedded trace inbox."""
