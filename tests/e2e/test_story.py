"""The demo's story on real processes; whatever is stopped or killed in the midst of it."""

import time
from collections.abc import Callable

import pytest

from payments_demo.agreement import compare, timeline
from payments_demo.house import House
from payments_demo.story import parts, storyteller

YOUNG_QUEUE_SECONDS = 5.0


async def tell(house: House, disturb: Callable[[str], None]) -> list[str]:
    """Tells the whole story; returns the order references."""

    async def pause(step: str) -> None:
        disturb(step)

    lamp, rugs, sofa, vase, ouds = orders = parts()
    async with storyteller(house.urls, tell=lambda *_: None, pause=pause) as story:
        await story.register_webhooks()
        await story.captured_and_partly_refunded(lamp)
        await story.captured_in_two_parts_then_closed(rugs)
        await story.declined(sofa)
        await story.approved_then_shipped(vase)
        await story.paid_then_refunded_by_finance(ouds)
    return [part.order_reference for part in orders]


def assert_agreement(house: House, references: list[str]) -> None:
    agreements = [
        compare(reference, sandbox_url=house.urls.sandbox, environment=house.environment)
        for reference in references
    ]
    assert [(a.status, a.ours) for a in agreements] == [
        ("partially_refunded", amounts(24900, 24900, 4900, 0)),
        ("partially_captured", amounts(12750, 9750, 0, 3000)),
        ("failed", amounts(0, 0, 0, 0)),
        ("partially_refunded", amounts(34950, 34950, 10000, 0)),
        ("partially_refunded", amounts(18750, 18750, 8750, 0)),
    ]
    assert [a.theirs for a in agreements] == [a.ours for a in agreements]


def amounts(authorized: int, captured: int, refunded: int, voided: int) -> dict[str, int]:
    return {
        "authorized": authorized,
        "captured": captured,
        "refunded": refunded,
        "voided": voided,
    }


async def test_five_orders_end_as_told_and_agree_with_the_ledger(house: House) -> None:
    references = await tell(house, lambda _: None)
    assert_agreement(house, references)


@pytest.mark.parametrize("how", ["stopped", "killed"])
async def test_restarting_the_services_at_every_step_changes_nothing(
    house: House, how: str
) -> None:
    def disturb(_: str) -> None:
        for service in (house.orchestrator, house.ingress):
            if how == "killed":
                service.kill()
            service.restart()

    assert_agreement(house, await tell(house, disturb))


async def test_a_service_that_is_away_while_the_customer_pays_changes_nothing(
    house: House,
) -> None:
    """The gateway delivers again until the ingress is back; nothing else tells of the payment."""
    away = {"session": house.ingress.kill, "pay": house.ingress.start}

    def disturb(step: str) -> None:
        if step in away:
            away[step]()
        if step == "decline":
            house.ingress.start()

    assert_agreement(house, await tell(house, disturb))


async def test_law_2_a_broker_and_a_database_killed_in_the_midst_lose_nothing(
    house: House,
) -> None:
    """RabbitMQ itself may forget a queue that is younger than a few seconds when it is killed."""
    servers = {"pay": house.servers.rabbitmq, "capture 1": house.servers.mongodb}

    def disturb(step: str) -> None:
        server = servers.pop(step, None)
        if server is not None:
            time.sleep(YOUNG_QUEUE_SECONDS)
            server.kill()
            server.restart()

    assert_agreement(house, await tell(house, disturb))


async def test_a_timeline_reads_like_an_explanation(house: House) -> None:
    references = await tell(house, lambda _: None)
    told = timeline(references[0], environment=house.environment)
    sentences = [
        "demo-shop asked for a checkout session of 249.00 SAR",
        "A webhook claims authorized",
        "The gateway said AUTHORIZED when asked",
        "pending → authorized",
        "policy asked to capture 249.00 SAR because: capture_mode is automatic",
        "authorized → captured",
        "demo-shop asked to refund 49.00 SAR because: one piece came back",
        "captured → partially_refunded",
    ]
    places = [told.find(sentence) for sentence in sentences]
    assert -1 not in places
    assert places == sorted(places)
