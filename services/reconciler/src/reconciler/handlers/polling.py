"""How one account is polled."""

from collections.abc import Callable
from dataclasses import dataclass

IDLE_SECONDS = 1.0
"""How long nobody looks after nothing was due, or nobody may be asked."""


@dataclass(frozen=True, slots=True)
class Polling:
    """A lease is much longer than what a round with the gateway may take.

    `may_ask` says whether anybody would be asked, and could be told, just now.
    """

    account: str
    concurrency: int
    lease_seconds: float
    may_ask: Callable[[], bool]
    idle_seconds: float = IDLE_SECONDS

    @property
    def round_seconds(self) -> float:
        return self.lease_seconds / 2
