"""Comparing reads the orders that it needs and no others, however many there are."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from local_stack.stack import StackUrls
from payments_common.storage.mongo_store import Collection, Document
from reconciler.adapters.mongo_known_orders import MongoKnownOrders
from support.clocks import START
from support.listed import ACCOUNT
from support.mongo import fresh_store

ORDERS = 300
WINDOW = {"since": START + timedelta(seconds=100), "until": START + timedelta(seconds=110)}


@pytest.fixture
async def orders(stack: StackUrls) -> AsyncIterator[Collection]:
    async with fresh_store(stack.mongodb_url) as store:
        collection = store.database["orders"]
        await collection.insert_many([order(number) for number in range(ORDERS)])
        await store.database.command("profile", 2)
        yield collection
        await store.database.command("profile", 0)


def order(number: int) -> Document:
    return {
        "_id": f"order-{number:04}",
        "order_reference": f"SHOP-{number}",
        "account": ACCOUNT,
        "created_at": START,
        "updated_at": START + timedelta(seconds=number),
        "payments": [{"payment_id": f"payment-{number}", "facts": {}}],
    }


async def examined(orders: Collection) -> list[tuple[int, bool]]:
    """Of each query: how many documents the server looked at, and whether it had to sort."""
    query: Document = {"ns": f"{orders.database.name}.orders", "op": "query"}
    found = orders.database["system.profile"].find(query)
    return [(each["docsExamined"], each.get("hasSortStage", False)) async for each in found]


async def test_changed_orders_are_read_off_an_index_in_its_order(orders: Collection) -> None:
    known = MongoKnownOrders(orders)
    pages = [page async for page in known.changed(ACCOUNT, at_once=4, **WINDOW)]
    assert [len(page) for page in pages] == [4, 4, 3]
    queries = await examined(orders)
    assert len(queries) == 4
    assert all(not sorts and count <= 5 for count, sorts in queries), queries


async def test_orders_are_found_by_payment_and_reference_through_indexes(
    orders: Collection,
) -> None:
    known = MongoKnownOrders(orders)
    found = await known.about(payment_ids={"payment-7", "none"}, references={"SHOP-9", "no"})
    assert len(found) == 2
    ((count, _),) = await examined(orders)
    assert count == 2


async def test_counting_them_reads_no_order(orders: Collection) -> None:
    known = MongoKnownOrders(orders)
    assert await known.count_changed(ACCOUNT, **WINDOW) == 11
    command: Document = {"ns": f"{orders.database.name}.orders", "op": "command"}
    found: Any = await orders.database["system.profile"].find_one(command)
    assert found["docsExamined"] == 0
