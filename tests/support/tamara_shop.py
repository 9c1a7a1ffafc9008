"""A shop that sells through Tamara: the real gateway, with the sandbox behind it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from payments_common.clock import SystemClock
from payments_common.config import Account
from payments_common.gateways.port import CallContext, Declined, MoneyMove, SessionCreated
from payments_common.gateways.tamara.gateway import TamaraGateway, open_gateway
from payments_common.money import Money
from payments_common.schemas.observations import Observation
from payments_common.schemas.parties import Customer
from support.api_calls import KeptApiCalls
from support.sandbox import SandboxControl
from support.tamara_payloads import CANARY_EMAIL, CANARY_NAME, create_session, tamara_account
from support.tamara_sandbox import API_TOKEN, NOTIFICATION_TOKEN

CONTEXT = CallContext(order_id="0192", operation_id="op-1", purpose="integration")
PHONES = {
    "SAR": "+966544337866",
    "AED": "+971544337866",
    "KWD": "+96550000001",
    "BHD": "+97330000001",
    "OMR": "+96890000001",
}


@dataclass(slots=True)
class Shop:
    """A gateway, the sandbox behind it, and the calls that were kept."""

    gateway: TamaraGateway
    sandbox: SandboxControl
    calls: KeptApiCalls
    currency: str = "SAR"

    async def session(
        self, amount_minor: int = 15000, phone: str = "", **changes: Any
    ) -> SessionCreated | Declined:
        customer = Customer(
            name=CANARY_NAME, email=CANARY_EMAIL, phone=phone or PHONES[self.currency]
        )
        session = create_session(amount_minor, self.currency, customer=customer, **changes)
        return await self.gateway.create_session(session, context=CONTEXT)

    async def created(self, amount_minor: int = 15000, **changes: Any) -> str:
        created = await self.session(amount_minor, **changes)
        assert isinstance(created, SessionCreated), created
        return created.observation.payment_id

    async def approved(self, amount_minor: int = 15000, **changes: Any) -> str:
        payment_id = await self.created(amount_minor, **changes)
        await self.sandbox.act(payment_id, "pay")
        return payment_id

    async def authorized(self, amount_minor: int = 15000) -> str:
        payment_id = await self.approved(amount_minor)
        await self.authorize(payment_id, amount_minor)
        return payment_id

    async def captured(self, amount_minor: int = 15000) -> str:
        payment_id = await self.authorized(amount_minor)
        await self.capture(payment_id, amount_minor)
        return payment_id

    async def get(self, payment_id: str) -> Observation:
        return await self.gateway.get_payment(payment_id, context=CONTEXT)

    async def authorize(self, payment_id: str, amount_minor: int = 15000) -> Observation | Declined:
        move = self.move(payment_id, amount_minor, "authorize-1")
        return await self.gateway.authorize(move, context=CONTEXT)

    async def capture(
        self, payment_id: str, amount_minor: int, reference: str = "capture-1"
    ) -> Observation | Declined:
        move = self.move(payment_id, amount_minor, reference)
        return await self.gateway.capture(move, context=CONTEXT)

    async def refund(
        self, payment_id: str, amount_minor: int, reference: str = "refund-1"
    ) -> Observation | Declined:
        move = self.move(payment_id, amount_minor, reference)
        return await self.gateway.refund(move, context=CONTEXT)

    async def void(
        self, payment_id: str, amount_minor: int = 15000, reference: str = "void-1"
    ) -> Observation | Declined:
        move = self.move(payment_id, amount_minor, reference)
        return await self.gateway.void(move, context=CONTEXT)

    def move(self, payment_id: str, amount_minor: int, reference: str, **more: Any) -> MoneyMove:
        amount = Money(amount_minor, self.currency)
        return MoneyMove(payment_id, amount, reference, "damaged", **more)


def seen(outcome: Observation | Declined) -> Observation:
    assert isinstance(outcome, Observation), outcome
    return outcome


def declined(outcome: Observation | Declined) -> Declined:
    assert isinstance(outcome, Declined), outcome
    return outcome


def sandbox_account(sandbox_url: str, **changes: Any) -> Account:
    """The sandbox's first merchant of Tamara's."""
    settings: dict[str, Any] = {
        "credentials": {"api_token": SecretStr(API_TOKEN)},
        "webhook_secrets": {"current": SecretStr(NOTIFICATION_TOKEN)},
        "timeout_seconds": 2.0,
    }
    return tamara_account(sandbox_url, **{**settings, **changes})


@asynccontextmanager
async def open_shop(sandbox_url: str, currency: str = "SAR", **changes: Any) -> AsyncIterator[Shop]:
    account = sandbox_account(sandbox_url, **changes)
    calls, sandbox = KeptApiCalls(), SandboxControl(sandbox_url)
    gateway = open_gateway(account, clock=SystemClock(), api_calls=calls)
    await sandbox.reset()
    try:
        yield Shop(gateway, sandbox, calls, currency)
    finally:
        await gateway.close()
        await sandbox.close()
