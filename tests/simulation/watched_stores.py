"""Repositories that look at all that is stored: orders (law 6), and webhooks (law 2)."""

from datetime import datetime

from payment_orchestrator.adapters.memory import MemoryOrders, MemoryWebhookEvents
from payment_orchestrator.domain.balance import captured_minor, refunding_minor, voided_minor
from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.order import OperationKind, OperationState, Order, Payment
from payments_common.schemas.webhooks import WebhookMessage
from simulation.processes import CURRENT


class WatchedOrders(MemoryOrders):
    """`overdrawn` are sentences about orders that promised more than there is.

    Its sums are its own, not the domain's. `free_hands` are orders whose money people move at the
    gateway too, behind our back: nobody can promise anything of those before they are told.
    """

    def __init__(self, *, free_hands: frozenset[str]) -> None:
        super().__init__()
        self.overdrawn: list[str] = []
        self.free_hands = free_hands

    def all(self) -> list[Order]:
        return list(self._orders.values())

    async def get(self, order_id: str) -> Order | None:
        """Between a read and the write that follows from it, others have their turn."""
        order = await super().get(order_id)
        process = CURRENT.get()
        if process is not None:
            await process.lingers("orders.get")
        return order

    def _write(self, change: Change, *, version: int) -> None:
        super()._write(change, version=version)
        order = change.order
        if order.order_reference in self.free_hands:
            return
        for payment in order.payments:
            self.overdrawn += _overdrawn(order, payment)


class WatchedWebhookEvents(MemoryWebhookEvents):
    """Remembers the bodies of what was processed."""

    def __init__(self) -> None:
        super().__init__()
        self.bodies: set[bytes] = set()

    async def processed(self, message: WebhookMessage, *, outcome: str, at: datetime) -> None:
        await super().processed(message, outcome=outcome, at=at)
        self.bodies.add(message.body)


def _overdrawn(order: Order, payment: Payment) -> list[str]:
    facts, where = payment.facts, f"{order.order_reference}, version {order.version + 1}"
    if not facts.authorized_minor:
        return []
    taken = captured_minor(facts) + _promised(order, payment, OperationKind.CAPTURE)
    returned = refunding_minor(facts) + _promised(order, payment, OperationKind.REFUND)
    found = []
    if taken + voided_minor(facts) > facts.authorized_minor:
        found.append(f"{where}: {taken} captured or promised of {facts.authorized_minor}")
    if returned > captured_minor(facts):
        found.append(f"{where}: {returned} refunded or promised of {captured_minor(facts)}")
    return found


def _promised(order: Order, payment: Payment, kind: OperationKind) -> int:
    """Of open operations that are surely not among the facts yet."""
    shown = {c.reference for c in payment.facts.captures}
    shown |= {r.reference for r in payment.facts.refunds}
    return sum(
        o.amount.amount_minor
        for o in order.operations_of(payment.payment_id, kind)
        if o.is_open
        and o.reference not in shown
        and (o.is_echoed or o.state is OperationState.REQUESTED)
    )
