"""Where no list tells all: the orders of late are read again, one payment after the other."""

from collections.abc import Sequence

from payments_common.errors import GatewayRefusal
from payments_common.gateways.port import CallContext, FindsPayments
from payments_common.schemas.observations import Observation
from reconciler.domain.known import KnownOrder
from reconciler.domain.mark import Mark
from reconciler.handlers.compare_payments import compare_payments
from reconciler.handlers.list_payments import keep_missing
from reconciler.handlers.read_payment import PURPOSE, Silence, read_payment
from reconciler.handlers.reconciling import ListedAccount, ListTools, Run
from reconciler.ports import CheckedOrders

AT_ONCE = 100


async def reread_orders(run: Run, *, of: ListedAccount, tools: ListTools) -> None:
    """Reads what was made or changed since then and was not listed.

    Raises GatewayOutage and GatewayRefusal.
    """
    window = {"since": run.since, "until": run.began_at}
    total = await tools.orders.count_changed(run.account, **window)
    run.progress.begin("reading orders again", total)
    async for page in tools.orders.changed(run.account, **window, at_once=AT_ONCE):
        await _reread(page, run, of=of, tools=tools)


async def _reread(
    page: Sequence[KnownOrder], run: Run, *, of: ListedAccount, tools: ListTools
) -> None:
    seen = []
    for order in page:
        for payment in order.payments:
            if payment.payment_id in run.seen:
                continue
            said = await read_payment(payment.payment_id, order.order_id, run, of=of, tools=tools)
            if isinstance(said, Observation):
                seen.append(said)
            elif payment.is_paid:
                await keep_missing(said, payment, order, run, tools=tools)
        run.progress.advance()
    await compare_payments(seen, run, of=of, tools=tools)


async def read_marked(
    marks: CheckedOrders, run: Run, *, of: ListedAccount, tools: ListTools
) -> None:
    """All orders of the account that are still to be asked about, however old; raises the same."""
    run.progress.begin("asking about orders that wait", None)
    async for batch in marks.marked(since=None, at_once=AT_ONCE):
        seen = []
        for mark in batch:
            if mark.account == run.account:
                seen += await _asked(mark, run, of=of, tools=tools)
                run.progress.advance()
        await compare_payments(seen, run, of=of, tools=tools)


async def _asked(mark: Mark, run: Run, *, of: ListedAccount, tools: ListTools) -> list[Observation]:
    said = [
        await read_payment(each, mark.order_id, run, of=of, tools=tools)
        for each in mark.payment_ids
        if each not in run.seen
    ]
    if not mark.payment_ids and isinstance(of.gateway, FindsPayments):
        await of.pace.acquire()
        context = CallContext(order_id=mark.order_id, purpose=PURPOSE)
        said.append(await _found(of.gateway, mark, context))
    return [each for each in said if isinstance(each, Observation)]


async def _found(gateway: FindsPayments, mark: Mark, context: CallContext) -> Observation | Silence:
    try:
        found = await gateway.find_payment(mark.order_reference, context=context)
    except GatewayRefusal as refusal:
        if refusal.status != 404 or refusal.is_of_access:
            raise
        return Silence.ABSENT
    return found or Silence.ABSENT
