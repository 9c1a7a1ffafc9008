"""Registering a webhook with whichever gateway lets it be done by API."""

from payments_common.gateways.port import CallContext, RegistersWebhooks, WebhookStep


async def register_webhook(
    gateway: RegistersWebhooks, url: str, *, delete_others: bool = False, context: CallContext
) -> list[WebhookStep]:
    """Plans and carries out; the steps as they were done. Repeating it changes nothing more."""
    plan = await gateway.plan_webhooks(url, delete_others=delete_others, context=context)
    return [await gateway.carry_out(step, context=context) for step in plan]
