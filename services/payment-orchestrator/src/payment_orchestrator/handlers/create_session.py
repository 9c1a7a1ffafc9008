"""Makes an order, or another attempt to pay it, and asks a gateway for a checkout session.

Where the command's account is unavailable, an alternative may have the order, as long as it is
sure that nothing of it is at another: else a webhook from there would find no order of its own.
"""

from dataclasses import dataclass

from payment_orchestrator.domain.change import Change, begin_new
from payment_orchestrator.domain.finish import finish
from payment_orchestrator.domain.order import Order, new_order
from payment_orchestrator.domain.sessions import (
    asked_at,
    attempted,
    check_attempt,
    check_supported,
    may_be_elsewhere,
    not_asked,
    session_made,
)
from payment_orchestrator.handlers.answer_once import again
from payment_orchestrator.handlers.change_order import change_order, find_order, keep_answer
from payment_orchestrator.handlers.command import Received
from payment_orchestrator.handlers.places import Places
from payment_orchestrator.handlers.toolbox import Toolbox
from payments_common.errors import (
    GatewayOutage,
    GatewayRefusal,
    LostRace,
    NotSent,
    OperationRefused,
)
from payments_common.gateways.port import CallContext, Declined, SessionCreated
from payments_common.schemas.commands import CreateSession
from payments_common.schemas.replies import Answer, Outcome

RETRY_AFTER_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class _Attempt:
    """`is_first`: nobody else has asked for a session of this order, and this attempt knows it."""

    order: Order
    is_first: bool


async def create_session(
    command: CreateSession, received: Received, *, tools: Toolbox
) -> Answer | None:
    """The order is stored before the gateway is called, so no webhook can come before it.

    A second session for one command harms nobody: the customer is sent to one of them only.
    """
    check_supported(command, tools.capabilities(command.account))
    places = Places(command, tools=tools)
    attempt = await _stored(command, received, places, tools=tools)
    known = attempt.order.answer_to(received.command_id)
    if known is not None:
        return known
    check_attempt(attempt.order, command)
    if may_be_elsewhere(attempt.order):
        attempt = await _begun(attempt.order, places, tools=tools)
        if may_be_elsewhere(attempt.order):
            return _unavailable(attempt.order, received, places)
    try:
        made = await _ask(command, attempt.order, tools=tools)
        while isinstance(made, GatewayOutage):
            places.was_away(attempt.order.account, made)
            if not (attempt.is_first and isinstance(made, NotSent)):
                return _unavailable(attempt.order, received, places)
            attempt = await _elsewhere(attempt.order, places, tools=tools)
            if not attempt.is_first:
                return _unavailable(attempt.order, received, places)
            made = await _ask(command, attempt.order, tools=tools)
    except GatewayRefusal as refusal:
        raise OperationRefused(
            f"the gateway refused the session request: {refusal}", code=f"gateway_{refusal.code}"
        ) from refusal
    return await _joined(command, received, attempt.order, made, tools=tools)


async def _stored(
    command: CreateSession, received: Received, places: Places, *, tools: Toolbox
) -> _Attempt:
    """The order, made at the first place that is not away; where all are, nothing is asked."""
    existing = await tools.orders.find_by_reference(command.order_reference)
    if existing is not None:
        return _Attempt(existing, is_first=False)
    place = places.next()
    now = tools.clock.now()
    order = new_order(command, order_id=tools.new_id(), now=now, session_asked=False)
    actor = command.requested_by.user_id
    change = begin_new(order, now=now, new_id=tools.new_id).told(
        "created",
        f"{actor} asked for a checkout session of {order.total_amount} at {order.account}, "
        f"capture {order.capture_mode}",
        actor=actor,
        operation_id=received.command_id,
    )
    if place is not None:
        change = asked_at(change, place, why=places.why(order.account))
    done = finish(change, tools.capabilities(change.order.account))
    try:
        await tools.orders.insert(done)
    except LostRace:
        found = await find_order(command.order_reference, tools=tools)
        return _Attempt(found, is_first=False)
    return _Attempt(done.order, is_first=place is not None)


async def _begun(order: Order, places: Places, *, tools: Toolbox) -> _Attempt:
    """Nothing of the order is anywhere: from the write on it may be at the place that is next."""
    place = places.next()
    if place is None:
        return _Attempt(order, is_first=False)
    is_ours = False

    def apply(change: Change) -> Change:
        nonlocal is_ours
        is_ours = may_be_elsewhere(change.order)
        return asked_at(change, place, why=places.why(change.order.account)) if is_ours else change

    return _Attempt(await change_order(order.order_id, apply, tools=tools), is_first=is_ours)


async def _elsewhere(order: Order, places: Places, *, tools: Toolbox) -> _Attempt:
    """The request surely was not sent: the order goes to the next place, or is nowhere."""
    place = places.next()
    is_ours = False

    def apply(change: Change) -> Change:
        nonlocal is_ours
        is_ours = change.order.account == order.account and not change.order.payments
        if not is_ours:
            return change
        if place is None:
            return not_asked(change)
        return asked_at(change, place, why=places.why(order.account))

    changed = await change_order(order.order_id, apply, tools=tools)
    return _Attempt(changed, is_first=is_ours and place is not None)


async def _ask(
    command: CreateSession, order: Order, *, tools: Toolbox
) -> SessionCreated | Declined | GatewayOutage:
    context = CallContext(order_id=order.order_id, purpose="create_session")
    asked = command.model_copy(update={"account": order.account})
    try:
        return await tools.gateway(order.account).create_session(asked, context=context)
    except GatewayOutage as outage:
        return outage


async def _joined(
    command: CreateSession,
    received: Received,
    asked: Order,
    made: SessionCreated | Declined,
    *,
    tools: Toolbox,
) -> Answer | None:
    """None where the order's outbox answers."""
    is_elsewhere = False

    def apply(change: Change) -> Change:
        nonlocal is_elsewhere
        is_elsewhere = False
        before = again(change, received)
        if before is not None:
            return before
        # The customer may have paid an earlier session while the gateway made this one.
        check_attempt(change.order, command)
        is_elsewhere = change.order.account != asked.account
        if is_elsewhere:
            return change
        change = change.with_order(attempted(change.order, command))
        return session_made(
            change,
            made,
            command_id=received.command_id,
            reply_to=received.reply_to,
            status_token=tools.status_token(change.order),
        )

    changed = await change_order(asked.order_id, apply, tools=tools)
    if is_elsewhere:
        # Another command took the order to another account meanwhile; nobody is sent to this one.
        return _unavailable(changed, received, Places(command, tools=tools))
    await keep_answer(changed, received.command_id, tools=tools)
    return None


def _unavailable(order: Order, received: Received, places: Places) -> Answer:
    """Not kept as the command's answer: the same command may be sent again."""
    return Answer(
        command_id=received.command_id,
        outcome=Outcome.UNAVAILABLE,
        order_reference=order.order_reference,
        order_id=order.order_id,
        account=order.account,
        retry_after_seconds=places.wait_seconds or RETRY_AFTER_SECONDS,
        code="gateway_unavailable",
        message=f"{order.account} is temporarily unavailable; send the same command again later",
    )
