"""A gateway sandbox's Tamara over real HTTP, as a merchant, its customers and its staff use it."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from aiohttp import web

from gateway_sandbox.app import create_app
from gateway_sandbox.settings import Settings
from gateway_sandbox.tamara.settings import TamaraSettings
from support.eventually import eventually
from support.running_sandbox import DEADLINE_SECONDS, serving

API_TOKEN = "tamara-sandbox-api-token-1"
NOTIFICATION_TOKEN = "11111111-2222-4333-8444-555555555555"
MERCHANT_ID = "0b0e5a1c-6f1d-4c55-9a4e-000000000001"
DECLINED_PHONE = "526422337"
EVENTS = [
    "order_approved",
    "order_declined",
    "order_authorised",
    "order_canceled",
    "order_captured",
    "order_refunded",
    "order_expired",
]
COUNTRIES = {"SAR": "SA", "AED": "AE", "KWD": "KW", "BHD": "BH", "OMR": "OM"}
PHONES = {
    "SAR": "544337866",
    "AED": "544337866",
    "KWD": "50000001",
    "BHD": "30000001",
    "OMR": "90000001",
}
JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReceivedNotice:
    """One delivery as it arrived."""

    query: dict[str, str]
    headers: dict[str, str]
    document: JsonObject

    @property
    def token(self) -> str:
        """The token of the query."""
        return self.query["tamaraToken"]


@dataclass(slots=True)
class NoticeReceiver:
    """Keeps what it gets; answers the given statuses first, then 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    received: list[ReceivedNotice] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        """Keep one delivery."""
        document = json.loads(await request.read())
        notice = ReceivedNotice(dict(request.query), dict(request.headers), document)
        self.received.append(notice)
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    def events(self) -> list[str]:
        """The event types in order of arrival."""
        return [notice.document["event_type"] for notice in self.received]


@dataclass(slots=True)
class TamaraClient:
    """Calls Tamara's API and the sandbox's control API."""

    http: httpx.AsyncClient

    async def checkout(self, **changes: Any) -> JsonObject:
        """A new order; raises for anything but 200."""
        answer = await self.http.post("/checkout", json=checkout_body(**changes))
        return _object(answer.raise_for_status())

    async def approved(self, **changes: Any) -> str:
        """The id of an order that its customer has finished."""
        order_id: str = (await self.checkout(**changes))["order_id"]
        await self.act(order_id, "pay")
        return order_id

    async def authorised(self, **changes: Any) -> str:
        """The id of an order that the merchant has acknowledged."""
        order_id = await self.approved(**changes)
        (await self.authorise(order_id)).raise_for_status()
        return order_id

    async def captured(self, amount: Any = 100, **changes: Any) -> str:
        """The id of an order with one capture."""
        order_id = await self.authorised(**changes)
        (await self.capture(order_id, amount)).raise_for_status()
        return order_id

    async def authorise(self, order_id: str) -> httpx.Response:
        """POST authorise; the bare answer."""
        return await self.http.post(f"/orders/{order_id}/authorise")

    async def capture(
        self, order_id: str, amount: Any, currency: str = "SAR", **more: Any
    ) -> httpx.Response:
        """POST capture; the bare answer."""
        info = {"shipped_at": "2026-03-02T09:15:04+00:00", "shipping_company": "N/A"}
        body = {"order_id": order_id, "total_amount": money(amount, currency)}
        return await self.http.post(
            "/payments/capture", json={**body, "shipping_info": info, **more}
        )

    async def cancel(self, order_id: str, amount: Any, currency: str = "SAR") -> httpx.Response:
        """POST cancel; the bare answer."""
        body = {"total_amount": money(amount, currency)}
        return await self.http.post(f"/orders/{order_id}/cancel", json=body)

    async def refund(
        self, order_id: str, amount: Any, currency: str = "SAR", **more: Any
    ) -> httpx.Response:
        """POST simplified-refund; the bare answer."""
        body = {"total_amount": money(amount, currency), "comment": "returned", **more}
        return await self.http.post(f"/payments/simplified-refund/{order_id}", json=body)

    async def order(self, order_id: str) -> JsonObject:
        """The order as the API shows it."""
        return _object((await self.http.get(f"/orders/{order_id}")).raise_for_status())

    async def register(self, url: str, **changes: Any) -> JsonObject:
        """Register a webhook for all events."""
        body = {"type": "order", "url": url, "events": EVENTS} | changes
        return _object((await self.http.post("/webhooks", json=body)).raise_for_status())

    async def act(self, order_id: str, action: str, **body: Any) -> JsonObject:
        """What a customer or the merchant's staff does."""
        return await self.control(f"payments/{order_id}/{action}", **body)

    async def control(self, path: str, **body: Any) -> JsonObject:
        """POST to the control API; raises unless it worked."""
        answer = await self.http.post(f"/sandbox/{path}", json=body)
        return _object(answer.raise_for_status())

    async def settings(self, **changes: Any) -> None:
        """Change Tamara's settings."""
        answer = await self.http.patch("/sandbox/tamara/settings", json=changes)
        answer.raise_for_status()

    async def waiting(self) -> None:
        """Wait until a delivery waits for its next attempt."""

        async def is_waiting() -> bool:
            answer = await self.http.get("/sandbox/deliveries")
            return any(item["state"] == "waiting" for item in _object(answer)["deliveries"])

        await eventually(is_waiting, within_seconds=DEADLINE_SECONDS)

    async def idle(self) -> None:
        """Wait until no delivery is pending."""
        answer = await self.http.get(
            "/sandbox/webhooks/idle", params={"timeout_seconds": DEADLINE_SECONDS}
        )
        assert _object(answer)["idle"]

    async def account(self, order_id: str) -> JsonObject:
        """The order's account in the ledger."""
        answer = await self.http.get("/sandbox/ledger", params={"payment_id": order_id})
        account: JsonObject = _object(answer.raise_for_status())["payments"][0]
        return account

    async def entries(self, order_id: str) -> list[tuple[str, int, str]]:
        """Kind, amount and origin of the ledger's lines."""
        account = await self.account(order_id)
        return [(line["kind"], line["amount_minor"], line["origin"]) for line in account["entries"]]


@asynccontextmanager
async def running_tamara(settings: TamaraSettings | None = None) -> AsyncIterator[TamaraClient]:
    """A sandbox of its own on a free port, with short waits between delivery attempts."""
    app = create_app(Settings(retry_scale=0.0001, tamara=settings or TamaraSettings()))
    async with (
        serving(app) as url,
        httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {API_TOKEN}"},
            timeout=DEADLINE_SECONDS,
            trust_env=False,
        ) as http,
    ):
        yield TamaraClient(http)


@asynccontextmanager
async def notice_receiver(*statuses: int) -> AsyncIterator[NoticeReceiver]:
    """A receiver on a free port."""
    receiver = NoticeReceiver(statuses=list(statuses))
    app = web.Application()
    app.router.add_post("/hook", receiver.handle)
    async with serving(app) as url:
        receiver.url = f"{url}/hook"
        yield receiver


def money(amount: Any, currency: str = "SAR") -> JsonObject:
    """Tamara's money object."""
    return {"amount": amount, "currency": currency}


def checkout_body(
    *,
    amount: Any = 100,
    currency: str = "SAR",
    reference_id: str | None = None,
    phone: str | None = None,
    **more: Any,
) -> JsonObject:
    """A whole checkout request; more members can be given, None takes one out."""
    phone = phone or PHONES[currency]
    item = {
        "reference_id": "sku-1",
        "type": "Physical",
        "name": "Lamp",
        "sku": "sku-1",
        "quantity": 1,
        "total_amount": money(amount, currency),
    }
    body = {
        "total_amount": money(amount, currency),
        "shipping_amount": money(0, currency),
        "tax_amount": money(0, currency),
        "order_reference_id": reference_id or f"order-{uuid4()}",
        "items": [item],
        "consumer": {
            "first_name": "Noor",
            "last_name": "Example",
            "phone_number": phone,
            "email": "noor@example.com",
        },
        "country_code": COUNTRIES[currency],
        "description": "A lamp",
        "merchant_url": {
            "success": "https://shop.example.com/return?order=1",
            "failure": "https://shop.example.com/failure",
            "cancel": "https://shop.example.com/cancel",
            "notification": "",
        },
        "shipping_address": {
            "first_name": "Noor",
            "last_name": "Example",
            "line1": "1 Example Street",
            "city": "Riyadh",
            "country_code": COUNTRIES[currency],
            "phone_number": phone,
        },
    }
    return {name: value for name, value in (body | more).items() if value is not None}


def error_code(answer: httpx.Response) -> str | None:
    """The code of the first error, if there is any."""
    errors = answer.json()["errors"]
    code: str | None = errors[0]["error_code"] if errors else None
    return code


def token_parts(token: str) -> tuple[JsonObject, JsonObject, str]:
    """Header, claims and signature of a JWT, not verified."""
    header, claims, signature = token.split(".")
    return _decoded(header), _decoded(claims), signature


def _decoded(part: str) -> JsonObject:
    padded = part + "=" * (-len(part) % 4)
    document: JsonObject = json.loads(base64.urlsafe_b64decode(padded))
    return document


def _object(answer: httpx.Response) -> JsonObject:
    document: JsonObject = answer.json()
    return document
