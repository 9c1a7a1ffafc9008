"""What was made in a gateway's dashboard while webhooks are lost is found, at each gateway."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import pytest

from local_stack.stack import StackUrls
from payment_orchestrator.domain.facts import join
from payments_common.clock import SystemClock
from payments_common.schemas.observations import PaymentFacts
from payments_common.storage.ensure_indexes import ensure_indexes
from payments_common.storage.mongo_store import MongoStore
from reconciler.adapters.mongo_discrepancies import MongoDiscrepancies
from reconciler.adapters.mongo_indexes import INDEXES
from reconciler.adapters.mongo_known_orders import MongoKnownOrders
from reconciler.adapters.mongo_scout_notes import MongoScoutNotes
from reconciler.domain.known import KnownOrder
from reconciler.handlers.list_in_turn import Lister
from reconciler.handlers.reconciling import ListedAccount, ListTools
from support.gateway_shops import GATEWAYS, DashboardShop, dashboard_shop
from support.listed import Counted, Told, Unpaced, known
from support.mongo import fresh_store
from support.world import tabby_account


@dataclass
class Here:
    """A shop's payments, our orders in the real database, and listers over both."""

    shop: DashboardShop
    store: MongoStore
    told: Told = field(default_factory=Told)
    clock: SystemClock = field(default_factory=SystemClock)

    async def ours(self, payment_id: str) -> KnownOrder:
        """An order that knows what the gateway says now."""
        seen = await self.shop.get(payment_id)
        now = self.clock.now()
        order = known(
            seen.facts,
            payment_id=payment_id,
            reference=seen.order_reference or "SHOP-1001",
            account=seen.account,
            created_at=now,
            updated_at=now,
        )
        await self.write(order)
        return order

    async def write(self, order: KnownOrder) -> None:
        await self.store.database["orders"].replace_one(
            {"_id": order.order_id},
            {
                "order_reference": order.order_reference,
                "account": order.account,
                "created_at": order.created_at,
                "updated_at": order.updated_at,
                "payments": [
                    {"payment_id": each.payment_id, "facts": each.facts.model_dump()}
                    for each in order.payments
                ],
            },
            upsert=True,
        )

    async def learn(self, order: KnownOrder) -> PaymentFacts:
        """Joins what was told, as the orchestrator does."""
        facts = order.payments[0].facts
        for each in self.told.observations:
            facts = join(facts, each.facts)
        payments = (replace(order.payments[0], facts=facts),)
        await self.write(replace(order, payments=payments, updated_at=self.clock.now()))
        return facts

    def lister(self, account: str, holder: str = "one") -> Lister:
        tools = ListTools(
            orders=MongoKnownOrders(self.store.database["orders"]),
            discrepancies=MongoDiscrepancies(self.store.database["discrepancies"]),
            publisher=self.told,
            counts=Counted(),
            clock=self.clock,
            new_id=lambda: "id",
            settle_seconds=0.0,
        )
        settings = tabby_account("http://unused.example.com", name=account)
        return Lister(
            account=settings.model_copy(update={"list_seconds": 0.001}),
            listed=ListedAccount(account, self.shop.gateway, Unpaced()),
            tools=tools,
            notes=MongoScoutNotes(self.store.database["reconciliation"]),
            holder=holder,
        )

    async def kept(self) -> list[tuple[str, str, int]]:
        found = self.store.database["discrepancies"].find().sort([("payment_id", 1), ("kind", 1)])
        return [(d["kind"], d["state"], d["count"]) async for d in found]


@pytest.fixture(params=GATEWAYS)
async def here(
    request: pytest.FixtureRequest, stack: StackUrls, sandbox_url: str
) -> AsyncIterator[Here]:
    async with (
        fresh_store(stack.mongodb_url) as store,
        dashboard_shop(request.param, sandbox_url) as shop,
    ):
        await ensure_indexes(store.database, INDEXES)
        await shop.lose_webhooks()
        yield Here(shop, store)


async def test_a_capture_and_a_refund_of_the_dashboard_are_told_to_their_order(here: Here) -> None:
    payment_id = await here.shop.authorized()
    order = await here.ours(payment_id)
    await here.shop.capture(payment_id)
    await here.shop.refund(payment_id)
    await here.lister(order.account).list_in_turn()
    assert await here.learn(order) == (await here.shop.get(payment_id)).facts
    states = {(kind, state) for kind, state, _ in await here.kept()}
    assert {("capture", "joined"), ("refund", "joined")} <= states


async def test_what_is_known_is_told_to_nobody_again(here: Here) -> None:
    order = await here.ours(await here.shop.authorized())
    lister = here.lister(order.account)
    assert await lister.list_in_turn()
    assert await lister.list_in_turn()
    assert (here.told.outgoing, await here.kept()) == ([], [])


async def test_one_that_dies_before_the_watermark_moves_is_followed_and_nothing_doubles(
    here: Here,
) -> None:
    payment_id = await here.shop.authorized()
    order = await here.ours(payment_id)
    await here.shop.capture(payment_id)
    dying = here.lister(order.account)
    here.told.fails = asyncio.CancelledError()
    with pytest.raises(asyncio.CancelledError):
        await dying.list_in_turn()
    assert await dying.reached() is None
    # Its own turn goes on; another process would wait for its end.
    assert not await here.lister(order.account, "other").list_in_turn()
    assert await here.lister(order.account).list_in_turn()
    assert len(here.told.observations) == 1
    assert {count for _, _, count in await here.kept()} == {1}


async def test_two_at_once_list_once(here: Here) -> None:
    order = await here.ours(await here.shop.authorized())
    listers = [here.lister(order.account, f"lister {number}") for number in range(4)]
    did = await asyncio.gather(*(each.list_in_turn() for each in listers))
    assert sum(did) == 1


async def test_a_payment_that_no_order_of_ours_has_is_a_discrepancy(here: Here) -> None:
    payment_id = await here.shop.authorized()
    account = (await here.shop.get(payment_id)).account
    await here.lister(account).list_in_turn()
    # Tamara has no list: it is asked about our orders only.
    expected = [] if here.shop.name == "tamara" else [("not_ours", "open", 1)]
    assert (await here.kept(), here.told.outgoing) == (expected, [])


async def test_what_the_gateway_has_forgotten_is_missing(here: Here) -> None:
    order = await here.ours(await here.shop.authorized())
    await here.shop.shop.sandbox.reset()
    await here.lister(order.account).list_in_turn()
    assert await here.kept() == [("missing_at_gateway", "open", 1)]
