"""A shop that sells through Tabby: the real gateway, with the sandbox behind it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from payments_common.clock import SystemClock
from payments_common.gateways.port import CallContext, Declined, Gateway, MoneyMove, SessionCreated
from payments_common.gateways.registry import open_gateway
from payments_common.money import Money
from payments_common.schemas.observations import Observation
from support.api_calls import KeptApiCalls
from support.sandbox import TABBY_MERCHANT_CODES, TABBY_SECRET_KEY, SandboxControl
from support.tabby_payloads import create_session, tabby_account

CONTEXT = CallContext(order_id="0192", operation_id="op-1", purpose="integration")


@dataclass(slots=True)
class Shop:
    """A gateway, the sandbox behind it, and the calls that were kept."""

    gateway: Gateway
    sandbox: SandboxControl
    calls: KeptApiCalls
    currency: str = "SAR"

    async def session(self, amount_minor: int = 15000, **changes: Any) -> SessionCreated | Declined:
        session = create_session(amount_minor, self.currency, **changes)
        return await self.gateway.create_session(session, context=CONTEXT)

    async def created(self, amount_minor: int = 15000, **changes: Any) -> str:
        created = await self.session(amount_minor, **changes)
        assert isinstance(created, SessionCreated)
        return created.observation.payment_id

    async def authorized(self, amount_minor: int = 15000) -> str:
        payment_id = await self.created(amount_minor)
        await self.sandbox.act(payment_id, "pay")
        return payment_id

    async def captured(self, amount_minor: int = 15000) -> str:
        payment_id = await self.authorized(amount_minor)
        await self.capture(payment_id, amount_minor)
        return payment_id

    async def get(self, payment_id: str) -> Observation:
        return await self.gateway.get_payment(payment_id, context=CONTEXT)

    async def capture(
        self, payment_id: str, amount_minor: int, reference: str = "capture-1"
    ) -> Observation | Declined:
        move = MoneyMove(payment_id, Money(amount_minor, self.currency), reference)
        return await self.gateway.capture(move, context=CONTEXT)

    async def refund(
        self, payment_id: str, amount_minor: int, reference: str = "refund-1"
    ) -> Observation | Declined:
        move = MoneyMove(payment_id, Money(amount_minor, self.currency), reference, "damaged")
        return await self.gateway.refund(move, context=CONTEXT)

    async def void(self, payment_id: str) -> Observation | Declined:
        move = MoneyMove(payment_id, Money(1, self.currency), "void-1")
        return await self.gateway.void(move, context=CONTEXT)


def seen(outcome: Observation | Declined) -> Observation:
    assert isinstance(outcome, Observation), outcome
    return outcome


def declined(outcome: Observation | Declined) -> Declined:
    assert isinstance(outcome, Declined), outcome
    return outcome


@asynccontextmanager
async def open_shop(sandbox_url: str, currency: str = "SAR") -> AsyncIterator[Shop]:
    account = tabby_account(
        sandbox_url,
        options={"merchant_code": TABBY_MERCHANT_CODES[currency]},
        credentials={"secret_key": SecretStr(TABBY_SECRET_KEY)},
        timeout_seconds=2.0,
    )
    calls, sandbox = KeptApiCalls(), SandboxControl(sandbox_url)
    gateway = open_gateway(account, clock=SystemClock(), api_calls=calls)
    await sandbox.reset()
    try:
        yield Shop(gateway, sandbox, calls, currency)
    finally:
        await gateway.close()
        await sandbox.close()
