"""`payments accounts check`: is each account complete, does its gateway answer, who signs."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Annotated

import typer

from payment_orchestrator.adapters.mongo_indexes import WEBHOOK_EVENTS_KEPT_DAYS
from payment_orchestrator.entrypoints.cli.desk import Desk, missing_webhook_url, open_desk
from payments_common.clock import Clock
from payments_common.config import Account, Examined
from payments_common.desk.accounts import chosen, opened
from payments_common.desk.options import AccountNames, AccountsFile, Database, OptionalMongoUrl
from payments_common.desk.telling import carry_out, explained, problems_in, told
from payments_common.errors import Misconfigured, PaymentsError
from payments_common.gateways.port import CallContext, Gateway

PURPOSE = "accounts_check"

app = typer.Typer(no_args_is_help=True, help="The gateway accounts of the accounts file.")


@dataclass(frozen=True, slots=True)
class Matched:
    """A webhook secret by its name; `last_matched_at` is a time, or words for none."""

    name: str
    last_matched_at: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of one account; `answered` is False if the gateway did not, None unasked."""

    account: str
    gateway: str | None
    problems: tuple[str, ...]
    answered: bool | None = None
    milliseconds: int | None = None
    refusal: str | None = None
    webhook_secrets: tuple[Matched, ...] = ()

    @property
    def is_well(self) -> bool:
        return not self.problems and self.answered is not False


@app.callback()
def accounts() -> None:
    """Keeps `check` a subcommand when it is the only one."""


@app.command("check")
def check(
    accounts_file: AccountsFile,
    names: AccountNames = None,
    mongodb_url: OptionalMongoUrl = None,
    mongodb_database: Database = "payments",
    *,
    offline: Annotated[bool, typer.Option("--offline", help="Call no gateway.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Tell whether each account can work; exit status 1 if one cannot."""

    async def work() -> None:
        examined = chosen(accounts_file, names)
        async with open_desk(mongodb_url, mongodb_database) as desk:
            checked = await _check_all(examined, desk, offline=offline)
        if as_json:
            typer.echo(json.dumps({"accounts": [asdict(each) for each in checked]}, indent=2))
        else:
            for each in checked:
                _tell(each)
        if not all(each.is_well for each in checked):
            raise typer.Exit(1)

    carry_out(work())


async def _check_all(examined: Sequence[Examined], desk: Desk, *, offline: bool) -> list[Checked]:
    checks = (_check(each, desk, offline=offline) for each in examined)
    return [
        Checked(each.name, None, (explained(done),)) if isinstance(done, BaseException) else done
        for each, done in zip(
            examined, await asyncio.gather(*checks, return_exceptions=True), strict=True
        )
    ]


async def _check(examined: Examined, desk: Desk, *, offline: bool) -> Checked:
    account = examined.account
    if account is None:
        return Checked(examined.name, None, examined.problems)
    problems = [*examined.problems, *examined.closed, *_webhook_problems(examined, account)]
    matched: Mapping[str, datetime] | None = None
    if desk.webhook_events is not None:
        matched = await desk.webhook_events.last_matched(account.name)
    checked = Checked(
        account.name,
        account.gateway,
        tuple(problems),
        webhook_secrets=tuple(_matched(account, matched)),
    )
    if examined.problems:
        return checked
    try:
        async with opened(account, desk) as gateway:
            return checked if offline else await _asked(gateway, checked, desk.clock)
    except Misconfigured as error:
        return replace(checked, problems=(*problems, *problems_in(error)))


async def _asked(gateway: Gateway, checked: Checked, clock: Clock) -> Checked:
    started = clock.monotonic_seconds()
    try:
        await gateway.check_access(context=CallContext(purpose=PURPOSE))
    except PaymentsError as error:
        return replace(checked, answered=False, refusal=explained(error))
    milliseconds = round((clock.monotonic_seconds() - started) * 1000)
    return replace(checked, answered=True, milliseconds=milliseconds)


def _webhook_problems(examined: Examined, account: Account) -> list[str]:
    problems = []
    if account.webhook_url is None:
        problems.append(f"webhook_url is missing: {missing_webhook_url(account.name)}")
    if not account.webhook_secrets and not examined.closed:
        problems.append("there is no webhook secret: the ingress refuses every webhook")
    return problems


def _matched(account: Account, matched: Mapping[str, datetime] | None) -> list[Matched]:
    return [Matched(name, _when(name, matched)) for name in account.webhook_secrets]


def _when(name: str, matched: Mapping[str, datetime] | None) -> str:
    if matched is None:
        return "not asked"
    if name not in matched:
        return f"not in the last {WEBHOOK_EVENTS_KEPT_DAYS} days"
    return matched[name].isoformat(timespec="seconds")


def _tell(checked: Checked) -> None:
    gateway = checked.gateway or "gateway not known"
    told(f"{checked.account} ({gateway})", style="bold")
    if not checked.problems:
        told("  configuration complete", style="green")
    for problem in checked.problems:
        told(f"  problem: {problem}", style="red")
    if checked.answered is None:
        told("  gateway not asked", style="dim")
    elif checked.answered:
        told(f"  gateway answers, {checked.milliseconds} ms", style="green")
    else:
        told(f"  {checked.refusal}", style="red")
    for secret in checked.webhook_secrets:
        told(f'  webhook secret "{secret.name}" last matched at: {secret.last_matched_at}')
