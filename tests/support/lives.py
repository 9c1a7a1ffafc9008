"""Orders that live quietly at the demo's accounts, as a calling service sees them."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
from pydantic import AnyHttpUrl

from chaos.book import Heard
from payments_common import client
from payments_common.client import PaymentsClient
from payments_common.money import Money
from payments_common.schemas.commands import CreateSession, RegisterWebhook
from payments_common.schemas.events import EventType
from payments_common.schemas.parties import Actor
from payments_common.schemas.replies import Answer, Outcome
from payments_demo.agreement import LedgerLine
from payments_demo.customer import visit
from payments_demo.house import Urls
from support.builders import session

CURRENCIES: Mapping[str, str] = {
    "tabby-ksa": "SAR",
    "tamara-ksa": "SAR",
    "myfatoorah-kwt": "KWD",
}
TOTAL_MINOR = 15000
EVENT_SECONDS = 60.0
ACTOR = Actor(user_id="tests")


class Lives:
    def __init__(self, payments: PaymentsClient, heard: Heard, sandbox: httpx.AsyncClient) -> None:
        self.payments = payments
        self.sandbox = sandbox
        self._heard = heard

    async def paid(self, account: str) -> str:
        """The reference of an order that is authorized, and captured when we say so."""
        reference = f"LIFE-{secrets.token_hex(5)}"
        total = Money(TOTAL_MINOR, CURRENCIES[account])
        answer = await self._opened(
            session(
                order_reference=reference,
                account=account,
                total_amount=total,
                items=[{"title": "Lamp", "unit_price": total}],
                requested_by=ACTOR,
            )
        )
        assert answer.redirect_url is not None, answer
        await visit(answer.redirect_url, action="pay")
        heard = self._heard.until(reference, EventType.AUTHORIZED, within_seconds=EVENT_SECONDS)
        assert await heard, f"{reference} was never authorized"
        return reference

    async def _opened(self, command: CreateSession) -> Answer:
        """As a caller does: again after as long as the answer says, while it is `unavailable`."""
        while True:
            answer = await self.payments.send(command)
            if answer.outcome is not Outcome.UNAVAILABLE:
                return answer
            await asyncio.sleep(answer.retry_after_seconds or 1)

    async def ordinary(self, account: str) -> str:
        """A whole life: paid, captured, partly refunded."""
        reference = await self.paid(account)
        part = Money(TOTAL_MINOR // 3, CURRENCIES[account])
        for answer in (
            await self.payments.capture(reference),
            await self.payments.refund(reference, part),
        ):
            assert answer.outcome is Outcome.SUCCEEDED, answer
        return reference

    async def ledger(self, reference: str) -> list[LedgerLine]:
        """The gateway's lines of the order's payment, the oldest first."""
        payment = await self._payment(reference)
        entries = sorted(payment["entries"], key=lambda e: e["sequence"])
        return [
            LedgerLine(e["kind"], e["amount_minor"], e["reference_id"], e["origin"])
            for e in entries
        ]

    async def slow_down(self, reference: str, *, seconds: float) -> None:
        """Each capture and refund of this order takes so long at the gateway."""
        payment = await self._payment(reference)
        for operation in ("capture", "refund"):
            fault = {
                "operation": operation,
                "kind": "delay",
                "delay_seconds": seconds,
                "payment_id": payment["payment_id"],
                "count": 1000,
            }
            (await self.sandbox.post("/sandbox/faults", json=fault)).raise_for_status()

    async def finance_pays(self) -> None:
        """MyFatoorah carries out the refunds that were filed, and every webhook is delivered."""
        advance = await self.sandbox.post("/sandbox/advance", json={"seconds": 1})
        idle = await self.sandbox.get("/sandbox/webhooks/idle", params={"timeout_seconds": 30})
        advance.raise_for_status()
        assert idle.raise_for_status().json()["idle"]

    async def _payment(self, reference: str) -> dict[str, Any]:
        said = await self.sandbox.get("/sandbox/ledger", params={"reference_id": reference})
        (payment,) = said.raise_for_status().json()["payments"]
        found: dict[str, Any] = payment
        return found


@asynccontextmanager
async def living(urls: Urls) -> AsyncIterator[Lives]:
    """Webhooks are registered, and MyFatoorah's finance department is quick."""
    async with (
        client.connect(urls.rabbitmq, name="lives") as payments,
        httpx.AsyncClient(base_url=urls.sandbox, trust_env=False, timeout=60) as sandbox,
    ):
        for account in ("tabby-ksa", "tamara-ksa"):
            url = AnyHttpUrl(f"{urls.ingress}/webhooks/{account}")
            answer = await payments.send(
                RegisterWebhook(account=account, url=url, requested_by=ACTOR)
            )
            assert answer.outcome is Outcome.SUCCEEDED, answer
        quick = {"refund_execution_seconds": 0}
        (await sandbox.patch("/sandbox/myfatoorah/settings", json=quick)).raise_for_status()
        await payments.listen()
        heard = Heard()
        following = asyncio.create_task(heard.follow(payments))
        try:
            yield Lives(payments, heard, sandbox)
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
