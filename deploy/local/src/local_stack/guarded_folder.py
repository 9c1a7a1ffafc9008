"""A temporary folder whose processes and files end with their owner, however it ends."""

import secrets
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_stack.errors import StackClosedError, StackError
from local_stack.processes import MARK, kill_marked
from local_stack.supervise import remove


class GuardedFolder:
    """Made and guarded by a supervisor process; `close` ends what is in it and removes it."""

    def __init__(self, parent: Path | None = None) -> None:
        base = (parent or Path(tempfile.gettempdir())).resolve()
        self.path = base / f"local-stack-{secrets.token_hex(6)}"
        self._closed = False
        self._starting = threading.Lock()
        self._supervisor = subprocess.Popen(
            [sys.executable, "-m", "local_stack.supervise", str(self.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C at the terminal is for the owner alone
        )
        greeting = self._supervisor.stdout.readline() if self._supervisor.stdout else b""
        if greeting != b"guarding\n":
            self._supervisor.communicate()
            raise StackError(f"the supervisor could not make {self.path}; is {base} writable?")

    def environment(self) -> dict[str, str]:
        """The variable every process of this stack must carry."""
        return {MARK: str(self.path)}

    @property
    def is_closed(self) -> bool:
        """Whether nothing may be started here any more."""
        return self._closed

    @contextmanager
    def starting(self) -> Iterator[None]:
        """Hold off `close` while a process is started; raises StackClosedError after it.

        Else a thread that is still starting servers could start one after all were ended.
        """
        with self._starting:
            if self._closed:
                raise StackClosedError(f"the stack in {self.path} was stopped")
            yield

    def close(self) -> None:
        """End all processes of the stack, remove the folder, let the supervisor go."""
        with self._starting:
            self._closed = True
        kill_marked(self.path)
        remove(self.path)
        self._supervisor.communicate()
