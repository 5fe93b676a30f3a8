"""Tests of what lies under deploy/."""
