"""Bringing the gateways' registrations of our webhooks to what the accounts file says."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

from rich.table import Table
from rich.text import Text

from payment_orchestrator.entrypoints.operator_desk import (
    Desk,
    explained,
    missing_webhook_url,
    opened,
    plain,
    problems_in,
    told,
    told_table,
)
from payments_common.config import Account, Examined
from payments_common.errors import Misconfigured
from payments_common.gateways.port import (
    CallContext,
    DashboardEntry,
    RegisteredByHand,
    RegistersWebhooks,
    WebhookAction,
    WebhookStep,
)

CONTEXT = CallContext(purpose="webhooks_sync")
_STYLES = {
    WebhookAction.CREATE: "green",
    WebhookAction.UPDATE: "yellow",
    WebhookAction.DELETE: "red",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to become of one account's registrations: steps of ours, or entries by a person."""

    account: str
    gateway: RegistersWebhooks | None = None
    steps: tuple[WebhookStep, ...] = ()
    by_hand: tuple[DashboardEntry, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def deletions(self) -> int:
        return sum(step.action is WebhookAction.DELETE for step in self.steps)


async def plan_all(
    examined: Sequence[Examined], desk: Desk, stack: AsyncExitStack, *, delete_others: bool
) -> list[Plan]:
    """One plan for each account; what is wrong with one hides no other. Changes nothing."""
    planning = (_plan(each, desk, stack, delete_others=delete_others) for each in examined)
    found = await asyncio.gather(*planning, return_exceptions=True)
    return [
        Plan(each.name, problems=_problems(plan)) if isinstance(plan, BaseException) else plan
        for each, plan in zip(examined, found, strict=True)
    ]


async def carry_out_all(plans: Sequence[Plan]) -> list[Plan]:
    """The plans as they were done; a step that failed ends its own account's only."""
    return await asyncio.gather(*(_carry_out(plan) for plan in plans if plan.steps))


def tell_plans(plans: Sequence[Plan]) -> None:
    """What was planned, what a person enters, and what stands in the way."""
    if any(plan.steps for plan in plans):
        told_table(_table("Plan", plans))
    for plan in plans:
        if plan.by_hand:
            told(f"{plan.account}: enter in the gateway's dashboard", style="bold")
        for entry in plan.by_hand:
            told(f"  {entry.field}: {entry.value}")
    tell_problems(plans)


def tell_done(done: Sequence[Plan]) -> None:
    if any(plan.steps for plan in done):
        told_table(_table("Done", done))
    tell_problems(done)


def tell_problems(plans: Iterable[Plan]) -> None:
    for plan in plans:
        for problem in plan.problems:
            told(f"{plan.account}: {problem}", style="red")


async def _plan(
    examined: Examined, desk: Desk, stack: AsyncExitStack, *, delete_others: bool
) -> Plan:
    account = examined.account
    if account is None or examined.problems:
        return Plan(examined.name, problems=examined.problems)
    if account.webhook_url is None:
        return Plan(account.name, problems=(missing_webhook_url(account.name),))
    gateway = await stack.enter_async_context(opened(account, desk))
    if isinstance(gateway, RegistersWebhooks):
        steps = await gateway.plan_webhooks(
            account.webhook_url, delete_others=delete_others, context=CONTEXT
        )
        return Plan(account.name, gateway, steps=tuple(steps))
    return _by_hand(account, account.webhook_url, gateway)


def _by_hand(account: Account, url: str, gateway: object) -> Plan:
    if isinstance(gateway, RegisteredByHand):
        return Plan(account.name, by_hand=tuple(gateway.dashboard_entries(url)))
    return Plan(account.name, problems=(f"{account.gateway} has no way to register webhooks",))


async def _carry_out(plan: Plan) -> Plan:
    done: list[WebhookStep] = []
    for step in plan.steps:
        # Gathered alone, so that whatever breaks is told beside what was done before it.
        (outcome,) = await asyncio.gather(_done(plan, step), return_exceptions=True)
        if isinstance(outcome, BaseException):
            why = f"{step.action} of {step.url} failed: {explained(outcome)}"
            return replace(plan, steps=tuple(done), problems=(why,))
        done.append(outcome)
    return replace(plan, steps=tuple(done))


async def _done(plan: Plan, step: WebhookStep) -> WebhookStep:
    if plan.gateway is None:
        return step
    return await plan.gateway.carry_out(step, context=CONTEXT)


def _problems(error: BaseException) -> tuple[str, ...]:
    if isinstance(error, Misconfigured):
        return tuple(problems_in(error))
    return (explained(error),)


def _table(title: str, plans: Iterable[Plan]) -> Table:
    table = Table(title=title, title_justify="left")
    for column in ("account", "action", "URL", "id", "why"):
        table.add_column(column, overflow="fold")
    for plan in plans:
        for step in plan.steps:
            cells = (plan.account, step.action, step.url, step.webhook_id or "", step.why)
            style = _STYLES.get(step.action, "")
            table.add_row(*(Text(plain(cell), style=style) for cell in cells))
    return table
