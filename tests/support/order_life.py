"""An order's life as the changes that made it: with its history, and ready to be stored."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from payment_orchestrator.adapters.mongo_orders import MongoOrders
from payment_orchestrator.domain.change import Asked, Change, HistoryEntry, Wake, begin, begin_new
from payment_orchestrator.domain.finish import finish
from payment_orchestrator.domain.observe import observe
from payment_orchestrator.domain.operations import answered, not_sent, said_no, settle, submit
from payment_orchestrator.domain.order import Operation, OperationKind, Order, new_order
from payment_orchestrator.domain.requests import request
from payments_common.gateways.port import Capabilities
from payments_common.money import Money
from payments_common.schemas.observations import PaymentFacts
from support.builders import CAPABILITIES, NOW, PAYMENT, asked, later, observation, session

LEASE = timedelta(seconds=30)


class OrderLife:
    """Each step is one committed change, `at` seconds after NOW."""

    def __init__(
        self,
        *,
        capabilities: Capabilities = CAPABILITIES,
        order_id: str = "order-1",
        **changes: object,
    ) -> None:
        self._capabilities = capabilities
        self.changes: list[Change] = []
        self.history: list[HistoryEntry] = []
        self.order: Order = new_order(session(**changes), order_id=order_id, now=NOW)
        self._keep(begin_new(self.order, now=NOW, new_id=lambda: "id"))

    def then(self, apply: Callable[[Change], Change], *, at: float) -> "OrderLife":
        change = begin(self.order, now=later(at), new_id=lambda: "id")
        return self._keep(apply(change))

    def sees(
        self,
        told: PaymentFacts,
        *,
        at: float,
        payment_id: str = PAYMENT,
        evidence: str | None = None,
    ) -> "OrderLife":
        seen = observation(told, payment_id=payment_id).model_copy(update={"evidence": evidence})
        return self.then(lambda change: observe(change, seen), at=at)

    def asks(
        self,
        kind: OperationKind,
        amount_minor: int | None = None,
        *,
        at: float,
        operation_id: str = "command-1",
        user_id: str = "warehouse",
    ) -> "OrderLife":
        what = asked(kind, amount_minor, operation_id=operation_id)
        what = replace(what, requested_by=user_id)
        return self.then(lambda change: request(change, what, self._capabilities), at=at)

    def is_refused(
        self, kind: OperationKind, amount_minor: int, *, at: float, operation_id: str
    ) -> "OrderLife":
        """As the use case tells it."""
        wanted = Asked(
            kind=kind,
            amount=Money(amount_minor, "SAR"),
            sender="shop",
            caller_reference="RMA-1",
            code="amount_exceeds_balance",
        )
        return self.then(
            lambda change: change.told(
                "refused", "no", actor="warehouse", operation_id=operation_id, asked=wanted
            ),
            at=at,
        )

    def sends(self, operation_id: str = "command-1", *, at: float) -> "OrderLife":
        return self.then(lambda c: submit(c, operation(c, operation_id), lease=LEASE), at=at)

    def is_not_sent(self, operation_id: str = "command-1", *, at: float) -> "OrderLife":
        def apply(change: Change) -> Change:
            sent = operation(change, operation_id)
            return not_sent(change, sent, why="away", retry_after_seconds=None)

        return self.then(apply, at=at)

    def is_declined(self, operation_id: str = "command-1", *, at: float) -> "OrderLife":
        def apply(change: Change) -> Change:
            return said_no(change, operation(change, operation_id), code="bad_data", message="no")

        return self.then(apply, at=at)

    def is_answered(
        self, told: PaymentFacts, operation_id: str = "command-1", *, at: float
    ) -> "OrderLife":
        def apply(change: Change) -> Change:
            seen = observe(change, observation(told), operation_id=operation_id)
            return settle(answered(seen, operation(seen, operation_id)))

        return self.then(apply, at=at)

    async def store(self, orders: MongoOrders) -> "OrderLife":
        first, *others = self.changes
        await orders.insert(first)
        for change in others:
            await orders.save(change)
        return self

    def _keep(self, change: Change) -> "OrderLife":
        done = finish(change, self._capabilities, wake=Wake.NOTHING)
        self.changes.append(done)
        self.history.extend(done.history)
        self.order = done.order.model_copy(update={"version": len(self.changes)})
        return self


def operation(change: Change, operation_id: str) -> Operation:
    found = change.order.operation(operation_id)
    assert found is not None
    return found
