"""Telling a person what goes on."""

import sys
from collections.abc import Callable

Report = Callable[[str], None]


def print_to_stderr(line: str) -> None:
    """Progress for a person who waits; standard output stays for the URLs."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
