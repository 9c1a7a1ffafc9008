"""What the documented test customers lead to, gateways/tamara.md section 8."""

import hashlib

from gateway_sandbox.tamara.phones import local_part

APPROVED_PHONE = "544337866"
DECLINED_PHONE = "526422337"


def is_declined(phone_number: str) -> bool:
    """Whether Tamara declines the customer of this normalised number."""
    return local_part(phone_number) == DECLINED_PHONE


def one_time_password(checkout_id: str) -> str:
    """The four digits that the page shows; there is no fixed one."""
    number = int.from_bytes(hashlib.sha256(checkout_id.encode()).digest()[:8], "big")
    return f"{number % 10_000:04}"
