"""`payments orders review`: the orders that wait for a person, each with its next step."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Annotated

import typer

from payment_orchestrator.adapters.mongo_watch import MongoOrderWatch
from payment_orchestrator.domain.order import Review
from payment_orchestrator.domain.review import is_unresolved, open_subjects
from payment_orchestrator.domain.waiting import Waiting
from payment_orchestrator.entrypoints.cli.next_steps import after_review, while_open
from payment_orchestrator.ports import OrderWatch
from payments_common.clock import SystemClock
from payments_common.desk.database import open_store
from payments_common.desk.options import Database, MongoUrl
from payments_common.desk.telling import carry_out, told

OPEN = "open_operation"


@dataclass(frozen=True, slots=True)
class Row:
    """`why` is a review, or `open_operation`; `about` are payment or operation ids."""

    why: str
    since: datetime
    order_reference: str
    account: str
    status: str
    amount: str
    about: tuple[str, ...]
    next_step: str


def review(
    mongodb_url: MongoUrl,
    mongodb_database: Database = "payments",
    *,
    older_than: Annotated[
        float, typer.Option(help="Minutes that an operation may be open unmentioned.", min=0)
    ] = 5.0,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object in each line.")] = False,
) -> None:
    """List the orders that need review or have an operation open for long, oldest first."""

    async def work() -> None:
        now = SystemClock().now()
        async with open_store(mongodb_url, mongodb_database) as store:
            watch = MongoOrderWatch(store.database["orders"])
            before = now - timedelta(minutes=older_than)
            found = waiting_rows(watch, asked_before=before, now=now)
            if as_json:
                await _tell_json(found)
            else:
                await _tell(found, now=now)

    carry_out(work())


async def waiting_rows(
    watch: OrderWatch, *, asked_before: datetime, now: datetime
) -> AsyncIterator[Row]:
    """By review, then operations that are open and in none; within each the oldest first."""
    for each in Review:
        async for waiting in watch.reviewed(each):
            yield _reviewed(waiting, each)
    async for waiting in watch.open_since(asked_before):
        for row in _open(waiting, asked_before=asked_before, now=now):
            yield row


def _reviewed(waiting: Waiting, review: Review) -> Row:
    about = tuple(sorted(open_subjects(waiting.order, review)))
    step = after_review(waiting.order, review, about)
    return _row(waiting, review, waiting.since, about=about, next_step=step)


def _open(waiting: Waiting, *, asked_before: datetime, now: datetime) -> Iterator[Row]:
    for operation in waiting.order.operations:
        is_old = operation.is_open and operation.requested_at < asked_before
        if is_old and not is_unresolved(operation):
            step = while_open(waiting.order, operation, now=now)
            about = (operation.operation_id,)
            yield _row(waiting, OPEN, operation.requested_at, about=about, next_step=step)


def _row(
    waiting: Waiting, why: str, since: datetime, *, about: tuple[str, ...], next_step: str
) -> Row:
    order = waiting.order
    return Row(
        why=why,
        since=since,
        order_reference=order.order_reference,
        account=order.account,
        status=order.status,
        amount=str(order.total_amount),
        about=about,
        next_step=next_step,
    )


async def _tell(rows: AsyncIterator[Row], *, now: datetime) -> None:
    title = ""
    async for row in rows:
        if row.why != title:
            title = row.why
            told(title, style="bold")
        age = _age(now - row.since)
        told(f"  {age:>7}  {row.order_reference}  {row.status}, {row.amount} at {row.account}")
        told(f"           {row.next_step}", style="cyan")
    if not title:
        told("nothing waits for a person")


async def _tell_json(rows: AsyncIterator[Row]) -> None:
    async for row in rows:
        typer.echo(json.dumps({**asdict(row), "since": row.since.isoformat()}))


def _age(age: timedelta) -> str:
    minutes = age // timedelta(minutes=1)
    hours, days = minutes // 60, minutes // (24 * 60)
    if days:
        return f"{days} d {hours % 24} h"
    return f"{hours} h {minutes % 60} m" if hours else f"{minutes} m"
