"""What a comparison of one account works with, and what has come of it so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from aiolimiter import AsyncLimiter

from payments_common.clock import Clock
from payments_common.config import Account
from payments_common.gateways.port import Gateway, Pace
from payments_common.messaging.port import Publisher
from payments_common.references import NewId
from reconciler.ports import Discrepancies, KnownOrders, ListCounts

MOST_OPEN = 10_000
"""Of one account; of what is beyond them only the number is told."""
SETTLE_SECONDS = 10.0
"""What webhooks are just telling is no news: so much later whatever differs is looked at again."""
READ_SHARE = 0.2
"""Of an account's calls, for reading payments one by one: the rest is for those who wait."""
RETRY_PAUSES = (5.0, 15.0, 30.0, 60.0)
"""Between attempts to read one payment, before the gateway is given up for this time."""


class Progress(Protocol):
    """Told to whoever waits for it."""

    def begin(self, step: str, total: int | None) -> None: ...

    def advance(self, count: int = 1) -> None: ...


class Unwatched:
    """Nobody waits."""

    def begin(self, step: str, total: int | None) -> None: ...

    def advance(self, count: int = 1) -> None: ...


@dataclass(frozen=True, slots=True)
class ListTools:
    """Without a publisher no order is told anything: a dry run."""

    orders: KnownOrders
    discrepancies: Discrepancies
    publisher: Publisher | None
    counts: ListCounts
    clock: Clock
    new_id: NewId
    settle_seconds: float = SETTLE_SECONDS
    retry_pauses: tuple[float, ...] = RETRY_PAUSES


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """`pace` is for reading payments one by one.

    `sharing` are other accounts with the same key, to which the gateway lists the same payments;
    of those that are nobody's only the first one tells (`tells_strangers`).
    """

    name: str
    gateway: Gateway
    pace: Pace
    sharing: frozenset[str] = frozenset()
    tells_strangers: bool = True


@dataclass(slots=True)
class Run:
    """One comparison of one account: `name` is the same when it is begun again after a death.

    `seen` are the ids of all payments that were compared.
    """

    account: str
    name: str
    since: datetime
    began_at: datetime
    room: int
    progress: Progress = field(default_factory=Unwatched)
    seen: set[str] = field(default_factory=set)
    compared: int = 0
    unreadable: int = 0
    not_kept: int = 0


async def begin_run(
    account: str, *, name: str, since: datetime, tools: ListTools, progress: Progress | None = None
) -> Run:
    counts = await tools.discrepancies.open_counts(account)
    return Run(
        account=account,
        name=name,
        since=since,
        began_at=tools.clock.now(),
        room=max(0, MOST_OPEN - sum(counts.values())),
        progress=progress or Unwatched(),
    )


def listed_account(
    account: Account, accounts: Mapping[str, Account], *, gateway: Gateway
) -> ListedAccount:
    """`accounts` are all of the file, in its order."""
    alike = [name for name, other in accounts.items() if _key(other) == _key(account)]
    per_second = account.calls_per_second * READ_SHARE
    return ListedAccount(
        name=account.name,
        gateway=gateway,
        pace=AsyncLimiter(1, 1 / per_second),
        sharing=frozenset(alike) - {account.name},
        tells_strangers=alike[0] == account.name,
    )


def _key(account: Account) -> tuple[object, ...]:
    secrets = sorted(
        (name, value.get_secret_value()) for name, value in account.credentials.items()
    )
    return (account.gateway, account.base_url, *secrets)
