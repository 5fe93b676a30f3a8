"""Exit codes of every command, as in BSD's sysexits. A second SIGINT or SIGTERM ends the daemon with 130 or 143."""

from typing import Final

OK: Final = 0
USAGE: Final = 64
REFUSED_DATA: Final = 65
UNAVAILABLE: Final = 69
BUG: Final = 70
CONFIGURATION: Final = 78
INTERRUPTED: Final = 130
