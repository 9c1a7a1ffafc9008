"""One run: load and faults, then quiet, then the comparison."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

import httpx
from pydantic import AnyHttpUrl

from chaos.book import Book, Heard
from chaos.faults import Fault
from chaos.harm import carry_out
from chaos.load import ACTOR, Caller, life
from chaos.looks import Looks, rest
from chaos.verdict import Verdict, judge
from payments_common import client
from payments_common.schemas.commands import (
    CapturePayment,
    CreateSession,
    RecheckPayment,
    RefundPayment,
    RegisterWebhook,
    VoidPayment,
)
from support.estate import Estate

AT_ONCE = 24
PATIENCE_SECONDS = 400.0
EVENTS_WITHIN_SECONDS = 30.0
# The answers to these are kept: whoever asks again hears the same.
KEPT = (CreateSession, CapturePayment, RefundPayment, VoidPayment)
GATEWAYS_MISBEHAVE: Mapping[str, object] = {
    "probabilities": {
        "error_after": 0.05,
        "error_before": 0.04,
        "reset_after": 0.04,
        "reset_before": 0.03,
        "hang_after": 0.02,
        "hang_before": 0.01,
        "html": 0.02,
        "rate_limit": 0.03,
        "webhook_drop": 0.1,
        "webhook_duplicate": 0.1,
        "webhook_reorder": 0.1,
        "webhook_delay": 0.05,
    }
}


@dataclass(frozen=True, slots=True)
class Outcome:
    book: Book
    heard: Heard
    verdict: Verdict
    faults: int
    asked_again: int
    rest_seconds: float
    seen: Looks


async def run(
    on: Estate,
    faults: Sequence[Fault],
    *,
    seed: int,
    seconds: float,
    tell: Callable[[str], None],
    at_once: int = AT_ONCE,
    misbehaviour: Mapping[str, object] = GATEWAYS_MISBEHAVE,
    patience_seconds: float = PATIENCE_SECONDS,
) -> Outcome:
    """`misbehaviour` is the sandbox's chaos while faults last.

    After that everybody has `patience_seconds` to hear an answer, and all of it to come to rest.
    """
    book, heard = Book(), Heard()
    async with _callers(on, book, heard) as caller, _sandbox(on) as sandbox:
        await _open(caller, sandbox, on)
        chaos = {"seed": seed, **misbehaviour}
        (await sandbox.post("/sandbox/chaos", json=chaos)).raise_for_status()
        stop = asyncio.Event()
        living = asyncio.create_task(
            _live(caller, heard, book, seed=seed, at_once=at_once, stop=stop)
        )
        _, wrong = await asyncio.gather(asyncio.sleep(seconds), carry_out(faults, on, tell=tell))
        stop.set()
        await _behave(sandbox)
        tell(f"the faults are over; {len(book.accounts)} orders, {len(book.sent)} commands so far")
        await _finish(living, within_seconds=patience_seconds)
        await _finance_pays(sandbox)
        seen, rest_seconds = await rest(on, within_seconds=patience_seconds)
        again = seen.undelivered() & set(book.accounts)
        tell(f"at rest after {rest_seconds:.0f} s; webhooks of {len(again)} orders were dropped")
        await _ask_again(caller, book, again)
        seen, _ = await rest(on, within_seconds=patience_seconds)
        promised = {reference: order["sequence"] for reference, order in seen.orders.items()}
        await heard.all_of(promised, within_seconds=EVENTS_WITHIN_SECONDS)
        verdict = judge(book, heard, seen)
    verdict.unexpected += wrong + await _not_ready(on)
    return Outcome(book, heard, verdict, len(faults), len(again), rest_seconds, seen)


async def _ask_again(caller: Caller, book: Book, orders: Collection[str]) -> None:
    """About orders that no webhook told of; and whoever had an answer hears the same again."""
    kept = [each for each in book.sent.values() if isinstance(each.command, KEPT) and each.answer]
    for reference in sorted(orders):
        await caller.answered(RecheckPayment(order_reference=reference, requested_by=ACTOR))
    for sent in kept:
        await caller.once_more(sent)


@asynccontextmanager
async def _callers(on: Estate, book: Book, heard: Heard) -> AsyncIterator[Caller]:
    async with (
        client.connect(on.urls.rabbitmq, name="chaos") as one,
        client.connect(on.urls.rabbitmq, name="chaos") as other,
    ):
        queue = await one.listen()
        following = asyncio.create_task(heard.follow(one))
        await asyncio.to_thread(on.servers.rabbitmq.wait_until_kept, queue)
        try:
            yield Caller(one, other, book)
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)


@asynccontextmanager
async def _sandbox(on: Estate) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=on.urls.sandbox, trust_env=False, timeout=60) as sandbox:
        yield sandbox


async def _open(caller: Caller, sandbox: httpx.AsyncClient, on: Estate) -> None:
    for account in ("tabby-ksa", "tamara-ksa"):
        url = AnyHttpUrl(f"{on.urls.ingress}/webhooks/{account}")
        await caller.answered(RegisterWebhook(account=account, url=url, requested_by=ACTOR))
    settings = {"refund_execution_seconds": 0}
    (await sandbox.patch("/sandbox/myfatoorah/settings", json=settings)).raise_for_status()


async def _behave(sandbox: httpx.AsyncClient) -> None:
    await sandbox.delete("/sandbox/faults")
    await sandbox.post("/sandbox/deliveries/release")


async def _finance_pays(sandbox: httpx.AsyncClient) -> None:
    """MyFatoorah's finance department carries out the refunds that were filed."""
    await sandbox.post("/sandbox/advance", json={"seconds": 1})
    await sandbox.get("/sandbox/webhooks/idle", params={"timeout_seconds": 60})


async def _live(
    caller: Caller, heard: Heard, book: Book, *, seed: int, at_once: int, stop: asyncio.Event
) -> None:
    async def one_after_the_other(lane: int) -> None:
        random = Random(f"{seed} {lane}")
        while not stop.is_set():
            await life(caller, heard, book, random=random)

    await asyncio.gather(*(one_after_the_other(lane) for lane in range(at_once)))


async def _finish(living: asyncio.Task[None], *, within_seconds: float) -> None:
    """What was begun is lived to its end; whoever never hears an answer is found in the book."""
    await asyncio.wait([living], timeout=within_seconds)
    if not living.done():
        living.cancel()
    (problem,) = await asyncio.gather(living, return_exceptions=True)
    if isinstance(problem, Exception):
        raise problem


async def _not_ready(on: Estate) -> list[str]:
    """The services must say that they are ready, and be right."""
    found = []
    async with httpx.AsyncClient(trust_env=False, timeout=20) as http:
        for name, service in on.services.items():
            try:
                answer = await http.get(f"{service.url}/readyz")
            except httpx.HTTPError as error:
                found.append(f"{name} does not answer: {type(error).__name__}")
                continue
            if answer.status_code != httpx.codes.OK:
                found.append(f"{name} is not ready: {answer.text}")
    return found
