"""Finds and ends the processes of one stack by a mark in their environment.

Children inherit the mark however they fork and whatever session they move to, and it is there
before the program runs, so no process can be missed between its start and a note of its id.
"""

import contextlib
import os
import signal
import time
from pathlib import Path

MARK = "LOCAL_STACK_FOLDER"
PAUSE_SECONDS = 0.02


def marked_processes(folder: Path) -> list[int]:
    """Ids of running processes that carry this folder's mark (Linux; elsewhere none is seen)."""
    mark = f"{MARK}={folder}".encode()
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if _carries(entry, mark)]


def kill_marked(folder: Path, *, timeout_seconds: float = 10.0) -> None:
    """Kill until no process carries the mark; some may still fork while others die."""
    deadline = time.monotonic() + timeout_seconds
    while (alive := marked_processes(folder)) and time.monotonic() < deadline:
        for process_id in alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process_id, signal.SIGKILL)
        time.sleep(PAUSE_SECONDS)


def _carries(entry: Path, mark: bytes) -> bool:
    try:
        return mark in (entry / "environ").read_bytes().split(b"\0")
    except OSError:  # ended meanwhile, or another user's
        return False
