"""One poll of one order: what is asked, what is told, and when it comes again."""

from datetime import timedelta

import pytest

from payments_common.errors import (
    BreakerOpen,
    BrokerUnavailable,
    GatewayRefusal,
    InvalidMessage,
    OutcomeUnknown,
    PaymentsError,
    Throttled,
)
from payments_common.gateways.reading import reading
from payments_common.schemas.observations import Observation, ObservationSource
from payments_common.schemas.reconciliation import PollingGaveUp
from reconciler.domain.schedule import PARKED
from reconciler.handlers.poll_order import poll_order, put_off
from reconciler.ports import PollResult
from support.polled import (
    LEASE_SECONDS,
    RHYTHM,
    BrokenPublisher,
    Desk,
    FindingGateway,
    later,
    mark,
    refund_mark,
)

PAYMENT = "payment-of-order-1"


@pytest.fixture
def desk() -> Desk:
    return Desk()


def unreadable() -> PaymentsError:
    try:
        with reading("get_payment"):
            raise InvalidMessage("it has no status")
    except OutcomeUnknown as error:
        return error


async def test_what_the_gateway_says_is_published_as_a_poll_of_that_order(desk: Desk) -> None:
    await desk.marked(mark())
    await desk.poll()
    ((envelope,),) = desk.told()
    assert (envelope.type, envelope.subject) == (Observation.TYPE, "order-1")
    seen = Observation.model_validate(envelope.data)
    assert (seen.payment_id, seen.source) == (PAYMENT, ObservationSource.POLL)


async def test_all_payments_of_an_order_are_told_in_one_message(desk: Desk) -> None:
    await desk.marked(mark(payment_ids=("one", "two")))
    await desk.poll()
    ((one, two),) = desk.told()
    assert {one.data["payment_id"], two.data["payment_id"]} == {"one", "two"}
    assert desk.counted.polls == [PollResult.ANSWERED]


async def test_nothing_is_put_back_before_the_broker_has_it(desk: Desk) -> None:
    await desk.marked(mark())
    broken = desk.tools(publisher=BrokenPublisher(BrokerUnavailable("away")))
    held = await desk.claim()
    with pytest.raises(BrokerUnavailable):
        await poll_order(held, tools=broken, within_seconds=LEASE_SECONDS)
    assert desk.entry() == held


async def test_whoever_lost_the_lease_writes_nothing(desk: Desk) -> None:
    await desk.marked(mark())
    slow = await desk.claim()
    await desk.clock.advance(LEASE_SECONDS)
    taken = await desk.claim()
    await poll_order(slow, tools=desk.tools(), within_seconds=LEASE_SECONDS)
    assert desk.entry() == taken


async def test_an_order_without_a_mark_is_forgotten_and_nobody_is_asked(desk: Desk) -> None:
    await desk.marked(mark())
    desk.orders.take_away("order-1")
    held = await desk.claim()
    await poll_order(held, tools=desk.tools(), within_seconds=LEASE_SECONDS)
    assert desk.schedule.entries() == []
    assert desk.gateway.calls == []


async def test_a_mark_that_changed_begins_anew_and_nobody_is_asked_too_early(desk: Desk) -> None:
    await desk.marked(mark())
    desk.orders.put(refund_mark(since=later(100), marked_at=later(100)))
    entry = await desk.poll()
    assert (entry.due_at, entry.marked_at) == (later(110), later(100))
    assert desk.gateway.calls == []


async def test_an_order_without_a_payment_is_looked_for_by_its_reference(desk: Desk) -> None:
    finding = FindingGateway(desk.clock, payments={"SHOP-order-1": PAYMENT})
    await desk.marked(mark(payment_ids=(), why=("session",)))
    await desk.poll(desk.tools(finding))
    ((envelope,),) = desk.told()
    assert envelope.data["payment_id"] == PAYMENT


@pytest.mark.parametrize("can_find", [True, False])
async def test_a_payment_that_nobody_knows_is_no_news_but_a_step(
    desk: Desk, can_find: bool
) -> None:
    gateway = FindingGateway(desk.clock) if can_find else desk.gateway
    await desk.marked(refund_mark(payment_ids=(), since=later(-10)))
    entry = await desk.poll(desk.tools(gateway))
    assert (entry.asked_count, desk.told()) == (1, [])
    assert desk.counted.polls == [PollResult.UNKNOWN_PAYMENT]


@pytest.mark.parametrize("error", [unreadable(), GatewayRefusal("no such", status=404, code="x")])
async def test_an_answer_that_helps_nobody_is_a_step(desk: Desk, error: PaymentsError) -> None:
    desk.gateway.raises[PAYMENT] = error
    await desk.marked(refund_mark(since=later(-10)))
    entry = await desk.poll()
    assert (entry.asked_count, entry.failures) == (1, 0)
    assert desk.counted.polls == [PollResult.REFUSED]


@pytest.mark.parametrize(
    ("error", "pause"),
    [
        (OutcomeUnknown("answered 503"), 5),
        (OutcomeUnknown("answered 503", retry_after_seconds=20), 20),
        (Throttled("429", retry_after_seconds=7), 7),
        (BreakerOpen("open", retry_after_seconds=30), 30),
        (GatewayRefusal("wrong key", status=401, code="unauthorized"), 5),
        (GatewayRefusal("wrong shop", status=404, code="merchant", is_of_access=True), 5),
    ],
)
async def test_a_poll_without_an_answer_is_no_step(
    desk: Desk, error: PaymentsError, pause: float
) -> None:
    desk.gateway.raises[PAYMENT] = error
    await desk.marked(refund_mark(since=later(-10)))
    entry = await desk.poll()
    assert (entry.asked_count, entry.failures, entry.due_at) == (0, 1, later(pause))


async def test_whoever_only_had_no_turn_does_not_wait_longer_each_time(desk: Desk) -> None:
    desk.gateway.raises[PAYMENT] = Throttled("waited for its turn")
    await desk.marked(refund_mark(since=later(-10)))
    for tries in range(1, 9):
        entry = await desk.poll()
        assert entry.due_at == later(5 * tries)
        await desk.clock.advance(5)


async def test_an_answer_ends_the_row_of_failures(desk: Desk) -> None:
    desk.gateway.raises[PAYMENT] = OutcomeUnknown("answered 503")
    await desk.marked(refund_mark())
    assert (await desk.poll()).failures == 1
    desk.gateway.raises.clear()
    await desk.clock.advance(5)
    assert (await desk.poll()).failures == 0


async def test_what_one_payment_said_is_told_although_another_gave_no_answer(desk: Desk) -> None:
    desk.gateway.raises["two"] = OutcomeUnknown("answered 503")
    await desk.marked(refund_mark(payment_ids=("one", "two"), since=later(-10)))
    entry = await desk.poll()
    ((envelope,),) = desk.told()
    assert (envelope.data["payment_id"], entry.asked_count) == ("one", 0)


async def test_a_gateway_that_says_nothing_ends_the_round_in_time(desk: Desk) -> None:
    desk.gateway.seconds = 3600
    await desk.marked(mark())
    await poll_order(await desk.claim(), tools=desk.tools(), within_seconds=0.01)
    assert desk.counted.polls == [PollResult.NO_ANSWER]
    assert desk.entry().failures == 1


async def last_step_done(desk: Desk, payment_ids: tuple[str, ...] = (PAYMENT,)) -> None:
    """Every step is answered, and the order is unsettled all the same."""
    await desk.marked(refund_mark(since=later(-3600), payment_ids=payment_ids))
    for _ in RHYTHM.steps:
        await desk.poll()
        await desk.clock.advance(60)


async def test_after_the_last_step_it_gives_up_once_and_says_what_was_left_open(
    desk: Desk,
) -> None:
    await last_step_done(desk)
    entry = await desk.poll()
    (envelope,) = desk.told()[-1]
    told = PollingGaveUp.model_validate(envelope.data)
    assert (envelope.type, envelope.subject) == (PollingGaveUp.TYPE, "order-1")
    assert (told.payment_ids, told.asked_count, told.since) == ((PAYMENT,), 2, later(-3600))
    assert (entry.gave_up, entry.due_at) == (True, desk.clock.now() + PARKED)
    assert desk.counted.given_up == 1


async def test_it_does_not_give_up_on_an_order_that_the_last_answer_settled(desk: Desk) -> None:
    await last_step_done(desk)
    desk.orders.take_away("order-1")
    held = await desk.claim()
    await poll_order(held, tools=desk.tools(), within_seconds=LEASE_SECONDS)
    assert desk.schedule.entries() == []
    assert desk.counted.given_up == 0


async def test_that_it_gave_up_is_said_again_each_day_while_nobody_has_heard_it(
    desk: Desk,
) -> None:
    """The order would not be marked any more; the gateway is not asked again."""
    await last_step_done(desk)
    await desk.poll()
    told, calls = len(desk.told()), len(desk.gateway.calls)
    await desk.clock.advance(PARKED.total_seconds())
    entry = await desk.poll()
    assert entry.gave_up
    assert (len(desk.told()), len(desk.gateway.calls)) == (told + 1, calls)


async def test_what_it_gave_up_on_is_asked_about_again_when_the_mark_changes(desk: Desk) -> None:
    await last_step_done(desk)
    await desk.poll()
    changed = refund_mark(since=desk.clock.now(), marked_at=desk.clock.now())
    desk.orders.put(changed)
    await desk.scout().look()
    await desk.clock.advance(10)
    entry = await desk.poll()
    assert (entry.gave_up, entry.asked_count) == (False, 1)


async def test_giving_up_names_no_payment_where_none_was_ever_known(desk: Desk) -> None:
    await last_step_done(desk, payment_ids=())
    await desk.poll(desk.tools(FindingGateway(desk.clock)))
    ((envelope,),) = desk.told()
    assert PollingGaveUp.model_validate(envelope.data).payment_ids == ()


async def test_a_poll_that_broke_off_is_no_step_and_comes_later_and_later(desk: Desk) -> None:
    await desk.marked(mark())
    pauses = []
    for _ in range(3):
        held = await desk.claim()
        await put_off(held, tools=desk.tools())
        pauses.append(desk.entry().due_at - desk.clock.now())
        await desk.clock.advance(pauses[-1].total_seconds())
    assert pauses == [timedelta(seconds=each) for each in (5, 10, 20)]


async def test_nothing_that_is_told_ever_says_that_a_payment_failed_or_expired(
    desk: Desk,
) -> None:
    desk.gateway.raises[PAYMENT] = GatewayRefusal("no such payment", status=404, code="x")
    await last_step_done(desk)
    await desk.poll()
    assert [envelope.type for (envelope,) in desk.told()] == [PollingGaveUp.TYPE]
