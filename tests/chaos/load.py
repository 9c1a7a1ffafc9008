"""Many orders living at once: sessions, customers, captures, refunds, voids, some sent twice."""

import asyncio
import secrets
from collections.abc import Mapping
from random import Random

import httpx

from chaos.book import Book, Heard, Sent
from payments_common.client import NoAnswerYet, PaymentsClient
from payments_common.errors import BrokerUnavailable, PaymentsError
from payments_common.money import Money
from payments_common.schemas.commands import (
    AnyCommand,
    CapturePayment,
    RecheckPayment,
    RefundPayment,
    VoidPayment,
)
from payments_common.schemas.events import EventType
from payments_common.schemas.parties import Actor
from payments_common.schemas.replies import Answer
from payments_demo.customer import visit
from support.builders import session

ACCOUNTS: Mapping[str, str] = {
    "tabby-ksa": "SAR",
    "tamara-ksa": "SAR",
    "myfatoorah-kwt": "KWD",
}
ANSWER_SECONDS = 12.0
AGAIN_SECONDS = 0.5
AUTHORIZED_SECONDS = 6.0
TOTALS_MINOR = (9999, 15000, 123450)
ACTOR = Actor(user_id="chaos")


class Caller:
    """Two processes of one calling service: what one does not hear of, the other may send again."""

    def __init__(self, one: PaymentsClient, other: PaymentsClient, book: Book) -> None:
        self._clients = (one, other)
        self._book = book

    async def answered(self, command: AnyCommand, *, twice: bool = False) -> Answer:
        """Sends under one id until there is an answer, as the documents tell callers to do."""
        sent = self._book.begin(secrets.token_hex(12), command)
        if twice:
            first, _ = await asyncio.gather(
                *(self._until_answered(sent, each) for each in self._clients)
            )
            return first
        return await self._until_answered(sent, self._clients[0])

    async def once_more(self, sent: Sent) -> None:
        """Asks for an answer that was given before."""
        await self._until_answered(sent, self._clients[0])

    async def _until_answered(self, sent: Sent, by: PaymentsClient) -> Answer:
        while True:
            sent.times += 1
            try:
                answer = await by.send(
                    sent.command, command_id=sent.command_id, timeout_seconds=ANSWER_SECONDS
                )
            except (NoAnswerYet, BrokerUnavailable):
                continue
            except PaymentsError as error:
                sent.errors.append(f"{type(error).__name__}: {error}")
                self._book.unexpected.append(f"{sent.command.TYPE}: {sent.errors[-1]}")
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            sent.answers.append(answer)
            if sent.answer is not None or isinstance(sent.command, RecheckPayment):
                return answer
            await asyncio.sleep(AGAIN_SECONDS)


async def life(caller: Caller, heard: Heard, book: Book, *, random: Random) -> None:
    """One order from its session to its last command."""
    account = random.choice(list(ACCOUNTS))
    reference = f"CHAOS-{secrets.token_hex(5)}"
    total = Money(random.choice(TOTALS_MINOR), ACCOUNTS[account])
    book.accounts[reference] = account
    mode = random.choice(["manual", "automatic"])
    asked = session(
        order_reference=reference,
        account=account,
        total_amount=total,
        items=[{"title": "Lamp", "unit_price": total}],
        capture_mode=mode,
        requested_by=ACTOR,
    )
    answer = await caller.answered(asked, twice=random.random() < 0.2)
    if answer.redirect_url is not None:
        await _visit(answer.redirect_url, random=random, may_decline=account == "tabby-ksa")
        kind = EventType.AUTHORIZED if mode == "manual" else EventType.CAPTURED
        if not await heard.until(reference, kind, within_seconds=AUTHORIZED_SECONDS):
            await caller.answered(RecheckPayment(order_reference=reference, requested_by=ACTOR))
        await _moves(caller, reference, total, random=random, manual=mode == "manual")
    book.ended.add(reference)


async def _visit(url: str, *, random: Random, may_decline: bool) -> None:
    declines = may_decline and random.random() < 0.1
    for _ in range(20):
        try:
            await visit(url, action="decline" if declines else "pay")
        except (RuntimeError, httpx.HTTPError):
            await asyncio.sleep(AGAIN_SECONDS)
        else:
            return


async def _moves(
    caller: Caller, reference: str, total: Money, *, random: Random, manual: bool
) -> None:
    kinds: list[type[CapturePayment | RefundPayment | VoidPayment]] = [
        RefundPayment,
        CapturePayment,
    ]
    kinds += [CapturePayment, VoidPayment] if manual else [RefundPayment]
    commands = [
        random.choice(kinds)(
            order_reference=reference, amount=_amount(random, total), requested_by=ACTOR
        )
        for _ in range(random.randint(1, 4))
    ]
    if random.random() < 0.4:
        await asyncio.gather(*(caller.answered(each) for each in commands))
        return
    for each in commands:
        await caller.answered(each, twice=random.random() < 0.3)


def _amount(random: Random, total: Money) -> Money | None:
    some = Money(random.randint(1, total.amount_minor), total.currency)
    return random.choice([None, some, Money(5000, total.currency)])
