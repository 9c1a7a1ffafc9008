"""A service that is started, killed by itself, and started again within a fraction of a second."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

START_SECONDS = 40.0


class ServiceDied(RuntimeError):
    """The service ended on its own account; the message holds the end of its log."""


class Respawned:
    """A module that calls `serve_forks`, and the child that it has at the moment."""

    def __init__(self, name: str, forker: Process, log: Path) -> None:
        self.name = name
        self._forker = forker
        self._log = log
        self._reading = asyncio.create_task(self._read())
        self.url = ""
        self._renew()

    def _renew(self) -> None:
        loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[str] = loop.create_future()
        self._ended: asyncio.Future[int] = loop.create_future()

    async def start(self) -> None:
        """Raises ServiceDied when it is not ready in time."""
        if self._forker.stdin is None:
            raise ServiceDied(f"{self.name} cannot be told to start")
        self._renew()
        self._forker.stdin.write(b"+")
        waiting: set[asyncio.Future[Any]] = {self._ready, self._ended, self._reading}
        await asyncio.wait(waiting, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if self._ready.done():
            self.url = self._ready.result()
        else:
            said = self._log.read_text(errors="replace")[-2000:]
            raise ServiceDied(f"{self.name} did not start: {said}")

    async def died(self) -> None:
        """Returns when it was killed; raises ServiceDied when it ended in any other way."""
        code = await asyncio.shield(self._ended)
        if code != -signal.SIGKILL:
            said = self._log.read_text(errors="replace")[-2000:]
            raise ServiceDied(f"{self.name} ended with {code}: {said}")

    async def close(self) -> None:
        """Kills it and what forks it."""
        if self._forker.stdin is not None:
            self._forker.stdin.close()
        await self._forker.wait()
        await self._reading

    async def _read(self) -> None:
        output = self._forker.stdout
        while output is not None and (line := await output.readline()):
            said: dict[str, Any] = json.loads(line)
            if "url" in said and not self._ready.done():
                self._ready.set_result(str(said["url"]))
            if "ended" in said and not self._ended.done():
                self._ended.set_result(int(said["ended"]))


@asynccontextmanager
async def respawned(
    module: str, *, environment: Mapping[str, str], log: Path
) -> AsyncIterator[Respawned]:
    """Started, and ended with the block."""
    with log.open("ab") as errors:
        forker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module),
            env=dict(environment),
            stdin=PIPE,
            stdout=PIPE,
            stderr=errors,
        )
    service = Respawned(module, forker, log)
    try:
        await service.start()
        yield service
    finally:
        await service.close()
