"""Tamara's endpoints, one method each; what their answers mean is the gateway's to say."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from payments_common.errors import InvalidMessage
from payments_common.gateways.port import CallContext, MoneyMove
from payments_common.gateways.redaction import JSON, AllowList
from payments_common.gateways.tamara.checkout import UNKNOWN, money
from payments_common.gateways.tamara.config import TamaraConfig
from payments_common.gateways.tamara.wire import ORDERS
from payments_common.gateways.transport import Answer, GatewayTransport
from payments_common.gateways.wire_types import LONGEST_TEXT, uuid_or_none
from payments_common.schemas.parties import Shipment

NO_REASON = "refund"
_WEBHOOKS = "/webhooks"
_WEBHOOK_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)

REDACT = AllowList(
    leaves=frozenset(
        {
            "order_id",
            "order_reference_id",
            "checkout_id",
            "capture_id",
            "refund_id",
            "cancel_id",
            "merchant_refund_id",
            "webhook_id",
            "status",
            "amount",
            "currency",
            "country_code",
            "locale",
            "payment_type",
            "instalments",
            "auto_captured",
            "created_at",
            "order_expiry_time",
            "settlement_status",
            "settlement_date",
            "processing",
            "error_code",
            "old_state",
            "new_state",
            "type",
            "url",
        }
    ),
    branches=frozenset(
        {
            "total_amount",
            "shipping_amount",
            "tax_amount",
            "authorized_amount",
            "captured_amount",
            "refunded_amount",
            "canceled_amount",
            "paid_amount",
            "transactions",
            "captures",
            "refunds",
            "cancels",
            "errors",
            "data",
            "webhooks",
        }
    ),
    words=frozenset({"message", "comment"}),
)
"""Consumers, addresses, items, shipments, links that can be paid and headers are in no set."""


class TamaraClient:
    def __init__(self, transport: GatewayTransport, *, config: TamaraConfig) -> None:
        self._transport = transport
        self._config = config

    async def create_checkout(self, request: Mapping[str, Any], *, context: CallContext) -> Answer:
        return await self._call(
            "POST", "/checkout", operation="create_checkout", json=request, context=context
        )

    async def get_order(self, order_id: str, *, context: CallContext) -> Answer:
        return await self._call(
            "GET", f"/orders/{_order_id(order_id)}", operation="get_order", context=context
        )

    async def find_order(self, order_reference: str, *, context: CallContext) -> Answer:
        path = f"/merchants/orders/reference-id/{_reference_in_path(order_reference)}"
        return await self._call("GET", path, operation="find_order", context=context)

    async def authorise(self, move: MoneyMove, *, context: CallContext) -> Answer:
        order_id = _order_id(move.payment_id)
        return await self._call(
            "POST",
            f"/orders/{order_id}/authorise",
            operation="authorise",
            json={"order_id": order_id},
            context=context,
        )

    async def capture(self, move: MoneyMove, *, now: datetime, context: CallContext) -> Answer:
        body = {
            "order_id": _order_id(move.payment_id),
            "total_amount": money(move.amount),
            "shipping_info": _shipping_info(move.shipment, now),
        }
        return await self._call(
            "POST", "/payments/capture", operation="capture", json=body, context=context
        )

    async def refund(self, move: MoneyMove, *, context: CallContext) -> Answer:
        body = {
            "total_amount": money(move.amount),
            "comment": (move.reason or NO_REASON)[:LONGEST_TEXT],
            "merchant_refund_id": move.reference,
        }
        path = f"/payments/simplified-refund/{_order_id(move.payment_id)}"
        return await self._call("POST", path, operation="refund", json=body, context=context)

    async def cancel(self, move: MoneyMove, *, context: CallContext) -> Answer:
        return await self._call(
            "POST",
            f"/orders/{_order_id(move.payment_id)}/cancel",
            operation="cancel",
            json={"total_amount": money(move.amount)},
            context=context,
        )

    async def get_merchant(self, *, context: CallContext) -> Answer:
        return await self._call(
            "GET", "/merchants/configs", operation="get_merchant", context=context
        )

    async def list_webhooks(self, *, context: CallContext) -> Answer:
        return await self._call("GET", _WEBHOOKS, operation="list_webhooks", context=context)

    async def get_webhook(self, webhook_id: str, *, context: CallContext) -> Answer:
        path = _webhook_path(webhook_id)
        return await self._call("GET", path, operation="get_webhook", context=context)

    async def create_webhook(
        self, url: str, events: Sequence[str], *, context: CallContext
    ) -> Answer:
        body = {"type": ORDERS, "url": url, "events": list(events)}
        return await self._call(
            "POST", _WEBHOOKS, operation="create_webhook", json=body, context=context
        )

    async def update_webhook(
        self, webhook_id: str, url: str, events: Sequence[str], *, context: CallContext
    ) -> Answer:
        return await self._call(
            "PUT",
            _webhook_path(webhook_id),
            operation="update_webhook",
            json={"url": url, "events": list(events)},
            context=context,
        )

    async def delete_webhook(self, webhook_id: str, *, context: CallContext) -> Answer:
        path = _webhook_path(webhook_id)
        return await self._call("DELETE", path, operation="delete_webhook", context=context)

    async def close(self) -> None:
        await self._transport.close()

    async def _call(
        self, method: str, path: str, *, operation: str, json: JSON = None, context: CallContext
    ) -> Answer:
        token = self._config.api_token.get_secret_value()
        return await self._transport.call(
            method,
            path,
            operation=operation,
            json=json,
            headers={"Authorization": f"Bearer {token}"},
            context=context,
        )


def _shipping_info(shipment: Shipment | None, now: datetime) -> dict[str, str]:
    """Required, though nothing may have been shipped yet: then it is today's, by nobody."""
    shipped_at = (shipment.shipped_at if shipment else None) or now
    info = {
        "shipped_at": shipped_at.astimezone(UTC).isoformat(timespec="seconds"),
        "shipping_company": shipment.carrier if shipment else UNKNOWN,
    }
    # Documented as text, so that what is not known is left out rather than sent as null.
    if shipment and shipment.tracking_number:
        info["tracking_number"] = shipment.tracking_number
    if shipment and shipment.tracking_url:
        info["tracking_url"] = str(shipment.tracking_url)
    return info


def _order_id(payment_id: str) -> str:
    """Payment ids come from browsers too, and the path is signed with our token."""
    found = uuid_or_none(payment_id)
    if found is None:
        raise InvalidMessage(
            "a Tamara payment id is its order_id, a UUID such as "
            f"7b1c2f40-3a8e-4c55-9d0f-1f6a2b7e9c01; this one is not, it has {len(payment_id)} "
            "characters",
            code="invalid_payment_id",
        )
    return found


def _reference_in_path(order_reference: str) -> str:
    """Encoded by us (section 4.5); dots alone would lead to another path even so."""
    if not order_reference.strip("."):
        raise InvalidMessage(
            "Tamara cannot be asked for an order by a reference of dots alone",
            code="invalid_order_reference",
        )
    return quote(order_reference, safe="")


def _webhook_path(webhook_id: str) -> str:
    if not _WEBHOOK_ID.fullmatch(webhook_id):
        raise InvalidMessage(
            f"this is not the id of a Tamara webhook, it has {len(webhook_id)} characters",
            code="invalid_webhook_id",
        )
    return f"{_WEBHOOKS}/{webhook_id}"
