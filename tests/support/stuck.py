"""An operation of which ten questions to the gateway have told nothing, and the time in hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from payment_orchestrator.adapters.memory import MemoryCommands
from payment_orchestrator.domain.operations import outcome_unknown, submit
from payment_orchestrator.domain.order import Operation, OperationState
from payment_orchestrator.domain.review import ASKS_BEFORE_REVIEW
from payments_common.schemas.commands import AcceptReview, AnyCommand, DecideOperation
from payments_common.schemas.replies import Answer
from support.builders import capture, change_of
from support.clocks import ManualClock
from support.eventually import eventually
from support.world import World, world

STUCK = "capture-1"
LONGEST_PAUSE = 301.0


@dataclass
class Stuck:
    """Nothing is due until the test lets time pass."""

    here: World
    clock: ManualClock

    async def ask_for_capture(self, *, has_effect: bool) -> None:
        """The gateway answers neither the capture nor what becomes of it."""
        await self.here.authorized()
        phase = "after" if has_effect else "before"
        await self.here.fault("capture", "error", phase=phase, status=500)
        await self.here.fault("get_payment", "error", status=503, count=ASKS_BEFORE_REVIEW)
        command = self.here.wrapped(capture(amount_minor=5000), command_id=STUCK)
        await self.here.publish(command)
        await self.asked(1)

    async def send(self, command: AnyCommand, *, command_id: str | None = None) -> Answer:
        """Its own answer, whatever else is answered by it."""
        envelope = self.here.wrapped(command, command_id=command_id)

        def heard() -> list[Answer]:
            return [each for each in self.here.answers() if each.command_id == envelope.id]

        before = len(heard())
        await self.here.publish(envelope)
        await eventually(lambda: len(heard()) > before)
        return heard()[-1]

    async def asked(self, count: int, *, pause_seconds: float = LONGEST_PAUSE) -> Operation:
        """Lets time pass until the gateway was asked so often."""

        async def was_asked() -> bool:
            operation = (await self.here.order()).operation(STUCK)
            return operation is not None and operation.asked_count >= expected

        for expected in range(1, count + 1):
            if expected > 1 and not await was_asked():
                await eventually(lambda: self.clock.is_awaited)
                await self.clock.advance(pause_seconds)
            await eventually(was_asked)
        return await self.operation()

    async def save_attempt(self) -> None:
        """Another process has sent it once more, and lost the answer too."""
        order = await self.here.order()
        change = change_of(order, now=self.clock.now())
        operation = await self.operation()
        change = submit(change, operation, lease=timedelta(seconds=30))
        sent = change.order.operation(STUCK)
        assert sent is not None
        await self.here.tools.orders.save(outcome_unknown(change, sent, why="no answer"))

    async def operation(self) -> Operation:
        order = await self.here.order()
        found = order.operation(STUCK)
        assert found is not None
        return found


@asynccontextmanager
async def stuck(*, has_effect: bool) -> AsyncIterator[Stuck]:
    """A capture of 50.00, unresolved; the gateway would answer by now."""
    clock = ManualClock()
    async with world(clock=clock) as here:
        made = Stuck(here, clock)
        await made.ask_for_capture(has_effect=has_effect)
        operation = await made.asked(ASKS_BEFORE_REVIEW)
        assert operation.state is OperationState.UNKNOWN
        yield made


async def restart_without_answers(here: World) -> None:
    """As if the process had died before it kept the answers that are in the orders."""
    here.tools = replace(here.tools, commands=MemoryCommands())
    await here.crash_and_restart()


def decide(*, was_done: bool, operation_id: str = STUCK) -> DecideOperation:
    return DecideOperation.model_validate(
        {
            "order_reference": "SHOP-1001",
            "requested_by": {"user_id": "noor"},
            "operation_id": operation_id,
            "was_done": was_done,
            "reason": "their ticket 4711",
        }
    )


def accept(review: str) -> AcceptReview:
    return AcceptReview.model_validate(
        {
            "order_reference": "SHOP-1001",
            "requested_by": {"user_id": "noor"},
            "review": review,
            "reason": "still in stock",
        }
    )
