"""Locked environments of programs that tests check themselves against."""
