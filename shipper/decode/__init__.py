"""Kafka's bytes become CallRecords, or a reason why they cannot."""

from shipper.decode.record import Decoder

__all__ = ["Decoder"]
