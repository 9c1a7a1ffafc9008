"""What is still in a cell's queues when all of its orders have come to rest: nothing may be."""

import asyncio

from crash.cell import Cell
from payments_common.messaging.messages import REASON
from payments_common.messaging.topology import (
    QUEUE_DEAD_LETTERS,
    QUEUE_OPERATIONS,
    QUEUE_RECENT_EVENTS,
    QUEUES,
)
from support.rabbit import rabbit_probe

_NOT_WORK = {QUEUE_RECENT_EVENTS, QUEUE_DEAD_LETTERS}


async def leftovers(cell: Cell) -> list[str]:
    """Ends the cell's services, so that what they have in hand goes back into the queues.

    Only wake-ups may still be on their way: they come to orders that have nothing due.
    """
    await asyncio.gather(*(service.close() for service in cell.services.values()))
    unread = await cell.store.database["webhook_events"].count_documents(
        {"processed_at": {"$exists": False}}
    )
    wrong = [f"{unread} webhooks were recorded and not processed"] if unread else []
    async with rabbit_probe(cell.rabbitmq_url) as probe:
        for name in QUEUES:
            if name in _NOT_WORK or name.startswith(QUEUE_OPERATIONS):
                continue
            if count := await probe.count(name):
                wrong.append(f"{count} messages are left in {name}")
        dead = await probe.take_all(QUEUE_DEAD_LETTERS)
    wrong += [f"a dead letter: {each.headers.get(REASON)}: {each.body!r}" for each in dead]
    return wrong
