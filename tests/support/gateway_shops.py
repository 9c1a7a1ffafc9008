"""A shop at each of the three gateways, and what its staff does in the gateway's dashboard."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from payments_common.gateways.port import Gateway
from payments_common.schemas.observations import Observation
from support import myfatoorah_shop, tabby_shop, tamara_shop

GATEWAYS = ("tabby", "tamara", "myfatoorah")
TOTALS = {"tabby": (15000, "150.00"), "tamara": (15000, "150.00"), "myfatoorah": (40000, "40.000")}
BACK = {"tabby": "50.00", "tamara": "50.00", "myfatoorah": "10.000"}

Shop = tabby_shop.Shop | tamara_shop.Shop | myfatoorah_shop.Shop


@dataclass(frozen=True, slots=True)
class DashboardShop:
    name: str
    shop: Shop

    @property
    def gateway(self) -> Gateway:
        return self.shop.gateway

    async def authorized(self) -> str:
        """The id of a payment that holds money."""
        amount_minor, _ = TOTALS[self.name]
        match self.shop:
            case myfatoorah_shop.Shop():
                return await self.shop.held(amount_minor)
            case _:
                return await self.shop.authorized(amount_minor)

    async def get(self, payment_id: str) -> Observation:
        return await self.shop.get(payment_id)

    async def capture(self, payment_id: str) -> None:
        """All of it, by a person in the dashboard."""
        _, amount = TOTALS[self.name]
        await self.shop.sandbox.act(payment_id, "capture", amount=amount)

    async def refund(self, payment_id: str) -> None:
        """A part of it, there too."""
        await self.shop.sandbox.act(payment_id, "refund", amount=BACK[self.name])

    async def lose_webhooks(self) -> None:
        await self.shop.sandbox.fault("webhook", "drop", count=1_000_000)


@asynccontextmanager
async def dashboard_shop(name: str, sandbox_url: str) -> AsyncIterator[DashboardShop]:
    async with AsyncExitStack() as stack:
        yield DashboardShop(name, await _opened(name, sandbox_url, stack))


async def _opened(name: str, sandbox_url: str, stack: AsyncExitStack) -> Shop:
    match name:
        case "tabby":
            return await stack.enter_async_context(tabby_shop.open_shop(sandbox_url))
        case "tamara":
            return await stack.enter_async_context(tamara_shop.open_shop(sandbox_url))
        case _:
            shop = await stack.enter_async_context(myfatoorah_shop.open_shop(sandbox_url))
            # Its list is the log of webhooks, which has those of enabled ones only.
            await shop.merchant(webhook_url="http://127.0.0.1:9/hook")
            return shop
