"""Tabby's errors as its callers see them, gateways/tabby.md section 7.

TabbyError carries status, errorType and text; the constants are the documented literals. Those
under "undocumented" are this sandbox's words: callers must not branch on any of them.
"""

from typing import Any

UNDECODABLE = "could not decode request"
UNDECODABLE_LIST = "failed to decode request"
UNDECODABLE_WEBHOOK = "bad_request"
INVALID_PAYMENT_ID = "invalid payment id"
NOT_AUTHORIZED_PAYMENT = "could not capture not authorized payments"
NOT_REFUNDABLE = "can not refund payment that has no captures and not closed"
ALREADY_CLOSED = "already closed"
UNKNOWN_MERCHANT = "merchant is null"
MISSING_BEARER = "missing Bearer scheme"
WEBHOOK_AUTHORIZATION = "authorization"
INVALID_SECRET_KEY = "invalid secret key"  # noqa: S105 - an error text
UNKNOWN_KEY = "auth: provided key doesn't exist"
NO_SUCH_PAYMENT = "no such payment"
NO_SUCH_WEBHOOK = "no such webhook"
DISPUTED = "payment is disputed"

# Undocumented.
OVER_CAPTURE = "could not capture more than authorized amount"
OVER_REFUND = "can not refund more than captured amount"
REFUND_WINDOW_OVER = "can not refund payment after refund period"
REPEATED_REFERENCE = "reference_id already used"
NOT_CLOSABLE = "could not close not authorized payments"
NOT_UPDATABLE = "could not update not authorized payments"
NOT_CANCELLABLE = "could not cancel session"
TOO_MANY_WEBHOOKS = "webhooks limit exceeded"
REPEATED_WEBHOOK_URL = "webhook already exists"


class TabbyError(Exception):
    """A refusal; text None leaves the `error` member out."""

    def __init__(self, status: int, error_type: str, text: str | None = None) -> None:
        super().__init__(f"{status} {error_type}: {text}")
        self.status = status
        self.error_type = error_type
        self.text = text

    def document(self) -> dict[str, Any]:
        """The error envelope."""
        envelope: dict[str, Any] = {"status": "error", "errorType": self.error_type}
        return envelope if self.text is None else envelope | {"error": self.text}


def bad_data(text: str) -> TabbyError:
    """400: the request or the payment's state does not allow it."""
    return TabbyError(400, "bad_data", text)


def not_authorized(text: str | None = None) -> TabbyError:
    """401: no or wrong credentials."""
    return TabbyError(401, "not_authorized", text)


def no_permission() -> TabbyError:
    """403: a known key that may not do this."""
    return TabbyError(403, "no_permission")


def not_found(text: str | None = None) -> TabbyError:
    """404: nothing of that id for this merchant."""
    return TabbyError(404, "not_found", text)


def wrong_currency(expected: str, got: str) -> TabbyError:
    """400: the merchant code sells in another currency."""
    return bad_data(f"could not create payment: only '{expected}' is supported, but got '{got}'")
