"""An operation that waits for a decision, beside what the gateway says of its payment now."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from payment_orchestrator.domain.balance import (
    captured_minor,
    refunded_minor,
    unnamed_minor,
    voided_minor,
)
from payment_orchestrator.domain.order import Attempt, Operation, OperationState, Order
from payments_common.desk.telling import plain
from payments_common.money import Money
from payments_common.schemas.observations import Observation, PaymentFacts

Row = tuple[str, str]


def side_by_side(operation: Operation, said: Observation, *, account: str) -> RenderableType:
    table = Table(show_edge=False, pad_edge=False)
    table.add_column("what was asked for", ratio=1)
    table.add_column(f"what {account} says now", ratio=1)
    table.add_row(_grid(_ours(operation)), _grid(_theirs(operation, said)))
    return table


def what_is_seen(operation: Operation, seen: Order) -> str:
    """`seen` is the order with what the gateway says now."""
    after = seen.operation(operation.operation_id) or operation
    if after.state is OperationState.SUCCEEDED:
        shown = f", as {after.effect_id}" if after.effect_id else ""
        return f"Its effect is seen{shown}: it closes as done by itself, whatever you decide."
    if after.decline is not None and not after.is_open:
        return f"It closes as not done by itself ({after.decline.message}), whatever you decide."
    payment = seen.payment(operation.payment_id)
    total_minor = unnamed_minor(payment.facts, operation.kind) if payment else 0
    if grown_minor := max(0, total_minor - operation.known_unnamed_minor):
        more = Money(grown_minor, operation.amount.currency)
        return (
            f"No {operation.kind} is named for it, but the gateway's total has grown by {more} "
            "that it names nothing for: it may have been done."
        )
    return "No effect of it is seen."


def choices(operation: Operation, seen: Order) -> tuple[str, ...]:
    """None where what is seen decides."""
    after = seen.operation(operation.operation_id)
    if after is not None and not after.is_open:
        return ()
    amount, asked_by = operation.amount, operation.requested_by
    return (
        f"--done: it counts as done, under your name; {amount} stays reserved until the gateway "
        "shows it.",
        f"--not-done: it counts as not done, under your name; {amount} is free again and "
        f"{asked_by} hears declined (decided_not_done). If it shows all the same, the order is "
        "flagged declined_but_done.",
    )


def _ours(operation: Operation) -> list[Row]:
    vouched = f" (RabbitMQ user {operation.sender})" if operation.sender else ""
    rows = [
        (str(operation.kind), f"{operation.amount}, {operation.operation_id}"),
        ("asked by", f"{operation.requested_by}{vouched}"),
        ("asked at", _time(operation.requested_at)),
        ("reason", operation.reason or "none given"),
        ("reference", f"{operation.reference}, as it was sent to the gateway"),
        ("attempts", str(operation.attempt_count)),
    ]
    rows += [(f"  {each.number}", _attempt(each)) for each in operation.attempts]
    return [*rows, ("since then", f"the gateway was asked {operation.asked_count} times")]


def _attempt(attempt: Attempt) -> str:
    ended = f" to {attempt.ended_at:%H:%M:%S}" if attempt.ended_at else ""
    return f"{_time(attempt.started_at)}{ended}: {attempt.outcome or 'no answer'}"


def _theirs(operation: Operation, said: Observation) -> list[Row]:
    facts, currency = said.facts, operation.amount.currency
    named = " and ".join(map(str, facts.amounts)) or "no amount named"
    return [
        ("payment", said.payment_id),
        ("status", said.gateway_status),
        ("amount", named),
        *_effects("capture", facts, currency),
        *_effects("refund", facts, currency),
        *_effects("void", facts, currency),
        ("authorized", str(Money(facts.authorized_minor, currency))),
        ("captured", str(Money(captured_minor(facts), currency))),
        ("refunded", str(Money(refunded_minor(facts), currency))),
        ("voided", str(Money(voided_minor(facts), currency))),
    ]


def _effects(name: str, facts: PaymentFacts, currency: str) -> list[Row]:
    named: dict[str, Sequence[tuple[str, int, str, str]]] = {
        "capture": [(c.capture_id, c.amount_minor, c.reference, "") for c in facts.captures],
        "refund": [
            (r.refund_id, r.amount_minor, r.reference, f", {r.status}") for r in facts.refunds
        ],
        "void": [(v.void_id, v.amount_minor, v.reference, "") for v in facts.voids],
    }
    rows = [
        (name, f"{Money(minor, currency)}, {id_}, {_referred(reference)}{more}")
        for id_, minor, reference, more in named[name]
    ]
    return rows or [(name, "none named")]


def _referred(reference: str) -> str:
    return f"reference {reference}" if reference else "no reference"


def _grid(rows: Iterable[Row]) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    for name, value in rows:
        grid.add_row(Text(name, style="bold"), Text(plain(value)))
    return grid


def _time(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"
