"""An order as Tamara shows it, gateways/tamara.md section 4.5."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gateway_sandbox.amounts import split_evenly
from gateway_sandbox.strict_body import ExactNumber
from gateway_sandbox.tamara.money import money_document
from gateway_sandbox.tamara.order import Breakdown, Cancel, Capture, Item, Order, Refund
from gateway_sandbox.tamara.settings import TamaraSettings


@dataclass(frozen=True, slots=True)
class OrderWriter:
    """Writes orders under the given settings."""

    settings: TamaraSettings

    def order(self, order: Order) -> dict[str, Any]:
        """The whole order, the same for each of the three reads."""
        checkout = order.checkout
        return {
            "order_id": order.order_id,
            "order_reference_id": order.reference_id,
            "order_number": checkout.order_number,
            "description": checkout.description,
            "status": order.status.value,
            "country_code": checkout.country_code,
            "locale": checkout.locale,
            "platform": checkout.platform,
            "is_mobile": checkout.is_mobile,
            "merchant_url": dict(checkout.merchant_url),
            "consumer": dict(checkout.consumer),
            "billing_address": _copied(checkout.billing_address),
            "shipping_address": dict(checkout.shipping_address),
            "items": self.items(checkout.items, order.currency),
            "payment_type": checkout.payment_type,
            "instalments": checkout.instalments,
            **self._amounts(order),
            "settlement_status": "",
            "settlement_date": None,
            "created_at": self.moment(order.created_at),
            "transactions": {
                "cancels": [self._cancel(cancel, order) for cancel in order.cancels],
                "captures": [self._capture(capture, order) for capture in order.captures],
                "refunds": [self._refund(refund, order) for refund in order.refunds],
            },
            "processing": False,
            "store_code": str(checkout.additional_data.get("store_code") or ""),
            "additional_data": {
                **checkout.additional_data,
                "single_checkout": self.settings.single_checkout,
                "from_in_store_payment_link": checkout.is_in_store,
            },
        }

    def money(self, amount_minor: int, order: Order) -> dict[str, Any]:
        """An amount of this order."""
        return money_document(amount_minor, order.currency, self.settings)

    def moment(self, moment: datetime) -> str:
        """A time in whichever of the two forms is set."""
        utc = moment.astimezone(UTC)
        if self.settings.date_form == "milliseconds":
            return utc.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        return utc.strftime("%Y-%m-%dT%H:%M:%S+00:00")

    def items(self, items: tuple[Item, ...], currency: str) -> list[dict[str, Any]]:
        """Positions with every member."""
        return [self._item(item, currency) for item in items]

    def _amounts(self, order: Order) -> dict[str, Any]:
        parts = order.checkout.breakdown
        return {
            "total_amount": self.money(order.total_minor, order),
            "shipping_amount": self.money(parts.shipping_minor or 0, order),
            "tax_amount": self.money(parts.tax_minor, order),
            "captured_amount": self.money(order.captured_minor, order),
            "refunded_amount": self.money(order.refunded_minor, order),
            "canceled_amount": self.money(order.canceled_minor, order),
            "paid_amount": self.money(_first_instalment_minor(order), order),
            "wallet_prepaid_amount": self.money(0, order),
            "discount_amount": self._discount(order),
        }

    def _discount(self, order: Order) -> dict[str, Any] | None:
        name, amount_minor = order.checkout.discount_name, order.checkout.breakdown.discount_minor
        if name is None and self.settings.discount_when_unset == "null":
            return None
        return {"name": name or "", "amount": self.money(amount_minor, order)}

    def _capture(self, capture: Capture, order: Order) -> dict[str, Any]:
        return {
            "capture_id": capture.capture_id,
            "order_id": order.order_id,
            "merchant_id": order.merchant_id,
            "total_amount": self.money(capture.amount_minor, order),
            "refunded_amount": self.money(order.refunded_of(capture.capture_id), order),
            "shipping_info": {
                "shipped_at": capture.shipping_info.shipped_at or self.moment(capture.created_at),
                "shipping_company": capture.shipping_info.shipping_company,
                "tracking_number": capture.shipping_info.tracking_number,
                "tracking_url": capture.shipping_info.tracking_url,
            },
            **self._breakdown(capture.breakdown, order),
            "created_at": self.moment(capture.created_at),
        }

    def _refund(self, refund: Refund, order: Order) -> dict[str, Any]:
        document = {
            "refund_id": refund.refund_id,
            "capture_id": refund.capture_id,
            "total_amount": self.money(refund.amount_minor, order),
            "items": self.items(refund.items, order.currency),
            "created_at": self.moment(refund.created_at),
        }
        if self.settings.echo_merchant_refund_id:
            document["merchant_refund_id"] = refund.merchant_refund_id
        return document

    def _cancel(self, cancel: Cancel, order: Order) -> dict[str, Any]:
        return {
            "cancel_id": cancel.cancel_id,
            "order_id": order.order_id,
            "total_amount": self.money(cancel.amount_minor, order),
            **self._breakdown(cancel.breakdown, order),
            "created_at": self.moment(cancel.created_at),
        }

    def _breakdown(self, breakdown: Breakdown, order: Order) -> dict[str, Any]:
        return {
            "items": self.items(breakdown.items, order.currency),
            "shipping_amount": self.money(breakdown.shipping_minor or 0, order),
            "tax_amount": self.money(breakdown.tax_minor, order),
            "discount_amount": self.money(breakdown.discount_minor, order),
        }

    def _item(self, item: Item, currency: str) -> dict[str, Any]:
        def money(amount_minor: int) -> dict[str, Any]:
            return money_document(amount_minor, currency, self.settings)

        return {
            "reference_id": item.reference_id,
            "type": item.type,
            "name": item.name,
            "sku": item.sku,
            "quantity": ExactNumber(item.quantity),
            "unit_price": money(item.unit_price_minor),
            "tax_amount": money(item.tax_minor),
            "total_amount": money(item.total_minor),
            "discount_amount": money(item.discount_minor),
            "image_url": item.image_url,
            "item_url": item.item_url,
        }


def _first_instalment_minor(order: Order) -> int:
    if order.approved_at is None:
        return 0
    return split_evenly(order.total_minor, order.checkout.instalments)[0]


def _copied(address: Mapping[str, str] | None) -> dict[str, str] | None:
    return None if address is None else dict(address)
