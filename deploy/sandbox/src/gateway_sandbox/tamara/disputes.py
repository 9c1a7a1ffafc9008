"""Disputes in outline, gateways/tamara.md section 4.7: a customer complains, the shop comments."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from gateway_sandbox.tamara.errors import TamaraError, invalid, not_found
from gateway_sandbox.tamara.merchants import Merchant
from gateway_sandbox.tamara.order import Order

STATUSES = (
    "open",
    "awaiting_merchant_response",
    "cancelled",
    "claim_accepted",
    "claim_rejected",
    "closed",
    "under_review",
)

Orders = Mapping[str, Order]


@dataclass(frozen=True, slots=True)
class Comment:
    """What the shop said, and when."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """One case about one order."""

    dispute_id: int
    order_id: str
    status: str
    opened_at: datetime
    comments: tuple[Comment, ...] = ()


class DisputeBook:
    """All cases, found by their owner only; numbers run from 1."""

    def __init__(self) -> None:
        self._disputes: dict[int, Dispute] = {}

    def open(self, order: Order, at: datetime) -> Dispute:
        """Open a case; raises TamaraError unless something was captured."""
        if not order.captures:
            raise TamaraError(409, "Only captured orders can be disputed")
        number = len(self._disputes) + 1
        dispute = Dispute(number, order.order_id, "awaiting_merchant_response", at)
        self._disputes[number] = dispute
        return dispute

    def comment(self, merchant: Merchant, number: int, comment: Comment, orders: Orders) -> None:
        """Add what the shop says; the case is then under review. Raises TamaraError 404."""
        dispute = self._disputes.get(number)
        if dispute is None or orders[dispute.order_id].merchant_id != merchant.merchant_id:
            raise not_found("Dispute not found")
        self._disputes[number] = replace(
            dispute, status="under_review", comments=(*dispute.comments, comment)
        )

    def matching(
        self, merchant: Merchant, query: Mapping[str, str], orders: Orders
    ) -> list[tuple[Dispute, Order]]:
        """The merchant's cases that fit the filters, oldest first; raises TamaraError 400."""
        if query.get("dispute_status", STATUSES[0]) not in STATUSES:
            raise invalid(f"dispute_status must be one of {', '.join(STATUSES)}")
        found = [(item, orders[item.order_id]) for item in self._disputes.values()]
        return [
            (dispute, order)
            for dispute, order in found
            if order.merchant_id == merchant.merchant_id and _fits(dispute, order, query)
        ]


def _fits(dispute: Dispute, order: Order, query: Mapping[str, str]) -> bool:
    facts = {
        "order_id": order.order_id,
        "merchant_order_reference_id": order.reference_id,
        "dispute_id": str(dispute.dispute_id),
        "order_status": order.status.value,
        "dispute_status": dispute.status,
    }
    return all(query.get(name) in (None, "", value) for name, value in facts.items())
