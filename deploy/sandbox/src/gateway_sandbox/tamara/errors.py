"""Tamara's errors as its callers see them, gateways/tamara.md section 7.

TamaraError carries status, message and error_code. The codes are the known ones; those under
"undocumented" are this sandbox's words, as are all messages but "Merchant is not found" and
"Invalid registered event ...": callers must not branch on them.
"""

from collections.abc import Mapping
from typing import Any

MERCHANT_NOT_FOUND = "Merchant is not found"
TRANSITION_NOT_ALLOWED = "transition_not_allowed"
LIMIT = "total_amount_invalid_limit"
DAILY_LIMIT = "total_amount_invalid_limit_24hrs_gmv"
WRONG_CURRENCY = "total_amount_invalid_currency"
UNSUPPORTED_CURRENCY = "currency_unsupported"
UNSUPPORTED_DELIVERY_COUNTRY = "not_supported_delivery_country"
INVALID_PHONE = "invalid_phone_number"
CONSUMER_INVALID_PHONE = "consumer_invalid_phone_number"
BILLING_INVALID_PHONE = "billing_address_invalid_phone_number"
SHIPPING_INVALID_PHONE = "shipping_address_invalid_phone_number"
EMPTY_EMAIL = "consumer_empty_email"
INVALID_EMAIL = "consumer_invalid_email"
EMPTY_FIRST_NAME = "consumer_empty_first_name"
REFUND_SHIPPING_INVALID = "refund.shipping_amount_invalid"
REFUND_CAPTURE_NOT_FOUND = "refund.capture_not_found"
ITEMS_EMPTY = "items_is_empty"
WEBHOOK_REGISTERED = "webhook_already_registered"

# Undocumented.
INVALID_REQUEST = "invalid_request"
INVALID_AMOUNT = "total_amount_invalid"
INVALID_COUNTRY = "invalid_country_code"
OVER_CAPTURE = "capture.total_amount_exceeded"
OVER_CANCEL = "cancel.total_amount_exceeded"
OVER_REFUND = "refund.total_amount_exceeded"
REPEATED_REFUND = "refund.merchant_refund_id_exists"
REPEATED_REFERENCE = "order_reference_id_exists"


class TamaraError(Exception):
    """A refusal; code None leaves `errors` empty."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{status} {code or ''}: {message}")
        self.status = status
        self.message = message
        self.code = code
        self.data = data

    def document(self) -> dict[str, Any]:
        """The error's JSON."""
        if self.code is None:
            return {"message": self.message, "errors": []}
        error: dict[str, Any] = {"error_code": self.code}
        if self.data is not None:
            error["data"] = dict(self.data)
        return {"message": self.message, "errors": [error]}


def invalid(message: str, code: str = INVALID_REQUEST) -> TamaraError:
    """400: the request cannot be accepted as it is."""
    return TamaraError(400, message, code=code)


def keyed(code: str) -> TamaraError:
    """400 whose message is the machine's key itself, as on the refund endpoints."""
    return TamaraError(400, code, code=code)


def not_found(message: str) -> TamaraError:
    """404: nothing of that id for this merchant."""
    return TamaraError(404, message)


def transition(old_state: str, new_state: str) -> TamaraError:
    """409: the order is in no state for this."""
    return TamaraError(
        409,
        f"Order transition from {old_state} to {new_state} is not allowed",
        code=TRANSITION_NOT_ALLOWED,
        data={"old_state": old_state, "new_state": new_state},
    )
