"""What this Tamara remembers: orders, webhooks, disputes, declined customers, all in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway_sandbox.tamara.disputes import DisputeBook
from gateway_sandbox.tamara.errors import not_found
from gateway_sandbox.tamara.merchants import Merchant
from gateway_sandbox.tamara.order import Order

NO_ORDER = "Order not found"
NO_CHECKOUT = "Checkout session not found"
NO_WEBHOOK = "Webhook not found"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A registration; the headers come with each delivery."""

    webhook_id: str
    merchant_id: str
    type: str
    url: str
    events: tuple[str, ...]
    headers: Mapping[str, str] = field(default_factory=dict)


class TamaraBook:
    """Looks things up for their owner only; raises TamaraError 404 for all others."""

    def __init__(self) -> None:
        self.orders: dict[str, Order] = {}
        self.webhooks: dict[str, Webhook] = {}
        self.disputes = DisputeBook()
        self.declined_at: dict[str, datetime] = {}
        self._order_ids_by_checkout: dict[str, str] = {}
        self._order_ids_by_reference: dict[tuple[str, str], list[str]] = {}

    def store(self, order: Order) -> None:
        """Keep an order as it is now."""
        known = self.orders.get(order.order_id)
        self.orders[order.order_id] = order
        self._order_ids_by_checkout[order.checkout_id] = order.order_id
        if known is None or known.reference_id != order.reference_id:
            key = (order.merchant_id, order.reference_id)
            self._order_ids_by_reference.setdefault(key, []).append(order.order_id)

    def order_of(self, merchant: Merchant, order_id: str) -> Order:
        """A merchant's order."""
        order = self.orders.get(order_id)
        if order is None or order.merchant_id != merchant.merchant_id:
            raise not_found(NO_ORDER)
        return order

    def orders_named(self, merchant_id: str, reference_id: str) -> list[Order]:
        """All orders that have this reference now, oldest first."""
        order_ids = self._order_ids_by_reference.get((merchant_id, reference_id), [])
        orders = [self.orders[order_id] for order_id in dict.fromkeys(order_ids)]
        return [order for order in orders if order.reference_id == reference_id]

    def order_of_checkout(self, checkout_id: str) -> Order | None:
        """The order of a checkout session, for its page."""
        order_id = self._order_ids_by_checkout.get(checkout_id)
        return None if order_id is None else self.orders[order_id]

    def bought_minor(self, merchant: Merchant, currency: str, since: datetime) -> int:
        """What a merchant's customers have bought since then, by approvals."""
        return sum(
            order.total_minor
            for order in self.orders.values()
            if (order.merchant_id, order.currency) == (merchant.merchant_id, currency)
            and order.approved_at is not None
            and order.approved_at > since
        )

    def webhook_of(self, merchant: Merchant, webhook_id: str) -> Webhook:
        """A merchant's webhook."""
        webhook = self.webhooks.get(webhook_id)
        if webhook is None or webhook.merchant_id != merchant.merchant_id:
            raise not_found(NO_WEBHOOK)
        return webhook

    def webhooks_of(self, merchant_id: str) -> list[Webhook]:
        """All webhooks of a merchant."""
        return [item for item in self.webhooks.values() if item.merchant_id == merchant_id]
