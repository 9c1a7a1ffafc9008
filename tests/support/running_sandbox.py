"""A gateway sandbox over real HTTP inside the test's own loop, and a receiver of its webhooks."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from aiohttp import web

from gateway_sandbox.app import create_app
from gateway_sandbox.settings import Settings

SECRET_KEY = "sk_test_00000000-0000-4000-8000-000000000001"
PUBLIC_KEY = "pk_test_00000000-0000-4000-8000-000000000001"
DEADLINE_SECONDS = 20
JsonObject = dict[str, Any]


@dataclass(slots=True)
class ReceivedWebhook:
    """One delivery as it arrived."""

    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> JsonObject:
        """The JSON body."""
        document: JsonObject = json.loads(self.body)
        return document


@dataclass(slots=True)
class WebhookReceiver:
    """Keeps what it gets; answers the given statuses first, then 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    received: list[ReceivedWebhook] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        """Keep one delivery."""
        self.received.append(ReceivedWebhook(dict(request.headers), await request.read()))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    def words(self) -> list[tuple[str, int, int]]:
        """Status, captures and refunds of each delivery, in order of arrival."""
        documents = [item.document for item in self.received]
        return [(item["status"], len(item["captures"]), len(item["refunds"])) for item in documents]


@dataclass(slots=True)
class SandboxClient:
    """Calls the sandbox as a merchant does, and its control API."""

    http: httpx.AsyncClient

    async def checkout(self, **changes: Any) -> JsonObject:
        """A new session; raises for anything but 200."""
        answer = await self.http.post("/api/v2/checkout", json=checkout_body(**changes))
        return _object(answer.raise_for_status())

    async def authorized(self, **changes: Any) -> str:
        """The id of a payment that its customer has paid."""
        session = await self.checkout(**changes)
        payment_id: str = session["payment"]["id"]
        await self.control(f"payments/{payment_id}/pay")
        return payment_id

    async def payment(self, payment_id: str) -> JsonObject:
        """The payment as the API shows it."""
        answer = await self.http.get(f"/api/v2/payments/{payment_id}")
        return _object(answer.raise_for_status())

    async def call(
        self, payment_id: str, operation: str, amount: str = "", reference_id: str = ""
    ) -> httpx.Response:
        """captures, refunds or close; the bare answer."""
        body = {"amount": amount, "reference_id": reference_id} if amount else None
        return await self.http.post(f"/api/v2/payments/{payment_id}/{operation}", json=body)

    async def register(self, url: str, **changes: Any) -> JsonObject:
        """Register a webhook with a secret header."""
        body = {"url": url, "header": {"title": "X-Shop-Secret", "value": "example"}} | changes
        headers = {"X-Merchant-Code": "AE"}
        answer = await self.http.post("/api/v1/webhooks", json=body, headers=headers)
        return _object(answer.raise_for_status())

    async def control(self, path: str, **body: Any) -> JsonObject:
        """POST to the control API; raises unless it worked."""
        answer = await self.http.post(f"/sandbox/{path}", json=body)
        return _object(answer.raise_for_status())

    async def settings(self, **changes: Any) -> None:
        """Change Tabby's settings."""
        answer = await self.http.patch("/sandbox/tabby/settings", json=changes)
        answer.raise_for_status()

    async def idle(self) -> JsonObject:
        """Wait until no delivery is pending."""
        answer = await self.http.get(
            "/sandbox/webhooks/idle", params={"timeout_seconds": DEADLINE_SECONDS}
        )
        return _object(answer.raise_for_status())

    async def account(self, payment_id: str) -> JsonObject:
        """The payment's account in the ledger."""
        answer = await self.http.get("/sandbox/ledger", params={"payment_id": payment_id})
        account: JsonObject = _object(answer.raise_for_status())["payments"][0]
        return account

    async def deliveries(self) -> list[JsonObject]:
        """The delivery log."""
        answer = await self.http.get("/sandbox/deliveries")
        deliveries: list[JsonObject] = _object(answer)["deliveries"]
        return deliveries


@asynccontextmanager
async def running_sandbox(settings: Settings | None = None) -> AsyncIterator[SandboxClient]:
    """A sandbox of its own on a free port, with short waits between delivery attempts."""
    app = create_app(settings or Settings(retry_scale=0.0001))
    async with (
        serving(app) as url,
        httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {SECRET_KEY}"},
            timeout=DEADLINE_SECONDS,
            trust_env=False,
        ) as http,
    ):
        yield SandboxClient(http)


@asynccontextmanager
async def webhook_receiver(statuses: Iterable[int] = ()) -> AsyncIterator[WebhookReceiver]:
    """A receiver on a free port."""
    receiver = WebhookReceiver(statuses=list(statuses))
    app = web.Application()
    app.router.add_post("/hook", receiver.handle)
    async with serving(app) as url:
        receiver.url = f"{url}/hook"
        yield receiver


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """Serve an application on a free port; the value is its URL."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def checkout_body(
    *,
    amount: Any = "100.00",
    currency: str = "AED",
    merchant_code: str = "AE",
    email: str = "otp.success@tabby.ai",
    phone: str = "+971500000001",
    reference_id: str | None = None,
    **payment: Any,
) -> JsonObject:
    """A checkout request; more members of its payment object can be given."""
    order = {"reference_id": reference_id or f"order-{uuid4()}", "items": []}
    buyer = {"name": "Noor Example", "email": email, "phone": phone}
    return {
        "payment": {
            "amount": amount,
            "currency": currency,
            "buyer": buyer,
            "order": order,
            **payment,
        },
        "lang": "en",
        "merchant_code": merchant_code,
        "merchant_urls": {
            "success": "https://shop.example.com/return?order=1",
            "cancel": "https://shop.example.com/cancel",
            "failure": "https://shop.example.com/failure",
        },
    }


async def gather_all(calls: Iterable[Any]) -> list[httpx.Response]:
    """Make all calls at the same time."""
    return list(await asyncio.gather(*calls))


def _object(answer: httpx.Response) -> JsonObject:
    document: JsonObject = answer.json()
    return document
