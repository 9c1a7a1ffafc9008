"""One operating-system process of the stack, in its own group, with its log in a file."""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from local_stack.errors import NotReadyError, ServerDiedError
from local_stack.guarded_folder import GuardedFolder
from local_stack.waiting import wait_until

GRACE_SECONDS = 20.0
READY_SECONDS = 60.0


class ServerProcess:
    """Starts a command, waits for it, and signals its whole group."""

    def __init__(
        self,
        product: str,
        command: list[str],
        *,
        guard: GuardedFolder,
        environment: Mapping[str, str],
        folder: Path,
        log: Path,
    ) -> None:
        self._product = product
        self._command = command
        self._guard = guard
        self._environment = {**environment, **guard.environment()}
        self._folder = folder
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, ready: Callable[[], bool]) -> None:
        """Start and wait until ready; raises ServerDiedError if it ends before."""
        with self._guard.starting(), self._log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(
            lambda: self._alive() and ready(), what=self._product, timeout_seconds=READY_SECONDS
        )

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the whole group, if there is one."""
        if self._process is not None and _group_exists(self._process):
            os.killpg(self._process.pid, number)

    def kill(self) -> None:
        """End the whole group at once."""
        self.signal(signal.SIGKILL)
        self._wait_for_end()

    def stop(self) -> None:
        """End the group in good order, by force after the grace."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            self._wait_for_end()
        except NotReadyError:
            self.kill()

    def _alive(self) -> bool:
        process = self._process
        if process is None or process.poll() is not None:
            raise ServerDiedError(self._product, log=self._log)
        return True

    def _wait_for_end(self) -> None:
        process = self._process
        if process is not None:
            wait_until(
                lambda: not _group_exists(process),
                what=f"the end of {self._product}",
                timeout_seconds=GRACE_SECONDS,
            )


def _group_exists(process: subprocess.Popen[bytes]) -> bool:
    process.poll()  # a process that ended stays in its group until it is reaped
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    return True
