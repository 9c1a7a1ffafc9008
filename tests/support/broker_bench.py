"""A broker on the bench, looked into and disturbed the same way whichever broker it is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from payments_common.messaging import topology
from payments_common.messaging.port import Broker, Outgoing
from support.eventually import eventually
from support.messages import envelope
from support.rabbit import Seen


class RecordingObserver:
    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def published(self, *, exchange: str, outcome: str, seconds: float) -> None:
        assert seconds >= 0
        self.seen.append((exchange, outcome))

    def handled(self, *, queue: str, outcome: str, seconds: float) -> None:
        assert seconds >= 0
        self.seen.append((queue, outcome))


@dataclass(frozen=True)
class Bench:
    """A broker, and the means to look into it and to break its connection."""

    broker: Broker
    metrics: RecordingObserver
    take_all: Callable[[str], Awaitable[list[Seen]]]
    is_delivered: Callable[[str], Awaitable[bool]]
    lose_connection: Callable[[], Awaitable[None]]
    user: str

    async def dead_letter(self) -> Seen:
        found: list[Seen] = []

        async def arrived() -> bool:
            found.extend(await self.take_all(topology.QUEUE_DEAD_LETTERS))
            return bool(found)

        await eventually(arrived)
        (letter,) = found
        return letter


def command(*ids: str, **options: object) -> Outgoing:
    envelopes = [envelope(id_) for id_ in ids or ("1",)]
    return Outgoing(topology.COMMANDS, "capture_payment", envelopes, **options)  # type: ignore[arg-type]
