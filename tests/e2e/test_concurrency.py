"""Law 6 with four orchestrators: fifty at once on one order, while others live their lives.

Each call that moves the hot orders' money takes half a second at the gateway, so they have work for
as long as the others need, on a slow machine too; and an orchestrator has few places for messages,
so that whoever kept one while it waits would keep the others out.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from chaos.looks import rest
from payments_common.money import Money
from payments_common.schemas.replies import Answer, Outcome
from support.estate import Estate, estate
from support.lives import CURRENCIES, TOTAL_MINOR, Lives, living

ORCHESTRATORS = 4
PLACES = 4
SMALL, BIG = 40, 10
SMALL_MINOR, BIG_MINOR = 500, 2000
FIT = TOTAL_MINOR // SMALL_MINOR
OTHERS = 20
GATEWAY_SECONDS = 0.5
ANSWER_SECONDS = 300.0
CLEAR_REFUSALS = {"amount_exceeds_balance", "void_first"}


@dataclass(slots=True)
class Hot:
    """An order on which everybody acts at once; `small` is what would overdraw it.

    `declines` are the gateway's own words for what its rules forbid.
    """

    account: str
    small: str
    declines: frozenset[str] = frozenset()
    reference: str = ""

    @property
    def big(self) -> str:
        return "refund" if self.small == "capture" else "capture"

    def money(self, amount_minor: int) -> Money:
        return Money(amount_minor, CURRENCIES[self.account])


def hot_orders() -> list[Hot]:
    """MyFatoorah captures a payment once, so there the refunds are many.

    Tamara captures nothing more once something is refunded.
    """
    return [
        Hot("tabby-ksa", "capture"),
        Hot("tamara-ksa", "capture", declines=frozenset({"transition_not_allowed"})),
        Hot("myfatoorah-kwt", "refund"),
    ]


@pytest.fixture(scope="module")
def on() -> Iterator[Estate]:
    with estate(orchestrators=ORCHESTRATORS, prefetch=PLACES) as opened:
        yield opened


async def heat(lives: Lives, hot: Hot) -> None:
    hot.reference = await lives.paid(hot.account)
    if hot.small == "refund":
        assert (await lives.payments.capture(hot.reference)).outcome is Outcome.SUCCEEDED
    await lives.slow_down(hot.reference, seconds=GATEWAY_SECONDS)


async def fifty_at_once(lives: Lives, hot: Hot) -> dict[str, list[Answer]]:
    """By kind; each command has one answer, or this fails."""

    async def send(kind: str, amount: Money) -> Answer:
        verb = getattr(lives.payments, kind)
        answer: Answer = await verb(hot.reference, amount, timeout_seconds=ANSWER_SECONDS)
        return answer

    small = [send(hot.small, hot.money(SMALL_MINOR)) for _ in range(SMALL)]
    big = [send(hot.big, hot.money(BIG_MINOR)) for _ in range(BIG)]
    answers = await asyncio.gather(*small, *big)
    return {hot.small: answers[:SMALL], hot.big: answers[SMALL:]}


async def test_law_6_fifty_at_once_never_exceed_and_hold_no_other_order_up(on: Estate) -> None:
    hots = hot_orders()
    async with living(on.urls) as lives:
        await asyncio.gather(*(heat(lives, hot) for hot in hots))
        bursts = [asyncio.create_task(fifty_at_once(lives, hot)) for hot in hots]
        accounts = [list(CURRENCIES)[number % len(CURRENCIES)] for number in range(OTHERS)]
        others = await asyncio.gather(*(lives.ordinary(account) for account in accounts))
        held_up = [hot.account for hot, burst in zip(hots, bursts, strict=True) if burst.done()]
        assert held_up == [], "the other orders were only done after these"
        for hot, answers in zip(hots, await asyncio.gather(*bursts), strict=True):
            check_answers(hot, answers)
            await check_ledger(lives, hot, answers)
        await lives.finance_pays()
        seen, _ = await rest(on, within_seconds=ANSWER_SECONDS)
    assert seen.unrest == []
    for reference in (*others, *(hot.reference for hot in hots)):
        assert seen.ours(reference) == seen.theirs(reference), reference


def check_answers(hot: Hot, answers: dict[str, list[Answer]]) -> None:
    """As many as fit are sent, and each of the others is told why not and what is left."""
    outcomes = Counter(answer.outcome for answer in answers[hot.small])
    everything = [answer for each in answers.values() for answer in each]
    declined = [answer for answer in everything if answer.outcome is Outcome.DECLINED]
    refused = [answer for answer in everything if answer.outcome is Outcome.REFUSED]
    assert {answer.code for answer in declined} <= hot.declines, hot.account
    assert {answer.code for answer in refused} <= CLEAR_REFUSALS, hot.account
    assert outcomes[Outcome.SUCCEEDED] <= FIT, hot.account
    assert outcomes[Outcome.SUCCEEDED] + outcomes[Outcome.DECLINED] >= FIT, hot.account
    assert Outcome.UNAVAILABLE not in {answer.outcome for answer in everything}
    for answer in refused:
        assert answer.message is not None
        assert "left to" in answer.message or "still held" in answer.message, answer


async def check_ledger(lives: Lives, hot: Hot, answers: dict[str, list[Answer]]) -> None:
    """At no line more captured than authorized or more refunded than captured."""
    sums: Counter[str] = Counter()
    for entry in await lives.ledger(hot.reference):
        sums[entry.kind] += entry.amount_minor
        assert sums["captured"] <= sums["authorized"], hot.account
        assert sums["refunded"] <= sums["captured"], hot.account
    captured = sum(moved(answer) for answer in answers["capture"])
    assert sums["captured"] == (captured if hot.small == "capture" else TOTAL_MINOR)


def moved(answer: Answer) -> int:
    if answer.outcome is not Outcome.SUCCEEDED or answer.amount is None:
        return 0
    return answer.amount.amount_minor
