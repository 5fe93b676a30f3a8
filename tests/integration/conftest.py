"""Fixtures of the integration tests beyond those of `tests/conftest.py`."""
