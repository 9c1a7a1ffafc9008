"""No webhook comes at all: polling alone brings orders to the gateway's state."""

from collections.abc import AsyncIterator

import pytest

from local_stack.stack import StackUrls
from payments_common.storage.mongo_store import MongoStore
from reconciler.ports import PollResult
from support.eventually import eventually
from support.mongo import fresh_store
from support.reconciling import Reconciling, reconciling
from support.stored_world import stored_world
from support.world import World

PATIENCE_SECONDS = 20.0


@pytest.fixture
async def store(stack: StackUrls) -> AsyncIterator[MongoStore]:
    async with fresh_store(stack.mongodb_url) as opened:
        yield opened


@pytest.fixture
async def here(store: MongoStore) -> AsyncIterator[World]:
    async with stored_world(store) as opened:
        yield opened


@pytest.fixture
async def reconciler(here: World, store: MongoStore) -> AsyncIterator[Reconciling]:
    async with reconciling(here, store) as opened:
        yield opened


async def reaches(here: World, reconciler: Reconciling, status: str) -> None:
    async def reached() -> bool:
        await reconciler.scout.look()
        return (await here.order()).status == status

    await eventually(reached, within_seconds=PATIENCE_SECONDS)


async def entries(store: MongoStore) -> int:
    return await store.database["reconciliation"].count_documents({"due_at": {"$exists": True}})


async def test_a_payment_whose_webhook_was_lost_is_found(
    here: World, reconciler: Reconciling
) -> None:
    order = await here.pending()
    await here.sandbox.control(f"payments/{order.payments[0].payment_id}/pay")
    await reaches(here, reconciler, "authorized")
    await here.agrees()


async def test_an_order_that_is_settled_is_asked_about_no_more(
    here: World, reconciler: Reconciling, store: MongoStore
) -> None:
    order = await here.pending()
    await here.sandbox.control(f"payments/{order.payments[0].payment_id}/pay")
    await reaches(here, reconciler, "authorized")

    async def none_left() -> bool:
        return await entries(store) == 0

    await eventually(none_left, within_seconds=PATIENCE_SECONDS)
    assert (await here.order()).check is None


async def test_a_gateway_that_is_away_for_a_while_delays_it_and_no_more(
    here: World, reconciler: Reconciling
) -> None:
    order = await here.pending()
    payment_id = order.payments[0].payment_id
    await here.fault("get_payment", "error", status=503)
    await here.sandbox.control(f"payments/{payment_id}/pay")
    await reaches(here, reconciler, "authorized")
    assert PollResult.NO_ANSWER in reconciler.counted.polls


async def test_polling_gives_up_to_a_person_and_says_neither_failed_nor_expired(
    here: World, reconciler: Reconciling, store: MongoStore
) -> None:
    """The session has ended long ago, and the gateway still calls the payment open."""
    order = await here.pending()
    ended = dict.fromkeys(("payments.0.session_expires_at", "check.expires_at"), order.created_at)
    await store.database["orders"].update_one({"_id": order.order_id}, {"$set": ended})

    async def flagged() -> bool:
        await reconciler.scout.look()
        # Nobody waits a minute in a test for what is to happen after it.
        await store.database["reconciliation"].update_many(
            {"asked_count": 3, "gave_up": False}, {"$set": {"due_at": order.created_at}}
        )
        return (await here.order()).polled_out != ()

    await eventually(flagged, within_seconds=PATIENCE_SECONDS)
    left = await here.order()
    assert (left.status, left.check) == ("pending", None)
    assert left.review != ()
    assert reconciler.counted.given_up == 1
