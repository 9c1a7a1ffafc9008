"""The one way to change an order: load, apply pure functions, save by compare-and-set, publish."""

from collections.abc import Callable

from payment_orchestrator.domain.change import Change, Wake, begin
from payment_orchestrator.domain.finish import finish
from payment_orchestrator.domain.order import Order
from payment_orchestrator.handlers.toolbox import Toolbox
from payments_common.errors import LostRace, UnknownOrder

MOST_RACES = 100


async def change_order(
    order_id: str, apply: Callable[[Change], Change], *, tools: Toolbox, wake: Wake = Wake.NOW
) -> Order:
    """Applies to the newest state, again after each lost race, so `apply` must be pure.

    Raises UnknownOrder, what `apply` raises, and LostRace when others were faster every time.
    """
    # Losing races costs a read and a write each; here only another process can win one.
    async with tools.turns.of(f"changing {order_id}"):
        done = await _saved(order_id, apply, tools=tools, wake=wake)
    if done.messages:
        await tools.relay.deliver(order_id, done.messages)
    return done.order


async def _saved(
    order_id: str, apply: Callable[[Change], Change], *, tools: Toolbox, wake: Wake
) -> Change:
    for _ in range(MOST_RACES):
        order = await order_by_id(order_id, tools=tools)
        change = begin(order, now=tools.clock.now(), new_id=tools.new_id)
        done = finish(
            apply(change),
            tools.capabilities(order.account),
            remedies=tools.remedies_of(order.account),
            wake=wake,
        )
        if done.is_empty:
            return done
        try:
            await tools.orders.save(done)
        except LostRace:
            continue
        tools.tally.saved(done)
        return done
    raise LostRace(f"order {order_id} was changed by others {MOST_RACES} times in a row")


async def order_by_id(order_id: str, *, tools: Toolbox) -> Order:
    order = await tools.orders.get(order_id)
    if order is None:
        raise UnknownOrder(f"there is no order with id {order_id}")
    return order


async def find_order(order_reference: str, *, tools: Toolbox) -> Order:
    """Raises UnknownOrder that names the reference."""
    order = await tools.orders.find_by_reference(order_reference)
    if order is None:
        raise UnknownOrder(
            f"there is no order {order_reference!r}; create_session makes one",
        )
    return order


async def keep_answer(order: Order, command_id: str, *, tools: Toolbox) -> None:
    """Also where it stays when the order has had too many later ones to keep it."""
    answer = order.answer_to(command_id)
    if answer is not None:
        await tools.commands.answer(command_id, answer)
