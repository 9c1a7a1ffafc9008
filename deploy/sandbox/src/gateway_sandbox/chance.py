"""Where ids come from: chance, unless a simulation gives a source that replays."""

from contextvars import ContextVar
from random import Random, SystemRandom
from uuid import UUID

SOURCE: ContextVar[Random | None] = ContextVar("SOURCE", default=None)


def source() -> Random:
    """The given one, else the system's."""
    return SOURCE.get() or SystemRandom()


def new_uuid() -> str:
    """Version 4, in its usual form."""
    return str(UUID(int=source().getrandbits(128), version=4))


def new_hex(digits: int) -> str:
    """That many hexadecimal digits."""
    return f"{source().getrandbits(4 * digits):0{digits}x}"
