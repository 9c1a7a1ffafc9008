"""What must be true when all is quiet: the gateway's ledger decides (law by law)."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from payment_orchestrator.domain.order import Operation, OperationKind, OperationState, Order
from payments_common.messaging.messages import REASON
from payments_common.messaging.topology import QUEUE_DEAD_LETTERS, QUEUE_RECENT_EVENTS
from payments_common.schemas.envelope import decode
from payments_common.schemas.replies import Answer
from simulation.people import CallingService, People, reference
from simulation.services import Estate

NAMES = ("authorized", "captured", "refunded", "voided")
EFFECTS = {
    OperationKind.CAPTURE: "captured",
    OperationKind.REFUND: "refunded",
}
"""Voids are not counted: some gateways release the rest by themselves with a capture."""


async def complaints(estate: Estate, people: People) -> list[str]:
    """Every sentence is a broken promise."""
    found = [*_dead_letters(estate), *_unanswered(people.shop), *estate.orders.overdrawn]
    lost = estate.webhooks.accepted - estate.webhook_events.bodies
    found += [f"{len(lost)} webhooks were answered 200 and never processed"] * bool(lost)
    for number in people.plans:
        order = await estate.orders.find_by_reference(reference(number))
        accounts = await _ledger(people, number)
        if order is None:
            moved = any(each[f"{name}_minor"] for each in accounts for name in NAMES)
            found += [f"{reference(number)}: money moved and there is no order"] * moved
            continue
        found += [f"{order.order_reference}: {each}" for each in _of_order(order, accounts)]
        found += [f"{order.order_reference}: {each}" for each in _of_events(order, estate)]
    return found


async def _ledger(people: People, number: int) -> list[dict[str, Any]]:
    answered = await people.sandbox.request(
        "GET",
        f"http://sandbox/sandbox/ledger?reference_id={reference(number)}",
        headers={},
        body=b"",
    )
    accounts: list[dict[str, Any]] = json.loads(answered.body)["payments"]
    return accounts


def _of_order(order: Order, accounts: list[dict[str, Any]]) -> Iterator[str]:
    known = {payment.payment_id for payment in order.payments}
    ours = {name: money.amount_minor for name, money in order.balance}
    theirs = {
        name: sum(each[f"{name}_minor"] for each in accounts if each["payment_id"] in known)
        for name in NAMES
    }
    if ours != theirs:
        yield f"the balance is {ours}, the ledger says {theirs}"
    for each in accounts:
        if each["payment_id"] not in known and any(each[f"{name}_minor"] for name in NAMES):
            yield f"payment {each['payment_id']} moved money and is not known"
        yield from _of_ledger(each)
        yield from _last_word(order, each)
    for operation in order.operations:
        if operation.is_open:
            yield f"{operation.kind} {operation.operation_id} is still {operation.state}"
    if order.reads:
        yield f"{len(order.reads)} reads are still due"
    for kind, name in EFFECTS.items():
        yield from _effects(order, accounts, kind=kind, name=name)


def _last_word(order: Order, account: dict[str, Any]) -> Iterator[str]:
    """What ended without money at the gateway has ended here too."""
    payment = order.payment(account["payment_id"])
    if payment is None or payment.facts.authorized_minor:
        return
    kinds = {entry["kind"] for entry in account["entries"]}
    if "expired" in kinds and not (payment.facts.expired or payment.facts.failed):
        yield f"payment {payment.payment_id} has expired, and here it is {order.status}"


def _of_ledger(account: dict[str, Any]) -> Iterator[str]:
    """Never more captured than authorized, nor more refunded than captured, line after line."""
    sums: Counter[str] = Counter()
    for entry in account["entries"]:
        sums[entry["kind"]] += entry["amount_minor"]
        if sums["captured"] + sums["voided"] > sums["authorized"]:
            yield f"the ledger has more captured and voided than authorized: {dict(sums)}"
        if sums["refunded"] > sums["captured"]:
            yield f"the ledger has more refunded than captured: {dict(sums)}"


def _effects(
    order: Order, accounts: list[dict[str, Any]], *, kind: OperationKind, name: str
) -> Iterator[str]:
    """Each operation that succeeded has one effect, and each effect by our call an operation."""
    done = [o for o in order.operations if o.kind is kind and o.state is OperationState.SUCCEEDED]
    made = [
        entry
        for each in accounts
        for entry in each["entries"]
        if entry["kind"] == name and entry["origin"] == "api"
    ]
    if len(made) > len(done):
        yield f"{len(made)} {kind}s were made for {len(done)} that succeeded: {_words(done)}"
    twice = Counter(each["reference_id"] for each in made if each["reference_id"])
    references = {o.reference for o in order.operations}
    for effect, count in twice.items():
        if count > 1 and effect in references:
            yield f"{kind} {effect} was made {count} times"


def _words(operations: list[Operation]) -> str:
    return ", ".join(f"{o.operation_id} of {o.amount}" for o in operations) or "none"


def _of_events(order: Order, estate: Estate) -> Iterator[str]:
    told = {
        envelope.id: envelope.sequence
        for stored in estate.queues.ready(QUEUE_RECENT_EVENTS)
        for envelope in decode(stored.message.body, content_type=stored.message.content_type)
        if envelope.subject == order.order_id
    }
    if sorted(told.values(), key=str) != sorted(range(1, order.sequence + 1), key=str):
        yield f"its events are {sorted(told.values(), key=str)}, it counts {order.sequence}"


def _dead_letters(estate: Estate) -> Iterator[str]:
    for stored in estate.queues.ready(QUEUE_DEAD_LETTERS):
        yield f"a dead letter: {stored.routing_key}: {stored.message.headers.get(REASON)}"


def _unanswered(shop: CallingService) -> Iterator[str]:
    for command_id in shop.sent:
        answers = shop.final(command_id)
        if not answers:
            yield f"command {command_id} was never answered"
        if len({_said(each) for each in answers}) > 1:
            yield f"command {command_id} was answered differently: {[_said(a) for a in answers]}"


def _said(answer: Answer) -> tuple[object, ...]:
    return (
        answer.outcome,
        answer.code,
        answer.payment_id,
        answer.amount,
        answer.gateway_reference,
    )
