"""A webhook is recorded as it came, then acted on; where it is a hint, the payment is read back."""

from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.order import Order
from payment_orchestrator.domain.reads import want_read
from payment_orchestrator.handlers.change_order import change_order
from payment_orchestrator.handlers.toolbox import Toolbox
from payments_common import strict_json
from payments_common.errors import Refusal
from payments_common.gateways.port import WebhookHint
from payments_common.schemas.envelope import Envelope, parse
from payments_common.schemas.webhooks import REFUSED_TYPE, WebhookMessage


async def receive_webhook(envelope: Envelope, *, tools: Toolbox) -> None:
    """Marked as processed only after its effect is stored; a duplicate only counts up.

    What could not be processed stays due: replayed after the cause is mended, it has its effect.
    """
    message = parse(WebhookMessage, envelope.data, envelope.type)
    is_due = await tools.webhook_events.record(message)
    if envelope.type == REFUSED_TYPE:
        return
    if is_due:
        await _process(message, tools=tools)
    _count(message, tools=tools)


async def _process(message: WebhookMessage, *, tools: Toolbox) -> None:
    try:
        outcome = await _act(message, tools=tools)
    except Refusal as error:
        await tools.webhook_events.failed(message, reason=f"{error.code}: {error}")
        _count(message, tools=tools)
        raise
    await tools.webhook_events.processed(message, outcome=outcome, at=tools.clock.now())


def _count(message: WebhookMessage, *, tools: Toolbox) -> None:
    """A probe, which matched no secret of a gateway's, does not say that the gateway delivers."""
    if message.secret_id is not None:
        tools.tally.received(message.account, at=message.received_at)


async def _act(message: WebhookMessage, *, tools: Toolbox) -> str:
    scheme = tools.gateway(message.account).webhooks
    hint = scheme.parse(strict_json.loads(message.body))
    if hint is None:
        return "ignored: it is not about a payment"
    order = await _find(message.account, hint, tools=tools)
    if order is None:
        return f"unknown_order: {hint.order_reference or hint.payment_id}"

    def apply(change: Change) -> Change:
        told = change.told(
            "webhook",
            f"A webhook claims {hint.claims}; the gateway is asked before it is believed",
            payment_id=hint.payment_id,
            evidence=message.event_key,
        )
        return want_read(told, hint.payment_id, expects_news=True)

    await change_order(order.order_id, apply, tools=tools)
    return f"read_back_due: order {order.order_id}"


async def _find(account: str, hint: WebhookHint, *, tools: Toolbox) -> Order | None:
    order = await tools.orders.find_by_payment(account, hint.payment_id)
    if order is None and hint.order_reference:
        order = await tools.orders.find_by_reference(hint.order_reference)
    return order if order is not None and order.account == account else None
