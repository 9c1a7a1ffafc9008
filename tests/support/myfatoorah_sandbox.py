"""A MyFatoorah sandbox over real HTTP: one merchant's calls, its dashboard and its payers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx

from gateway_sandbox.myfatoorah.countries import COUNTRIES
from gateway_sandbox.myfatoorah.invoice import Invoice, Order
from gateway_sandbox.settings import Settings
from support.running_sandbox import JsonObject, SandboxClient, running_sandbox

KWT_KEY = "SK_KWT_sandbox_1"
SAU_KEY = "SK_SAU_sandbox_1"
BHR_KEY = "SK_BHR_sandbox_1"
ARE_KEY = "SK_ARE_sandbox_1"
SECRET = "myfatoorah-sandbox-webhook-secret/1+=="
CARDS, KNET = 2, 1


@dataclass(slots=True)
class MyFatoorahShop:
    """One merchant of the sandbox, by its API key."""

    sandbox: SandboxClient
    api_key: str = KWT_KEY

    def of(self, api_key: str) -> "MyFatoorahShop":
        """The same sandbox as another merchant."""
        return MyFatoorahShop(self.sandbox, api_key)

    async def call(self, verb: str, body: Any = None, **headers: str) -> httpx.Response:
        """POST /v2/<verb>; the bare answer."""
        authorization = {"Authorization": f"Bearer {self.api_key}"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.sandbox.http.post(
            f"/v2/{verb}", json={} if body is None else body, headers=authorization | named
        )

    async def data(self, verb: str, body: Any = None, **headers: str) -> Any:
        """Data of a successful answer; raises for anything else."""
        answer = (await self.call(verb, body, **headers)).raise_for_status().json()
        assert answer["IsSuccess"] is True, answer
        return answer["Data"]

    async def execute(self, **changes: Any) -> JsonObject:
        """A new invoice for cards."""
        created: JsonObject = await self.data("ExecutePayment", execute_body(**changes))
        return created

    async def invoice(self, **changes: Any) -> int:
        """The id of a new invoice for cards."""
        invoice_id: int = (await self.execute(**changes))["InvoiceId"]
        return invoice_id

    async def paid(self, **changes: Any) -> int:
        """The id of an invoice whose payer has paid."""
        invoice_id = await self.invoice(**changes)
        await self.act(invoice_id, "pay")
        return invoice_id

    async def held(self, **changes: Any) -> int:
        """The id of an invoice that is authorized and not captured."""
        return await self.paid(ProcessingDetails={"AutoCapture": False}, **changes)

    async def act(self, invoice_id: int, action: str, **body: Any) -> JsonObject:
        """A payer's, dashboard's or finance's action; raises unless it worked."""
        return await self.sandbox.control(f"payments/{invoice_id}/{action}", **body)

    async def status(self, key: Any, key_type: str = "InvoiceId") -> JsonObject:
        """GetPaymentStatus."""
        body = {"Key": str(key), "KeyType": key_type}
        tree: JsonObject = await self.data("GetPaymentStatus", body)
        return tree

    async def rows(self, invoice_id: int) -> list[tuple[str, str]]:
        """Status and value of each attempt."""
        rows = (await self.status(invoice_id))["InvoiceTransactions"]
        return [(row["TransactionStatus"], row["TransationValue"]) for row in rows]

    async def update(self, invoice_id: int, operation: str, amount: Any = None) -> httpx.Response:
        """Capture or release by InvoiceId; the bare answer."""
        body = {"Operation": operation, "Key": str(invoice_id), "KeyType": "InvoiceId"}
        named = {} if amount is None else {"Amount": amount}
        return await self.call("UpdatePaymentStatus", body | named)

    async def refund(
        self, invoice_id: int, amount: Any, reference: str | None = None, **headers: str
    ) -> httpx.Response:
        """MakeRefund by InvoiceId; the bare answer."""
        body = {"Key": str(invoice_id), "KeyType": "InvoiceId", "Amount": amount}
        named = {} if reference is None else {"ExternalIdentifier": reference}
        return await self.call("MakeRefund", body | named, **headers)

    async def refunds(self, invoice_id: int) -> list[JsonObject]:
        """GetRefundStatus by InvoiceId."""
        body = {"Key": str(invoice_id), "KeyType": "InvoiceId"}
        found: list[JsonObject] = (await self.data("GetRefundStatus", body))["RefundStatusResult"]
        return found

    async def settings(self, **changes: Any) -> None:
        """Change MyFatoorah's settings."""
        answer = await self.sandbox.http.patch("/sandbox/myfatoorah/settings", json=changes)
        answer.raise_for_status()

    async def dashboard(self, **changes: Any) -> None:
        """Change this merchant's dashboard."""
        await self.sandbox.control("myfatoorah/merchants", api_key=self.api_key, **changes)

    async def account(self, invoice_id: int) -> JsonObject:
        """The invoice's account in the ledger."""
        return await self.sandbox.account(str(invoice_id))


@asynccontextmanager
async def running_shop(settings: Settings | None = None) -> AsyncIterator[MyFatoorahShop]:
    """The Kuwaiti merchant of a sandbox of its own."""
    async with running_sandbox(settings) as sandbox:
        yield MyFatoorahShop(sandbox)


def execute_body(**changes: Any) -> JsonObject:
    """An ExecutePayment request; None takes a member out."""
    body = {
        "InvoiceValue": 10.5,
        "PaymentMethodId": CARDS,
        "CustomerName": "Noor Example",
        "CustomerReference": f"order-{uuid4()}",
        "CallBackUrl": "https://shop.example.com/return?order=1",
        "ErrorUrl": "https://shop.example.com/error",
    } | changes
    return {name: value for name, value in body.items() if value is not None}


def send_body(**changes: Any) -> JsonObject:
    """A SendPayment request; None takes a member out."""
    return execute_body(**{"PaymentMethodId": None, "NotificationOption": "LNK"} | changes)


def an_invoice(country: str = "KWT", value_minor: int = 10_000) -> Invoice:
    """An unpaid invoice as a value, for tests without HTTP."""
    currency = COUNTRIES[country].currency
    at = datetime(2026, 3, 2, 9, 15, 4, tzinfo=UTC)
    return Invoice(
        invoice_id=6400001,
        invoice_key="key",
        api_key=f"SK_{country}_1",
        country=country,
        currency=currency,
        reference="2026000001",
        created_at=at,
        expires_at=at,
        invoiced_minor=value_minor,
        order=Order(currency, value_minor, "Anonymous", "+965", customer_reference="order-1"),
    )
