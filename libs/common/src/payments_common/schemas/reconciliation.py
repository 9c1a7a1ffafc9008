"""What the reconciler tells the orchestrator besides observations."""

from typing import ClassVar

from pydantic import AwareDatetime

from payments_common.schemas.observations import Frozen

OBSERVED_KEY = "payment_observed"
GAVE_UP_KEY = "polling_gave_up"


class PollingGaveUp(Frozen):
    """The gateway was asked as often as the account's settings say and never said the last word.

    `payment_ids` are those that it left open; empty where it was asked for the order's payment.
    """

    TYPE: ClassVar[str] = "polling_gave_up.v1"

    account: str
    order_id: str
    order_reference: str
    payment_ids: tuple[str, ...] = ()
    asked_count: int
    since: AwareDatetime
