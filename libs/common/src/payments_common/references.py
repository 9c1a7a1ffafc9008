"""The ids that travel between services, as types, and the maker of new ones."""

import secrets
from collections.abc import Callable
from typing import NewType

from payments_common.clock import Clock

AccountName = NewType("AccountName", str)
"""Our credentials with a gateway, as named in the accounts file: `tabby-ksa`."""
OrderId = NewType("OrderId", str)
OrderReference = NewType("OrderReference", str)
"""The caller's id of the order, sent to the gateway."""
PaymentId = NewType("PaymentId", str)
"""The gateway's id of the payment."""
CommandId = NewType("CommandId", str)
"""A command's id; the operation that the command asks for carries the same."""
EventKey = NewType("EventKey", str)
"""What makes one webhook delivery unique."""

NewId = Callable[[], str]


def time_ordered_ids(
    clock: Clock, *, random_bits: Callable[[int], int] = secrets.randbits
) -> NewId:
    """Makes ids that sort by their time of making, so that indexes grow at one edge.

    48 bits of milliseconds, then 80 random bits, as 32 hexadecimal digits.
    """

    def new_id() -> str:
        milliseconds = int(clock.now().timestamp() * 1000)
        return f"{milliseconds:012x}{random_bits(80):020x}"

    return new_id
