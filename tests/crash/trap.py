"""Ends its own process by SIGKILL at the n-th passing of one boundary, for one order only.

What to do is read from a file with each message, so a running process can be armed and disarmed.
"""

import os
import re
import signal
from base64 import b64decode
from collections import Counter
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

ARMED_FILE = "CRASH_ARMED_FILE"
_WEBHOOK_BODY = re.compile(r'"body_base64":"([^"]*)"')


def in_hand_file(armed_file: Path) -> Path:
    """Where an orchestrator says how many messages it has in hand."""
    return armed_file.with_name("in-hand")


class Armed(BaseModel):
    """Places look like `commands/orders.save:after#2`: whose work, which boundary, which passing.

    `marks` are what names the order; `trace` is a file that gets every place as it is passed.
    """

    model_config = ConfigDict(frozen=True)

    marks: tuple[str, ...]
    die_at: str | None = None
    trace: str | None = None


@dataclass(slots=True)
class Work:
    """One message being worked on: `where` it came in, and what the trap then said about it."""

    where: str
    armed: Armed
    armed_text: str
    passed: Counter[str]


_work: ContextVar[Work | None] = ContextVar("work", default=None)


def text_of(body: bytes) -> str:
    """A message with the webhooks that it carries spelled out."""
    text = body.decode(errors="replace")
    carried = (b64decode(found).decode(errors="replace") for found in _WEBHOOK_BODY.findall(text))
    return " ".join((text, *carried))


class Trap:
    """Counts only in work that began after it was armed; each arming counts from the start."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._text = ""
        self._passed: Counter[str] = Counter()
        self._in_hand = 0
        self._tell_in_hand(0)

    def took(self) -> None:
        """One more message is in hand, as the test can see from outside."""
        self._tell_in_hand(self._in_hand + 1)

    def let_go(self) -> None:
        self._tell_in_hand(self._in_hand - 1)

    def _tell_in_hand(self, number: int) -> None:
        self._in_hand = number
        in_hand_file(self._path).write_text(str(number))

    def begin(self, where: str, *bodies: bytes) -> None:
        """From now on this task, and all that it starts, works on these messages."""
        text = self._read()
        if text != self._text:
            self._text, self._passed = text, Counter()
        armed = Armed.model_validate_json(text) if text else None
        said = " ".join(text_of(body) for body in bodies)
        if armed is not None and any(mark in said for mark in armed.marks):
            _work.set(Work(where, armed, text, self._passed))
        else:
            _work.set(None)

    async def reached(self, point: str) -> None:
        self.passed(point)

    def passed(self, point: str) -> None:
        work = _work.get()
        if work is None:
            return
        boundary = f"{work.where}/{point}"
        work.passed[boundary] += 1
        place = f"{boundary}#{work.passed[boundary]}"
        if work.armed.trace is not None:
            with Path(work.armed.trace).open("a") as trace:
                trace.write(f"{place}\n")
        if work.armed.die_at == place and work.armed_text == self._read():
            os.kill(os.getpid(), signal.SIGKILL)

    def _read(self) -> str:
        try:
            return self._path.read_text()
        except FileNotFoundError:
            return ""
