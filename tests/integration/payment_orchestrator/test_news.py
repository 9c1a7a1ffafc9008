"""Orders learn by webhook, by the reconciler and by asking: each is told as what it is."""

from collections import Counter

from payment_orchestrator.adapters.memory import MemoryWebhookEvents
from payment_orchestrator.domain.news import Learned, Via
from payments_common.gateways.port import CallContext
from payments_common.messaging.port import Outgoing
from payments_common.messaging.topology import OBSERVATIONS
from payments_common.schemas.envelope import wrap
from payments_common.schemas.observations import Observation, ObservationSource
from payments_common.schemas.reconciliation import OBSERVED_KEY
from support.builders import PAYMENT, capture, recheck
from support.eventually import eventually
from support.world import World, world


async def poll(here: World, payment_id: str) -> None:
    """What the reconciler does."""
    gateway = here.tools.gateway("tabby-ksa")
    said = await gateway.get_payment(payment_id, context=CallContext(purpose="poll"))
    seen = said.model_copy(update={"source": ObservationSource.POLL})
    envelope = wrap(
        seen,
        type_=Observation.TYPE,
        id_=here.tools.new_id(),
        source="reconciler",
        time=here.tools.clock.now(),
    )
    await here.shop.publish(
        Outgoing(exchange=OBSERVATIONS, routing_key=OBSERVED_KEY, envelopes=[envelope])
    )


async def news(here: World, reference: str = "SHOP-1001") -> list[Learned]:
    order = await here.order(reference)
    history = await here.tools.orders.history(order.order_id)
    return [entry.learned for entry in history if entry.learned and entry.learned.has_webhook]


def counted(here: World) -> tuple[Counter[Via], int]:
    """What was learned, and how many webhooks came."""
    learned: Counter[Via] = Counter()
    received = 0
    for hour in here.tools.tally.take():
        learned.update(hour.learned)
        received += hour.received.total()
    return learned, received


async def test_one_order_learns_by_webhook_and_one_by_the_reconciler() -> None:
    async with world() as here:
        await here.authorized()
        polled = await here.pending(order_reference="SHOP-2002")
        payment_id = polled.payments[0].payment_id
        await here.sandbox.control(f"payments/{payment_id}/pay")
        await poll(here, payment_id)
        await here.until("SHOP-2002", "authorized")
        assert [each.via for each in await news(here)] == [Via.WEBHOOK]
        assert [each.via for each in await news(here, "SHOP-2002")] == [Via.POLL]
        assert counted(here) == ({Via.WEBHOOK: 1, Via.POLL: 1}, 1)


async def test_a_webhook_behind_a_poll_brings_no_second_change() -> None:
    async with world() as here:
        order = await here.pending()
        payment_id = order.payments[0].payment_id
        await here.sandbox.control(f"payments/{payment_id}/pay")
        await poll(here, payment_id)
        await here.until(order.order_reference, "authorized")
        await here.webhook({"id": payment_id, "status": "authorized"})

        async def read_back() -> bool:
            return "nothing_new" in await here.story()

        await eventually(read_back)
        assert [each.via for each in await news(here)] == [Via.POLL]


async def test_who_asked_learned_by_asking_and_how_late_it_was() -> None:
    async with world() as here:
        order = await here.authorized()
        payment_id = order.payments[0].payment_id
        await here.sandbox.control(f"payments/{payment_id}/capture", amount="150.00")
        await here.send(recheck())
        _, asked = await news(here)
        assert asked.via is Via.ASKED
        assert asked.delay_seconds is not None


async def test_the_gateways_answer_to_our_own_call_is_told_as_an_answer() -> None:
    async with world() as here:
        order = await here.authorized()
        await here.send(capture(order_reference=order.order_reference))
        assert [each.via for each in await news(here)] == [Via.WEBHOOK, Via.ANSWER]


async def test_webhooks_are_counted_also_twice_without_effect_and_set_aside() -> None:
    async with world() as here:
        for _ in range(2):
            await here.webhook({"id": PAYMENT, "status": "authorized"})
        await here.webhook(b"no JSON at all")
        came: list[int] = []

        def all_came() -> bool:
            came.append(counted(here)[1])
            return sum(came) >= 3

        await eventually(all_came)
        assert sum(came) == 3


async def test_a_probe_of_our_own_is_no_webhook_of_the_gateways() -> None:
    async with world() as here:
        await here.webhook({"id": PAYMENT, "status": "probe"}, secret_id=None)
        events = here.tools.webhook_events
        assert isinstance(events, MemoryWebhookEvents)
        await eventually(lambda: len(events.outcomes) == 1)
        assert counted(here) == ({}, 0)
