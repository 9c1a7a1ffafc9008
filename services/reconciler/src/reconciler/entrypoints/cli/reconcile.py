"""`payments reconcile`: compare an account with its gateway now, and tell what differs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from payments_common.clock import SystemClock
from payments_common.desk.accounts import chosen
from payments_common.desk.database import open_store
from payments_common.desk.options import AccountsFile, Database, Form, MongoUrl, moment
from payments_common.desk.telling import carry_out
from payments_common.messaging.port import Publisher
from payments_common.messaging.rabbitmq import RabbitBroker
from payments_common.references import time_ordered_ids
from payments_common.storage.mongo_api_calls import MongoApiCalls
from payments_common.storage.mongo_store import MongoStore
from reconciler.entrypoints.cli.reconcile_one import Desk, Outcome, Uncounted, reconcile_one
from reconciler.entrypoints.cli.report import Report, tell
from reconciler.entrypoints.cli.shown_progress import shown_progress

app = typer.Typer()

RabbitUrl = Annotated[
    str | None,
    typer.Option(
        envvar="PAYMENTS_RABBITMQ_URL",
        show_envvar=True,
        help="RabbitMQ's URL; a dry run needs none.",
    ),
]
Since = Annotated[
    datetime,
    typer.Option(parser=moment, metavar="TIME", help="From then on, ISO 8601; a date is UTC's."),
]


@app.callback(invoke_without_command=True)
def reconcile(
    accounts_file: AccountsFile,
    mongodb_url: MongoUrl,
    since: Since,
    mongodb_database: Database = "payments",
    rabbitmq_url: RabbitUrl = None,
    *,
    account: Annotated[
        list[str] | None, typer.Option(help="May be repeated; all of them if none is named.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell no order, keep nothing but the calls.")
    ] = False,
    form: Annotated[Form, typer.Option("--format", help="How it is told.")] = Form.TABLE,
) -> None:
    """Compare what gateways know with our orders; exit status 1 if something stays open."""
    if since > datetime.now(UTC):
        raise typer.BadParameter(f"{since} is still to come", param_hint="--since")
    if not dry_run and rabbitmq_url is None:
        raise typer.BadParameter("orders are told through RabbitMQ", param_hint="--rabbitmq-url")

    async def work() -> None:
        publishing = _publisher(None if dry_run else rabbitmq_url)
        async with open_store(mongodb_url, mongodb_database) as store, publishing as publisher:
            outcomes = await _reconcile_all(
                accounts_file, account, store=store, publisher=publisher, since=since
            )
        tell(Report(since=since, is_dry=dry_run, outcomes=outcomes), form)
        if not all(each.is_well for each in outcomes):
            raise typer.Exit(1)

    carry_out(work())


async def _reconcile_all(
    accounts_file: Path,
    names: list[str] | None,
    *,
    store: MongoStore,
    publisher: Publisher | None,
    since: datetime,
) -> list[Outcome]:
    """One after the other; what is wrong with one hides no other."""
    examined = chosen(accounts_file, names)
    every = {each.name: each.account for each in chosen(accounts_file, None) if each.account}
    clock = SystemClock()
    new_id = time_ordered_ids(clock)
    desk = Desk(
        clock=clock,
        api_calls=MongoApiCalls(store.database["api_calls"], new_id),
        database=store.database,
        publisher=publisher,
        counts=Uncounted(),
        new_id=new_id,
        accounts=every,
    )
    with shown_progress() as progress:
        return [
            await reconcile_one(each, desk, since=since, progress=progress.of(each.name))
            for each in examined
        ]


@asynccontextmanager
async def _publisher(url: str | None) -> AsyncIterator[Publisher | None]:
    if url is None:
        yield None
        return
    broker = await RabbitBroker.connect(
        url, connection_name="operator", clock=SystemClock(), declare=False
    )
    try:
        yield broker
    finally:
        await broker.close()
