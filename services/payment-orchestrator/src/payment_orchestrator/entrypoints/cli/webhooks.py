"""`payments webhooks`: tell the gateways where our webhooks go, and prove that they arrive."""

from contextlib import AsyncExitStack
from typing import Annotated

import aiohttp
import typer

from payment_orchestrator.entrypoints.cli.desk import open_desk, other_webhooks
from payment_orchestrator.entrypoints.cli.webhook_health import webhooks_health
from payment_orchestrator.entrypoints.cli.webhook_sync import (
    carry_out_all,
    plan_all,
    tell_done,
    tell_plans,
)
from payment_orchestrator.entrypoints.cli.webhook_verification import tell_findings, verify_all
from payments_common.desk.accounts import chosen
from payments_common.desk.options import (
    AccountNames,
    AccountsFile,
    Database,
    OptionalMongoUrl,
)
from payments_common.desk.telling import carry_out, told

app = typer.Typer(no_args_is_help=True, help="The gateways' webhooks to us.")
app.command("health")(webhooks_health)


@app.command("sync")
def sync(
    accounts_file: AccountsFile,
    names: AccountNames = None,
    mongodb_url: OptionalMongoUrl = None,
    mongodb_database: Database = "payments",
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell the plan only.")] = False,
    delete_others: Annotated[
        bool, typer.Option("--delete-others", help="Delete registrations that no account names.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Delete without asking.")] = False,
) -> None:
    """Register each account's webhook, correct it, or say what to enter by hand."""

    async def work() -> None:
        examined = chosen(accounts_file, names)
        async with open_desk(mongodb_url, mongodb_database) as desk, AsyncExitStack() as stack:
            others = other_webhooks(accounts_file, delete_unknown=delete_others)
            plans = await plan_all(examined, desk, stack, others=others)
            tell_plans(plans)
            done = []
            if not dry_run:
                _ask_to_delete(len({each for plan in plans for each in plan.deletions}), yes=yes)
                done = await carry_out_all(plans)
                tell_done(done)
        if any(plan.problems for plan in (*plans, *done)):
            raise typer.Exit(1)

    carry_out(work())


@app.command("verify")
def verify(
    accounts_file: AccountsFile,
    names: AccountNames = None,
    mongodb_url: OptionalMongoUrl = None,
    mongodb_database: Database = "payments",
) -> None:
    """Deliver a probe for each webhook secret, and read the gateway's own log of deliveries."""

    async def work() -> None:
        examined = chosen(accounts_file, names)
        async with (
            open_desk(mongodb_url, mongodb_database) as desk,
            aiohttp.ClientSession() as http,
        ):
            found = await verify_all(examined, desk, http)
        tell_findings(found)
        if any(finding.is_well is False for each in found.values() for finding in each):
            raise typer.Exit(1)

    carry_out(work())


def _ask_to_delete(count: int, *, yes: bool) -> None:
    registrations = "1 registration" if count == 1 else f"{count} registrations"
    if count and not yes and not typer.confirm(f"Delete {registrations} at the gateways?"):
        told("nothing was changed")
        raise typer.Exit(1)
