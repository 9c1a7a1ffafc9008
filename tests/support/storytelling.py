"""What a gateway says while a plan is lived, and the order that hears it in some sequence."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from payment_orchestrator.domain.change import Change, Wake
from payment_orchestrator.domain.finish import finish
from payment_orchestrator.domain.observe import observe
from payment_orchestrator.domain.operations import (
    answered,
    outcome_unknown,
    said_no,
    settle,
    submit,
)
from payment_orchestrator.domain.order import Operation, OperationState, Order
from payment_orchestrator.domain.requests import OperationRequest, request
from payments_common.errors import OperationRefused
from payments_common.gateways.port import Capabilities
from payments_common.money import Money
from payments_common.schemas.events import PaymentEvent
from payments_common.schemas.observations import Observation
from support.builders import change_of
from support.histories import Call, Life, Move, Plan, Step, Subject

LEASE = timedelta(seconds=30)
Observe = Callable[[Change, Observation], Change]


@dataclass(frozen=True, slots=True)
class Told:
    """`answers` is the operation whose call this ends."""

    observation: Observation
    answers: str | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """From `start` on, `told` may come in any sequence and any number of times."""

    start: Order
    told: tuple[Told, ...]
    lives: tuple[Life, ...]


@dataclass(frozen=True, slots=True)
class Ending:
    order: Order
    events: tuple[PaymentEvent, ...]


def story(subject: Subject, plan: Plan) -> Story:
    """Without a move of ours, it begins before anything was known; else while our call is open."""
    fresh = subject.order(plan.capture_mode)
    teller = _Teller(subject, fresh)
    for each in (*plan.opening, *plan.before):
        teller.happens(each)
    start = fresh if plan.move is None else teller.opens(plan.move, plan)
    odd = (Told(each) for each in plan.odd)
    return Story(start, (*teller.told, *odd), tuple(teller.lives.values()))


def retold(told: Sequence[Told], picks: Sequence[int]) -> list[Told]:
    """All of it at least once: first as picked, then what is missing from its end."""
    numbers = [pick % len(told) for pick in picks if told]
    missing = set(range(len(told))) - set(numbers)
    return [told[number] for number in (*numbers, *sorted(missing, reverse=True))]


def ending(
    start: Order, told: Sequence[Told], capabilities: Capabilities, *, observe: Observe = observe
) -> Ending:
    """The order after all of this was told, one change for each, and what it announced."""
    order, events = start, []
    for each in told:
        change = hear(order, each, capabilities, observe=observe)
        order = change.order
        announced = [m.envelope.data for m in change.messages if m.envelope.sequence]
        events += [PaymentEvent.model_validate(data) for data in announced]
    return Ending(order, tuple(events))


def hear(
    order: Order, told: Told, capabilities: Capabilities, *, observe: Observe = observe
) -> Change:
    """As the use cases do: join, end the call that this answers, and all that follows from it."""
    change = observe(change_of(order), told.observation)
    operation = change.order.operation(told.answers or "")
    if operation is not None and operation.state is OperationState.SUBMITTED:
        change = settle(answered(change, operation))
        operation = change.order.operation(operation.operation_id) or operation
        if operation.state is OperationState.SUBMITTED:
            change = outcome_unknown(change, operation, why="the answer does not show its effect")
    return finish(change, capabilities)


@dataclass(slots=True)
class _Teller:
    """Lives through a plan and keeps what was told."""

    subject: Subject
    order: Order
    told: list[Told] = field(default_factory=list)
    lives: dict[int, Life] = field(default_factory=dict)

    def happens(self, each: Step | Move) -> None:
        life = self._life(each.payment)
        if isinstance(each, Step):
            if life.live(each):
                self._hear(Told(life.shown()))
            return
        operation = self._requested(each)
        if operation is not None:
            self._submitted(operation)
            said = life.carry_out(operation) or life.shown()
            self._hear(Told(said, answers=operation.operation_id))
            self._hear(Told(life.shown()))

    def opens(self, move: Move, plan: Plan) -> Order:
        """The order with our call as far as the plan says; at the gateway life goes on."""
        life, operation = self._life(move.payment), self._requested(move)
        start = self._called(operation, plan.call) if operation else self.order
        is_done = plan.is_done and plan.call is not Call.NOT_SENT
        if operation and is_done and not plan.is_late:
            self._carried_out(life, operation, plan.call)
        for step in plan.after:
            if self._life(step.payment).live(step):
                self.told.append(Told(self._life(step.payment).shown()))
        if operation and is_done and plan.is_late:
            self._carried_out(life, operation, plan.call)
        return start

    def _life(self, number: int) -> Life:
        if number not in self.lives:
            self.lives[number] = self.subject.life(number)
            self._hear(Told(self.lives[number].shown()))
        return self.lives[number]

    def _hear(self, told: Told) -> None:
        self.told.append(told)
        self.order = hear(self.order, told, self.subject.capabilities).order

    def _requested(self, move: Move) -> Operation | None:
        currency = self.order.total_amount.currency
        asked = OperationRequest(
            operation_id=f"command-{len(self.order.operations)}",
            kind=move.kind,
            digest="digest",
            requested_by="shop",
            amount=None if move.amount_minor is None else Money(move.amount_minor, currency),
            payment_id=self._life(move.payment).payment_id,
        )
        try:
            change = request(change_of(self.order), asked, self.subject.capabilities)
        except OperationRefused:
            return None
        self.order = finish(change, self.subject.capabilities, wake=Wake.NOTHING).order
        return self.order.operation(asked.operation_id)

    def _submitted(self, operation: Operation) -> Operation:
        change = submit(change_of(self.order), operation, lease=LEASE)
        self.order = finish(change, self.subject.capabilities).order
        return self.order.operation(operation.operation_id) or operation

    def _called(self, operation: Operation, call: Call) -> Order:
        sent = operation if call is Call.NOT_SENT else self._submitted(operation)
        change = change_of(self.order)
        if call is Call.UNKNOWN:
            change = outcome_unknown(change, sent, why="no answer")
        if call is Call.DECLINED:
            change = said_no(change, sent, code="no", message="no")
        self.order = finish(change, self.subject.capabilities).order
        return self.order

    def _carried_out(self, life: Life, operation: Operation, call: Call) -> None:
        """An answer that is lost is only told by what is read later."""
        said = life.carry_out(operation)
        if said is not None and call is Call.UNDER_WAY:
            self.told.append(Told(said, answers=operation.operation_id))
        self.told.append(Told(life.shown()))
