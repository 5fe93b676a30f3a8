"""Tests of shipper."""
