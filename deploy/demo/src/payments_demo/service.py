"""One service as a process: started, stopped, killed and started again."""

import json
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

START_SECONDS = 30.0
STOP_SECONDS = 40.0


class ServiceDied(RuntimeError):
    """The service ended, or was not ready in time; the message holds the end of its log."""


class Service:
    """A Python module that prints one JSON line with its URL when it is ready."""

    def __init__(
        self,
        module: str,
        *arguments: str,
        environment: Mapping[str, str],
        log: Path,
    ) -> None:
        self._command = [sys.executable, "-m", module, *arguments]
        self._environment = environment
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.name = module
        self.url = ""

    @property
    def process_id(self) -> int:
        return self._running().pid

    def start(self, *, within_seconds: float = START_SECONDS) -> None:
        """Raises ServiceDied when it is not ready in time."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=dict(self._environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self.url = str(self._first_line(within_seconds)["url"])

    def stop(self) -> None:
        """Asks it to finish what it has begun."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it at once, in the middle of whatever it does."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def _end(self, how: signal.Signals) -> None:
        process = self._process
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(how)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
        self._process = None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise ServiceDied(f"{self.name} is not running")
        return self._process

    def _first_line(self, seconds: float) -> Any:
        output = self._running().stdout
        if output is None or not select.select([output], [], [], seconds)[0]:
            raise ServiceDied(f"{self.name} was not ready within {seconds:g} s: {self._said()}")
        line = output.readline()
        if not line:
            raise ServiceDied(f"{self.name} ended before it was ready: {self._said()}")
        return json.loads(line)

    def _said(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]
