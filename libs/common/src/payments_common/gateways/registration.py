"""Where a gateway sends its webhooks: planned, then carried out by its API, or by a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from payments_common.gateways.port import CallContext


class WebhookAction(StrEnum):
    KEEP = "keep"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class WebhookStep:
    """One line of a plan: what is to become of a registration, and why; LEAVE is not ours."""

    action: WebhookAction
    url: str
    why: str
    webhook_id: str | None = None


@dataclass(frozen=True, slots=True)
class OtherWebhooks:
    """What is to become of registrations of other URLs; `known` are those of our other accounts."""

    known: frozenset[str] = frozenset()
    delete_unknown: bool = False

    def step(self, url: str, webhook_id: str) -> WebhookStep:
        if url in self.known:
            why = "it is that of another account"
            return WebhookStep(WebhookAction.LEAVE, url, why, webhook_id)
        action = WebhookAction.DELETE if self.delete_unknown else WebhookAction.LEAVE
        return WebhookStep(action, url, "configuration does not name it", webhook_id)


@dataclass(frozen=True, slots=True)
class DashboardEntry:
    """What a person enters at the gateway: `value` never is a secret, but where to find it."""

    field: str
    value: str


@runtime_checkable
class RegistersWebhooks(Protocol):
    """A gateway with the capability `registers_webhooks`; planning changes nothing."""

    async def plan_webhooks(
        self, url: str, *, others: OtherWebhooks, context: CallContext
    ) -> list[WebhookStep]:
        """Ours comes before what is deleted, so that a failure in between loses no webhook.

        Raises Misconfigured without a webhook secret, GatewayRefusal where there is no room.
        """
        ...

    async def carry_out(self, step: WebhookStep, *, context: CallContext) -> WebhookStep:
        """The same step with the registration's id; repeating it changes nothing more."""
        ...


@runtime_checkable
class RegisteredByHand(Protocol):
    """A gateway whose webhooks a person enters in its dashboard."""

    def dashboard_entries(self, url: str) -> list[DashboardEntry]: ...


LEAVE_OTHERS = OtherWebhooks()


def in_order(
    ours: Sequence[WebhookStep], others: Sequence[WebhookStep], *, has_room: bool = True
) -> list[WebhookStep]:
    """Deletions come last, but for the one that makes room where there is none."""
    deletions = [step for step in others if step.action is WebhookAction.DELETE]
    left = [step for step in others if step.action is not WebhookAction.DELETE]
    first = 0 if has_room else 1
    return [*left, *deletions[:first], *ours, *deletions[first:]]


async def register_webhook(
    gateway: RegistersWebhooks,
    url: str,
    *,
    others: OtherWebhooks = LEAVE_OTHERS,
    context: CallContext,
) -> list[WebhookStep]:
    """Plans and carries out; the steps as they were done. Repeating it changes nothing more."""
    plan = await gateway.plan_webhooks(url, others=others, context=context)
    return [await gateway.carry_out(step, context=context) for step in plan]
