"""The demo shop's page in a real browser, asking a status API that says what it is told."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Page, expect

from support.browser import browser_page
from support.eventually import eventually
from support.running_sandbox import SandboxClient, running_sandbox
from support.status_stand_in import StatusStandIn, status_stand_in


@dataclass(slots=True)
class Visit:
    """One browser, one shop, one status API."""

    page: Page
    sandbox: SandboxClient
    status: StatusStandIn
    problems: list[str]

    async def order(self, *, reference: str = "LAMP-1", language: str = "en") -> str:
        """Registers an order whose checkout leads straight back; its page's URL."""
        base = str(self.sandbox.http.base_url).rstrip("/")
        self.status.tokens[reference] = secrets.token_urlsafe(16)
        body = {
            "order_reference": reference,
            "title": "A lamp",
            "amount": "249.00 SAR",
            "checkout_url": f"{base}/shop/{reference}/return/cancel?paymentStatus=declined",
            "status_url": self.status.url,
            "status_token": self.status.tokens[reference],
            "language": language,
        }
        answer = await self.sandbox.http.post("/shop/orders", json=body)
        url: str = answer.raise_for_status().json()["url"]
        return url

    async def pay(self, url: str) -> None:
        """Presses the button of the order's page and is sent back."""
        await self.page.goto(url)
        await self.page.get_by_test_id("pay").click()
        await self.page.wait_for_url("**/return/cancel?*")

    async def shows(self, page: str) -> None:
        await expect(self.page.get_by_test_id("state")).to_have_attribute("data-page", page)
        await expect(self.page.get_by_test_id("outcome")).to_have_attribute("data-outcome", page)


@asynccontextmanager
async def visit() -> AsyncIterator[Visit]:
    """Fails when the browser complains, of the page's policy for example."""
    problems: list[str] = []
    async with running_sandbox() as sandbox, status_stand_in() as status, browser_page() as page:
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda said: problems.append(said.text) if _is_loud(said.text) else None)
        yield Visit(page, sandbox, status, problems)
    assert problems == []


def _is_loud(text: str) -> bool:
    return "Content Security Policy" in text or "CORS" in text


async def test_paying_leads_back_to_what_the_status_api_says_not_to_what_the_url_says() -> None:
    async with visit() as customer:
        await customer.pay(await customer.order())
        await customer.shows("checking")
        await customer.status.say("LAMP-1", "confirmed")
        await customer.shows("confirmed")


async def test_the_gateway_is_asked_first_and_then_waited_for() -> None:
    async with visit() as customer:
        await customer.page.goto(await customer.order())
        asked = customer.status.questions
        await eventually(lambda: len(asked) >= 2)
        assert asked[:2] == ["LAMP-1?refresh=true", "LAMP-1?wait=20"]


async def test_a_gateway_that_was_asked_a_moment_ago_is_soon_asked_again() -> None:
    async with visit() as customer:
        customer.status.refreshed = "too_soon"
        await customer.page.goto(await customer.order())
        asked = customer.status.questions
        await eventually(lambda: len(asked) >= 3)
        assert asked[:3] == ["LAMP-1?refresh=true", "LAMP-1?wait=5", "LAMP-1?refresh=true"]


async def test_no_token_in_this_browser_shows_nothing_and_asks_nothing() -> None:
    async with visit() as customer:
        url = await customer.order()
        await customer.status.say("LAMP-1", "confirmed")
        await customer.page.goto(f"{url}/return/success?payment_id=1&status=paid")
        await customer.shows("no_token")
        assert customer.status.questions == []


async def test_one_orders_token_says_nothing_of_another() -> None:
    async with visit() as customer:
        paid = await customer.order(reference="PAID-1")
        unpaid = await customer.order(reference="UNPAID-1")
        await customer.status.say("PAID-1", "confirmed")
        await customer.page.goto(paid)
        await customer.page.evaluate(
            "token => sessionStorage.setItem('status-token:UNPAID-1', token)",
            customer.status.tokens["PAID-1"],
        )
        await customer.page.goto(f"{unpaid}/return/success?payment_id=paid")
        await customer.shows("no_token")


async def test_a_browser_keeps_the_tokens_of_two_orders_apart() -> None:
    async with visit() as customer:
        lamp, vase = await customer.order(), await customer.order(reference="VASE-2")
        await customer.pay(lamp)
        await customer.pay(vase)
        await customer.status.say("LAMP-1", "confirmed")
        await customer.page.goto(f"{lamp}/return/success")
        await customer.shows("confirmed")
        await customer.page.goto(f"{vase}/return/success?paymentId=of-the-lamp")
        await customer.shows("checking")


async def test_failures_of_the_status_api_are_waited_out() -> None:
    async with visit() as customer:
        customer.status.failures += [503, 429]
        await customer.status.say("LAMP-1", "refunded")
        await customer.page.goto(await customer.order())
        await customer.shows("refunded")


async def test_not_paid_offers_another_try_from_the_orders_page() -> None:
    async with visit() as customer:
        url = await customer.order()
        await customer.pay(url)
        await customer.status.say("LAMP-1", "not_paid")
        await customer.shows("not_paid")
        await customer.page.get_by_test_id("try_again").click()
        await customer.page.wait_for_url(url)
        await customer.shows("not_paid")
        await expect(customer.page.get_by_test_id("pay")).to_have_text("Try again")


async def test_a_confirmed_order_is_asked_for_no_more() -> None:
    async with visit() as customer:
        await customer.page.clock.install()
        await customer.status.say("LAMP-1", "confirmed")
        await customer.page.goto(await customer.order())
        await customer.shows("confirmed")
        await customer.page.clock.run_for(30_000)
        assert customer.status.questions == ["LAMP-1?refresh=true"]
        await expect(customer.page.get_by_test_id("pay")).to_have_count(0)


async def test_after_two_minutes_the_page_says_what_happens_next_and_stops_asking() -> None:
    async with visit() as customer:
        await customer.page.clock.install()
        await customer.pay(await customer.order())
        waiting = customer.status.questions
        await eventually(lambda: waiting.count("LAMP-1?wait=20") >= 1)
        await customer.page.clock.fast_forward("02:01")
        await customer.status.say("LAMP-1", "checking")
        await customer.page.clock.fast_forward("00:01")
        await customer.shows("late")
        await expect(customer.page.get_by_test_id("see_order")).to_be_visible()


async def test_screen_readers_are_told_and_keyboards_reach_the_button() -> None:
    async with visit() as customer:
        await customer.page.goto(await customer.order(language="ar"))
        state = customer.page.get_by_role("status")
        await expect(state).to_have_count(1)
        await customer.page.keyboard.press("Tab")
        await expect(customer.page.get_by_test_id("pay")).to_be_focused()
        assert await customer.page.evaluate("getComputedStyle(document.body).direction") == "rtl"
