"""What may be said with every command about an order, by keyword."""

from typing import TypedDict

from payments_common.schemas.parties import Shipment


class Sending(TypedDict, total=False):
    """Keep `command_id` with your order before you send: it makes a repeat safe."""

    command_id: str
    timeout_seconds: float


class Asking(Sending, total=False):
    """`requested_by` is the person who answers for it; without one it is the service itself."""

    requested_by: str
    payment_id: str


class Moving(Asking, total=False):
    """`reason` and `reference` are yours and go into the audit trail."""

    reason: str
    reference: str


class Capturing(Moving, total=False):
    """`shipment` is told to gateways that ask what left the warehouse."""

    shipment: Shipment
