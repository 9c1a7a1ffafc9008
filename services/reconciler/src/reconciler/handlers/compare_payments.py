"""What a gateway says of payments, compared with our orders; orders are told what they lack.

A discrepancy is recorded before its order is told, and called joined only after: who dies between
has told twice at the worst, which changes nothing (law 1).
"""

from collections.abc import Mapping, Sequence

from payments_common.messaging.port import Outgoing, Publisher
from payments_common.messaging.topology import OBSERVATIONS
from payments_common.schemas.envelope import wrap
from payments_common.schemas.observations import Observation, ObservationSource
from payments_common.schemas.reconciliation import OBSERVED_KEY
from payments_common.telemetry.logs import get_logger
from reconciler.domain.comparison import Compared, compare
from reconciler.domain.discrepancy import Found, Kind, State
from reconciler.domain.known import KnownOrder
from reconciler.handlers.poll_order import SOURCE
from reconciler.handlers.reconciling import ListedAccount, ListTools, Run

AT_ONCE = 500


async def compare_payments(
    seen: Sequence[Observation], run: Run, *, of: ListedAccount, tools: ListTools
) -> list[Found]:
    """Tells orders their news, keeps what differs; returns all that differs.

    Raises TryLater where the store or the broker does not answer.
    """
    found: list[Found] = []
    for start in range(0, len(seen), AT_ONCE):
        part = seen[start : start + AT_ONCE]
        for differing in await _differing(part, of=of, tools=tools):
            found += await _settle(differing, run, tools=tools)
        run.seen.update(each.payment_id for each in part)
        run.compared += len(part)
        tools.counts.listed(run.account, len(part))
    return found


async def keep(found: Found, run: Run, *, tools: ListTools) -> bool:
    """Records it; returns whether its order was told exactly this before, in vain."""
    may_add = run.room > 0
    before = await tools.discrepancies.record(
        found, run=run.name, now=tools.clock.now(), may_add=may_add
    )
    if before is not None:
        return before.is_stuck(found, run=run.name)
    if may_add:
        run.room -= 1
    else:
        run.not_kept += 1
    get_logger().warning(
        "discrepancy",
        account=found.account,
        kind=found.kind,
        payment_id=found.payment_id,
        order_reference=found.order_reference,
    )
    return False


async def _differing(
    seen: Sequence[Observation], *, of: ListedAccount, tools: ListTools
) -> list[Compared]:
    """After a second look, if there is a difference: webhooks may just be telling it."""
    first = await _compared(seen, of=of, tools=tools)
    if not first or not tools.settle_seconds:
        return first
    await tools.clock.sleep(tools.settle_seconds)
    return await _compared([each.seen for each in first], of=of, tools=tools)


async def _compared(
    seen: Sequence[Observation], *, of: ListedAccount, tools: ListTools
) -> list[Compared]:
    if not seen:
        return []
    orders = await tools.orders.about(
        payment_ids={each.payment_id for each in seen},
        references={each.order_reference for each in seen if each.order_reference},
    )
    by_word = _by_word(orders)
    compared = [compare(each, _about(each, by_word), sharing=of.sharing) for each in seen]
    return [each for each in compared if _differs(each, of)]


def _by_word(orders: Sequence[KnownOrder]) -> dict[tuple[str, str], list[KnownOrder]]:
    found: dict[tuple[str, str], list[KnownOrder]] = {}
    for order in orders:
        found.setdefault(("reference", order.order_reference), []).append(order)
        for payment in order.payments:
            found.setdefault(("payment", payment.payment_id), []).append(order)
    return found


def _about(
    seen: Observation, by_word: Mapping[tuple[str, str], list[KnownOrder]]
) -> list[KnownOrder]:
    named = by_word.get(("reference", seen.order_reference or ""), [])
    return [*by_word.get(("payment", seen.payment_id), []), *named]


def _differs(compared: Compared, of: ListedAccount) -> bool:
    if compared.problem is Kind.NOT_OURS:
        return of.tells_strangers
    return bool(compared.news) or compared.problem is not None


async def _settle(compared: Compared, run: Run, *, tools: ListTools) -> list[Found]:
    found = compared.found()
    stuck = [each for each in found if await keep(each, run, tools=tools)]
    if compared.order is None or not compared.news or tools.publisher is None:
        return found
    await _tell(compared.order, compared.seen, tools.publisher, tools=tools)
    for each in found:
        if each.kind.is_news and each not in stuck:
            now = tools.clock.now()
            settled = tools.discrepancies.settle
            await settled(each, State.JOINED, run=run.name, now=now, is_told=True)
    return found


async def _tell(
    order: KnownOrder, seen: Observation, publisher: Publisher, *, tools: ListTools
) -> None:
    observation = seen.model_copy(update={"source": ObservationSource.POLL})
    envelope = wrap(
        observation,
        type_=Observation.TYPE,
        id_=tools.new_id(),
        source=SOURCE,
        time=tools.clock.now(),
        subject=order.order_id,
    )
    await publisher.publish(
        Outgoing(exchange=OBSERVATIONS, routing_key=OBSERVED_KEY, envelopes=[envelope])
    )
