"""What our orders say of payments, as far as reconciliation compares it."""

from dataclasses import dataclass
from datetime import datetime

from payments_common.schemas.observations import PaymentFacts


@dataclass(frozen=True, slots=True)
class KnownPayment:
    payment_id: str
    facts: PaymentFacts

    @property
    def is_paid(self) -> bool:
        return has_money(self.facts)


@dataclass(frozen=True, slots=True)
class KnownOrder:
    order_id: str
    order_reference: str
    account: str
    created_at: datetime
    updated_at: datetime
    payments: tuple[KnownPayment, ...] = ()

    def payment(self, payment_id: str) -> KnownPayment | None:
        return next((each for each in self.payments if each.payment_id == payment_id), None)


def has_money(facts: PaymentFacts) -> bool:
    """Whether the gateway has ever held or taken money by it."""
    return bool(facts.authorized_minor or facts.captures or facts.captured_total_minor)
