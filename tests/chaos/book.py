"""What the callers sent, what they heard, and the events they saw: one side of the comparison."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from payments_common.client import PaymentsClient
from payments_common.money import Money
from payments_common.schemas.commands import AnyCommand, RecheckPayment
from payments_common.schemas.events import EventType
from payments_common.schemas.replies import Answer, Outcome


@dataclass(slots=True)
class Sent:
    """One command under one id, however often it was sent."""

    command_id: str
    command: AnyCommand
    times: int = 0
    answers: list[Answer] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def answer(self) -> Answer | None:
        """The first that is kept; `unavailable` decides nothing."""
        kept = (each for each in self.answers if each.outcome is not Outcome.UNAVAILABLE)
        return next(kept, None)

    @property
    def outcomes(self) -> set[tuple[str, str | None, Money | None, str | None]]:
        return {
            (each.outcome.value, each.code, each.amount, each.redirect_url)
            for each in self.answers
            if each.outcome is not Outcome.UNAVAILABLE
        }


@dataclass(slots=True)
class Book:
    """`ended` are orders whose life was lived to its end."""

    sent: dict[str, Sent] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    unexpected: list[str] = field(default_factory=list)

    def begin(self, command_id: str, command: AnyCommand) -> Sent:
        return self.sent.setdefault(command_id, Sent(command_id, command))

    @property
    def unanswered(self) -> list[Sent]:
        """A recheck may be told that the gateway is away; it is asked again all the same."""
        return [
            each
            for each in self.sent.values()
            if each.answer is None
            and not (each.answers and isinstance(each.command, RecheckPayment))
        ]


class Heard:
    """Events by order and sequence; an event that comes again must be the same one."""

    def __init__(self) -> None:
        self.events: dict[str, dict[int, str]] = defaultdict(dict)
        self.repeated = 0
        self.contradictions: list[str] = []
        self._kinds: dict[str, set[EventType]] = defaultdict(set)
        self._more = asyncio.Condition()

    async def follow(self, payments: PaymentsClient) -> None:
        async for event in payments.events():
            reference = event.data.order_reference
            self.repeated += event.sequence in self.events[reference]
            known = self.events[reference].setdefault(event.sequence, event.event_id)
            if known != event.event_id:
                self.contradictions.append(f"{reference}: two events are number {event.sequence}")
            async with self._more:
                self._kinds[reference].add(event.data.event)
                self._more.notify_all()

    async def all_of(self, promised: Mapping[str, int], *, within_seconds: float) -> bool:
        """Waits for the events of orders up to these numbers."""

        def holds() -> bool:
            return all(len(self.events[each]) >= last for each, last in promised.items())

        return await self._wait(holds, within_seconds)

    async def until(self, reference: str, kind: EventType, *, within_seconds: float) -> bool:
        return await self._wait(lambda: kind in self._kinds[reference], within_seconds)

    async def _wait(self, holds: Callable[[], bool], seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds), self._more:
                await self._more.wait_for(holds)
        except TimeoutError:
            return False
        return True
