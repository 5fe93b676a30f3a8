"""Tests of the demo's parts: broker, inbox, page, samples and the command."""
