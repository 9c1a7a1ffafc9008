"""One comparison of one account: what is told, what is kept, and what a death in between leaves."""

from dataclasses import replace

import pytest

from payments_common.errors import (
    BrokerUnavailable,
    GatewayRefusal,
    InvalidMessage,
    OutcomeUnknown,
)
from payments_common.schemas.observations import Observation, ObservationSource
from reconciler.handlers.reconcile_account import reconcile_account
from reconciler.handlers.reconciling import RETRY_PAUSES, Run, begin_run
from support.builders import CAPABILITIES, PAYMENT, facts
from support.clocks import FastClock
from support.listed import (
    ACCOUNT,
    BACK,
    TAKEN,
    Comparing,
    ListingGateway,
    ScriptedGateway,
    days_ago,
    known,
    seen,
)

COMPLETE = replace(CAPABILITIES, lists_all_payments=True)


def listing(*payments: Observation, complete: bool = True) -> Comparing:
    gateway = ListingGateway({each.payment_id: each for each in payments})
    gateway.capabilities = COMPLETE if complete else CAPABILITIES
    return Comparing(gateway)


def rereading(*payments: Observation) -> Comparing:
    return Comparing(ScriptedGateway({each.payment_id: each for each in payments}))


async def run(comparing: Comparing, name: str = "first", days: float = 3) -> Run:
    begun = await begin_run(ACCOUNT, name=name, since=days_ago(days), tools=comparing.tools)
    await reconcile_account(begun, of=comparing.of, tools=comparing.tools)
    return begun


async def test_each_day_of_the_window_is_listed() -> None:
    comparing = listing()
    await run(comparing)
    assert comparing.gateway.listed_days == [days_ago(n).date() for n in (3, 2, 1, 0)]


async def test_what_both_sides_say_is_told_to_nobody() -> None:
    comparing = listing(seen(TAKEN))
    comparing.orders.put(known(TAKEN))
    begun = await run(comparing)
    assert (comparing.told.outgoing, comparing.kept, begun.compared) == ([], [], 1)


async def test_news_reach_their_order_as_a_poll_and_are_kept_as_joined() -> None:
    comparing = listing(seen(BACK))
    comparing.orders.put(known(TAKEN))
    await run(comparing)
    (outgoing,) = comparing.told.outgoing
    (observation,) = comparing.told.observations
    assert (outgoing.exchange, outgoing.routing_key) == (
        "payments.observations",
        "payment_observed",
    )
    assert outgoing.envelopes[0].subject == "order-SHOP-1001"
    assert (observation.facts, observation.source) == (BACK, ObservationSource.POLL)
    assert comparing.kept == [("refund", "joined", 1)]


async def test_what_a_webhook_is_just_telling_is_no_news() -> None:
    comparing = listing(seen(BACK))
    comparing.orders.put(known(TAKEN))

    class Meanwhile(FastClock):
        async def sleep(self, seconds: float) -> None:
            comparing.orders.put(known(BACK))
            await super().sleep(seconds)

    comparing.clock = Meanwhile()
    await run(comparing)
    assert (comparing.told.outgoing, comparing.kept) == ([], [])


async def test_a_payment_of_no_order_is_kept_open_and_counted_once_for_each_comparison() -> None:
    comparing = listing(seen(reference="ELSE-1"))
    await run(comparing)
    await run(comparing)
    assert comparing.kept == [("not_ours", "open", 1)]
    await run(comparing, "second")
    assert (comparing.kept, comparing.told.outgoing) == ([("not_ours", "open", 2)], [])


async def test_an_account_that_shares_its_key_leaves_strangers_to_the_first() -> None:
    comparing = listing(seen(reference="ELSE-1"))
    begun = await begin_run(ACCOUNT, name="first", since=days_ago(3), tools=comparing.tools)
    second = replace(comparing.of, tells_strangers=False)
    await reconcile_account(begun, of=second, tools=comparing.tools)
    assert comparing.kept == []


async def test_a_death_after_the_order_was_told_tells_it_again_and_doubles_nothing() -> None:
    comparing = listing(seen(BACK), seen(reference="ELSE-1", payment_id="other"))
    comparing.orders.put(known(TAKEN))
    comparing.told.fails = BrokerUnavailable("away")
    with pytest.raises(BrokerUnavailable):
        await run(comparing)
    assert ("refund", "open", 1) in comparing.kept
    await run(comparing)
    await run(comparing)
    assert len(comparing.told.observations) == 2
    assert comparing.kept == [("not_ours", "open", 1), ("refund", "joined", 1)]


async def test_news_that_were_told_in_vain_stay_open_until_the_order_knows_them() -> None:
    comparing = listing(seen(BACK))
    comparing.orders.put(known(TAKEN))
    await run(comparing)
    await run(comparing, "second")
    assert comparing.kept == [("refund", "open", 2)]
    comparing.orders.put(known(BACK))
    await run(comparing, "third")
    assert comparing.kept == [("refund", "joined", 2)]


async def test_a_stranger_that_turns_out_to_be_ours_is_gone() -> None:
    comparing = listing(seen(TAKEN))
    await run(comparing)
    comparing.orders.put(known(TAKEN))
    await run(comparing, "second")
    assert comparing.kept == [("not_ours", "gone", 1)]


async def test_what_is_open_is_looked_at_when_no_list_goes_back_so_far() -> None:
    comparing = listing(seen(reference="ELSE-1"))
    await run(comparing)
    comparing.gateway.unlisted.add(PAYMENT)
    await run(comparing, "second")
    assert comparing.kept == [("not_ours", "open", 2)]
    del comparing.gateway.payments[PAYMENT]
    await run(comparing, "third")
    assert comparing.kept == [("not_ours", "gone", 2)]


async def test_a_payment_of_ours_that_a_full_list_has_not_is_missing() -> None:
    comparing = listing()
    comparing.orders.put(known(TAKEN))
    await run(comparing)
    assert comparing.kept == [("missing_at_gateway", "open", 1)]
    comparing.gateway.payments[PAYMENT] = seen(TAKEN)
    await run(comparing, "second")
    assert comparing.kept == [("missing_at_gateway", "gone", 1)]


async def test_money_of_which_the_gateway_knows_nothing_more_is_missing() -> None:
    comparing = listing(seen(facts()))
    comparing.gateway.unlisted.add(PAYMENT)
    comparing.orders.put(known(TAKEN))
    await run(comparing)
    (missing,) = comparing.discrepancies.kept()
    assert missing.found.says.startswith("CLOSED: no money; we know of: payment of 150.00 SAR")
    await run(comparing, "second")
    assert comparing.kept == [("missing_at_gateway", "open", 2)]


async def test_what_the_gateway_still_knows_is_not_missing_from_its_list() -> None:
    comparing = listing(seen(TAKEN))
    comparing.gateway.unlisted.add(PAYMENT)
    comparing.orders.put(known(TAKEN))
    await run(comparing)
    assert comparing.kept == []


async def test_what_was_paid_before_the_window_is_not_looked_for() -> None:
    comparing = listing()
    comparing.orders.put(known(TAKEN, created_at=days_ago(9)))
    await run(comparing)
    assert (comparing.kept, comparing.gateway.reads) == ([], [])


async def test_a_list_of_some_payments_misses_none_and_the_others_are_read() -> None:
    comparing = listing(seen(TAKEN), seen(BACK, payment_id="p2", reference="S2"), complete=False)
    comparing.gateway.unlisted.add("p2")
    comparing.orders.put(known(TAKEN))
    comparing.orders.put(known(TAKEN, payment_id="p2", reference="S2"))
    await run(comparing)
    assert (comparing.kept, comparing.gateway.reads) == ([("refund", "joined", 1)], ["p2"])


async def test_without_a_list_orders_of_late_are_read_and_older_ones_are_not() -> None:
    comparing = rereading(seen(BACK), seen(BACK, payment_id="p2", reference="S2"))
    comparing.orders.put(known(TAKEN))
    old = days_ago(9)
    comparing.orders.put(known(TAKEN, payment_id="p2", reference="S2", updated_at=old))
    await run(comparing)
    assert comparing.gateway.reads == [PAYMENT]
    assert [each.facts for each in comparing.told.observations] == [BACK]


async def test_a_paid_payment_that_cannot_be_read_again_because_there_is_none_is_missing() -> None:
    comparing = rereading()
    comparing.orders.put(known(TAKEN))
    comparing.orders.put(known(facts(), payment_id="p2", reference="S2"))
    await run(comparing)
    assert comparing.kept == [("missing_at_gateway", "open", 1)]


async def test_an_outage_of_one_read_is_waited_out() -> None:
    comparing = rereading(seen(BACK))
    comparing.clock = clock = FastClock()
    comparing.orders.put(known(TAKEN))
    comparing.gateway.fails = [OutcomeUnknown("slow")] * 2
    await run(comparing)
    assert comparing.gateway.reads == [PAYMENT] * 3
    assert clock.slept[:2] == list(RETRY_PAUSES[:2])


async def test_a_gateway_that_stays_away_ends_the_comparison() -> None:
    comparing = rereading(seen(BACK))
    comparing.orders.put(known(TAKEN))

    comparing.gateway.fails = [OutcomeUnknown("slow")] * 9
    with pytest.raises(OutcomeUnknown):
        await run(comparing)


async def test_an_answer_that_means_nothing_stops_no_other_payment() -> None:
    comparing = rereading(seen(BACK, payment_id="p2", reference="SHOP-2"))
    comparing.orders.put(known(TAKEN))
    comparing.orders.put(known(TAKEN, payment_id="p2", reference="SHOP-2"))
    comparing.gateway.fails = [InvalidMessage("what?")]
    begun = await run(comparing)
    assert (begun.unreadable, comparing.kept) == (1, [("refund", "joined", 1)])


async def test_with_a_wrong_key_nothing_is_called_missing() -> None:
    comparing = rereading()
    comparing.orders.put(known(TAKEN))
    comparing.gateway.refuses = GatewayRefusal("no", status=401, code="unauthorized")
    with pytest.raises(GatewayRefusal):
        await run(comparing)
    assert comparing.kept == []


async def test_beyond_the_room_that_there_is_only_the_number_is_told() -> None:
    payments = [seen(payment_id=f"p{n}", reference=f"E{n}") for n in range(3)]
    comparing = listing(*payments)
    begun = await begin_run(ACCOUNT, name="first", since=days_ago(3), tools=comparing.tools)
    begun.room = 2
    await reconcile_account(begun, of=comparing.of, tools=comparing.tools)
    assert (len(comparing.kept), begun.not_kept) == (2, 1)


async def test_a_dry_run_tells_no_order() -> None:
    comparing = listing(seen(BACK))
    comparing.orders.put(known(TAKEN))
    dry = replace(comparing.tools, publisher=None)
    begun = await begin_run(ACCOUNT, name="dry", since=days_ago(3), tools=dry)
    await reconcile_account(begun, of=comparing.of, tools=dry)
    assert (comparing.told.outgoing, comparing.kept) == ([], [("refund", "open", 1)])
