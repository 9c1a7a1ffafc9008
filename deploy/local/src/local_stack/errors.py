"""What can go wrong with the local stack.

StackError
├── StackUnavailableError   a server cannot be provided here; says the one command that helps
├── ServerDiedError         a server ended before it was ready
├── NotReadyError           a server did not answer in time
└── StackClosedError        a server was to start after the stack was stopped
"""

from pathlib import Path


class StackError(Exception):
    """Anything the local stack reports to the person who started it."""


class StackUnavailableError(StackError):
    """A program cannot be had on this machine; `command` is the one command that would help."""

    def __init__(self, product: str, *, reasons: tuple[str, ...], command: str) -> None:
        self.command = command
        tried = "; ".join(reasons)
        super().__init__(
            f"{product} cannot be provided here: {tried}. This would help:\n  {command}"
        )


class ServerDiedError(StackError):
    """A server ended before it was ready; carries the end of its log."""

    def __init__(self, product: str, *, log: Path) -> None:
        super().__init__(f"{product} ended before it was ready. Its last words:\n{last_lines(log)}")


class NotReadyError(StackError):
    """A server runs but did not become ready in time."""


class StackClosedError(StackError):
    """A server was to start after the stack was stopped."""


def last_lines(log: Path, *, count: int = 20) -> str:
    """The end of a log, or a remark when there is none."""
    if not log.exists():
        return "(it wrote no log)"
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
