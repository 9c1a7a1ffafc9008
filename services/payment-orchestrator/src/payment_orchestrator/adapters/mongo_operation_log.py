"""The log of operations as a stream in order of time, of which memory holds one window.

Nothing in it is stored twice: entries are read off the orders, what the gateway answered off the
recorded calls. An order's `logged` minutes lead to the orders of a period.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from motor.motor_asyncio import AsyncIOMotorDatabase

from payment_orchestrator.adapters.mongo_orders import order_from
from payment_orchestrator.domain.audit import entries
from payment_orchestrator.domain.audit_calls import Call, CallMatcher, Evidence
from payment_orchestrator.domain.audit_entry import Entry, Wanted
from payment_orchestrator.domain.audit_lines import whole_minute
from payment_orchestrator.domain.change import HistoryEntry
from payments_common.clock import Clock
from payments_common.storage.mongo_store import Document, each, unbroken

MOST_ORDERS = 500
"""In one window of time, unless more of them moved money within the same minute."""
FIRST_WINDOW = timedelta(days=1)
WIDEST_WINDOW = timedelta(days=64)
NARROWEST_WINDOW = timedelta(minutes=1)
ENTRIES_AT_ONCE = 50
_CALLS_IN_ORDER = [("order_id", 1), ("started_at", 1)]


class MongoOperationLog:
    """Only reads; several processes may write meanwhile."""

    def __init__(
        self,
        database: AsyncIOMotorDatabase[Document],
        *,
        clock: Clock,
        most_orders: int = MOST_ORDERS,
    ) -> None:
        self._orders = database["orders"]
        self._order_history = database["order_history"]
        self._api_calls = database["api_calls"]
        self._clock = clock
        self._most_orders = most_orders

    async def read(self, wanted: Wanted) -> AsyncGenerator[tuple[Entry, Evidence], None]:
        async for found in self._windows(wanted):
            for first in range(0, len(found), ENTRIES_AT_ONCE):
                some = found[first : first + ENTRIES_AT_ONCE]
                for entry, evidence in zip(some, await self._evidence(some), strict=True):
                    yield entry, evidence

    async def has_order(self, wanted: Wanted) -> bool:
        """Whether there is the order, or the payment, that is wanted by name."""
        return await unbroken(self._orders.find_one(orders_query(wanted), {"_id": 1})) is not None

    async def _windows(self, wanted: Wanted) -> AsyncIterator[list[Entry]]:
        """Each the entries of a period, narrow enough that few orders fall into it."""
        if wanted.order_reference or wanted.payment_id:
            yield await self._entries(orders_query(wanted), wanted)
            return
        start, end = await self._period(wanted)
        width = FIRST_WINDOW
        while start < end:
            stop = min(start + width, end)
            query = orders_query(replace(wanted, since=start, until=stop))
            limit = self._most_orders + 1
            count = await unbroken(self._orders.count_documents(query, limit=limit))
            if count == limit and width > NARROWEST_WINDOW:
                width = max(NARROWEST_WINDOW, timedelta(minutes=width // timedelta(minutes=2)))
                continue
            if count:
                since = max(start, wanted.since or start)
                yield await self._entries(query, replace(wanted, since=since, until=stop))
            if count <= self._most_orders // 4:
                width = min(width * 2, WIDEST_WINDOW)
            start = stop

    async def _period(self, wanted: Wanted) -> tuple[datetime, datetime]:
        """Empty where nothing was ever logged."""
        latest = self._clock.now() + timedelta(days=1)
        end = min(wanted.until or latest, latest)
        first = self._orders.find({"logged.minute": {"$exists": True}}, {"logged.minute": 1})
        found = await unbroken(first.sort("logged.minute", 1).limit(1).to_list(1))
        if not found:
            return end, end
        earliest = min(moment["minute"] for moment in found[0]["logged"])
        return whole_minute(max(earliest, wanted.since or earliest)), end

    async def _entries(self, query: Document, wanted: Wanted) -> list[Entry]:
        """Only entries are kept: one order at a time is held whole."""
        found: list[Entry] = []
        async for document in each(self._orders.find(query, {"outbox": 0})):
            history = await self._history(document)
            found += filter(wanted.includes, entries(order_from(document), history))
        return sorted(found, key=lambda entry: (entry.at, entry.order_id))

    async def _history(self, document: Document) -> list[HistoryEntry]:
        lines: list[Document] = document["history"]
        if lines and lines[0]["number"] > 1:
            older = {"order_id": document["_id"], "number": {"$lt": lines[0]["number"]}}
            found = self._order_history.find(older).sort("number", 1)
            lines = [line async for line in each(found)] + lines
        return [HistoryEntry.model_validate(line) for line in lines]

    async def _evidence(self, some: Sequence[Entry]) -> Sequence[Evidence]:
        matcher = CallMatcher(some)
        for query in calls_queries(some):
            found = self._api_calls.find(query, {"request": 0}).sort(_CALLS_IN_ORDER)
            async for document in each(found):
                matcher.add(_call(document))
        return matcher.evidence


def orders_query(wanted: Wanted) -> Document:
    """The orders in which there may be such entries; served by an index for each way to ask."""
    query: Document = {}
    if wanted.order_reference is not None:
        query["order_reference"] = wanted.order_reference
    if wanted.payment_id is not None:
        query["payments.payment_id"] = wanted.payment_id
    if wanted.account is not None:
        query["account"] = wanted.account
    if not query.keys() & {"order_reference", "payments.payment_id"}:
        moment: Document = {"minute": {"$gte": wanted.since, "$lt": wanted.until}}
        if wanted.user_id is not None:
            moment["user"] = wanted.user_id
        query["logged"] = {"$elemMatch": moment}
    return query


def calls_queries(some: Sequence[Entry]) -> list[Document]:
    """The calls of these attempts, and those that told of what was made elsewhere."""
    attempts = [entry for entry in some if entry.attempt is not None]
    told = [entry.evidence for entry in some if entry.evidence is not None]
    queries: list[Document] = []
    if attempts:
        queries.append(
            {
                "order_id": {"$in": sorted({entry.order_id for entry in attempts})},
                "operation_id": {"$in": sorted({str(entry.operation_id) for entry in attempts})},
            }
        )
    if told:
        queries.append({"_id": {"$in": told}})
    return queries


def _call(document: Document) -> Call:
    return Call(
        call_id=document["_id"],
        order_id=document["order_id"],
        operation_id=document["operation_id"],
        at=document["started_at"],
        purpose=document["purpose"],
        request=f"{document['method']} {document['path']}",
        status=document["status"],
        answer=document["answer"],
        error=document["error"],
    )
