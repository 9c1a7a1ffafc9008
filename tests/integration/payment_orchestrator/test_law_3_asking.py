"""Law 3: asking what became of an operation: not while it is sent, and not without a pause."""

from datetime import timedelta

from payment_orchestrator.domain.change import Change, Wake
from payment_orchestrator.domain.operations import backoff, submit
from payment_orchestrator.domain.order import OperationKind, OperationState, Order
from payment_orchestrator.domain.requests import request
from payment_orchestrator.handlers.change_order import change_order
from payment_orchestrator.handlers.do_work import do_work
from payment_orchestrator.handlers.resolve_operation import resolve_operation
from support.builders import asked
from support.world import World, world

LEASE = timedelta(seconds=20)
AWAY = 50


def asks(here: World) -> int:
    return sum(call.context.purpose == "resolve_capture" for call in here.api_calls.calls)


async def submitted_by_the_dead(here: World) -> Order:
    """A capture whose process died before it had an answer."""
    order = await here.authorized()
    capabilities = here.tools.capabilities(order.account)

    def apply(change: Change) -> Change:
        wanted = request(change, asked(OperationKind.CAPTURE, 5000), capabilities)
        return submit(wanted, wanted.order.operations[-1], lease=LEASE)

    return await change_order(order.order_id, apply, tools=here.tools, wake=Wake.NOTHING)


async def test_a_gateway_that_is_away_is_asked_once_and_then_after_a_pause() -> None:
    async with world() as here:
        order = await submitted_by_the_dead(here)
        await here.fault("get_payment", "error", status=503, count=AWAY)
        await here.tools.clock.sleep(LEASE.total_seconds() + 1)
        await do_work(order.order_id, timer_at=None, tools=here.tools)
        operation = (await here.order()).operations[-1]
        assert (asks(here), operation.state) == (1, OperationState.UNKNOWN)
        assert operation.not_before is not None
        assert operation.not_before - here.tools.clock.now() <= backoff(1)


async def test_what_another_process_is_sending_just_now_is_not_asked_about() -> None:
    """Else its request, still on its way, would count as over and be sent once more."""
    async with world() as here:
        order = await submitted_by_the_dead(here)
        operation = order.operations[-1]
        await resolve_operation(order.order_id, operation.operation_id, tools=here.tools)
        assert (asks(here), (await here.order()).operations[-1]) == (0, operation)
        await here.tools.clock.sleep(LEASE.total_seconds())
        await resolve_operation(order.order_id, operation.operation_id, tools=here.tools)
        assert asks(here) == 1
