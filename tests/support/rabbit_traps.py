"""A command to publish, and a wait for what the server then holds."""

from payments_common.messaging import topology
from payments_common.messaging.port import Outgoing
from support.eventually import eventually
from support.messages import envelope
from support.rabbit import RabbitProbe

COMMAND = Outgoing(topology.COMMANDS, "capture_payment", [envelope()])


async def has(probe: RabbitProbe, queue: str, count: int = 1) -> None:
    async def counted() -> bool:
        return await probe.count(queue) == count

    await eventually(counted)
