"""A shop at each of the three gateways, and what its staff does in the gateway's dashboard."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
        if self.name == "myfatoorah":
            await self.shop.sandbox.act(payment_id, "refund_processed")

    async def lose_webhooks(self) -> None:
        await self.shop.sandbox.fault("webhook", "drop", count=1_000_000)


@asynccontextmanager
async def dashboard_shop(name: str, sandbox_url: str) -> AsyncIterator[DashboardShop]:
    opening = {
        "tabby": tabby_shop.open_shop,
        "tamara": tamara_shop.open_shop,
        "myfatoorah": myfatoorah_shop.open_shop,
    }[name]
    async with opening(sandbox_url) as shop:
        yield DashboardShop(name, shop)
