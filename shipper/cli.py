"""Commands and exit codes."""


def main() -> None:
    """Entry point."""
