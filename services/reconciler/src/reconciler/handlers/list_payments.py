"""The other direction: what the gateway lists, compared with our orders."""

from datetime import UTC, date, datetime, time, timedelta

from payments_common.gateways.port import CallContext, ListsPayments
from payments_common.schemas.observations import Observation
from reconciler.domain.comparison import described
from reconciler.domain.discrepancy import Found, Kind
from reconciler.domain.known import KnownOrder, KnownPayment, has_money
from reconciler.handlers.compare_payments import compare_payments, keep
from reconciler.handlers.read_payment import PURPOSE, Silence, read_payment
from reconciler.handlers.reconciling import ListedAccount, ListTools, Run

AT_ONCE = 500
CONTEXT = CallContext(purpose=PURPOSE)
ABSENT = "it knows no such payment"


async def list_payments(run: Run, *, of: ListedAccount, tools: ListTools) -> None:
    """Lists and compares day by day, UTC; a gateway without a list has listed none.

    Raises GatewayOutage and GatewayRefusal.
    """
    if not isinstance(of.gateway, ListsPayments):
        return
    days = _days(run)
    run.progress.begin("listing days", len(days))
    for day in days:
        listed = await of.gateway.list_payments(
            created_from=day, created_before=day + timedelta(days=1), context=CONTEXT
        )
        await compare_payments(listed, run, of=of, tools=tools)
        run.progress.advance()


async def find_missing(run: Run, *, of: ListedAccount, tools: ListTools) -> None:
    """Payments that we call paid and a list of all has not: read once more before they count."""
    begin = datetime.combine(run.since.date(), time.min, UTC)
    run.progress.begin("looking for payments that are not listed", None)
    async for page in tools.orders.changed(
        run.account, since=begin, until=run.began_at, at_once=AT_ONCE
    ):
        for order in page:
            for payment in order.payments:
                is_listed = payment.payment_id in run.seen
                if payment.is_paid and order.created_at >= begin and not is_listed:
                    await _look_for(payment, order, run, of=of, tools=tools)
        run.progress.advance(len(page))


async def _look_for(
    payment: KnownPayment, order: KnownOrder, run: Run, *, of: ListedAccount, tools: ListTools
) -> None:
    said = await read_payment(payment.payment_id, order.order_id, run, of=of, tools=tools)
    if isinstance(said, Observation) and has_money(said.facts):
        await compare_payments([said], run, of=of, tools=tools)
    else:
        await keep_missing(said, payment, order, run, tools=tools)


async def keep_missing(
    said: Observation | Silence,
    payment: KnownPayment,
    order: KnownOrder,
    run: Run,
    *,
    tools: ListTools,
) -> None:
    """Where the gateway says nothing that we can read, nothing is missing either."""
    if said is Silence.UNREADABLE:
        return
    words = f"{said.gateway_status}: no money" if isinstance(said, Observation) else ABSENT
    missing = Found(
        account=run.account,
        payment_id=payment.payment_id,
        kind=Kind.MISSING_AT_GATEWAY,
        says=f"{words}; we know of: {described(payment.facts)}",
        order_id=order.order_id,
        order_reference=order.order_reference,
    )
    await keep(missing, run, tools=tools)


def _days(run: Run) -> list[date]:
    first, last = run.since.date(), run.began_at.date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
