"""`payments operations list`: the capture log and the refund log."""

from collections.abc import Callable
from contextlib import aclosing
from datetime import datetime
from typing import Annotated

import typer

from payment_orchestrator.adapters.mongo_operation_log import MongoOperationLog
from payment_orchestrator.domain.audit_calls import Evidence
from payment_orchestrator.domain.audit_entry import Entry, EntryOutcome, Wanted
from payment_orchestrator.domain.order import OperationKind
from payment_orchestrator.entrypoints.cli.operation_rows import (
    as_csv,
    as_json,
    as_table_row,
    csv_header,
    table_header,
)
from payments_common.clock import SystemClock
from payments_common.desk.database import open_store
from payments_common.desk.options import Database, Form, MongoUrl, moment
from payments_common.desk.telling import carry_out, told
from payments_common.errors import UnknownOrder

app = typer.Typer(no_args_is_help=True, help="Captures, refunds, voids and authorizations.")


Kinds = Annotated[
    list[OperationKind] | None, typer.Option("--kind", help="Only this kind; may be repeated.")
]
Outcomes = Annotated[
    list[EntryOutcome] | None,
    typer.Option("--outcome", help="Only attempts that ended so; may be repeated."),
]
Since = Annotated[
    datetime | None,
    typer.Option(parser=moment, metavar="TIME", help="From then on, ISO 8601; a date is UTC's."),
]
Until = Annotated[
    datetime | None, typer.Option(parser=moment, metavar="TIME", help="Before then, not at it.")
]
Limit = Annotated[int | None, typer.Option(min=1, help="Stop after so many entries.")]


@app.callback()
def operations() -> None:
    """Keeps `list` a subcommand when it is the only one."""


@app.command("list")
def list_operations(
    mongodb_url: MongoUrl,
    mongodb_database: Database = "payments",
    *,
    kind: Kinds = None,
    payment: Annotated[str | None, typer.Option(help="The gateway's id of the payment.")] = None,
    order: Annotated[str | None, typer.Option(help="The order's reference.")] = None,
    user: Annotated[str | None, typer.Option(help="Who asked for it.")] = None,
    account: Annotated[str | None, typer.Option(help="The gateway account's name.")] = None,
    since: Since = None,
    until: Until = None,
    outcome: Outcomes = None,
    limit: Limit = None,
    in_csv: Annotated[bool, typer.Option("--csv", help="All columns, for spreadsheets.")] = False,
    in_json: Annotated[bool, typer.Option("--json", help="A JSON object on each line.")] = False,
) -> None:
    """List every attempt to move money, what was refused, and what was made at the gateway."""
    if in_csv and in_json:
        raise typer.BadParameter("choose one of --csv and --json")
    if since and until and since >= until:
        raise typer.BadParameter(f"{until} is not after --since {since}", param_hint="--until")
    wanted = Wanted(
        kinds=frozenset(kind or ()),
        outcomes=frozenset(outcome or ()),
        order_reference=order,
        payment_id=payment,
        user_id=user,
        account=account,
        since=since,
        until=until,
    )
    form = Form.CSV if in_csv else Form.JSON if in_json else Form.TABLE
    carry_out(_list(wanted, mongodb_url, mongodb_database, form=form, limit=limit))


async def _list(wanted: Wanted, url: str, name: str, *, form: Form, limit: int | None) -> None:
    header, row, end = _form(form)
    count = 0
    async with open_store(url, name) as store:
        log = MongoOperationLog(store.database, clock=SystemClock())
        await _check_named(log, wanted)
        if header:
            typer.echo(f"{header}{end}", nl=False)
        async with aclosing(log.read(wanted)) as found:
            async for entry, evidence in found:
                typer.echo(f"{row(entry, evidence)}{end}", nl=False)
                count += 1
                if count == limit:
                    break
    stopped = ", stopped by --limit" if count == limit else ""
    told(f"{count} {'entry' if count == 1 else 'entries'}{stopped}", error=True)


async def _check_named(log: MongoOperationLog, wanted: Wanted) -> None:
    """A name that was mistyped must not read as if no money had moved."""
    if (wanted.order_reference or wanted.payment_id) and not await log.has_order(wanted):
        named = f"order {wanted.order_reference!r}" if wanted.order_reference else ""
        payment = f"payment {wanted.payment_id!r}" if wanted.payment_id else ""
        account = f" at {wanted.account}" if wanted.account else ""
        both = " with ".join(each for each in (named, payment) if each)
        raise UnknownOrder(f"there is no {both}{account}")


def _form(form: Form) -> tuple[str, Callable[[Entry, Evidence], str], str]:
    """The header, how a row is written, and how each line ends."""
    match form:
        case Form.TABLE:
            return table_header(), as_table_row, "\n"
        case Form.CSV:
            return csv_header(), as_csv, "\r\n"
        case Form.JSON:
            return "", as_json, "\n"
