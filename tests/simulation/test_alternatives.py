"""A session at the next account while the first is away, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable

from payments_common.breakers.entry import CallKind, Key
from payments_common.errors import NotSent, OutcomeUnknown
from payments_common.schemas.replies import Outcome
from simulation.virtual_loop import VirtualClock, run_virtually
from support.breaking import account
from support.builders import session
from support.guarded_house import House, house

FIRST, SECOND, THIRD = "tabby-ksa", "tamara-ksa", "myfatoorah-ksa"
ASKED = session(alternatives=(SECOND, THIRD))


def lived(story: Callable[[House], Awaitable[None]]) -> None:
    async def main() -> None:
        accounts = {name: account(name) for name in (FIRST, SECOND, THIRD)}
        async with house(accounts, clock=VirtualClock()) as here:
            await story(here)

    run_virtually(main())


async def stop(here: House, *names: str, seconds: float = 600) -> None:
    for name in names:
        key = Key(name, CallKind.SESSION)
        await here.board.stopped(key, seconds=seconds, by="nora", reason="maintenance")
    await asyncio.sleep(1)


def test_while_its_breaker_is_open_a_session_is_answered_at_once_with_when_to_come_again() -> None:
    async def story(here: House) -> None:
        await stop(here, FIRST)
        began = here.clock.monotonic_seconds()
        answer = await here.ask(session())
        assert (answer.outcome, answer.code) == (Outcome.UNAVAILABLE, "gateway_unavailable")
        assert 590 < (answer.retry_after_seconds or 0) <= 600
        assert here.clock.monotonic_seconds() - began < 0.1
        assert here.gateways[FIRST].calls == []

    lived(story)


def test_the_first_alternative_that_is_not_away_makes_the_session() -> None:
    async def story(here: House) -> None:
        await stop(here, FIRST, SECOND)
        answer = await here.ask(ASKED)
        order = await here.order("SHOP-1001")
        assert (answer.outcome, answer.account) == (Outcome.SUCCEEDED, THIRD)
        assert (order.account, order.payments[0].payment_id) == (THIRD, answer.payment_id)
        assert len(await here.told("SHOP-1001", "account")) == 1

    lived(story)


def test_an_alternative_that_cannot_have_the_order_is_passed_over() -> None:
    async def story(here: House) -> None:
        await stop(here, FIRST)
        here.gateways[SECOND].capabilities = here.gateways[SECOND].unable()
        answer = await here.ask(session(alternatives=("nobody", SECOND, THIRD)))
        assert answer.account == THIRD

    lived(story)


def test_where_all_are_away_the_shortest_wait_is_told() -> None:
    async def story(here: House) -> None:
        await stop(here, FIRST, THIRD)
        await stop(here, SECOND, seconds=60)
        answer = await here.ask(ASKED)
        assert answer.outcome is Outcome.UNAVAILABLE
        assert (answer.retry_after_seconds or 0) <= 60

    lived(story)


def test_what_was_surely_not_sent_is_sent_elsewhere() -> None:
    async def story(here: House) -> None:
        here.gateways[FIRST].trouble = NotSent("no way there")
        answer = await here.ask(ASKED)
        assert (answer.outcome, answer.account) == (Outcome.SUCCEEDED, SECOND)

    lived(story)


def test_where_a_session_may_have_been_made_the_order_stays() -> None:
    async def story(here: House) -> None:
        here.gateways[FIRST].trouble = OutcomeUnknown("answered 503")
        assert (await here.ask(ASKED)).outcome is Outcome.UNAVAILABLE
        await stop(here, FIRST)
        assert (await here.ask(ASKED)).outcome is Outcome.UNAVAILABLE
        assert (await here.order("SHOP-1001")).account == FIRST
        assert here.gateways[SECOND].calls == []

    lived(story)


def test_an_order_with_a_payment_stays_where_its_payment_is() -> None:
    async def story(here: House) -> None:
        await here.ask(ASKED)
        await stop(here, FIRST)
        answer = await here.ask(ASKED)
        assert (answer.outcome, answer.account) == (Outcome.UNAVAILABLE, FIRST)

    lived(story)


def test_the_same_command_again_gets_the_same_answer_from_the_same_account() -> None:
    async def story(here: House) -> None:
        await stop(here, FIRST, seconds=5)
        first = await here.ask(ASKED, command_id="once")
        await asyncio.sleep(10)
        assert await here.ask(ASKED, command_id="once") == first
        assert here.gateways[FIRST].calls == []
        assert here.gateways[SECOND].called("create_session") == 1

    lived(story)


def test_a_later_attempt_may_name_either_account_and_goes_where_the_order_is() -> None:
    async def story(here: House) -> None:
        await stop(here, FIRST, seconds=5)
        await here.ask(ASKED)
        await asyncio.sleep(10)
        for asked in (ASKED, session(account=SECOND), ASKED):
            answer = await here.ask(asked)
            assert (answer.outcome, answer.account) == (Outcome.SUCCEEDED, SECOND)
        assert (await here.ask(session(account=THIRD))).code == "order_mismatch"

    lived(story)


def test_an_order_that_was_nowhere_is_made_when_somebody_is_well_again() -> None:
    async def story(here: House) -> None:
        await stop(here, FIRST, SECOND, THIRD, seconds=10)
        assert (await here.ask(ASKED)).outcome is Outcome.UNAVAILABLE
        await stop(here, FIRST)
        await asyncio.sleep(15)
        answer = await here.ask(ASKED)
        assert (answer.outcome, answer.account) == (Outcome.SUCCEEDED, SECOND)

    lived(story)


def test_a_session_of_an_account_that_has_lost_the_order_is_given_to_nobody() -> None:
    async def story(here: House) -> None:
        first = here.gateways[FIRST]
        first.seconds, first.trouble = 1.0, NotSent("no way there")
        moving = asyncio.create_task(here.ask(ASKED))
        await asyncio.sleep(0.5)
        first.seconds = 3.0
        staying = asyncio.create_task(here.ask(ASKED))
        await asyncio.sleep(1.0)
        first.well()
        assert (await moving).account == SECOND
        assert (await staying).outcome is Outcome.UNAVAILABLE
        assert first.called("create_session") == 2
        assert {p.payment_id for p in (await here.order("SHOP-1001")).payments} == {
            (await moving).payment_id
        }

    lived(story)


def test_two_attempts_at_once_send_no_customer_to_an_account_that_lost_the_order() -> None:
    async def story(here: House) -> None:
        await stop(here, FIRST, SECOND, THIRD, seconds=5)
        await here.ask(ASKED)
        await asyncio.sleep(10)
        for gateway in here.gateways.values():
            gateway.seconds = 1.0
        here.gateways[FIRST].trouble = NotSent("no way there")
        answers = await asyncio.gather(*(here.ask(ASKED) for _ in range(10)))
        order = await here.order("SHOP-1001")
        made = {a.account for a in answers if a.outcome is Outcome.SUCCEEDED}
        assert made == {order.account}
        known = {payment.payment_id for payment in order.payments}
        assert {a.payment_id for a in answers if a.payment_id} == known

    lived(story)
