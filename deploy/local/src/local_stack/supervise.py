"""The stack's guardian: `python -m local_stack.supervise FOLDER`.

It makes the folder, then waits for its owner's end: the pipe on its standard input closes, or its
parent changes (a fork of the owner may hold the pipe open). Then it ends every process of the
stack and removes the folder, so that not even SIGKILL of the owner leaves something behind.
"""

import os
import select
import shutil
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from local_stack.processes import kill_marked

LOOK_AT_PARENT_SECONDS = 0.5
REMOVE_ATTEMPTS = 50


def main(folder: Path) -> None:
    """Guard the folder until the owner is gone."""
    owner = os.getppid()
    signal.signal(signal.SIGTERM, _leave)
    folder.mkdir(mode=0o700, parents=True)
    try:
        sys.stdout.write("guarding\n")
        sys.stdout.flush()
        wait_for_end_of(owner)
    finally:
        kill_marked(folder)
        remove(folder)


def wait_for_end_of(owner: int) -> None:
    """Return when standard input is closed or the parent is another process."""
    while os.getppid() == owner:
        readable, _, _ = select.select([sys.stdin], [], [], LOOK_AT_PARENT_SECONDS)
        if readable and not os.read(sys.stdin.fileno(), 1):
            return


def remove(folder: Path) -> None:
    """Remove the folder, again if a dying process wrote into it meanwhile."""
    for _ in range(REMOVE_ATTEMPTS):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.02)


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
