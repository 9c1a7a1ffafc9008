"""The orchestrator at work with its orders and its calls to the gateway in the real database."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from payment_orchestrator.adapters.mongo_orders import MongoOrders
from payment_orchestrator.adapters.outbox_relay import OutboxRelay
from payments_common.clock import Clock, SystemClock
from payments_common.gateways.registry import open_gateway
from payments_common.messaging.memory_queues import MemoryQueues
from payments_common.references import time_ordered_ids
from payments_common.storage.mongo_api_calls import MongoApiCalls
from payments_common.storage.mongo_store import MongoStore
from support.api_calls import KeptApiCalls
from support.running_sandbox import running_sandbox
from support.world import REPLIES, World, in_memory, tabby_account


@asynccontextmanager
async def stored_world(store: MongoStore, *, clock: Clock | None = None) -> AsyncIterator[World]:
    """Its broker stays in memory; its clock is the system's unless another is given."""
    clock = clock or SystemClock()
    queues = MemoryQueues(clock)
    queues.declare_own(REPLIES)
    new_id = time_ordered_ids(clock)
    api_calls = MongoApiCalls(store.database["api_calls"], new_id)
    orders = MongoOrders(store.database["orders"], store.database["order_history"])
    async with running_sandbox() as sandbox, AsyncExitStack() as running:
        account = tabby_account(str(sandbox.http.base_url))
        gateways = {account.name: open_gateway(account, clock=clock, api_calls=api_calls)}
        here = in_memory(
            gateways,
            queues=queues,
            clock=clock,
            sandbox=sandbox,
            api_calls=KeptApiCalls(),
            running=running,
        )
        relay = OutboxRelay(orders, here.broker, clock)
        here.tools = replace(here.tools, orders=orders, relay=relay, new_id=new_id)
        await here.consume()
        yield here
        for gateway in gateways.values():
            await gateway.close()
        queues.close()
