"""An operation taken through its life step by step, and what each step changed of it."""

from collections.abc import Callable
from datetime import timedelta

from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.operations import (
    outcome_unknown,
    submit,
)
from payment_orchestrator.domain.order import (
    Attempt,
    Operation,
    OperationKind,
    Order,
)
from payment_orchestrator.domain.resolution import resolve
from payments_common.schemas.observations import PaymentFacts
from support.builders import (
    CAPABILITIES,
    NOW,
    PAYMENT,
    UNECHOING,
    authorized,
    change_of,
    facts,
    later,
    observed,
    requested,
)

LEASE = timedelta(seconds=30)
HELD = facts(authorized=15000)
SENT = Attempt(number=1, started_at=NOW)
Step = Callable[[Change, Operation], Change]


def asked_for(
    kind: OperationKind = OperationKind.CAPTURE, *known: PaymentFacts, echoes: bool = True
) -> Order:
    able = CAPABILITIES if echoes else UNECHOING
    amount = 5000 if kind is not OperationKind.VOID else None
    return requested(observed(authorized(), *known), kind, amount, capabilities=able)


def stepped(order: Order, step: Step, *, at: float = 0) -> Change:
    return step(change_of(order, now=later(at)), order.operations[-1])


def sent(order: Order | None = None, *, at: float = 0) -> Order:
    return stepped(order or asked_for(), lambda c, o: submit(c, o, lease=LEASE), at=at).order


def lost(*, at: float = 1) -> Order:
    return stepped(sent(), lambda c, o: outcome_unknown(c, o, why="no answer"), at=at).order


def asked(order: Order, *, at: float, asked_at: float | None = None) -> Change:
    when = later(at if asked_at is None else asked_at)
    return stepped(order, lambda c, o: resolve(c, o, CAPABILITIES, asked_at=when), at=at)


def changed(before: Order, after: Order) -> dict[str, object]:
    """What is another now of the operation."""
    old, new = before.operations[-1], after.operations[-1]
    return {
        name: getattr(new, name)
        for name in Operation.model_fields
        if getattr(new, name) != getattr(old, name)
    }


def told(change: Change) -> tuple[str, str]:
    entry = change.history[-1]
    assert (entry.payment_id, entry.operation_id) == (PAYMENT, "command-1")
    return entry.kind, entry.text
