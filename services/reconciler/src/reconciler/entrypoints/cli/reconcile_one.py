"""One account's comparison at an operator's desk, and what came of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase

from payments_common.config import Account, Examined
from payments_common.desk import accounts
from payments_common.desk.accounts import opened
from payments_common.desk.telling import explained, problems_in
from payments_common.errors import Misconfigured, TryLater
from payments_common.messaging.port import Publisher
from payments_common.references import NewId
from payments_common.storage.ensure_indexes import ensure_indexes
from payments_common.storage.mongo_store import Document
from reconciler.adapters.memory_discrepancies import MemoryDiscrepancies
from reconciler.adapters.mongo_checked_orders import MongoCheckedOrders
from reconciler.adapters.mongo_discrepancies import MongoDiscrepancies
from reconciler.adapters.mongo_indexes import INDEXES
from reconciler.adapters.mongo_known_orders import MongoKnownOrders
from reconciler.domain.discrepancy import Discrepancy, State
from reconciler.handlers.reconcile_account import reconcile_account
from reconciler.handlers.reconciling import (
    ListTools,
    Progress,
    Run,
    begin_run,
    listed_account,
)
from reconciler.handlers.reread_orders import read_marked
from reconciler.ports import Discrepancies, ListCounts

SETTLE_SECONDS = 2.0
"""An operator waits: what webhooks tell later than that shows as joined."""
RETRY_PAUSES = (1.0, 5.0)


class Uncounted:
    """A command has no metrics."""

    def listed(self, account: str, count: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Desk(accounts.Desk):
    """Without a publisher it is a dry run; `accounts` are all of the file."""

    database: AsyncIOMotorDatabase[Document]
    publisher: Publisher | None
    counts: ListCounts
    new_id: NewId
    accounts: Mapping[str, Account]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`problem` is why not all of it could be compared; `found` is what differs or did."""

    account: str
    problem: str | None
    compared: int = 0
    unreadable: int = 0
    found: Sequence[Discrepancy] = ()

    @property
    def counts(self) -> Counter[State]:
        return Counter(each.state for each in self.found)

    @property
    def is_well(self) -> bool:
        return self.problem is None and not self.unreadable and not self.counts[State.OPEN]


async def reconcile_one(
    examined: Examined, desk: Desk, *, since: datetime, progress: Progress
) -> Outcome:
    """Raises TryLater where our own servers do not answer; whatever else is in the outcome."""
    account = examined.account
    if account is None or examined.problems:
        return Outcome(examined.name, "; ".join(examined.problems))
    tools = await _tools(desk, account)
    name = f"desk {desk.new_id()}"
    run = await begin_run(account.name, name=name, since=since, tools=tools, progress=progress)
    problem = None
    try:
        await _compare(account, run, desk, tools)
    except TryLater:
        raise
    except Misconfigured as error:
        problem = "; ".join(problems_in(error))
    except Exception as error:  # noqa: BLE001 - it stops this account only
        problem = explained(error)
    found = await _found(run, tools.discrepancies)
    return Outcome(account.name, problem, run.compared, run.unreadable, found)


async def _compare(account: Account, run: Run, desk: Desk, tools: ListTools) -> None:
    async with opened(account, desk) as gateway:
        of = listed_account(account, desk.accounts, gateway=gateway)
        await reconcile_account(run, of=of, tools=tools)
        marks = MongoCheckedOrders(desk.database["orders"])
        await read_marked(marks, run, of=of, tools=tools)


async def _tools(desk: Desk, account: Account) -> ListTools:
    kept: Discrepancies = MongoDiscrepancies(desk.database["discrepancies"])
    if desk.publisher is None:
        kept = MemoryDiscrepancies([each async for each in kept.open_ones(account.name)])
    else:
        await ensure_indexes(desk.database, {"discrepancies": INDEXES["discrepancies"]})
    return ListTools(
        orders=MongoKnownOrders(desk.database["orders"]),
        discrepancies=kept,
        publisher=desk.publisher,
        counts=desk.counts,
        clock=desk.clock,
        new_id=desk.new_id,
        settle_seconds=SETTLE_SECONDS,
        retry_pauses=RETRY_PAUSES,
    )


async def _found(run: Run, kept: Discrepancies) -> list[Discrepancy]:
    seen = [each async for each in kept.seen_in(run.account, run.name)]
    before = [each async for each in kept.open_ones(run.account) if each.run != run.name]
    return [*seen, *before]
