"""Registering a webhook with a gateway's API, and what came of it."""

from payments_common.gateways.port import (
    CallContext,
    Gateway,
    RegistersWebhooks,
    WebhookAction,
    WebhookStep,
)
from payments_common.gateways.registration import register_webhook

CONTEXT = CallContext(purpose="register_webhook")
UNCHANGED = {WebhookAction.KEEP, WebhookAction.LEAVE}


async def register(
    gateway: Gateway, url: str, *, delete_others: bool = False
) -> tuple[str | None, bool]:
    """The registration's id, and whether anything was changed for it."""
    steps = await registered(gateway, url, delete_others=delete_others)
    ours = next(step for step in steps if step.url == url)
    return ours.webhook_id, any(step.action not in UNCHANGED for step in steps)


async def registered(
    gateway: Gateway, url: str, *, delete_others: bool = False
) -> list[WebhookStep]:
    assert isinstance(gateway, RegistersWebhooks)
    return await register_webhook(gateway, url, delete_others=delete_others, context=CONTEXT)
