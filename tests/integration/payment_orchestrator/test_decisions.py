"""What a person decides or accepts, by command; the gateway's sandbox and its ledger decide."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from payment_orchestrator.domain.operations import MOST_ATTEMPTS
from payment_orchestrator.domain.order import OperationState, Review
from payment_orchestrator.domain.review import ASKS_BEFORE_REVIEW
from payments_common.schemas.replies import Outcome
from support.boundaries import at_boundaries
from support.builders import capture, recheck
from support.clocks import ManualClock
from support.eventually import eventually
from support.stuck import STUCK, Stuck, accept, decide, restart_without_answers, stuck
from support.world import World, world


async def test_an_operation_that_nobody_knows_the_end_of_is_flagged_and_blocks_its_payment() -> (
    None
):
    async with stuck(has_effect=False) as here:
        order = await here.here.order()
        assert order.review == (Review.OPERATION_UNRESOLVED,)
        await here.here.publish(here.here.wrapped(capture(amount_minor=100), command_id="second"))
        await here.clock.advance(0)
        assert await here.here.ledger(order) == {
            "authorized": 15000,
            "captured": 0,
            "refunded": 0,
            "voided": 0,
        }


async def test_nobody_decides_while_the_gateway_is_still_being_asked() -> None:
    async with world(clock=(clock := ManualClock())) as here:
        await Stuck(here, clock).ask_for_capture(has_effect=False)
        await Stuck(here, clock).asked(3)
        answer = await here.send(decide(was_done=False))
        assert (answer.outcome, answer.code) == (Outcome.REFUSED, "decision_not_needed")
        assert (await Stuck(here, clock).operation()).state is OperationState.UNKNOWN


async def test_nobody_decides_what_was_never_asked_for() -> None:
    async with world() as here:
        await here.authorized()
        answer = await here.send(decide(was_done=True))
        assert (answer.outcome, answer.code) == (Outcome.REFUSED, "unknown_operation")
        nowhere = decide(was_done=True).model_copy(update={"order_reference": "NOBODY"})
        assert (await here.send(nowhere)).code == "unknown_order"


@pytest.mark.parametrize("was_done", [True, False])
async def test_an_effect_that_the_gateway_shows_wins_over_the_person(was_done: bool) -> None:
    async with stuck(has_effect=True) as here:
        answer = await here.send(decide(was_done=was_done))
        assert answer.outcome is Outcome.SUCCEEDED
        assert answer.details == {"was_done": True, "decided_by": "the gateway, which shows it now"}
        assert answer.status == "partially_captured"
        operation = await here.operation()
        assert (operation.state, operation.decided_by) == (OperationState.SUCCEEDED, None)
        await here.here.agrees()


async def test_what_was_not_done_is_free_again_and_who_asked_hears_it() -> None:
    async with stuck(has_effect=False) as here:
        answer = await here.send(decide(was_done=False))
        assert (answer.outcome, answer.details) == (
            Outcome.SUCCEEDED,
            {"was_done": False, "decided_by": "noor"},
        )
        told = [each for each in here.here.answers() if each.command_id == STUCK]
        assert [(each.outcome, each.code) for each in told] == [("declined", "decided_not_done")]
        assert (await here.send(capture())).outcome is Outcome.SUCCEEDED
        await here.here.agrees()


async def test_what_was_done_stays_reserved_though_the_gateway_does_not_show_it() -> None:
    async with stuck(has_effect=False) as here:
        answer = await here.send(decide(was_done=True))
        assert answer.outcome is Outcome.SUCCEEDED
        over = await here.send(capture(amount_minor=10001))
        assert (over.outcome, over.code) == (Outcome.REFUSED, "amount_exceeds_balance")
        order = await here.here.order()
        assert (order.balance.captured.amount_minor, order.review) == (0, ())


async def test_nothing_is_decided_while_the_gateway_does_not_answer() -> None:
    async with stuck(has_effect=False) as here:
        await here.here.fault("get_payment", "error", status=503)
        answer = await here.send(decide(was_done=False))
        assert (answer.outcome, answer.code) == (Outcome.UNAVAILABLE, "gateway_unavailable")
        assert (await here.operation()).state is OperationState.UNKNOWN
        assert (await here.send(decide(was_done=False))).outcome is Outcome.SUCCEEDED


async def test_nothing_is_decided_before_what_was_sent_last_would_show() -> None:
    """It was sent six times, each after asking twice, and lastly just now."""
    async with world(clock=(clock := ManualClock())) as here:
        await here.authorized()
        await here.fault("capture", "error", phase="before", status=500, count=MOST_ATTEMPTS)
        await here.publish(here.wrapped(capture(amount_minor=5000), command_id=STUCK))
        operation = await Stuck(here, clock).asked(ASKS_BEFORE_REVIEW + 1, pause_seconds=5)
        assert (await here.order()).review == (Review.OPERATION_UNRESOLVED,)
        answer = await here.send(decide(was_done=False))
        assert (answer.outcome, answer.retry_after_seconds) == (Outcome.UNAVAILABLE, 5)
        assert (await Stuck(here, clock).operation()) == operation


async def test_what_was_asked_before_it_was_sent_again_decides_nothing() -> None:
    """Another process sends it between the question for the decision and its answer's write."""
    async with stuck(has_effect=False) as here:
        sent_again: list[str] = []

        async def reached(boundary: str) -> None:
            if boundary == "gateway.get_payment:after" and not sent_again:
                sent_again.append(boundary)
                await here.save_attempt()

        gateways = {n: at_boundaries("gateway", g, reached) for n, g in here.here.gateways.items()}
        here.here.tools = replace(here.here.tools, gateways=gateways)
        await here.here.crash_and_restart()
        deciding = asyncio.create_task(here.send(decide(was_done=False)))
        await eventually(lambda: bool(sent_again))
        await eventually_advanced(here.clock, until=deciding.done)
        assert (await deciding).outcome is Outcome.UNAVAILABLE
        assert (await here.operation()).state is OperationState.UNKNOWN


async def eventually_advanced(clock: ManualClock, *, until: Callable[[], bool]) -> None:
    async def advanced() -> bool:
        await clock.advance(1)
        return until()

    await eventually(advanced)


async def test_the_same_decision_again_hears_the_same_answer_and_changes_nothing() -> None:
    async with stuck(has_effect=False) as here:
        first = await here.send(decide(was_done=False), command_id="decision-1")
        again = await here.send(decide(was_done=False), command_id="decision-1")
        assert again == first
        other = await here.send(decide(was_done=True), command_id="decision-1")
        assert other.code == "idempotency_conflict"
        assert (await here.here.story()).count("operation_decided") == 1


async def test_a_decision_whose_process_died_before_it_kept_the_answer_is_answered_the_same() -> (
    None
):
    async with stuck(has_effect=False) as here:
        first = await here.send(decide(was_done=False), command_id="decision-1")
        await restart_without_answers(here.here)
        again = await here.send(decide(was_done=False), command_id="decision-1")
        assert again == first


async def test_a_later_decision_is_told_that_nothing_is_left_to_decide() -> None:
    async with stuck(has_effect=False) as here:
        await here.send(decide(was_done=False))
        answer = await here.send(decide(was_done=True))
        assert (answer.outcome, answer.code) == (Outcome.REFUSED, "operation_closed")


@asynccontextmanager
async def paid_late() -> AsyncIterator[World]:
    """An automatic order, paid after its session had expired."""
    async with world() as here:
        order = await here.pending(capture_mode="automatic")
        payment = f"payments/{order.payments[0].payment_id}"
        await here.sandbox.settings(late_payments="accept")
        await here.sandbox.control(f"{payment}/expire")
        assert (await here.send(recheck())).status == "expired"
        await here.sandbox.control(f"{payment}/pay")
        assert (await here.send(recheck())).status == "authorized"
        yield here


async def test_an_accepted_review_is_lifted_and_automatic_capture_goes_on() -> None:
    async with paid_late() as here:
        assert (await here.order()).review == (Review.PAID_LATE,)
        answer = await here.send(accept("paid_late"))
        assert (answer.outcome, answer.details) == (Outcome.SUCCEEDED, {"review": []})
        await here.until("SHOP-1001", "captured")
        assert "review_accepted" in await here.story()
        await here.agrees()


async def test_the_same_acceptance_again_hears_the_same_answer() -> None:
    async with paid_late() as here:
        first = await here.send(accept("paid_late"), command_id="accept-1")
        await restart_without_answers(here)
        assert await here.send(accept("paid_late"), command_id="accept-1") == first
        assert (await here.story()).count("review_accepted") == 1


@pytest.mark.parametrize(
    ("review", "code"), [("paid_never", "unknown_review"), ("paid_twice", "review_not_open")]
)
async def test_a_review_that_is_none_or_not_open_cannot_be_accepted(review: str, code: str) -> None:
    async with paid_late() as here:
        answer = await here.send(accept(review))
        assert (answer.outcome, answer.code) == (Outcome.REFUSED, code)
        assert (await here.order()).review == (Review.PAID_LATE,)


async def test_an_operation_that_needs_a_decision_is_not_accepted() -> None:
    async with stuck(has_effect=False) as here:
        answer = await here.send(accept("operation_unresolved"))
        assert (answer.outcome, answer.code) == (Outcome.REFUSED, "decision_needed")
