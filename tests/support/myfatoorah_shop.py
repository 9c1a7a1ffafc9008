"""A shop that sells through MyFatoorah: the real gateway, with the sandbox behind it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from payments_common.clock import SystemClock
from payments_common.gateways.myfatoorah.countries import COUNTRIES
from payments_common.gateways.myfatoorah.gateway import MyFatoorahGateway, open_gateway
from payments_common.gateways.port import CallContext, Declined, MoneyMove, SessionCreated
from payments_common.money import Money
from payments_common.schemas.observations import Observation
from support.api_calls import KeptApiCalls
from support.myfatoorah_payloads import WEBHOOK_SECRET, create_session, myfatoorah_account
from support.sandbox import SandboxControl

CONTEXT = CallContext(order_id="0192", operation_id="op-1", purpose="integration")


@dataclass(slots=True)
class Shop:
    """A gateway, the sandbox behind it, and the calls that were kept."""

    gateway: MyFatoorahGateway
    sandbox: SandboxControl
    calls: KeptApiCalls
    country: str = "KWT"

    @property
    def currency(self) -> str:
        return COUNTRIES[self.country].currency

    async def session(self, amount_minor: int = 40000, **changes: Any) -> SessionCreated | Declined:
        session = create_session(amount_minor, self.currency, **changes)
        return await self.gateway.create_session(session, context=CONTEXT)

    async def created(self, amount_minor: int = 40000, **changes: Any) -> str:
        made = await self.session(amount_minor, **changes)
        assert isinstance(made, SessionCreated)
        return made.observation.payment_id

    async def paid(self, amount_minor: int = 40000, **changes: Any) -> str:
        payment_id = await self.created(amount_minor, **changes)
        await self.sandbox.act(payment_id, "pay")
        return payment_id

    async def held(self, amount_minor: int = 40000, **changes: Any) -> str:
        return await self.paid(amount_minor, capture_mode="manual", **changes)

    async def get(self, payment_id: str) -> Observation:
        return await self.gateway.get_payment(payment_id, context=CONTEXT)

    async def capture(self, payment_id: str, amount_minor: int) -> Observation | Declined:
        return await self.gateway.capture(self._move(payment_id, amount_minor), context=CONTEXT)

    async def void(self, payment_id: str, amount_minor: int = 40000) -> Observation | Declined:
        return await self.gateway.void(self._move(payment_id, amount_minor), context=CONTEXT)

    async def refund(
        self, payment_id: str, amount_minor: int, reference: str = "refund-1"
    ) -> Observation | Declined:
        move = MoneyMove(payment_id, Money(amount_minor, self.currency), reference, "damaged")
        return await self.gateway.refund(move, context=CONTEXT)

    async def merchant(self, **changes: Any) -> None:
        """Sets the account's dashboard."""
        await self.sandbox.post("myfatoorah/merchants", api_key=api_key(self.country), **changes)

    def _move(self, payment_id: str, amount_minor: int) -> MoneyMove:
        return MoneyMove(payment_id, Money(amount_minor, self.currency), "move-1")


def api_key(country: str) -> str:
    return f"SK_{country}_sandbox_1"


@asynccontextmanager
async def open_shop(sandbox_url: str, country: str = "KWT", **changes: Any) -> AsyncIterator[Shop]:
    settings: dict[str, Any] = {
        "options": {"country": country},
        "credentials": {"api_key": SecretStr(api_key(country))},
        "timeout_seconds": 2.0,
    }
    account = myfatoorah_account(sandbox_url, **{**settings, **changes})
    calls, sandbox = KeptApiCalls(), SandboxControl(sandbox_url)
    gateway = open_gateway(account, clock=SystemClock(), api_calls=calls)
    await sandbox.reset()
    shop = Shop(gateway, sandbox, calls, country)
    await shop.merchant(webhook_secret=WEBHOOK_SECRET.value)
    try:
        yield shop
    finally:
        await gateway.close()
        await sandbox.close()
