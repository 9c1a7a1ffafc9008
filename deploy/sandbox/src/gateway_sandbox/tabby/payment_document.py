"""A payment as Tabby shows it in its API and in webhooks, gateways/tabby.md sections 3 and 5.2."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway_sandbox.amounts import format_fixed, format_short, shorten
from gateway_sandbox.clock import iso_seconds
from gateway_sandbox.tabby.payment import Capture, Event, Payment, Refund, TabbyStatus
from gateway_sandbox.tabby.settings import TabbySettings, Unset

_UNSET_DATE = "0001-01-01T00:00:00Z"
_ITEM_NAMES = (
    "reference_id",
    "title",
    "description",
    "quantity",
    "unit_price",
    "image_url",
    "product_url",
    "gender",
    "category",
    "color",
    "product_material",
    "size_type",
    "size",
    "brand",
    "is_refundable",
)


@dataclass(frozen=True, slots=True)
class PaymentWriter:
    """Writes payments under the given settings."""

    settings: TabbySettings

    def payment(self, payment: Payment) -> dict[str, Any]:
        """The whole Payment object of the API; status in upper case."""
        request = payment.request
        return {
            "id": payment.payment_id,
            "created_at": iso_seconds(payment.created_at),
            "expires_at": iso_seconds(payment.expires_at),
            "status": payment.status.value,
            "is_test": payment.is_test,
            "product": {
                "type": "installments",
                "installments_count": 3,
                "installment_period": "P1M",
            },
            "amount": self.amount(payment.amount_minor, payment.currency),
            "currency": payment.currency,
            "description": request.get("description"),
            "buyer": {"id": None, **request["buyer"]},
            "shipping_address": request.get("shipping_address"),
            "order": self._order(payment),
            "captures": self._all([self._capture(item, payment) for item in payment.captures]),
            "refunds": self._all([self._refund(item, payment) for item in payment.refunds]),
            "buyer_history": _buyer_history(request.get("buyer_history") or {}),
            "order_history": request.get("order_history") or [],
            "meta": request.get("meta") or {},
            "cancelable": False,
            "attachment": request.get("attachment"),
        }

    def notice(self, event: Event) -> dict[str, Any]:
        """The trimmed body of a webhook; status in lower case, no name of the event."""
        payment = event.payment
        document: dict[str, Any] = {
            "id": payment.payment_id,
            "created_at": iso_seconds(payment.created_at),
            "expires_at": iso_seconds(payment.expires_at),
            **_moment("closed_at", payment.closed_at, self.settings.closed_at_when_unset),
            "status": payment.status.value.lower(),
            "is_test": payment.is_test,
            "is_expired": payment.status == TabbyStatus.EXPIRED,
            "amount": self.amount(payment.amount_minor, payment.currency),
            "currency": payment.currency,
            "order": {"reference_id": payment.reference_id},
            "captures": [self._noticed_capture(item, payment) for item in payment.captures],
            "refunds": [self._noticed_refund(item, payment) for item in payment.refunds],
            "meta": payment.request.get("meta") or {},
            **_moment("token", None, self.settings.token_when_unset),
        }
        if payment.expired_at is not None:
            document["expired_at"] = iso_seconds(payment.expired_at)
        return document

    def amount(self, amount_minor: int, currency: str) -> str:
        """Major units; without trailing zeros as live answers have it."""
        write = format_short if self.settings.normalise_amounts else format_fixed
        return write(amount_minor, currency)

    def _order(self, payment: Payment) -> dict[str, Any]:
        order = payment.request.get("order") or {}
        return {
            "reference_id": payment.reference_id,
            "updated_at": order.get("updated_at"),
            "tax_amount": shorten(order.get("tax_amount", "0")),
            "shipping_amount": shorten(order.get("shipping_amount", "0")),
            "discount_amount": shorten(order.get("discount_amount", "0")),
            "items": [_item(item) for item in order.get("items") or []],
        }

    def _capture(self, capture: Capture, payment: Payment) -> dict[str, Any]:
        details = capture.details
        return {
            "id": capture.capture_id,
            "created_at": iso_seconds(capture.created_at),
            "amount": self.amount(capture.amount_minor, payment.currency),
            "tax_amount": shorten(details.get("tax_amount", "0")),
            "shipping_amount": shorten(details.get("shipping_amount", "0")),
            "discount_amount": shorten(details.get("discount_amount", "0")),
            "items": [_item(item) for item in _dictionaries(details.get("items"))],
            "reference_id": capture.reference_id,
        }

    def _refund(self, refund: Refund, payment: Payment) -> dict[str, Any]:
        return {
            "id": refund.refund_id,
            "created_at": iso_seconds(refund.created_at),
            "amount": self.amount(refund.amount_minor, payment.currency),
            "reason": refund.reason,
            "items": [_item(item) for item in _dictionaries(refund.details.get("items"))],
            "reference_id": refund.reference_id,
        }

    def _noticed_capture(self, capture: Capture, payment: Payment) -> dict[str, Any]:
        return {
            "id": capture.capture_id,
            "amount": self.amount(capture.amount_minor, payment.currency),
            "created_at": iso_seconds(capture.created_at),
            "reference_id": capture.reference_id,
        }

    def _noticed_refund(self, refund: Refund, payment: Payment) -> dict[str, Any]:
        return {
            "id": refund.refund_id,
            "amount": self.amount(refund.amount_minor, payment.currency),
            "created_at": iso_seconds(refund.created_at),
            "reference_id": refund.reference_id,
            "reason": refund.reason,
        }

    def _all(self, documents: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
        if not documents and self.settings.empty_operations == "null":
            return None
        return documents


def _moment(name: str, moment: datetime | None, when_unset: Unset) -> dict[str, str | None]:
    if moment is not None:
        return {name: iso_seconds(moment)}
    if when_unset == "absent":
        return {}
    return {name: None if when_unset == "null" else ""}


def _item(item: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: item[name] for name in _ITEM_NAMES if name in item}
    return {"quantity": 1, **kept, "unit_price": shorten(item.get("unit_price", "0"))}


def _dictionaries(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _buyer_history(history: Mapping[str, Any]) -> dict[str, Any]:
    return {"loyalty_level": 0, "wishlist_count": 0, "registered_since": _UNSET_DATE, **history}
