"""What an order says of itself that the gateway is to be asked about."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Why(StrEnum):
    SESSION = "session"
    PAYMENT = "payment"
    OPERATION = "operation"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Mark:
    """`since` is when the latest of it began; `marked_at` tells one mark from the next.

    Without `payment_ids` the gateway is asked for the order's payment. `why` may hold words of a
    later version.
    """

    order_id: str
    order_reference: str
    account: str
    since: datetime
    expires_at: datetime | None
    payment_ids: tuple[str, ...]
    why: tuple[str, ...]
    marked_at: datetime

    @property
    def is_of_money(self) -> bool:
        """Whether something was already set going, so that waiting for a customer is no reason."""
        return Why.OPERATION in self.why or Why.REFUND in self.why

    @property
    def is_of_session(self) -> bool:
        return Why.SESSION in self.why or Why.PAYMENT in self.why
