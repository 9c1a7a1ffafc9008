"""What the reconciler saw at a gateway, or could not get out of it, joined into the order."""

from collections.abc import Callable

from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.observe import observe_ours
from payment_orchestrator.domain.order import Order
from payment_orchestrator.domain.unsettled import gave_up
from payment_orchestrator.handlers.change_order import change_order
from payment_orchestrator.handlers.toolbox import Toolbox
from payments_common.errors import TryLater, UnknownAccount, UnknownOrder
from payments_common.schemas.envelope import Envelope, parse
from payments_common.schemas.observations import Observation
from payments_common.schemas.reconciliation import PollingGaveUp


async def receive_observation(envelope: Envelope, *, tools: Toolbox) -> None:
    """Joins it; the same again changes nothing (law 1).

    Raises UnknownOrder where its payment belongs to no order of that account.
    """
    seen = parse(Observation, envelope.data, envelope.type)
    order = await _order_of(envelope, seen, tools=tools)
    await _changed(order.order_id, lambda change: observe_ours(change, seen), tools=tools)


async def receive_gave_up(envelope: Envelope, *, tools: Toolbox) -> None:
    """Flags the order for a person. Raises UnknownOrder."""
    told = parse(PollingGaveUp, envelope.data, envelope.type)

    def apply(change: Change) -> Change:
        return gave_up(change, told)

    await _changed(told.order_id, apply, tools=tools)


async def _changed(order_id: str, apply: Callable[[Change], Change], *, tools: Toolbox) -> None:
    try:
        await change_order(order_id, apply, tools=tools)
    except UnknownAccount as error:
        # The accounts file will be put right; what was seen must still be told then.
        raise TryLater(str(error)) from error


async def _order_of(envelope: Envelope, seen: Observation, *, tools: Toolbox) -> Order:
    order = await tools.orders.get(envelope.subject) if envelope.subject else None
    if order is None:
        order = await tools.orders.find_by_payment(seen.account, seen.payment_id)
    if order is None or order.account != seen.account:
        raise UnknownOrder(
            f"payment {seen.payment_id} of {seen.account} belongs to no order of ours there"
        )
    return order
