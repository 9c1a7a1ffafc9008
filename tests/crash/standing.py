"""What the crash test puts around the ports of a service: a trap at every boundary."""

from typing import Any, TypeVar, cast

from crash.trap import Trap
from payments_common.messaging.observer import Observer
from payments_common.messaging.port import (
    Broker,
    Delivery,
    Handler,
    Outgoing,
    Publisher,
    Subscription,
)
from reconciler.domain.entry import Entry
from support.boundaries import at_boundaries

Port = TypeVar("Port")
INGRESS = "ingress"
RECONCILER = "reconciler"


class Trapped:
    """Around the orchestrator's ports; `ack:before` is the end of a message's handler."""

    def __init__(self, trap: Trap) -> None:
        self._trap = trap

    def __call__(self, name: str, port: Port, /) -> Port:
        around: object
        match name:
            case "broker":
                around = _Consumed(cast(Broker, port), self._trap)
            case "observer":
                around = _Acknowledged(cast(Observer, port), self._trap)
            case _:
                around = at_boundaries(name, port, self._trap.reached)
        return cast(Port, around)


class TrappedIngress:
    """Around the ingress' only port."""

    def __init__(self, trap: Trap) -> None:
        self._trap = trap

    def __call__(self, name: str, port: Port, /) -> Port:
        inner = at_boundaries(name, cast(Publisher, port), self._trap.reached)
        return cast(Port, _Published(inner, self._trap))


class TrappedReconciler:
    """Around the reconciler's ports; its work on an order begins when it has claimed it."""

    def __init__(self, trap: Trap) -> None:
        self._trap = trap

    def __call__(self, name: str, port: Port, /) -> Port:
        inner = at_boundaries(name, port, self._trap.reached)
        return cast(Port, _Claimed(inner, self._trap)) if name == "schedule" else inner


class _Claimed:
    def __init__(self, schedule: Any, trap: Trap) -> None:
        self._schedule = schedule
        self._trap = trap

    def __getattr__(self, name: str) -> Any:
        return getattr(self._schedule, name)

    async def claim(self, *args: Any, **kwargs: Any) -> Entry | None:
        self._trap.begin(RECONCILER)
        found: Entry | None = await self._schedule.claim(*args, **kwargs)
        if found is not None:
            self._trap.begin(RECONCILER, found.order_id.encode())
        return found


class _Consumed:
    def __init__(self, broker: Broker, trap: Trap) -> None:
        self._broker = broker
        self._trap = trap

    def __getattr__(self, name: str) -> Any:
        return getattr(self._broker, name)

    async def subscribe(self, queue: str, handler: Handler, *, prefetch: int = 32) -> Subscription:
        async def told(delivery: Delivery) -> None:
            self._trap.took()
            self._trap.begin(queue.removeprefix("orchestrator."), delivery.body)
            await handler(delivery)
            self._trap.passed("ack:before")

        return await self._broker.subscribe(queue, told, prefetch=prefetch)


class _Acknowledged:
    """The broker's client tells what it has handled as soon as that is acknowledged."""

    def __init__(self, observer: Observer, trap: Trap) -> None:
        self._observer = observer
        self._trap = trap

    def published(self, *, exchange: str, outcome: str, seconds: float) -> None:
        self._observer.published(exchange=exchange, outcome=outcome, seconds=seconds)

    def handled(self, *, queue: str, outcome: str, seconds: float) -> None:
        self._trap.passed("ack:after")
        self._trap.let_go()
        self._observer.handled(queue=queue, outcome=outcome, seconds=seconds)


class _Published:
    def __init__(self, publisher: Publisher, trap: Trap) -> None:
        self._publisher = publisher
        self._trap = trap

    async def publish(self, outgoing: Outgoing) -> None:
        bodies = (envelope.model_dump_json().encode() for envelope in outgoing.envelopes)
        self._trap.begin(INGRESS, *bodies)
        await self._publisher.publish(outgoing)
