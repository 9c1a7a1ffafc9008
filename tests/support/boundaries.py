"""The boundaries between our code and what is outside of it: each call through a port is two.

A port is wrapped, never patched: the code under test is what runs in production.
"""

import inspect
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, TypeVar, cast

Port = TypeVar("Port")
Reached = Callable[[str], Awaitable[None]]
"""Told the name of a boundary, such as `orders.save:before`; may never return."""

READS = frozenset(
    {"get", "find_by_reference", "find_by_payment", "history", "last_matched", "mark_of"}
)
"""They change nothing in our own store: a death beside one is a death at the boundary before."""
HOUSEKEEPING = frozenset({"close", "subscribe"})


def at_boundaries(name: str, port: Port, reached: Reached) -> Port:
    """The same port, which tells when a call of it begins and when it has ended."""
    return cast(Port, Boundary(name, port, reached))


class Boundary:
    """A call that fails has ended too, one that is cancelled has not."""

    def __init__(self, name: str, port: object, reached: Reached) -> None:
        self._name = name
        self._port = port
        self._reached = reached

    @property  # type: ignore[misc] # as unittest.mock does it
    def __class__(self) -> Any:
        """Protocols that ask for a class, not for members, see the port's."""
        return self._port.__class__

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if name in READS | HOUSEKEEPING or not inspect.iscoroutinefunction(found):
            return found
        return self._told(f"{self._name}.{name}", found)

    def _told(self, point: str, call: Callable[..., Awaitable[Any]]) -> Callable[..., Any]:
        @wraps(call)
        async def told(*args: Any, **kwargs: Any) -> Any:
            await self._reached(f"{point}:before")
            try:
                answer = await call(*args, **kwargs)
            except Exception:
                await self._reached(f"{point}:after")
                raise
            await self._reached(f"{point}:after")
            return answer

        return told
