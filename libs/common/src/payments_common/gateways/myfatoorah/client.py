"""MyFatoorah's endpoints of its API V2, one method each; all of them are POST."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from payments_common.gateways.myfatoorah.config import MyFatoorahConfig
from payments_common.gateways.port import CallContext, MoneyMove
from payments_common.gateways.transport import Answer, GatewayTransport
from payments_common.gateways.wire_types import LONGEST_TEXT


class KeyType(StrEnum):
    INVOICE_ID = "InvoiceId"
    PAYMENT_ID = "PaymentId"
    CUSTOMER_REFERENCE = "CustomerReference"


class MyFatoorahClient:
    def __init__(self, transport: GatewayTransport, *, config: MyFatoorahConfig) -> None:
        self._transport = transport
        self._config = config

    async def initiate_payment(
        self, amount: Decimal, currency: str, *, context: CallContext
    ) -> Answer:
        """Stores nothing; an amount of 0 and no currency list every method (section 2.1)."""
        body = {"InvoiceAmount": amount, "CurrencyIso": currency}
        return await self._post(
            "InitiatePayment", body, operation="list_payment_methods", context=context
        )

    async def send_payment(self, request: Mapping[str, Any], *, context: CallContext) -> Answer:
        return await self._post("SendPayment", request, operation="create_invoice", context=context)

    async def execute_payment(self, request: Mapping[str, Any], *, context: CallContext) -> Answer:
        return await self._post(
            "ExecutePayment", request, operation="create_invoice", context=context
        )

    async def get_payment_status(
        self, key: str, key_type: KeyType, *, context: CallContext
    ) -> Answer:
        body = {"Key": key, "KeyType": key_type.value}
        return await self._post("GetPaymentStatus", body, operation="get_payment", context=context)

    async def get_refund_status(self, invoice_id: str, *, context: CallContext) -> Answer:
        body = {"Key": invoice_id, "KeyType": KeyType.INVOICE_ID.value}
        return await self._post("GetRefundStatus", body, operation="get_refunds", context=context)

    async def capture(self, move: MoneyMove, *, context: CallContext) -> Answer:
        body = {
            "Operation": "Capture",
            "Amount": Decimal(move.amount.to_major()),
            "Key": move.payment_id,
            "KeyType": KeyType.INVOICE_ID.value,
        }
        return await self._post("UpdatePaymentStatus", body, operation="capture", context=context)

    async def release(self, move: MoneyMove, *, context: CallContext) -> Answer:
        """Of all that is held: MyFatoorah releases no part of it (section 4.1)."""
        body = {
            "Operation": "Release",
            "Key": move.payment_id,
            "KeyType": KeyType.INVOICE_ID.value,
        }
        return await self._post("UpdatePaymentStatus", body, operation="void", context=context)

    async def make_refund(self, move: MoneyMove, *, context: CallContext) -> Answer:
        """Our reference is the idempotency key as well, where the country has them (2.6)."""
        body: dict[str, Any] = {
            "Key": move.payment_id,
            "KeyType": KeyType.INVOICE_ID.value,
            "Amount": Decimal(move.amount.to_major()),
            "ExternalIdentifier": move.reference,
        }
        if move.reason:
            body["Comment"] = move.reason[:LONGEST_TEXT]
        headers = {"Idempotency-Key": move.reference} if self._config.has_idempotency else {}
        return await self._post(
            "MakeRefund", body, operation="refund", headers=headers, context=context
        )

    async def get_webhooks(
        self, *, since: datetime, until: datetime, page: int, context: CallContext
    ) -> Answer:
        """One page of what MyFatoorah sent, counted from 1; at most 500 of them."""
        body = {"Start": _utc(since), "End": _utc(until), "Page": page}
        return await self._post("GetWebhooks", body, operation="list_webhooks", context=context)

    async def close(self) -> None:
        await self._transport.close()

    async def _post(
        self,
        verb: str,
        body: Mapping[str, Any],
        *,
        operation: str,
        headers: Mapping[str, str] | None = None,
        context: CallContext,
    ) -> Answer:
        key = self._config.api_key.get_secret_value()
        return await self._transport.call(
            "POST",
            f"/v2/{verb}",
            operation=operation,
            json=body,
            headers={"Authorization": f"Bearer {key}", **(headers or {})},
            context=context,
        )


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
