"""Tells merchants what happened, as their dashboard and the invoice say, sections 5 and 5.2."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from gateway_sandbox.deliveries import Authentication, Notice, RetryRules, Tamper
from gateway_sandbox.delivery_engine import DeliveryEngine
from gateway_sandbox.myfatoorah import event_names
from gateway_sandbox.myfatoorah.book import WebhookRecord
from gateway_sandbox.myfatoorah.event_names import CODES, PAYMENT, REFUND
from gateway_sandbox.myfatoorah.invoice import Event
from gateway_sandbox.myfatoorah.invoice_document import InvoiceWriter
from gateway_sandbox.myfatoorah.merchants import Merchant, MerchantBook
from gateway_sandbox.myfatoorah.notice_v1 import NoticeWriterV1
from gateway_sandbox.myfatoorah.notice_v2 import NoticeWriterV2
from gateway_sandbox.myfatoorah.settings import MyFatoorahSettings
from gateway_sandbox.myfatoorah.signing import SIGNATURE_HEADER, VERSION_HEADER, signature

_STAGED_ENTITIES = {
    "balance": ("DepositReference", "Deposit.Reference"),
    "supplier": ("SupplierCode", "Supplier.Code"),
    "recurring": ("RecurringId", "Recurring.Id"),
    "dispute": ("DisputeTransactionId", "Dispute.DisputeTransactionId"),
    "supplier_update": ("SupplierCode", "Supplier.Code"),
}


class Announcer:
    """Makes one notice per event; `sign` looks the secret up anew for each attempt."""

    def __init__(
        self, *, gateway: str, merchants: MerchantBook, deliveries: DeliveryEngine, tamper: Tamper
    ) -> None:
        self._gateway = gateway
        self._merchants = merchants
        self._deliveries = deliveries
        self._tamper = tamper

    def announce(
        self, event: Event, settings: MyFatoorahSettings, reference: Callable[[], str]
    ) -> WebhookRecord | None:
        """Send the notice if it is wanted anywhere; the record is for GetWebhooks."""
        merchant = self._merchants.of(event.invoice.api_key)
        if merchant is None or (event.kind == "close" and not settings.release_webhooks):
            return None
        url = _url_for(event, merchant)
        if url is None:
            return None
        record = self._record(event, merchant, settings=settings, reference=reference(), url=url)
        self._deliveries.enqueue(record.notice)
        return record

    def _record(
        self,
        event: Event,
        merchant: Merchant,
        *,
        settings: MyFatoorahSettings,
        reference: str,
        url: str,
    ) -> WebhookRecord:
        writer = InvoiceWriter(settings)
        is_v1 = merchant.webhook_version == "v1"
        names = event_names.V1_NAMES if is_v1 else event_names.V2_NAMES
        document = (
            NoticeWriterV1(writer).body(event)
            if is_v1
            else NoticeWriterV2(writer).body(event, reference)
        )
        notice = Notice(
            gateway=self._gateway,
            payment_id=event.invoice.payment_id,
            reference_id=event.invoice.order_reference,
            event=event.kind,
            url=url,
            document=document,
            sign=lambda body: self._sign(merchant.api_key, body),
            tamper=self._tamper,
            headers=_headers(merchant, settings),
            rules=_rules(merchant, settings),
        )
        code = CODES[event.kind]
        return WebhookRecord(
            reference=reference,
            api_key=merchant.api_key,
            event=event,
            code=code,
            name=names[code],
            entity_id=_entity_id(event, document["Data"]),
            notice=notice,
        )

    def _sign(self, api_key: str, body: bytes) -> Authentication:
        merchant = self._merchants.of(api_key)
        secret = None if merchant is None else merchant.webhook_secret
        if not secret:
            # Optional with Webhook V1.
            return Authentication()
        return Authentication({SIGNATURE_HEADER: signature(json.loads(body), secret)})


def _url_for(event: Event, merchant: Merchant) -> str | None:
    """The invoice's own URL gets its payments and refunds, the dashboard's whatever is enabled."""
    code = CODES[event.kind]
    own = event.invoice.order.webhook_url
    if own is not None and code in {PAYMENT, REFUND}:
        return own
    return merchant.webhook_url if code in merchant.webhook_events else None


def _headers(merchant: Merchant, settings: MyFatoorahSettings) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "User-Agent": settings.delivery_user_agent}
    match settings.webhook_version_header:
        case "lower":
            headers[VERSION_HEADER] = merchant.webhook_version
        case "upper":
            headers[VERSION_HEADER] = merchant.webhook_version.upper()
        case "absent":
            pass
    return headers


def _rules(merchant: Merchant, settings: MyFatoorahSettings) -> RetryRules:
    if merchant.webhook_version == "v1":
        delays, timeout_seconds = settings.v1_retry_delays_seconds, settings.v1_timeout_seconds
    else:
        delays = (merchant.webhook_retry_delay_seconds,) * merchant.webhook_retry_count
        timeout_seconds = settings.v2_timeout_seconds
    return RetryRules(
        delays_seconds=delays,
        timeout_seconds=timeout_seconds,
        acknowledging_statuses=frozenset({200}),
    )


def _entity_id(event: Event, data: Mapping[str, Any]) -> str:
    if event.refund is not None:
        return str(event.refund.refund_id)
    if event.transaction is not None:
        return event.invoice.payment_id
    flat, nested = _STAGED_ENTITIES[event.kind]
    member, _, name = nested.partition(".")
    inner = data.get(member)
    return str(inner.get(name, "") if isinstance(inner, Mapping) else data.get(flat, ""))
