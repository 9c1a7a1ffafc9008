"""Tabby's endpoints, one method each; what their answers mean is the gateway's to say."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from payments_common.errors import InvalidMessage
from payments_common.gateways.port import CallContext, MoneyMove
from payments_common.gateways.redaction import JSON, AllowList
from payments_common.gateways.tabby.config import TabbyConfig
from payments_common.gateways.transport import Answer, GatewayTransport
from payments_common.gateways.wire_types import uuid_or_none

LARGEST_PAGE = 20
_PAYMENTS = "/api/v2/payments"
_WEBHOOKS = "/api/v1/webhooks"

REDACT = AllowList(
    leaves=frozenset(
        {
            "id",
            "status",
            "amount",
            "currency",
            "reference_id",
            "order_id",
            "created_at",
            "updated_at",
            "expires_at",
            "closed_at",
            "is_test",
            "is_expired",
            "lang",
            "merchant_code",
            "rejection_reason",
            "errorType",
            "limit",
            "offset",
            "total_count",
            "created_at__gte",
            "created_at__lte",
            "url",
        }
    ),
    branches=frozenset(
        {
            "payment",
            "payments",
            "order",
            "captures",
            "refunds",
            "meta",
            "configuration",
            "products",
            "installments",
            "pagination",
        }
    ),
    words=frozenset({"error"}),
)
"""Buyers, addresses, items, links that can be paid and webhook headers are in neither set."""


class TabbyClient:
    def __init__(self, transport: GatewayTransport, *, config: TabbyConfig) -> None:
        self._transport = transport
        self._config = config

    async def create_checkout(self, request: Mapping[str, Any], *, context: CallContext) -> Answer:
        return await self._call(
            "POST", "/api/v2/checkout", operation="create_checkout", json=request, context=context
        )

    async def get_payment(self, payment_id: str, *, context: CallContext) -> Answer:
        return await self._call(
            "GET", _payment_path(payment_id), operation="get_payment", context=context
        )

    async def list_payments(
        self, *, created_from: date, created_before: date, offset: int, context: CallContext
    ) -> Answer:
        """One page of authorized and closed payments, newest first; a date is its midnight UTC."""
        query = {
            "created_at__gte": created_from.isoformat(),
            "created_at__lte": created_before.isoformat(),
            "limit": str(LARGEST_PAGE),
            "offset": str(offset),
        }
        return await self._call(
            "GET", _PAYMENTS, operation="list_payments", query=query, context=context
        )

    async def capture(self, move: MoneyMove, *, context: CallContext) -> Answer:
        return await self._call(
            "POST",
            f"{_payment_path(move.payment_id)}/captures",
            operation="capture",
            json={"amount": move.amount.to_major(), "reference_id": move.reference},
            context=context,
        )

    async def refund(self, move: MoneyMove, *, context: CallContext) -> Answer:
        body = {"amount": move.amount.to_major(), "reference_id": move.reference}
        if move.reason:
            body["reason"] = move.reason[:255]
        return await self._call(
            "POST",
            f"{_payment_path(move.payment_id)}/refunds",
            operation="refund",
            json=body,
            context=context,
        )

    async def close_payment(self, payment_id: str, *, context: CallContext) -> Answer:
        return await self._call(
            "POST", f"{_payment_path(payment_id)}/close", operation="close", context=context
        )

    async def list_webhooks(self, *, context: CallContext) -> Answer:
        return await self._webhooks("GET", _WEBHOOKS, operation="list_webhooks", context=context)

    async def create_webhook(self, webhook: Mapping[str, Any], *, context: CallContext) -> Answer:
        return await self._webhooks(
            "POST", _WEBHOOKS, operation="create_webhook", json=webhook, context=context
        )

    async def update_webhook(
        self, webhook_id: str, webhook: Mapping[str, Any], *, context: CallContext
    ) -> Answer:
        path = f"{_WEBHOOKS}/{_id_in_path(webhook_id, 'webhook')}"
        return await self._webhooks(
            "PUT", path, operation="update_webhook", json=webhook, context=context
        )

    async def delete_webhook(self, webhook_id: str, *, context: CallContext) -> Answer:
        path = f"{_WEBHOOKS}/{_id_in_path(webhook_id, 'webhook')}"
        return await self._webhooks("DELETE", path, operation="delete_webhook", context=context)

    async def close(self) -> None:
        await self._transport.close()

    async def _webhooks(
        self, method: str, path: str, *, operation: str, json: JSON = None, context: CallContext
    ) -> Answer:
        headers = {"X-Merchant-Code": self._config.merchant_code}
        return await self._call(
            method, path, operation=operation, json=json, headers=headers, context=context
        )

    async def _call(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        json: JSON = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        context: CallContext,
    ) -> Answer:
        key = self._config.secret_key.get_secret_value()
        return await self._transport.call(
            method,
            path,
            operation=operation,
            json=json,
            query=query,
            headers={"Authorization": f"Bearer {key}", **(headers or {})},
            context=context,
        )


def _payment_path(payment_id: str) -> str:
    return f"{_PAYMENTS}/{_id_in_path(payment_id, 'payment')}"


def _id_in_path(id_: str, what: str) -> str:
    """Payment ids come from browsers too, and the path is signed with our key (section 9.14)."""
    found = uuid_or_none(id_)
    if found is None:
        raise InvalidMessage(
            f"a Tabby {what} id is a UUID such as 3f0d9b0e-6c1a-4c53-9a3e-0b7f6a1d2c44; "
            f"this one is not, it has {len(id_)} characters",
            code=f"invalid_{what}_id",
        )
    return found
