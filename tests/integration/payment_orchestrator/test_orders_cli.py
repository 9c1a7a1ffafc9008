"""`payments orders review`, `decide` and `accept` on real servers, as an operator calls them."""

import json
from pathlib import Path

import pytest

from local_stack.stack import StackUrls
from payment_orchestrator.domain.order import OperationState
from support.operators_desk import (
    Desk,
    desk,
    nothing,
    paid_late,
    unanswered,
    unresolved,
    unresolved_and_done,
)
from support.stuck import STUCK

DECIDE = ("orders", "decide", "SHOP-1001", STUCK)
SIGNED = ("--by", "noor", "--reason", "their ticket 4711")


@pytest.fixture
def servers(rabbitmq_url: str, stack: StackUrls) -> StackUrls:
    """With every queue empty."""
    return stack


async def state(at: Desk) -> OperationState:
    operation = (await at.here.order()).operation(STUCK)
    assert operation is not None
    return operation.state


async def test_a_decision_is_shown_beside_what_the_gateway_says_and_asked_for(
    servers: StackUrls, tmp_path: Path
) -> None:
    async with desk(servers, tmp_path, unresolved) as at:
        told = await at.asks(*DECIDE, "--not-done", *SIGNED, typed="n\n")
        assert told.status == 1
        for words in (
            f"50.00 SAR, {STUCK}",
            "warehouse (RabbitMQ user shop)",
            "as it was sent to the gateway",
            "the gateway was asked 10 times",
            "AUTHORIZED",
            "No effect of it is seen.",
            "50.00 SAR is free again and warehouse hears declined",
            "Decide that it was not done?",
            "nothing was sent",
        ):
            assert words in told.text
        assert await state(at) is OperationState.UNKNOWN


async def test_a_confirmed_decision_is_told_in_one_line(servers: StackUrls, tmp_path: Path) -> None:
    async with desk(servers, tmp_path, unresolved) as at:
        told = await at.asks(*DECIDE, "--not-done", *SIGNED, typed="y\n")
        assert told.status == 0
        line = f"{STUCK} was not done, decided by noor: SHOP-1001 is authorized"
        assert told.text.splitlines()[-1] == line
        assert await state(at) is OperationState.DECLINED
        await at.here.agrees()


async def test_what_the_gateway_shows_meanwhile_is_said_and_wins(
    servers: StackUrls, tmp_path: Path
) -> None:
    async with desk(servers, tmp_path, unresolved_and_done) as at:
        told = await at.asks(*DECIDE, "--not-done", *SIGNED, "--yes")
        assert told.status == 0
        assert f"reference {STUCK}" in told.text
        assert "Its effect is seen, as " in told.text
        assert "was done, decided by the gateway, which shows it now" in told.text
        assert await state(at) is OperationState.SUCCEEDED
        await at.here.agrees()


async def test_where_the_gateway_does_not_answer_nothing_is_sent(
    servers: StackUrls, tmp_path: Path
) -> None:
    async with desk(servers, tmp_path, unresolved) as at:
        elsewhere = at.accounts_at("http://127.0.0.1:9")
        told = await at.asks(*DECIDE, "--done", *SIGNED, "--yes", PAYMENTS_ACCOUNTS_FILE=elsewhere)
        assert told.status == 1
        (line,) = told.text.splitlines()
        assert line.startswith("nothing was sent: the gateway was not reached")
        assert await state(at) is OperationState.UNKNOWN


@pytest.mark.parametrize(
    ("words", "environ", "start"),
    [
        (("decide", "NOBODY", STUCK, "--done"), {}, "unknown_order: "),
        (("decide", "SHOP-1001", "never", "--done"), {}, "unknown_operation: "),
        (("decide", "SHOP-1001", STUCK, "--done"), {}, "decision_not_needed: "),
        (("accept", "SHOP-1001", "paid_late"), {}, "refused: review_not_open: "),
        (("accept", "no such reference", "paid_late"), {}, "invalid_message: "),
        (
            ("accept", "SHOP-1001", "paid_late"),
            {"PAYMENTS_RABBITMQ_URL": "amqp://127.0.0.1:9"},
            "broker_unavailable: ",
        ),
    ],
)
async def test_what_cannot_be_is_told_in_one_line(
    servers: StackUrls,
    tmp_path: Path,
    words: tuple[str, ...],
    environ: dict[str, str],
    start: str,
) -> None:
    async with desk(servers, tmp_path, unanswered) as at:
        told = await at.asks("orders", *words, *SIGNED, **environ)
        assert told.status == 1
        (line,) = told.text.splitlines()
        assert line.startswith(start)


async def test_an_accepted_order_goes_on(servers: StackUrls, tmp_path: Path) -> None:
    async with desk(servers, tmp_path, paid_late) as at:
        told = await at.asks("orders", "accept", "SHOP-1001", "paid_late", *SIGNED)
        assert told.status == 0
        assert told.text.startswith("paid_late accepted: SHOP-1001 is ")
        assert told.text.endswith("open reviews: none\n")
        await at.here.until("SHOP-1001", "captured")
        await at.here.agrees()


async def test_what_waits_is_listed_with_its_next_step(servers: StackUrls, tmp_path: Path) -> None:
    async with desk(servers, tmp_path, unresolved) as at:
        told = await at.asks("orders", "review")
        assert told.status == 0
        title, order, step = told.text.splitlines()
        assert title == "operation_unresolved"
        assert order.strip().startswith("23 h ")
        assert "SHOP-1001  authorized, 150.00 SAR at tabby-ksa" in order
        assert f"payments orders decide SHOP-1001 {STUCK} --done|--not-done" in step


async def test_an_operation_is_listed_when_it_is_open_for_long(
    servers: StackUrls, tmp_path: Path
) -> None:
    async with desk(servers, tmp_path, unanswered) as at:
        told = await at.asks("orders", "review", "--json")
        (row,) = [json.loads(line) for line in told.stdout.splitlines()]
        assert (row["why"], row["about"]) == ("open_operation", [STUCK])
        assert "has no answer yet: the gateway, asked 2 times" in row["next_step"]
        patient = await at.asks("orders", "review", "--older-than", "10000")
        assert patient.text == "nothing waits for a person\n"


async def test_where_nothing_waits_that_is_said(servers: StackUrls, tmp_path: Path) -> None:
    async with desk(servers, tmp_path, nothing) as at:
        assert (await at.asks("orders", "review")).text == "nothing waits for a person\n"
        assert (await at.asks("orders", "review", "--json")).text == ""
