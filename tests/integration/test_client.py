"""A calling service on a real broker: what it may rely on when things go wrong."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from payments_common.client import NoAnswerYet, PaymentsClient, connect
from payments_common.errors import BrokerUnavailable, InvalidMessage, InvalidMoney
from payments_common.messaging import topology
from payments_common.money import Money
from payments_common.schemas.replies import Outcome
from support.answering import Answering, answering
from support.eventually import eventually
from support.rabbit import RabbitProbe, proxied, rabbit_probe

ORDER = "ORDER-1001"
RIYALS = Money.from_major("49.00", "SAR")


@pytest.fixture
async def orchestrator(rabbitmq_url: str) -> AsyncIterator[Answering]:
    async with answering(rabbitmq_url) as orchestrator:
        yield orchestrator


@pytest.fixture
async def shop(rabbitmq_url: str) -> AsyncIterator[PaymentsClient]:
    async with connect(rabbitmq_url, name="shop") as shop:
        yield shop


@pytest.fixture
async def probe(rabbitmq_url: str) -> AsyncIterator[RabbitProbe]:
    async with rabbit_probe(rabbitmq_url) as probe:
        yield probe


async def test_everybody_hears_the_answer_to_their_own_command(
    orchestrator: Answering, shop: PaymentsClient
) -> None:
    references = [f"ORDER-{number}" for number in range(20)]
    answers = await asyncio.gather(*(shop.capture(reference) for reference in references))
    assert [answer.order_reference for answer in answers] == references
    assert len({answer.gateway_reference for answer in answers}) == len(references)


async def test_the_verbs_send_what_the_models_say(
    orchestrator: Answering, shop: PaymentsClient
) -> None:
    await shop.capture(ORDER, RIYALS, reason="parcel 1", reference="DN-1", requested_by="noor")
    await shop.refund(ORDER, payment_id="payment-1")
    await shop.void(ORDER, reason="out of stock")
    await shop.recheck(ORDER)
    by_itself = {"order_reference": ORDER, "requested_by": {"user_id": "shop"}}
    assert [(each.type, each.data) for each in orchestrator.commands] == [
        (
            "capture_payment.v1",
            {
                "order_reference": ORDER,
                "requested_by": {"user_id": "noor"},
                "amount": {"amount_minor": 4900, "currency": "SAR"},
                "reason": "parcel 1",
                "reference": "DN-1",
            },
        ),
        ("refund_payment.v1", {**by_itself, "payment_id": "payment-1"}),
        ("void_payment.v1", {**by_itself, "reason": "out of stock"}),
        ("recheck_payment.v1", by_itself),
    ]


async def test_the_same_command_again_gets_the_same_answer(
    orchestrator: Answering, shop: PaymentsClient
) -> None:
    first = await shop.capture(ORDER, RIYALS, command_id="capture-1")
    assert await shop.capture(ORDER, RIYALS, command_id="capture-1") == first
    assert (await shop.capture(ORDER, RIYALS)).gateway_reference != first.gateway_reference


async def test_whoever_waited_too_short_hears_the_answer_when_asking_again(
    orchestrator: Answering, shop: PaymentsClient
) -> None:
    orchestrator.answering.clear()
    with pytest.raises(NoAnswerYet, match="capture-1") as caught:
        await shop.capture(ORDER, command_id="capture-1", timeout_seconds=0.3)
    assert caught.value.command_id == "capture-1"
    orchestrator.answering.set()
    answer = await shop.capture(ORDER, command_id="capture-1")
    assert answer.gateway_reference == "effect-1"


async def test_two_who_wait_for_one_command_both_hear_though_one_of_them_gives_up(
    orchestrator: Answering, shop: PaymentsClient
) -> None:
    orchestrator.answering.clear()
    waiting = [asyncio.create_task(shop.capture(ORDER, command_id="one")) for _ in range(2)]
    with pytest.raises(NoAnswerYet):
        await shop.capture(ORDER, command_id="one", timeout_seconds=0.3)
    orchestrator.answering.set()
    first, second = await asyncio.gather(*waiting)
    assert first == second


async def test_a_late_answer_is_not_taken_for_that_of_other_content_under_its_id(
    orchestrator: Answering, shop: PaymentsClient
) -> None:
    orchestrator.answering.clear()
    with pytest.raises(NoAnswerYet):
        await shop.refund(ORDER, RIYALS, command_id="refund-1", timeout_seconds=0.3)
    other = asyncio.create_task(shop.refund(ORDER, command_id="refund-1"))
    await eventually(lambda: len(orchestrator.heard) == 2)
    orchestrator.answering.set()
    assert (await other).outcome is Outcome.REFUSED


async def test_an_answer_of_a_newer_orchestrator_is_an_error_at_once_not_a_silence(
    orchestrator: Answering, shop: PaymentsClient
) -> None:
    orchestrator.spoiled = True
    with pytest.raises(InvalidMessage, match="answer cannot be read"):
        await shop.capture(ORDER)


async def test_a_command_waits_for_an_unreachable_broker_and_then_gets_its_answer(
    rabbitmq_url: str, orchestrator: Answering
) -> None:
    async with proxied(rabbitmq_url) as (proxy, url), connect(url, name="shop") as shop:
        await proxy.refuse()
        proxy.reset()
        capturing = asyncio.create_task(shop.capture(ORDER, command_id="capture-1"))
        await asyncio.wait([capturing], timeout=0.5)
        await proxy.accept()
        assert (await capturing).outcome is Outcome.SUCCEEDED
    assert orchestrator.heard == ["capture-1"]


async def test_a_command_that_was_never_sent_is_told_from_one_without_an_answer(
    rabbitmq_url: str, orchestrator: Answering
) -> None:
    async with proxied(rabbitmq_url) as (proxy, url), connect(url, name="shop") as shop:
        await proxy.refuse()
        proxy.reset()
        with pytest.raises(BrokerUnavailable, match="was not sent"):
            await shop.capture(ORDER, timeout_seconds=1.5)
    assert orchestrator.heard == []


async def test_a_command_whose_confirm_was_lost_is_sent_again_under_its_id(
    rabbitmq_url: str, orchestrator: Answering
) -> None:
    async with proxied(rabbitmq_url) as (proxy, url), connect(url, name="shop") as shop:
        await shop.capture(ORDER, command_id="before")
        proxy.swallow_answers()
        capturing = asyncio.create_task(shop.capture(ORDER, command_id="capture-1"))
        await eventually(lambda: "capture-1" in orchestrator.heard)
        proxy.reset()
        proxy.restore()
        answer = await capturing
    assert (answer.gateway_reference, orchestrator.heard[2:]) == ("effect-2", ["capture-1"])


async def test_a_reply_queue_that_went_is_made_again(
    rabbitmq_url: str, orchestrator: Answering, shop: PaymentsClient, probe: RabbitProbe
) -> None:
    underlay = await probe.channel.get_underlay_channel()
    await underlay.queue_delete(shop.reply_queue)

    async def made_again() -> bool:
        async with rabbit_probe(rabbitmq_url) as fresh:
            declared = await fresh.channel.declare_queue(shop.reply_queue, passive=True)
            return bool(declared.declaration_result.consumer_count)

    async def is_made_again() -> bool:
        try:
            return await made_again()
        except Exception:  # noqa: BLE001 - not there yet closes the probe's channel
            return False

    await eventually(is_made_again)
    assert (await shop.capture(ORDER)).outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize("amount", [49.0, "49.00", 4900, True])
async def test_what_is_not_money_is_refused_before_anything_is_sent(
    orchestrator: Answering, shop: PaymentsClient, amount: object
) -> None:
    with pytest.raises(InvalidMessage, match="amount"):
        await shop.refund(ORDER, amount)  # type: ignore[arg-type]
    assert orchestrator.heard == []


def test_an_amount_of_too_many_decimals_or_a_float_is_no_money() -> None:
    with pytest.raises(InvalidMoney, match="more decimals than the 2 that SAR has"):
        Money.from_major("49.001", "SAR")
    with pytest.raises(InvalidMoney, match="float"):
        Money.from_major(49.0, "SAR")  # type: ignore[arg-type]


async def test_an_amount_of_nothing_is_refused_before_anything_is_sent(
    orchestrator: Answering, shop: PaymentsClient
) -> None:
    with pytest.raises(InvalidMessage, match="more than zero"):
        await shop.refund(ORDER, Money.zero("SAR"))
    assert orchestrator.heard == []


@pytest.mark.parametrize("name", ["", "Shop", "shop.events", "shop*", "-shop"])
async def test_a_name_that_would_not_fit_a_permission_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a service"):
        async with connect("amqp://nobody.example.com/", name=name):
            pass


async def test_commands_that_nobody_waits_for_leave_nothing_behind(
    orchestrator: Answering, shop: PaymentsClient, probe: RabbitProbe
) -> None:
    orchestrator.answering.clear()
    with pytest.raises(NoAnswerYet):
        await shop.capture(ORDER, timeout_seconds=0.3)
    orchestrator.answering.set()
    await shop.capture(ORDER)
    assert await probe.count(shop.reply_queue) == 0
    assert await probe.count(topology.QUEUE_DEAD_LETTERS) == 0
