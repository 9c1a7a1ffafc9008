"""Waiting for a condition with a deadline."""

import time
from collections.abc import Callable

from local_stack.errors import NotReadyError

PAUSE_SECONDS = 0.03


def wait_until(ready: Callable[[], bool], *, what: str, timeout_seconds: float) -> None:
    """Return when `ready` is true; raises NotReadyError naming `what` after the timeout."""
    deadline = time.monotonic() + timeout_seconds
    while not ready():
        if time.monotonic() > deadline:
            raise NotReadyError(f"{what} did not become ready within {timeout_seconds:g} s")
        time.sleep(PAUSE_SECONDS)
