"""Registering a webhook with a gateway's API, and what came of it."""

from payments_common.gateways.port import CallContext, Gateway
from payments_common.gateways.registration import (
    OtherWebhooks,
    RegistersWebhooks,
    WebhookAction,
    WebhookStep,
    register_webhook,
)

CONTEXT = CallContext(purpose="register_webhook")
UNCHANGED = {WebhookAction.KEEP, WebhookAction.LEAVE}


async def register(gateway: Gateway, url: str) -> tuple[str | None, bool]:
    """The registration's id, and whether anything was changed for it."""
    steps = await registered(gateway, url)
    ours = next(step for step in steps if step.url == url)
    return ours.webhook_id, any(step.action not in UNCHANGED for step in steps)


async def registered(
    gateway: Gateway, url: str, *, known: tuple[str, ...] = (), delete_others: bool = False
) -> list[WebhookStep]:
    assert isinstance(gateway, RegistersWebhooks)
    others = OtherWebhooks(frozenset(known), delete_unknown=delete_others)
    return await register_webhook(gateway, url, others=others, context=CONTEXT)
