"""`payments webhooks health`: do webhooks come, or does polling alone bring the news."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer

from payment_orchestrator.adapters.mongo_indexes import WEBHOOK_HEALTH_KEPT_DAYS
from payment_orchestrator.adapters.mongo_webhook_hours import MongoWebhookHours
from payment_orchestrator.domain.webhook_health import Health, Verdict, health
from payment_orchestrator.domain.webhook_hours import HOUR, whole_hour
from payment_orchestrator.entrypoints.cli.health_rows import as_csv, as_lines, values_of
from payment_orchestrator.ports import WebhookHours
from payments_common.clock import SystemClock
from payments_common.desk.accounts import chosen
from payments_common.desk.database import open_store
from payments_common.desk.options import AccountNames, AccountsFile, Database, Form, MongoUrl
from payments_common.desk.telling import carry_out, told

_STYLES = {
    Verdict.WELL: "green",
    Verdict.UNJUDGED: "yellow",
    Verdict.MISSING: "red",
    Verdict.SILENT: "red",
}


def webhooks_health(
    accounts_file: AccountsFile,
    mongodb_url: MongoUrl,
    names: AccountNames = None,
    mongodb_database: Database = "payments",
    *,
    hours: Annotated[
        int, typer.Option(min=1, max=24 * WEBHOOK_HEALTH_KEPT_DAYS, help="How far back.")
    ] = 24,
    form: Annotated[Form, typer.Option("--format", help="How it is told.")] = Form.TABLE,
) -> None:
    """Tell how changes were learned and whether webhooks come; exit status 1 if they do not."""

    async def work() -> None:
        accounts = [each.name for each in chosen(accounts_file, names)]
        now = SystemClock().now()
        async with open_store(mongodb_url, mongodb_database) as store:
            kept = MongoWebhookHours(store.database["webhook_health"])
            found = [await _examined(name, kept, hours=hours, now=now) for name in accounts]
        _tell(found, form, hours=hours, now=now)
        if not all(each.verdict.is_well for each in found):
            raise typer.Exit(1)

    carry_out(work())


async def _examined(account: str, kept: WebhookHours, *, hours: int, now: datetime) -> Health:
    begin = whole_hour(now - hours * HOUR)
    traffic = await kept.traffic(account, now=now)
    return health(account, await kept.since(account, begin), traffic, now=now)


def _tell(found: Sequence[Health], form: Form, *, hours: int, now: datetime) -> None:
    match form:
        case Form.TABLE:
            for each in found:
                told(f"{each.account}: {each.verdict}", style=_STYLES[each.verdict])
                for line in as_lines(each, now=now):
                    told(line)
            told(f"of the last {hours} h; delays are from the gateway's own times", error=True)
        case Form.CSV:
            typer.echo(as_csv([values_of(each) for each in found]), nl=False)
        case Form.JSON:
            accounts = [values_of(each) for each in found]
            typer.echo(json.dumps({"hours": hours, "accounts": accounts}, indent=2))
