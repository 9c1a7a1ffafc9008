"""`payments breakers`: how each gateway does, and a person's word that it is to be left alone."""

import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from payments_common.breakers.board import BreakerBoard
from payments_common.breakers.entry import CallKind, Entry, Key
from payments_common.breakers.told import Shown, shown, told, with_closed
from payments_common.desk.accounts import chosen
from payments_common.desk.database import open_store
from payments_common.desk.options import AccountNames, AccountsFile, Database, Form, MongoUrl
from payments_common.desk.rows import csv_line
from payments_common.desk.telling import carry_out, plain
from payments_common.desk.telling import told as say
from payments_common.storage.mongo_breaker_board import MongoBreakerBoard

LONGEST_STOP_SECONDS = 7 * 24 * 3600
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 24 * 3600}
_STYLES = {
    Shown.CLOSED: "green",
    Shown.PROBING: "yellow",
    Shown.OPEN: "red",
    Shown.STOPPED: "red",
}
_COLUMNS = ("account", "kind", "state", "since", "next", "why")

app = typer.Typer(no_args_is_help=True, help="What stands before each gateway.")


def seconds(text: str) -> float:
    """A time such as 90s, 30m, 2h or 1d; no stop is without an end."""
    found = re.fullmatch(r"(\d{1,6})([smhd])", text.strip())
    length = int(found[1]) * _UNITS[found[2]] if found else 0
    if not 0 < length <= LONGEST_STOP_SECONDS:
        raise typer.BadParameter(f"{text!r} is no time such as 90s, 30m, 2h or 1d, at most 7d")
    return float(length)


Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="As the accounts file names it.")]
Kinds = Annotated[
    list[CallKind] | None,
    typer.Option("--kind", help="Only this kind of call; may be repeated. All if none is named."),
]
By = Annotated[str, typer.Option(envvar="USER", help="Who says so.")]


@app.command("list")
def list_breakers(
    accounts_file: AccountsFile,
    mongodb_url: MongoUrl,
    names: AccountNames = None,
    mongodb_database: Database = "payments",
    *,
    form: Annotated[Form, typer.Option("--format", help="How it is told.")] = Form.TABLE,
) -> None:
    """Tell every breaker's state, why, since when, and when its gateway is asked next."""

    async def work() -> None:
        accounts = [each.name for each in chosen(accounts_file, names)]
        async with _board(mongodb_url, mongodb_database) as board:
            view = await board.read()
        entries = with_closed(view.entries, accounts, view.now)
        _print(entries, form, now=view.now, processes=view.processes)

    carry_out(work())


@app.command("stop")
def stop(
    account: Account,
    accounts_file: AccountsFile,
    mongodb_url: MongoUrl,
    mongodb_database: Database = "payments",
    *,
    length: Annotated[
        float, typer.Option("--for", parser=seconds, metavar="TIME", help="Such as 30m or 2h.")
    ],
    reason: Annotated[str, typer.Option(help="Why, for those who see it.")],
    by: By,
    kind: Kinds = None,
) -> None:
    """Stop calls to an account's gateway for a while; captures and refunds wait, none is lost."""

    async def work() -> None:
        chosen(accounts_file, [account])
        async with _board(mongodb_url, mongodb_database) as board:
            for each in kind or CallKind:
                key = Key(account, each)
                entry = await board.stopped(key, seconds=length, by=by, reason=reason)
                say(f"{account}: {each} calls are stopped until {_time(entry.killed_until)}")

    carry_out(work())


@app.command("start")
def start(
    account: Account,
    accounts_file: AccountsFile,
    mongodb_url: MongoUrl,
    mongodb_database: Database = "payments",
    *,
    kind: Kinds = None,
) -> None:
    """End a stop before its time; what has waited goes out at the account's recovery rate."""

    async def work() -> None:
        chosen(accounts_file, [account])
        async with _board(mongodb_url, mongodb_database) as board:
            for each in kind or CallKind:
                entry = await board.started(Key(account, each))
                now = (await board.read()).now
                say(f"{account}: {each} calls are {shown(entry, now)}")

    carry_out(work())


@asynccontextmanager
async def _board(url: str, database: str) -> AsyncIterator[BreakerBoard]:
    async with open_store(url, database) as store:
        yield MongoBreakerBoard(store.database["breakers"])


def _print(entries: Sequence[Entry], form: Form, *, now: datetime, processes: int) -> None:
    values = [told(entry, now) for entry in entries]
    match form:
        case Form.TABLE:
            Console(soft_wrap=True).print(_table(entries, now))
            say(f"{processes} processes share each account's rates", error=True)
        case Form.CSV:
            typer.echo(csv_line(values[0] if values else ()))
            for each in values:
                typer.echo(csv_line(each.values()))
        case Form.JSON:
            content: dict[str, Any] = {"breakers": values, "processes": processes}
            typer.echo(json.dumps(content, indent=2))


def _table(entries: Sequence[Entry], now: datetime) -> Table:
    table = Table(show_edge=False, pad_edge=False)
    for name in _COLUMNS:
        table.add_column(name, no_wrap=name != "why")
    for entry in entries:
        state = shown(entry, now)
        table.add_row(
            entry.key.account,
            entry.key.kind,
            Text(state, style=_STYLES[state]),
            _short(entry.since, now) if entry.version else "",
            _next(entry, now),
            Text(plain(_why(entry, now))),
        )
    return table


def _next(entry: Entry, now: datetime) -> str:
    if entry.is_stopped(now):
        return f"until {_short(entry.killed_until, now)}"
    if entry.next_probe_at is not None:
        return f"probe {_short(entry.next_probe_at, now)}"
    return "recovering" if entry.is_recovering(now) else ""


def _why(entry: Entry, now: datetime) -> str:
    if entry.is_stopped(now):
        return f"{entry.killed_by}: {entry.kill_reason}"
    return entry.reason


def _short(time: datetime | None, now: datetime) -> str:
    """Without its date, where that is today's."""
    is_today = time is not None and time.date() == now.date()
    return f"{time:%H:%M:%S}Z" if time and is_today else _time(time)


def _time(time: datetime | None) -> str:
    return "" if time is None else f"{time:%Y-%m-%d %H:%M:%S}Z"
