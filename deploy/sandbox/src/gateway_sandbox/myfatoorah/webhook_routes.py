"""GetWebhooks: what was triggered and what became of it, gateways/myfatoorah.md section 5."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from aiohttp import web

from gateway_sandbox.deliveries import Attempt, Delivery
from gateway_sandbox.myfatoorah.book import WebhookRecord
from gateway_sandbox.myfatoorah.decode_keys import WebhookQuery, decode_webhook_query
from gateway_sandbox.myfatoorah.event_names import FILTER_SPELLINGS, PAYMENT
from gateway_sandbox.myfatoorah.fields import fields_of
from gateway_sandbox.myfatoorah.gateway import MyFatoorahGateway
from gateway_sandbox.myfatoorah.http import MyFatoorahHttp, success
from gateway_sandbox.myfatoorah.merchants import Merchant
from gateway_sandbox.myfatoorah.signing import signature
from gateway_sandbox.myfatoorah.wire_times import utc_ticks

PAGE_SIZE = 500


class WebhookRoutes:
    """Lists also what was lost on the way: recovery is what this is for."""

    def __init__(self, gateway: MyFatoorahGateway, http: MyFatoorahHttp) -> None:
        self._gateway = gateway
        self._http = http

    async def list_all(self, request: web.Request) -> Any:
        """POST /v2/GetWebhooks, newest first, 500 a page."""
        merchant = self._http.authenticate(request, "get_webhooks")
        wanted = decode_webhook_query(fields_of(await request.read()))
        deliveries = self._deliveries()
        records = reversed(self._gateway.book.webhooks)
        found = [
            (record, sent, status)
            for record in records
            if record.api_key == merchant.api_key and _matches(record, wanted)
            for sent in [deliveries.get(id(record.notice), [])]
            for status in [self._status(sent)]
            if wanted.status in (None, status)
        ]
        shown = found[(wanted.page - 1) * PAGE_SIZE : wanted.page * PAGE_SIZE]
        return success(
            {
                "Items": [_item(record, sent, status, merchant) for record, sent, status in shown],
                "Pagination": {
                    "PageSize": PAGE_SIZE,
                    "PageNumber": wanted.page,
                    "PagesCount": -(-len(found) // PAGE_SIZE),
                    "ItemsCount": len(found),
                },
            }
        )

    def _deliveries(self) -> dict[int, list[Delivery]]:
        grouped: dict[int, list[Delivery]] = {}
        for delivery in self._gateway.deliveries.log():
            grouped.setdefault(id(delivery.notice), []).append(delivery)
        return grouped

    def _status(self, deliveries: Iterable[Delivery]) -> str:
        states = {delivery.state for delivery in deliveries}
        has_begun = any(delivery.attempts for delivery in deliveries)
        if "acknowledged" in states:
            return "Succeeded"
        if states & {"pending", "waiting", "held"}:
            return "Running" if has_begun else "Waiting"
        if states == {"dropped"}:
            return self._gateway.settings.dropped_webhook_status
        return "Failed"


def _matches(record: WebhookRecord, wanted: WebhookQuery) -> bool:
    at = record.event.at
    if (wanted.start and at < wanted.start) or (wanted.end and at > wanted.end):
        return False
    name = FILTER_SPELLINGS.get(wanted.event_name or "", wanted.event_name)
    return name in (None, record.name) and _has_key(record, wanted)


def _has_key(record: WebhookRecord, wanted: WebhookQuery) -> bool:
    if not wanted.keys or wanted.key_type is None:
        return True
    if wanted.key_type == "WebhookReference":
        return record.reference in wanted.keys
    invoice = record.event.invoice
    is_reference = wanted.key_type == "CustomerReference"
    key = invoice.order_reference if is_reference else invoice.payment_id
    # Documented for payment webhooks only.
    return record.code == PAYMENT and key in wanted.keys


def _item(
    record: WebhookRecord, deliveries: Iterable[Delivery], status: str, merchant: Merchant
) -> dict[str, Any]:
    document = record.notice.document
    secret = merchant.webhook_secret
    attempts = [attempt for delivery in deliveries for attempt in delivery.attempts]
    return {
        "EndPoint": record.notice.url,
        "Signature": signature(document, secret) if secret else None,
        "EventCode": record.code,
        "EventName": record.name,
        "EventEntityId": record.entity_id,
        "WebhookReference": record.reference,
        "Data": document["Data"],
        "Status": status,
        "Attempts": [_attempt(attempt) for attempt in attempts],
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    status = attempt.status or 0
    known = {item.value: item.phrase for item in HTTPStatus}
    return {
        "Date": utc_ticks(attempt.at),
        "Status": status,
        "ResponseMessage": attempt.error or known.get(status, ""),
        "Duration": f"{attempt.duration_seconds:.3f}",
    }
