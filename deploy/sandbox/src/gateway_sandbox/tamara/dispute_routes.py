"""The two endpoints for disputes, gateways/tamara.md section 4.7."""

from email import message_from_bytes
from typing import Any

from aiohttp import web

from gateway_sandbox.tamara.disputes import Comment, Dispute
from gateway_sandbox.tamara.errors import invalid, not_found
from gateway_sandbox.tamara.gateway import TamaraGateway
from gateway_sandbox.tamara.http import TamaraHttp
from gateway_sandbox.tamara.members import Members, load_members
from gateway_sandbox.tamara.order import Order

_MULTIPART = "multipart/form-data"
# More than any number of cases has; Python refuses to read numbers of thousands of digits.
_MAXIMUM_DIGITS = 18


class DisputeRoutes:
    """Cases are opened by the sandbox's action `dispute`."""

    def __init__(self, gateway: TamaraGateway, http: TamaraHttp) -> None:
        self._gateway = gateway
        self._http = http

    async def list(self, request: web.Request) -> Any:
        """GET /external/merchants/orders/disputes/ with filters."""
        merchant = self._http.authenticate(request)
        book = self._gateway.book
        found = book.disputes.matching(merchant, request.query, book.orders)
        return {
            "total": len(found),
            "data": {
                "merchant_details": {
                    "merchant_id": merchant.merchant_id,
                    "merchant_code": "sandbox",
                    "merchant_name": "Sandbox merchant",
                    "merchant_status": "active",
                },
                "disputes": {
                    str(dispute.dispute_id): self._document(dispute, order)
                    for dispute, order in found
                },
            },
        }

    async def comment(self, request: web.Request) -> Any:
        """POST /external/merchants/orders/disputes/{id}: a form, or JSON."""
        merchant = self._http.authenticate(request)
        number = request.match_info["dispute_id"]
        if not (number.isascii() and number.isdigit() and len(number) <= _MAXIMUM_DIGITS):
            raise not_found("Dispute not found")
        fields = _fields(await request.read(), request)
        text = fields.text("comment", limit=255)
        for name in ("delivery_provider", "order_delivery_tracking_id"):
            fields.optional_text(name, limit=255)
        book = self._gateway.book
        comment = Comment(self._gateway.act("api").at, text)
        book.disputes.comment(merchant, int(number), comment, book.orders)
        return {"message": "order.dispute.updated_successfully"}

    def _document(self, dispute: Dispute, order: Order) -> dict[str, Any]:
        writer = self._gateway.writer
        return {
            "dispute_id": dispute.dispute_id,
            "order_id": order.order_id,
            "merchant_order_reference_id": order.reference_id,
            "order_status": order.status.value,
            "dispute_status": dispute.status,
            "opened_at": writer.moment(dispute.opened_at),
            "amount": writer.money(order.captured_minor, order),
            "activities": [
                {
                    "event": "comment",
                    "comment": comment.text,
                    "attachments": [],
                    "created_at": writer.moment(comment.at),
                }
                for comment in dispute.comments
            ],
        }


def _fields(body: bytes, request: web.Request) -> Members:
    if request.content_type != _MULTIPART:
        return load_members(body)
    # The request's own reader finds nothing any more: whoever counts requests read it before.
    header = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    form = message_from_bytes(header + body)
    if not form.is_multipart():
        raise invalid("The request body is not a form")
    return Members(
        {
            str(part.get_param("name", header="Content-Disposition")): _content(part)
            for part in form.walk()
            if part is not form
        }
    )


def _content(part: Any) -> str:
    content: bytes = part.get_payload(decode=True) or b""
    return content.decode("utf-8", "replace")
