"""A page may wait for news; whoever waits costs the database little, and nobody is kept."""

import asyncio
from collections.abc import Collection, Mapping

from payment_orchestrator.adapters.memory import MemoryOrders
from payment_orchestrator.handlers.wait_for_order import MOST_OF_ONE_ORDER, Waiters
from payments_common.errors import StoreUnavailable
from support.builders import order
from support.eventually import eventually
from support.status_pages import Pages, pages


def waiting(opened: Pages) -> float:
    return opened.metric("payments_status_waiting")


async def test_a_page_that_waits_is_told_when_the_webhook_comes() -> None:
    async with pages() as opened:
        order = await opened.here.pending()
        asking = asyncio.create_task(opened.told(order, "?wait=20"))
        await eventually(lambda: waiting(opened) == 1)
        payment_id = order.payments[0].payment_id
        await opened.here.sandbox.control(f"payments/{payment_id}/pay")
        await opened.here.webhook({"id": payment_id, "status": "authorized"})
        async with asyncio.timeout(5):
            assert (await asking)["page"] == "confirmed"
        assert waiting(opened) == 0


async def test_a_change_that_leaves_the_page_as_it_is_is_waited_over() -> None:
    async with pages() as opened:
        order = await opened.here.pending()
        asking = asyncio.create_task(opened.told(order, "?wait=2"))
        await eventually(lambda: waiting(opened) == 1)
        await opened.here.pending()  # another session of the same order
        assert (await asking)["page"] == "checking"


async def test_what_is_decided_is_told_at_once() -> None:
    async with pages() as opened:
        order = await opened.here.authorized()
        async with asyncio.timeout(1):
            assert (await opened.told(order, "?wait=30"))["page"] == "confirmed"


async def test_the_time_of_a_refresh_counts_as_waited() -> None:
    async with pages(status_refresh_seconds=0.8) as opened:
        order = await opened.here.pending()
        await opened.here.fault("get_payment", "delay", delay_seconds=1.5)
        async with asyncio.timeout(1.4):
            told = await opened.told(order, "?refresh=true&wait=1")
        assert (told["page"], told["refresh"]) == ("checking", "gateway_slow")


async def test_a_page_that_leaves_gives_up_its_place() -> None:
    async with pages() as opened:
        order = await opened.here.pending()
        asking = asyncio.create_task(opened.ask(order, "?wait=30"))
        await eventually(lambda: waiting(opened) == 1)
        asking.cancel()
        await eventually(lambda: waiting(opened) == 0)
        gone = "payments_status_requests_total"
        await eventually(lambda: opened.metric(gone, result="gone") == 1)


async def test_beyond_the_limit_pages_are_answered_at_once() -> None:
    async with pages(status_waiting=1) as opened:
        first = await opened.here.pending()
        second = await opened.here.pending(order_reference="SHOP-2002")
        asking = asyncio.create_task(opened.ask(first, "?wait=30"))
        await eventually(lambda: waiting(opened) == 1)
        async with asyncio.timeout(1):
            assert (await opened.told(second, "?wait=30"))["page"] == "checking"
        asking.cancel()


async def test_one_order_takes_only_a_few_places() -> None:
    async with pages() as opened:
        order = await opened.here.pending()
        asking = [
            asyncio.create_task(opened.ask(order, "?wait=30")) for _ in range(MOST_OF_ONE_ORDER)
        ]
        await eventually(lambda: waiting(opened) == MOST_OF_ONE_ORDER)
        async with asyncio.timeout(1):
            await opened.told(order, "?wait=30")
        for each in asking:
            each.cancel()


async def test_a_process_that_stops_answers_those_who_wait() -> None:
    async with pages() as opened:
        order = await opened.here.pending()
        asking = asyncio.create_task(opened.ask(order, "?wait=30"))
        await eventually(lambda: waiting(opened) == 1)
        await opened.stop()
        async with asyncio.timeout(1):
            assert (await asking).status_code == 200


class Asked(MemoryOrders):
    """Counts the questions; the first is not answered."""

    def __init__(self) -> None:
        super().__init__()
        self.questions: list[Collection[str]] = []

    async def versions(self, order_ids: Collection[str]) -> Mapping[str, int]:
        self.questions.append(order_ids)
        if len(self.questions) == 1:
            raise StoreUnavailable("the database did not answer")
        return dict.fromkeys(order_ids, 1)


async def test_all_who_wait_are_one_question_and_an_outage_lets_them_wait_on() -> None:
    asked = Asked()
    waiters = Waiters(asked, most=1000, on_count=lambda _: None)
    orders = [order().model_copy(update={"order_id": f"order-{n}"}) for n in range(100)]
    woken = await asyncio.gather(*(waiters.until_changed(each, seconds=5) for each in orders))
    assert all(woken)
    assert [len(question) for question in asked.questions] == [100, 100]
