"""What the documented test customers lead to, gateways/tabby.md section 8."""

import re
from collections.abc import Mapping
from typing import Any

from gateway_sandbox.amounts import parse_minor
from gateway_sandbox.tabby.settings import TabbySettings

ONE_TIME_PASSWORD = "8888"  # noqa: S105 - Tabby's published test code
_REJECTED_PHONE = "0000002"


def rejection_reason(
    buyer: Mapping[str, Any], amount_minor: int, currency: str, *, settings: TabbySettings
) -> str | None:
    """Why pre-scoring rejects, None for eligible."""
    if _digits(str(buyer["phone"])).endswith(_REJECTED_PHONE):
        return "not_available"
    if amount_minor >= parse_minor(settings.too_high_major, currency):
        return "order_amount_too_high"
    if amount_minor <= parse_minor(settings.too_low_major, currency):
        return "order_amount_too_low"
    return None


def is_declined_after_otp(buyer: Mapping[str, Any]) -> bool:
    """Whether this customer's payment is rejected once the right code is given."""
    return str(buyer["email"]).lower().startswith("otp.rejected@")


def _digits(phone: str) -> str:
    return re.sub(r"[^0-9]", "", phone)
