"""What the reconciler publishes changes orders as a webhook's read-back would."""

from dataclasses import replace

import pytest

from payment_orchestrator.domain.order import Review
from payment_orchestrator.handlers.receive_observation import receive_observation
from payments_common.errors import TryLater
from payments_common.gateways.port import CallContext
from payments_common.messaging.messages import REASON
from payments_common.messaging.port import Outgoing
from payments_common.messaging.topology import OBSERVATIONS
from payments_common.schemas.envelope import wrap
from payments_common.schemas.observations import Observation, ObservationSource
from payments_common.schemas.reconciliation import GAVE_UP_KEY, OBSERVED_KEY, PollingGaveUp
from support.eventually import eventually
from support.world import World, world


async def publish(here: World, told: Observation | PollingGaveUp, *, subject: str) -> None:
    key = OBSERVED_KEY if isinstance(told, Observation) else GAVE_UP_KEY
    envelope = wrap(
        told,
        type_=told.TYPE,
        id_=here.tools.new_id(),
        source="reconciler",
        time=here.tools.clock.now(),
        subject=subject,
    )
    await here.shop.publish(Outgoing(exchange=OBSERVATIONS, routing_key=key, envelopes=[envelope]))


async def polled(here: World, payment_id: str) -> Observation:
    gateway = here.tools.gateway("tabby-ksa")
    seen = await gateway.get_payment(payment_id, context=CallContext(purpose="poll"))
    return seen.model_copy(update={"source": ObservationSource.POLL})


async def test_a_payment_whose_webhook_was_lost_is_captured_after_a_poll() -> None:
    async with world() as here:
        order = await here.pending(capture_mode="automatic")
        payment_id = order.payments[0].payment_id
        await here.sandbox.control(f"payments/{payment_id}/pay")
        seen = await polled(here, payment_id)
        for _ in range(3):
            await publish(here, seen, subject=order.order_id)
        await here.until(order.order_reference, "captured")
        await here.agrees()


async def test_an_observation_finds_its_order_by_the_payment() -> None:
    async with world() as here:
        order = await here.pending()
        payment_id = order.payments[0].payment_id
        await here.sandbox.control(f"payments/{payment_id}/pay")
        await publish(here, await polled(here, payment_id), subject="unknown")
        await here.until(order.order_reference, "authorized")


async def test_an_observation_of_another_orders_payment_moves_no_money_here() -> None:
    async with world() as here:
        order = await here.pending()
        other = await here.pending(order_reference="SHOP-2002")
        await here.sandbox.control(f"payments/{other.payments[0].payment_id}/pay")
        seen = await polled(here, other.payments[0].payment_id)
        await publish(here, seen, subject=order.order_id)

        async def ignored() -> bool:
            return "not_ours" in await here.story()

        await eventually(ignored)
        assert (await here.order()).status == "pending"


async def test_an_observation_of_no_order_becomes_a_dead_letter_with_its_reason() -> None:
    async with world() as here:
        order = await here.pending()
        seen = await polled(here, order.payments[0].payment_id)
        strange = seen.model_copy(update={"payment_id": "nobody's"})
        await publish(here, strange, subject="")
        await eventually(lambda: bool(here.dead_letters()))
        assert "belongs to no order" in str(here.dead_letters()[0][REASON])


async def test_polling_that_gave_up_flags_the_order() -> None:
    async with world() as here:
        order = await here.pending()
        told = PollingGaveUp(
            account=order.account,
            order_id=order.order_id,
            order_reference=order.order_reference,
            payment_ids=(order.payments[0].payment_id,),
            asked_count=10,
            since=here.tools.clock.now(),
        )
        await publish(here, told, subject=order.order_id)

        async def is_flagged() -> bool:
            return bool((await here.order()).review)

        await eventually(is_flagged)
        flagged = await here.order()
        assert (flagged.review, flagged.status) == ((Review.UNSETTLED,), "pending")


async def test_while_its_account_is_missing_from_the_file_what_was_seen_waits() -> None:
    async with world() as here:
        order = await here.pending()
        seen = await polled(here, order.payments[0].payment_id)
        envelope = wrap(
            seen,
            type_=seen.TYPE,
            id_="seen-1",
            source="reconciler",
            time=here.tools.clock.now(),
            subject=order.order_id,
        )
        without = replace(here.tools, gateways={})
        with pytest.raises(TryLater):
            await receive_observation(envelope, tools=without)
