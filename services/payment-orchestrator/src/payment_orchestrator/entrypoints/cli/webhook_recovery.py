"""What lost webhooks would have told: each order of the gateway's own list is checked again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rich.console import Console
from rich.progress import track

from payment_orchestrator.entrypoints.cli.desk import Desk
from payments_common.client import NoAnswerYet, PaymentsClient
from payments_common.config import Account, Examined
from payments_common.desk.accounts import opened
from payments_common.desk.telling import explained, problems_in, told
from payments_common.errors import Misconfigured, PaymentsError
from payments_common.gateways.port import CallContext, ListsPayments
from payments_common.schemas.observations import Observation
from payments_common.schemas.replies import Outcome

CONTEXT = CallContext(purpose="webhooks_recover")


@dataclass(frozen=True, slots=True)
class Recovered:
    """`order` is what the order is now, or what stood in the way."""

    order_reference: str
    payment_id: str
    gateway_status: str
    order: str
    is_well: bool


async def recover_one(
    examined: Examined,
    desk: Desk,
    payments: PaymentsClient,
    *,
    since: datetime,
    checked: set[tuple[str, str]],
) -> bool:
    """Tells what was found; False where something stands in the way, which stops no other.

    `checked` are payments told already, by base_url and id: accounts that share a key share a list.
    """
    if examined.account is None or examined.problems:
        _tell_problems(examined.name, examined.problems)
        return False
    try:
        listed = await _listed(examined.account, desk, since=since)
    except Exception as error:  # noqa: BLE001 - it stops this account only
        problems = problems_in(error) if isinstance(error, Misconfigured) else [explained(error)]
        _tell_problems(examined.name, problems)
        return False
    if listed is None:
        told(f"{examined.name}: its gateway has no list of payments; recheck_payment asks for one")
        return True
    base_url = examined.account.base_url
    new = [each for each in listed if (base_url, each.payment_id) not in checked]
    checked.update((base_url, each.payment_id) for each in new)
    recovered = await _recover(new, payments)
    _tell_recovered(examined.name, recovered)
    return all(each.is_well for each in recovered)


async def _listed(account: Account, desk: Desk, *, since: datetime) -> list[Observation] | None:
    """Payments with money made since that day began, UTC; None where the gateway has no list."""
    async with opened(account, desk) as gateway:
        if not isinstance(gateway, ListsPayments):
            return None
        return await gateway.list_payments(
            created_from=since.date(),
            created_before=(desk.clock.now() + timedelta(days=1)).date(),
            context=CONTEXT,
        )


async def _recover(listed: Sequence[Observation], payments: PaymentsClient) -> list[Recovered]:
    """One after the other; the orchestrator asks the gateway within the account's limits."""
    progress = track(
        listed, "Checking orders", console=Console(stderr=True), transient=True, total=len(listed)
    )
    return [await _recovered(each, payments) for each in progress]


def _tell_recovered(account: str, recovered: Sequence[Recovered]) -> None:
    if not recovered:
        told(f"{account}: the gateway lists no further payment with money in these days")
        return
    told(account, style="bold")
    for each in recovered:
        what = f"{each.order_reference or 'no order'} (payment {each.payment_id})"
        line = f"  {what}: the gateway says {each.gateway_status}, the order is {each.order}"
        told(line, style="" if each.is_well else "red")


async def _recovered(seen: Observation, payments: PaymentsClient) -> Recovered:
    reference = seen.order_reference or ""
    if not reference:
        unnamed = "none of ours: the gateway names none"
        return Recovered("", seen.payment_id, seen.gateway_status, unnamed, is_well=False)
    try:
        answer = await payments.recheck(reference, payment_id=seen.payment_id)
        is_well = answer.outcome is Outcome.SUCCEEDED
        order = str(answer.status) if is_well else f"not known: {answer.code}: {answer.message}"
    except (PaymentsError, NoAnswerYet) as error:
        is_well, order = False, f"not known: {error}"
    return Recovered(reference, seen.payment_id, seen.gateway_status, order, is_well)


def _tell_problems(account: str, problems: Sequence[str]) -> None:
    for problem in problems:
        told(f"{account}: {problem}", style="red")
