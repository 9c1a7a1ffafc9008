"""One poll of one order: ask, tell the orchestrator, and only then put the order back.

A process that dies in between has told twice at the worst, which changes nothing (law 1). Nothing
here ever says that a payment failed or expired: only the gateway's own word does.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from payments_common.clock import Clock
from payments_common.gateways.port import Gateway
from payments_common.messaging.port import Outgoing, Publisher
from payments_common.messaging.topology import OBSERVATIONS
from payments_common.references import NewId
from payments_common.schemas.envelope import Envelope, wrap
from payments_common.schemas.observations import Observation
from payments_common.schemas.reconciliation import GAVE_UP_KEY, OBSERVED_KEY, PollingGaveUp
from payments_common.telemetry.logs import get_logger
from reconciler.domain.entry import Entry
from reconciler.domain.mark import Mark
from reconciler.domain.schedule import (
    PARKED,
    Rhythm,
    after_answer,
    after_no_answer,
    first_due,
    is_over,
)
from reconciler.handlers.ask_gateway import Asked, ask_gateway
from reconciler.ports import CheckedOrders, PollCounts, PollResult, Schedule

SOURCE = "reconciler"


@dataclass(frozen=True, slots=True)
class PollTools:
    """What a poll works with; `gateways` and `rhythms` are by account."""

    orders: CheckedOrders
    schedule: Schedule
    gateways: Mapping[str, Gateway]
    rhythms: Mapping[str, Rhythm]
    publisher: Publisher
    counts: PollCounts
    clock: Clock
    new_id: NewId


async def poll_order(held: Entry, *, tools: PollTools, within_seconds: float) -> None:
    """Does what is due for an entry that this process holds; the gateway has so long to answer.

    Raises TryLater where the store or the broker does not answer: then nothing is put back.
    """
    mark = await tools.orders.mark_of(held.order_id)
    if mark is None or mark.account != held.account:
        await tools.schedule.remove(held)
        return
    if mark.marked_at != held.marked_at:
        await tools.schedule.reschedule(held, _anew(held, mark, tools=tools))
        return
    # Who was told of it and still asks has not heard it: once a day it is said again.
    if held.gave_up or is_over(tools.rhythms[mark.account], asked_count=held.asked_count):
        await _give_up(held, mark, tools=tools)
        return
    await _ask(held, mark, tools=tools, within_seconds=within_seconds)


async def put_off(held: Entry, *, tools: PollTools) -> None:
    """For a poll that broke off: it is no step, and is tried again after a pause."""
    failures = held.failures + 1
    again_at = after_no_answer(tools.clock.now(), failures=failures)
    await tools.schedule.reschedule(held, held.due(again_at, failures=failures))


def _anew(held: Entry, mark: Mark, *, tools: PollTools) -> Entry:
    due_at = first_due(mark, tools.rhythms[mark.account])
    return replace(
        held,
        due_at=due_at,
        marked_at=mark.marked_at,
        asked_count=0,
        failures=0,
        gave_up=False,
    )


async def _ask(held: Entry, mark: Mark, *, tools: PollTools, within_seconds: float) -> None:
    asked_at = tools.clock.now()
    try:
        async with asyncio.timeout(within_seconds):
            asked = await ask_gateway(mark, tools.gateways[mark.account])
    except TimeoutError:
        asked = Asked((), PollResult.NO_ANSWER, is_answered=False)
    tools.counts.polled(mark.account, asked.result)
    if asked.observations:
        await tools.publisher.publish(_observed(mark, asked, tools=tools))
    if not asked.is_answered:
        failures = held.failures + 1
        again_at = after_no_answer(
            tools.clock.now(), failures=failures, retry_after_seconds=asked.retry_after_seconds
        )
        await tools.schedule.reschedule(held, held.due(again_at, failures=failures))
        return
    then = after_answer(
        mark, tools.rhythms[mark.account], asked_count=held.asked_count, asked_at=asked_at
    )
    await tools.schedule.reschedule(held, held.due(then.due_at, asked_count=then.asked_count))


async def _give_up(held: Entry, mark: Mark, *, tools: PollTools) -> None:
    """Once per mark, but for a death just before the entry is parked."""
    told = PollingGaveUp(
        account=mark.account,
        order_id=mark.order_id,
        order_reference=mark.order_reference,
        payment_ids=mark.payment_ids,
        asked_count=held.asked_count,
        since=mark.since,
    )
    envelope = _wrapped(told, mark, tools=tools)
    await tools.publisher.publish(
        Outgoing(exchange=OBSERVATIONS, routing_key=GAVE_UP_KEY, envelopes=[envelope])
    )
    tools.counts.gave_up(mark.account)
    get_logger().warning("polling_gave_up", order_id=mark.order_id, account=mark.account)
    parked = replace(held.due(tools.clock.now() + PARKED), gave_up=True)
    await tools.schedule.reschedule(held, parked)


def _observed(mark: Mark, asked: Asked, *, tools: PollTools) -> Outgoing:
    envelopes = [_wrapped(seen, mark, tools=tools) for seen in asked.observations]
    return Outgoing(exchange=OBSERVATIONS, routing_key=OBSERVED_KEY, envelopes=envelopes)


def _wrapped(data: Observation | PollingGaveUp, mark: Mark, *, tools: PollTools) -> Envelope:
    return wrap(
        data,
        type_=data.TYPE,
        id_=tools.new_id(),
        source=SOURCE,
        time=tools.clock.now(),
        subject=mark.order_id,
    )
