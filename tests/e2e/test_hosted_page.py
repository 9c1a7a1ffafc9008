"""A customer in a real browser on each gateway's hosted page; the house learns by webhook."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from aiohttp import web
from playwright.async_api import Page
from pydantic import AnyHttpUrl

from payments_common import client
from payments_common.client import PaymentsClient
from payments_common.money import Money
from payments_common.schemas.commands import CreateSession, RecheckPayment, RegisterWebhook
from payments_common.schemas.events import EventType
from payments_common.schemas.parties import Actor
from payments_demo.house import House
from payments_demo.story import Events
from support.browser import browser_page, press
from support.builders import session
from support.running_sandbox import serving

ACTOR = Actor(user_id="shop")
TABBY, TAMARA, MYFATOORAH = "tabby-ksa", "tamara-ksa", "myfatoorah-kwt"


@dataclass
class Shop:
    payments: PaymentsClient
    events: Events
    url: str

    async def checkout(self, account: str = TABBY) -> tuple[str, str]:
        """A new order's reference and its hosted page."""
        reference = f"PAGE-{secrets.token_hex(4)}"
        places = {f"{name}_url": f"{self.url}/{name}" for name in ("success", "failure", "cancel")}
        total = Money(15000, "KWD" if account == MYFATOORAH else "SAR")
        command: CreateSession = session(
            order_reference=reference,
            account=account,
            total_amount=total,
            items=[{"title": "Lamp", "unit_price": total}],
            **places,
        )
        answer = await self.payments.send(command)
        assert answer.redirect_url is not None, answer
        return reference, answer.redirect_url

    async def status(self, reference: str) -> str | None:
        command = RecheckPayment(order_reference=reference, requested_by=ACTOR)
        return (await self.payments.send(command)).status


@asynccontextmanager
async def open_shop(house: House) -> AsyncIterator[Shop]:
    """A shop whose return pages show where the customer came back to."""

    async def came_back(request: web.Request) -> web.Response:
        return web.Response(text=f"back at {request.match_info['where']}")

    app = web.Application()
    app.router.add_get("/{where}", came_back)
    events = Events()
    async with serving(app) as url, client.connect(house.urls.rabbitmq, name="shop") as payments:
        for account in (TABBY, TAMARA):
            hook = AnyHttpUrl(f"{house.urls.ingress}/webhooks/{account}")
            await payments.send(RegisterWebhook(account=account, url=hook, requested_by=ACTOR))
        async with events.following(payments, f"shop.events.{secrets.token_hex(4)}"):
            yield Shop(payments, events, url)


async def open_and_press(page: Page, redirect_url: str, action: str) -> None:
    await page.goto(redirect_url)
    await press(page, action)


@pytest.mark.parametrize(
    ("account", "action", "place", "event", "status"),
    [
        (TABBY, "pay", "success", EventType.AUTHORIZED, "authorized"),
        (TABBY, "decline", "failure", EventType.FAILED, "failed"),
        (TAMARA, "pay", "success", EventType.AUTHORIZED, "authorized"),
        (TAMARA, "decline", "failure", EventType.FAILED, "failed"),
        (TAMARA, "cancel", "cancel", EventType.EXPIRED, "expired"),
        (MYFATOORAH, "pay", "success", EventType.AUTHORIZED, "authorized"),
    ],
)
async def test_what_the_customer_presses_reaches_the_order_and_the_right_page(
    house: House, account: str, action: str, place: str, event: EventType, status: str
) -> None:
    async with open_shop(house) as shop, browser_page() as page:
        reference, redirect_url = await shop.checkout(account)
        await open_and_press(page, redirect_url, action)
        await page.wait_for_url(f"{shop.url}/{place}?*")
        heard = await shop.events.until(reference, event)
        assert heard.data.status == status


async def test_a_customer_whose_card_failed_pays_with_another_on_the_same_invoice(
    house: House,
) -> None:
    async with open_shop(house) as shop, browser_page() as page:
        reference, redirect_url = await shop.checkout(MYFATOORAH)
        await open_and_press(page, redirect_url, "fail")
        await page.wait_for_url(f"{shop.url}/failure?paymentId=*&Id=*")
        assert await shop.status(reference) == "pending"
        await open_and_press(page, redirect_url, "pay")
        await page.wait_for_url(f"{shop.url}/success?paymentId=*&Id=*")
        await shop.events.until(reference, EventType.AUTHORIZED)
        kinds = [e.data.event for e in shop.events.seen if e.data.order_reference == reference]
        assert EventType.FAILED not in kinds


async def test_a_customer_who_cancels_is_known_when_the_gateway_is_asked(house: House) -> None:
    """Tabby sends no webhook for this unless one asks for it."""
    async with open_shop(house) as shop, browser_page() as page:
        reference, redirect_url = await shop.checkout()
        await open_and_press(page, redirect_url, "cancel")
        await page.wait_for_url(f"{shop.url}/cancel?payment_id=*")
        assert await shop.status(reference) == "expired"


async def test_a_wrong_code_stays_on_the_page_and_pays_nothing(house: House) -> None:
    async with open_shop(house) as shop, browser_page() as page:
        reference, redirect_url = await shop.checkout()
        await page.goto(redirect_url)
        await press(page, "pay", otp="1234")
        assert await page.locator("#problem").is_visible()
        assert await shop.status(reference) == "pending"


async def test_a_customer_who_closes_the_window_after_paying_has_paid(house: House) -> None:
    async with open_shop(house) as shop:
        async with browser_page() as page:
            reference, redirect_url = await shop.checkout()
            await page.route(f"{shop.url}/**", lambda route: route.abort())
            await open_and_press(page, redirect_url, "pay")
        heard = await shop.events.until(reference, EventType.AUTHORIZED)
        assert heard.data.status == "authorized"
