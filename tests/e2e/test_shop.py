"""Customers who come back to the shop, or don't, or lie: the page shows what the gateway knows."""

import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
from playwright.async_api import Page, expect
from pydantic import AnyHttpUrl

from payments_common import client
from payments_common.client import PaymentsClient
from payments_common.money import Money
from payments_common.schemas.commands import RegisterWebhook
from payments_common.schemas.events import EventType
from payments_common.schemas.parties import Actor
from payments_demo.accounts import Polls
from payments_demo.house import House
from payments_demo.shop_orders import register, return_url
from payments_demo.story import Events
from support.browser import browser_page, press
from support.builders import session

ACTOR = Actor(user_id="shop")
TABBY, TAMARA, MYFATOORAH = "tabby-ksa", "tamara-ksa", "myfatoorah-kwt"
SHOWN_MILLISECONDS = 45_000


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """Its reconciler asks about open sessions every two seconds."""
    polls = Polls(open_seconds=2.0, after_seconds=(1.0, 5.0, 60.0))
    with House(report=lambda _: None, retry_scale=0.03, polls=polls) as opened:
        yield opened


@dataclass
class Shop:
    """The service that wants to be paid, and the pages that it has at the sandbox."""

    house: House
    payments: PaymentsClient
    events: Events

    async def order(self, account: str = TABBY, *, reference: str | None = None) -> str:
        """Asks for a session and puts the order in the shop; its page."""
        reference = reference or f"SHOP-{secrets.token_hex(4)}"
        total = Money(15000, "KWD" if account == MYFATOORAH else "SAR")
        places = {
            f"{place}_url": return_url(self.house.urls, reference, place)
            for place in ("success", "failure", "cancel")
        }
        items = [{"title": "A lamp", "unit_price": total}]
        command = session(
            order_reference=reference, account=account, total_amount=total, items=items, **places
        )
        answer = await self.payments.send(command)
        assert answer.redirect_url is not None, answer
        assert answer.status_token is not None, answer
        return await register(
            self.house.urls,
            reference,
            title="A lamp",
            amount=str(total),
            checkout_url=answer.redirect_url,
            status_token=answer.status_token,
        )

    async def authorized(self, order_page: str) -> None:
        await self.events.until(order_page.rpartition("/")[2], EventType.AUTHORIZED)


@asynccontextmanager
async def open_shop(house: House) -> AsyncIterator[Shop]:
    events = Events()
    async with client.connect(house.urls.rabbitmq, name="shop") as payments:
        for account in (TABBY, TAMARA):
            hook = AnyHttpUrl(f"{house.urls.ingress}/webhooks/{account}")
            await payments.send(RegisterWebhook(account=account, url=hook, requested_by=ACTOR))
        async with events.following(payments, f"shop.events.{secrets.token_hex(4)}"):
            yield Shop(house, payments, events)


@asynccontextmanager
async def no_webhooks(house: House) -> AsyncIterator[None]:
    """The gateways send none, as long as this lasts."""
    fault = {"operation": "webhook", "kind": "drop", "count": 1_000_000}
    async with httpx.AsyncClient(base_url=house.urls.sandbox, trust_env=False) as sandbox:
        (await sandbox.post("/sandbox/faults", json=fault)).raise_for_status()
        try:
            yield
        finally:
            (await sandbox.delete("/sandbox/faults")).raise_for_status()


async def go_and_press(page: Page, order_page: str, action: str) -> None:
    """From the shop's page to the gateway's, and what its customer does there."""
    await page.goto(order_page)
    await page.get_by_test_id("pay").click()
    await page.wait_for_url(lambda url: "/shop/" not in url)
    await press(page, action)


async def shows(page: Page, expected: str) -> None:
    state = page.get_by_test_id("state")
    await expect(state).to_have_attribute("data-page", expected, timeout=SHOWN_MILLISECONDS)


@pytest.mark.parametrize("account", [TABBY, TAMARA, MYFATOORAH])
async def test_who_has_paid_comes_back_to_a_confirmation(house: House, account: str) -> None:
    async with open_shop(house) as shop, browser_page() as page:
        order_page = await shop.order(account)
        await go_and_press(page, order_page, "pay")
        await page.wait_for_url(f"{order_page}/return/success?*")
        await shows(page, "confirmed")


@pytest.mark.parametrize(
    ("account", "action", "place"),
    [
        (TABBY, "decline", "failure"),
        (TAMARA, "decline", "failure"),
        (TABBY, "cancel", "cancel"),
        (TAMARA, "cancel", "cancel"),
    ],
)
async def test_who_was_declined_or_went_back_may_try_again_and_pay(
    house: House, account: str, action: str, place: str
) -> None:
    async with open_shop(house) as shop, browser_page() as page:
        order_page = await shop.order(account)
        await go_and_press(page, order_page, action)
        await page.wait_for_url(f"{order_page}/return/{place}?*")
        await shows(page, "not_paid")
        await shop.order(account, reference=order_page.rpartition("/")[2])
        await page.get_by_test_id("try_again").click()
        await go_and_press(page, order_page, "pay")
        await shows(page, "confirmed")


async def test_who_failed_where_the_invoice_stays_open_is_not_told_that_all_is_over(
    house: House,
) -> None:
    async with open_shop(house) as shop, browser_page() as page:
        order_page = await shop.order(MYFATOORAH)
        await go_and_press(page, order_page, "fail")
        await page.wait_for_url(f"{order_page}/return/failure?*")
        await shows(page, "checking")
        await page.get_by_test_id("see_order").click()
        await go_and_press(page, order_page, "pay")
        await shows(page, "confirmed")


async def is_confirmed_to_who_left(shop: Shop, order_page: str) -> None:
    """Pays, closes the window before the redirect, and looks at the order again later."""
    async with browser_page() as page:
        await page.route(f"{order_page}/return/**", lambda route: route.abort())
        await go_and_press(page, order_page, "pay")
    await shop.authorized(order_page)
    async with browser_page() as page:
        await page.goto(order_page)
        await shows(page, "confirmed")


async def test_who_closed_the_window_after_paying_finds_the_order_confirmed(house: House) -> None:
    async with open_shop(house) as shop:
        await is_confirmed_to_who_left(shop, await shop.order())


@pytest.mark.parametrize("account", [TABBY, TAMARA, MYFATOORAH])
async def test_the_reconciler_saves_who_paid_and_left_when_no_webhook_comes(
    house: House, account: str
) -> None:
    async with open_shop(house) as shop, no_webhooks(house):
        await is_confirmed_to_who_left(shop, await shop.order(account))


@pytest.mark.parametrize("account", [TABBY, TAMARA, MYFATOORAH])
async def test_a_forged_redirect_with_the_id_of_another_payment_confirms_nothing(
    house: House, account: str
) -> None:
    async with open_shop(house) as shop, browser_page() as page:
        paid, unpaid = await shop.order(account), await shop.order(account)
        await go_and_press(page, paid, "pay")
        await shows(page, "confirmed")
        forged = page.url.replace(paid, unpaid)
        assert forged != page.url
        await page.goto(unpaid)
        await page.get_by_test_id("pay").click()
        await page.wait_for_url(lambda url: "/shop/" not in url)
        async with page.expect_response(lambda got: "refresh=true" in got.url) as asked:
            await page.goto(forged)
        assert (await (await asked.value).json())["page"] == "checking"
        await shows(page, "checking")


async def test_a_browser_without_the_orders_token_is_told_nothing(house: House) -> None:
    async with open_shop(house) as shop, browser_page() as payer, browser_page() as stranger:
        order_page = await shop.order()
        await go_and_press(payer, order_page, "pay")
        await shows(payer, "confirmed")
        await stranger.goto(payer.url)
        await shows(stranger, "no_token")
