"""Bringing the gateways' registrations of our webhooks to what the accounts file says."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

from payment_orchestrator.entrypoints.cli.desk import Desk, missing_webhook_url
from payments_common.config import Account, Examined
from payments_common.desk.accounts import opened
from payments_common.desk.telling import explained, problems_in, told
from payments_common.errors import Misconfigured
from payments_common.gateways.port import CallContext
from payments_common.gateways.registration import (
    DashboardEntry,
    OtherWebhooks,
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
    def deletions(self) -> list[tuple[str, str | None]]:
        deleted = (step for step in self.steps if step.action is WebhookAction.DELETE)
        return [(step.url, step.webhook_id) for step in deleted]


async def plan_all(
    examined: Sequence[Examined], desk: Desk, stack: AsyncExitStack, *, others: OtherWebhooks
) -> list[Plan]:
    """One plan for each account; what is wrong with one hides no other. Changes nothing."""
    planning = (_plan(each, desk, stack, others=others) for each in examined)
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
    _tell_steps("Plan", plans)
    for plan in plans:
        if plan.by_hand:
            told(f"{plan.account}: enter in the gateway's dashboard", style="bold")
        for entry in plan.by_hand:
            told(f"  {entry.field}: {entry.value}")
        if plan.by_hand:
            told(f"  then prove it: payments webhooks verify {plan.account}")
    tell_problems(plans)


def tell_done(done: Sequence[Plan]) -> None:
    _tell_steps("Done", done)
    tell_problems(done)


def tell_problems(plans: Iterable[Plan]) -> None:
    for plan in plans:
        for problem in plan.problems:
            told(f"{plan.account}: {problem}", style="red")


async def _plan(
    examined: Examined, desk: Desk, stack: AsyncExitStack, *, others: OtherWebhooks
) -> Plan:
    account = examined.account
    problems = (*examined.problems, *examined.closed)
    # A secret that is named and not there may be the one to register: none other takes its place.
    if account is None or problems:
        return Plan(examined.name, problems=problems)
    if account.webhook_url is None:
        return Plan(account.name, problems=(missing_webhook_url(account.name),))
    gateway = await stack.enter_async_context(opened(account, desk))
    if isinstance(gateway, RegistersWebhooks):
        steps = await gateway.plan_webhooks(account.webhook_url, others=others, context=CONTEXT)
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


def _tell_steps(title: str, plans: Iterable[Plan]) -> None:
    """A line each, never broken, so that URLs can be copied and lines be searched."""
    lines = [
        (f"  {plan.account}: {step.action} {step.url} ({_reason(step)})", _STYLES.get(step.action))
        for plan in plans
        for step in plan.steps
    ]
    if lines:
        told(title, style="bold")
    for line, style in lines:
        told(line, style=style or "")


def _reason(step: WebhookStep) -> str:
    return f"{step.why}; id {step.webhook_id}" if step.webhook_id else step.why
