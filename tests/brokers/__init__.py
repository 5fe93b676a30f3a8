"""Brokers for tests: a real Apache Kafka that starts from Python packages and Maven artifacts alone."""
