"""`payments orders accept` and `decide`: what a person says of an order, under their name."""

from typing import Annotated

import typer
from rich.console import Console

from payment_orchestrator.domain.change import begin
from payment_orchestrator.domain.decisions import undecided
from payment_orchestrator.domain.observe import observe
from payment_orchestrator.domain.operations import settle
from payment_orchestrator.domain.order import Operation, Order, Review
from payment_orchestrator.entrypoints.cli.decision_table import choices, side_by_side, what_is_seen
from payment_orchestrator.entrypoints.cli.desk import Desk, find_order
from payments_common.client import connect
from payments_common.clock import SystemClock
from payments_common.config import Account
from payments_common.desk.accounts import account_named, opened
from payments_common.desk.database import open_store
from payments_common.desk.options import AccountsFile, Database, MongoUrl, RabbitUrl
from payments_common.desk.telling import carry_out, explained, told
from payments_common.errors import GatewayOutage, GatewayRefusal
from payments_common.gateways.port import CallContext
from payments_common.references import time_ordered_ids
from payments_common.schemas.commands import AcceptReview, AnyCommand, DecideOperation
from payments_common.schemas.envelope import parse
from payments_common.schemas.observations import Observation
from payments_common.schemas.replies import Answer, Outcome
from payments_common.storage.mongo_api_calls import MongoApiCalls

By = Annotated[str, typer.Option(help="Your name, which is kept with what you say.")]
Reason = Annotated[str, typer.Option(help="Why, for whoever asks later.")]


def accept(
    order_reference: str, review: Review, rabbitmq_url: RabbitUrl, *, by: By, reason: Reason
) -> None:
    """Say that you have looked at what an order was flagged for, and that it may go on."""
    fields = {"order_reference": order_reference, "review": review, "reason": reason}

    async def work() -> None:
        command = parse(AcceptReview, {**fields, **_by(by)}, AcceptReview.TYPE)
        answer = await _sent(command, rabbitmq_url)
        left = ", ".join((answer.details or {}).get("review", ())) or "none"
        told(f"{review} accepted: {order_reference} is {answer.status}, open reviews: {left}")

    carry_out(work())


def decide(
    order_reference: str,
    operation_id: str,
    accounts_file: AccountsFile,
    mongodb_url: MongoUrl,
    *,
    rabbitmq_url: RabbitUrl,
    mongodb_database: Database = "payments",
    done: Annotated[bool, typer.Option("--done/--not-done", help="Whether it had its effect.")],
    by: By,
    reason: Reason,
    yes: Annotated[bool, typer.Option("--yes", help="Decide without being asked.")] = False,
) -> None:
    """Say what became of an operation that the gateway, asked ten times, has not told of."""
    fields = {"order_reference": order_reference, "operation_id": operation_id, "reason": reason}

    async def work() -> None:
        wanted = {**fields, "was_done": done, **_by(by)}
        command = parse(DecideOperation, wanted, DecideOperation.TYPE)
        async with open_store(mongodb_url, mongodb_database) as store:
            order = await find_order(order_reference, store)
            operation = undecided(order, operation_id)
            account = account_named(order.account, accounts_file)
            clock = SystemClock()
            calls = MongoApiCalls(store.database["api_calls"], time_ordered_ids(clock))
            said = await _asked(account, Desk(clock, calls, None), order, operation)
        _show(order, operation, said)
        _ask_to_send(done=done, yes=yes)
        answer = await _sent(command, rabbitmq_url)
        details = answer.details or {}
        verdict = "was done" if details.get("was_done") else "was not done"
        by_whom = f"decided by {details.get('decided_by')}"
        told(f"{operation_id} {verdict}, {by_whom}: {order_reference} is {answer.status}")

    carry_out(work())


async def _asked(account: Account, desk: Desk, order: Order, operation: Operation) -> Observation:
    """Ends the command where the gateway does not answer: nobody decides against nothing."""
    context = CallContext(
        order_id=order.order_id, operation_id=operation.operation_id, purpose="show_before_decision"
    )
    try:
        async with opened(account, desk) as gateway:
            return await gateway.get_payment(operation.payment_id, context=context)
    except (GatewayOutage, GatewayRefusal) as error:
        told(f"nothing was sent: {explained(error)}", style="red", error=True)
        raise typer.Exit(1) from error


def _show(order: Order, operation: Operation, said: Observation) -> None:
    Console().print(side_by_side(operation, said, account=order.account))
    change = begin(order, now=said.observed_at, new_id=lambda: "")
    seen = settle(observe(change, said, operation_id=operation.operation_id)).order
    told(what_is_seen(operation, seen), style="bold")
    for line in choices(operation, seen):
        told(line)


def _ask_to_send(*, done: bool, yes: bool) -> None:
    verdict = "done" if done else "not done"
    if not yes and not typer.confirm(f"Decide that it was {verdict}?"):
        told("nothing was sent")
        raise typer.Exit(1)


async def _sent(command: AnyCommand, rabbitmq_url: str) -> Answer:
    """Ends the command with exit status 1 unless it was carried out."""
    async with connect(rabbitmq_url, name="operator") as payments:
        answer = await payments.send(command)
    if answer.outcome is not Outcome.SUCCEEDED:
        wait = answer.retry_after_seconds
        again = "" if wait is None else f" (again in {wait:g} s)"
        told(f"{answer.outcome}: {answer.code}: {answer.message}{again}", style="red", error=True)
        raise typer.Exit(1)
    return answer


def _by(name: str) -> dict[str, object]:
    return {"requested_by": {"user_id": name}}
