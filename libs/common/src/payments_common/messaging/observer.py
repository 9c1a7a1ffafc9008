"""Where a service attaches its metrics."""

from typing import Protocol

CONFIRMED = "confirmed"


class Observer(Protocol):
    def published(self, *, exchange: str, outcome: str, seconds: float) -> None:
        """`outcome` is `confirmed` or the code of the error."""
        ...

    def handled(self, *, queue: str, outcome: str, seconds: float) -> None:
        """`outcome` is `acknowledged`, `retried`, `dead_lettered`, `split` or `requeued`."""
        ...


class Unobserved:
    def published(self, *, exchange: str, outcome: str, seconds: float) -> None:
        pass

    def handled(self, *, queue: str, outcome: str, seconds: float) -> None:
        pass
