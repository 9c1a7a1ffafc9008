"""Announces due work that nobody does, because the message that told of it is gone.

A broker that was set up anew holds no message, and a message that was delivered to processes that
all died is set aside. What is due is in the order (docs/adr/0001), so it is announced again.
"""

from datetime import timedelta

from payment_orchestrator.domain.change import SOURCE
from payment_orchestrator.ports import NeglectedWork
from payments_common.clock import Clock
from payments_common.messaging.port import Outgoing, Publisher
from payments_common.messaging.topology import OPERATIONS
from payments_common.references import NewId
from payments_common.schemas.envelope import wrap
from payments_common.schemas.work import OrderWorkDue
from payments_common.telemetry.logs import get_logger

SWEEP_SECONDS = 10.0
NEGLECTED = timedelta(seconds=60)
"""How long work may be due before it is taken for forgotten."""
SWEEP_LIMIT = 200


class WorkSweep:
    def __init__(
        self, orders: NeglectedWork, publisher: Publisher, clock: Clock, new_id: NewId
    ) -> None:
        self._orders = orders
        self._publisher = publisher
        self._clock = clock
        self._new_id = new_id

    async def sweep_once(self) -> int:
        """Returns how many orders it announced."""
        for found in range(SWEEP_LIMIT):
            now = self._clock.now()
            order_id = await self._orders.take_neglected(due_before=now - NEGLECTED, now=now)
            if order_id is None:
                return found
            get_logger().warning("work_was_neglected", order_id=order_id)
            await self._publisher.publish(self._announcement(order_id))
        return SWEEP_LIMIT

    def _announcement(self, order_id: str) -> Outgoing:
        envelope = wrap(
            OrderWorkDue(order_id=order_id),
            type_=OrderWorkDue.TYPE,
            id_=self._new_id(),
            source=SOURCE,
            time=self._clock.now(),
            subject=order_id,
        )
        return Outgoing(exchange=OPERATIONS, routing_key="order_work_due", envelopes=[envelope])
