"""Starts a service again and again without importing it again: a process that forks it.

Each byte on stdin starts a child; the end of stdin ends all. A child is a process of its own like
any other: it has opened nothing before the fork, and SIGKILL ends it in the midst of anything.
"""

import json
import os
import select
import signal
import sys
import traceback
from collections.abc import Callable
from importlib.metadata import entry_points

from payments_common.gateways.registry import GATEWAYS, WEBHOOK_SCHEMES


def import_gateways() -> None:
    """A service finds its gateways by entry points, and imports them only then."""
    for group in (GATEWAYS, WEBHOOK_SCHEMES):
        for each in entry_points(group=group):
            each.load()


def serve_forks(work: Callable[[], int]) -> int:
    """One child at a time; tells on stdout how each ended."""
    while os.read(sys.stdin.fileno(), 1):
        child = os.fork()
        if child == 0:
            _live(work)
        if not _ended_before_us(child):
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        _tell(ended=os.waitstatus_to_exitcode(status))
    return 0


def _live(work: Callable[[], int]) -> None:
    code = 1
    try:
        code = work()
    except BaseException:  # noqa: BLE001 - nothing is above it that could tell
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _ended_before_us(child: int) -> bool:
    """Waits for the child's end or that of stdin, whichever comes first."""
    handle = os.pidfd_open(child)
    try:
        ready, _, _ = select.select([handle, sys.stdin.fileno()], [], [])
        return handle in ready
    finally:
        os.close(handle)


def _tell(**what: object) -> None:
    sys.stdout.write(f"{json.dumps(what)}\n")
    sys.stdout.flush()
