"""A redirect means "look again": the gateway is asked once for many pages, and never waited for."""

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any, cast

from payment_orchestrator.domain.refreshes import REFRESHES_AT_PACE
from payment_orchestrator.handlers.turns import Turns
from payments_common.errors import BreakerOpen
from payments_common.gateways.port import CallContext, Gateway
from payments_common.schemas.observations import Observation
from support.builders import session
from support.eventually import eventually
from support.status_pages import Pages, pages, serving
from support.world import World

REFRESH = "?refresh=true"


class Finding:
    """A gateway that finds a payment by its order's reference, as some do."""

    def __init__(self, gateway: Gateway, payment_id: str) -> None:
        self._gateway = gateway
        self._payment_id = payment_id

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)

    async def find_payment(self, _: str, *, context: CallContext) -> Observation:
        return await self._gateway.get_payment(self._payment_id, context=context)


class Broken:
    """A gateway whose breaker is open."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)

    async def get_payment(self, _: str, *, context: CallContext) -> Observation:
        raise BreakerOpen(f"open, not asked for {context.purpose}")


async def paid_unheard(opened: Pages) -> str:
    """An order that was paid, of which no webhook came."""
    order = await opened.here.pending()
    payment_id = order.payments[0].payment_id
    await opened.here.sandbox.control(f"payments/{payment_id}/pay")
    return payment_id


def another_process(here: World) -> World:
    """The same orders and gateways, and nothing else in common."""
    return replace(here, tools=replace(here.tools, turns=Turns()))


async def pass_time(opened: Pages, seconds: float) -> None:
    await opened.here.tools.clock.sleep(seconds)


async def test_a_page_that_comes_back_learns_at_once_that_it_was_paid() -> None:
    async with pages() as opened:
        await paid_unheard(opened)
        order = await opened.here.order()
        assert (await opened.told(order))["page"] == "checking"
        told = await opened.told(order, REFRESH)
        assert (told["page"], told["refresh"]) == ("confirmed", "done")
        assert (await opened.here.order()).status == "authorized"


async def test_a_forged_redirect_confirms_nothing() -> None:
    async with pages() as opened:
        order = await opened.here.pending()
        told = await opened.told(order, REFRESH)
        assert (told["page"], told["refresh"]) == ("checking", "done")


async def test_a_hundred_pages_at_once_cost_one_call() -> None:
    async with pages() as opened:
        await paid_unheard(opened)
        await opened.here.fault("get_payment", "delay", delay_seconds=0.3)
        order = await opened.here.order()
        told = await asyncio.gather(*(opened.told(order, REFRESH) for _ in range(100)))
        assert opened.reads() == 1
        assert Counter(each["refresh"] for each in told)["done"] >= 90
        assert opened.metric("payments_status_refreshes_total", result="done") >= 90


async def test_who_asks_again_too_soon_hears_what_is_known() -> None:
    async with pages(status_refresh_pause_seconds=5) as opened:
        order = await opened.here.pending()
        assert (await opened.told(order, REFRESH))["refresh"] == "done"
        assert (await opened.told(order, REFRESH))["refresh"] == "too_soon"
        assert opened.reads() == 1
        await pass_time(opened, 5)
        assert (await opened.told(order, REFRESH))["refresh"] == "done"


async def test_another_process_knows_by_the_order_that_it_is_too_soon() -> None:
    async with pages() as opened, serving(another_process(opened.here)) as other:
        order = await opened.here.pending()
        both = await asyncio.gather(opened.told(order, REFRESH), other.told(order, REFRESH))
        assert sorted(each["refresh"] for each in both) == ["done", "too_soon"]
        assert opened.reads() == 1


async def test_a_page_that_asks_for_ever_asks_ever_more_seldom() -> None:
    async with pages(status_refresh_pause_seconds=5) as opened:
        order = await opened.here.pending()
        for _ in range(REFRESHES_AT_PACE):
            await opened.told(order, REFRESH)
            await pass_time(opened, 5)
        assert (await opened.told(order, REFRESH))["refresh"] == "too_soon"
        await pass_time(opened, 5)
        assert (await opened.told(order, REFRESH))["refresh"] == "done"


async def test_a_slow_gateway_is_not_waited_for_and_its_answer_is_not_lost() -> None:
    async with pages(status_refresh_seconds=0.2) as opened:
        await paid_unheard(opened)
        await opened.here.fault("get_payment", "delay", delay_seconds=1.0)
        order = await opened.here.order()
        async with asyncio.timeout(0.8):
            told = await opened.told(order, REFRESH)
        assert (told["page"], told["refresh"]) == ("checking", "gateway_slow")
        await opened.here.until(order.order_reference, "authorized")


async def test_a_page_that_leaves_does_not_end_the_question() -> None:
    async with pages() as opened:
        await paid_unheard(opened)
        await opened.here.fault("get_payment", "delay", delay_seconds=0.5)
        order = await opened.here.order()
        leaving = asyncio.create_task(opened.ask(order, REFRESH))
        await eventually(opened.is_refreshing)
        leaving.cancel()
        await opened.here.until(order.order_reference, "authorized")


async def test_an_outage_changes_nothing_of_what_a_page_says() -> None:
    async with pages() as opened:
        order = await opened.here.authorized()
        await opened.here.fault("get_payment", "error", status=503, count=9)
        told = await opened.told(order, REFRESH)
        assert (told["page"], told["refresh"]) == ("confirmed", "gateway_unavailable")
        assert (await opened.here.order()).reads != ()


async def test_an_open_breaker_is_said_at_once_and_the_question_stays_due() -> None:
    async with pages() as opened:
        order = await opened.here.pending()
        gateways = opened.here.gateways
        gateways["tabby-ksa"] = cast("Gateway", Broken(gateways["tabby-ksa"]))
        assert (await opened.told(order, REFRESH))["refresh"] == "gateway_unavailable"
        assert [read.payment_id for read in (await opened.here.order()).reads] == [
            order.payments[0].payment_id
        ]


async def test_an_account_that_was_taken_away_is_unavailable() -> None:
    async with pages() as opened:
        order = await opened.here.pending()
        del opened.here.gateways["tabby-ksa"]
        assert (await opened.told(order, REFRESH))["refresh"] == "gateway_unavailable"


async def test_one_gateway_has_only_so_many_questions_at_once() -> None:
    async with pages(status_refreshes=1) as opened:
        first = await opened.here.pending()
        second = await opened.here.pending(order_reference="SHOP-2002")
        await opened.here.fault("get_payment", "delay", delay_seconds=0.5)
        asking = asyncio.create_task(opened.told(first, REFRESH))
        await eventually(opened.is_refreshing)
        assert (await opened.told(second, REFRESH))["refresh"] == "gateway_slow"
        assert (await asking)["refresh"] == "done"


async def test_a_session_that_was_never_answered_is_found() -> None:
    async with pages() as opened:
        await opened.here.fault("checkout", "error", status=503)
        await opened.here.send(session())
        made = await opened.here.sandbox.checkout(
            amount="150.00", currency="SAR", merchant_code="SA", reference_id="SHOP-1001"
        )
        gateways = opened.here.gateways
        gateways["tabby-ksa"] = cast(
            "Gateway", Finding(gateways["tabby-ksa"], made["payment"]["id"])
        )
        order = await opened.here.order()
        assert order.payments == ()
        assert (await opened.told(order, REFRESH))["refresh"] == "done"
        assert len((await opened.here.order()).payments) == 1
