"""The orchestrator's message to itself: this order has something due."""

from typing import ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict


class OrderWorkDue(BaseModel):
    """Says which order; what is due is read from the order, never from the message.

    `timer_at` is set on a message that was held back: it is the order's timer that now fires.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    TYPE: ClassVar[str] = "order_work_due.v1"

    order_id: str
    timer_at: AwareDatetime | None = None
