"""The oracle: what the gateway's ledger, the order, its events and its answers must agree on."""

from collections.abc import Mapping
from typing import Any

from crash.flows import Effects
from crash.order_under_test import OrderUnderTest
from payment_orchestrator.domain.order import OperationState, Order
from payments_common.client import ReceivedEvent
from payments_common.schemas.events import EventType
from payments_common.schemas.replies import Outcome

MEASURES = ("authorized", "captured", "refunded", "voided")
_TOLD_BY = {
    EventType.AUTHORIZED: "authorized",
    EventType.CAPTURED: "captured",
    EventType.REFUND_PROCESSED: "refunded",
    EventType.VOIDED: "voided",
}


async def problems_of(tested: OrderUnderTest, *, status: str, effects: Effects) -> list[str]:
    """All that is wrong with an order that has come to rest; empty means that nothing is."""
    order = await tested.order()
    if order is None:
        return ["there is no such order"]
    ledger = await tested.cell.sandbox.ledger(tested.reference)
    events = tested.cell.heard[tested.reference]
    return [
        *_state(order, status),
        *_money(order, ledger),
        *_effects(ledger, effects),
        *_answers(tested, order),
        *_events(order, events),
    ]


def _state(order: Order, status: str) -> list[str]:
    wrong = []
    if order.status != status:
        wrong.append(f"status is {order.status}, not {status}")
    if order.review:
        wrong.append(f"a person is asked to look: {', '.join(order.review)}")
    return wrong


def _money(order: Order, ledger: list[dict[str, Any]]) -> list[str]:
    ours = {name: money.amount_minor for name, money in order.balance}
    theirs = {name: sum(each[f"{name}_minor"] for each in ledger) for name in MEASURES}
    return [] if ours == theirs else [f"our balance is {ours}, the gateway's {theirs}"]


def _effects(ledger: list[dict[str, Any]], effects: Effects) -> list[str]:
    lines = [(e["kind"], e["amount_minor"]) for each in ledger for e in each["entries"]]
    return [
        f"the gateway's ledger says {kind} {list(found)}, not {list(amounts)}"
        for kind, amounts in effects.items()
        if (found := tuple(amount for each, amount in lines if each == kind)) != amounts
    ]


def _answers(tested: OrderUnderTest, order: Order) -> list[str]:
    """One outcome for each command, the same for everyone who asks, and its operation closed."""
    wrong = []
    for command_id, answers in tested.heard.items():
        if {answer.outcome for answer in answers} != {Outcome.SUCCEEDED}:
            wrong.append(f"{command_id} was answered {[str(a) for a in answers]}")
        kept = {_what_must_not_change(answer.model_dump()) for answer in answers}
        if len(kept) != 1:
            wrong.append(f"{command_id} has more than one answer: {sorted(kept)}")
    return wrong + [
        f"the {operation.kind} {operation.operation_id} is {operation.state}"
        for operation in order.operations
        if operation.state is not OperationState.SUCCEEDED
    ]


def _what_must_not_change(answer: Mapping[str, Any]) -> str:
    """A recheck looks again whenever it is sent, and says what it finds then."""
    fixed = ("outcome", "order_id", "payment_id", "redirect_url", "amount", "gateway_reference")
    return str({name: answer[name] for name in fixed})


def _events(order: Order, events: list[ReceivedEvent]) -> list[str]:
    """From the first to the last without a gap, and adding up to the balance."""
    wrong = []
    numbers = sorted(event.sequence for event in events)
    if numbers != list(range(1, order.sequence + 1)):
        wrong.append(f"events are numbered {numbers}, the order counts {order.sequence}")
    told = dict.fromkeys(MEASURES, 0)
    for event in events:
        if (name := _TOLD_BY.get(event.data.event)) and event.data.amount is not None:
            told[name] += event.data.amount.amount_minor
    ours = {name: money.amount_minor for name, money in order.balance}
    if told != ours:
        wrong.append(f"the events add up to {told}, our balance is {ours}")
    return wrong
