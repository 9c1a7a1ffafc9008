"""One run: everything is built from the seed, lives, comes to rest, and is compared."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from conformance.all_subjects import SUBJECTS
from conformance.opening import account_of
from gateway_sandbox.app import create_app
from gateway_sandbox.chance import SOURCE
from gateway_sandbox.myfatoorah.settings import MyFatoorahSettings
from gateway_sandbox.settings import Settings as SandboxSettings
from gateway_sandbox.tabby.settings import TabbySettings
from gateway_sandbox.tamara.settings import TamaraSettings
from payment_orchestrator.domain.policy import Remedies
from payments_common.config import Account, Remedy
from payments_common.gateways.registration import RegistersWebhooks, register_webhook
from payments_common.messaging.memory import MemoryBroker
from payments_common.messaging.topology import QUEUE_DEAD_LETTERS, QUEUE_RECENT_EVENTS, QUEUES
from simulation.chance import Chance, Happening
from simulation.in_process import InProcess
from simulation.oracle import complaints
from simulation.outages import outages
from simulation.people import REPLIES, CallingService, People, reference
from simulation.processes import Process, tracked
from simulation.reconcilers import run_reconciler
from simulation.sabotage import UNHARMED, Sabotage
from simulation.script import Script, written
from simulation.services import Estate, SimulatedQueues, gateways, run_ingress, run_orchestrator
from simulation.virtual_loop import START, VirtualClock, run_virtually
from simulation.watched_stores import WatchedOrders
from simulation.wires import TIMEOUT_SECONDS, FromGateway
from support.registering import CONTEXT

ORCHESTRATORS = 2
RECONCILERS = 2
LONGEST_REST_SECONDS = 3 * 3600
LOOK_SECONDS = 10.0
RESENDS_AT_REST = 100
"""A breaker closes with its next probe; until then the answer is `unavailable`."""
KEPT = frozenset({QUEUE_DEAD_LETTERS, QUEUE_RECENT_EVENTS})
WEBHOOK_CHAOS = {
    "webhook_drop": 0.08,
    "webhook_duplicate": 0.05,
    "webhook_reorder": 0.05,
    "webhook_delay": 0.05,
    "webhook_corrupt_body": 0.02,
    "webhook_forge_header": 0.02,
    "webhook_wrong_amount": 0.05,
}
SESSION_SECONDS = 240.0
"""Short, since nothing happens for the most of it; longer than anybody takes to pay."""
SANDBOX = SandboxSettings(
    tabby=TabbySettings(
        late_payments="accept",
        session_seconds=SESSION_SECONDS,
        payment_expiry_seconds=SESSION_SECONDS + 60,
    ),
    tamara=TamaraSettings(late_payments="accept", session_seconds=SESSION_SECONDS),
    myfatoorah=MyFatoorahSettings(late_payments="accept", invoice_expiry_seconds=SESSION_SECONDS),
)
NO_WEBHOOKS = {"webhook_drop": 1.0}
DEAF_SHARE = 0.25
"""So many seeds hear no webhook at all: polling alone has to tell."""
POLLS = {
    "poll_open_seconds": 120.0,
    "poll_after_seconds": (10.0, 60.0, 300.0, 900.0),
    "list_seconds": 120.0,
}
SEVERITIES = (0.3, 1.0, 2.0, 4.0)


@dataclass(frozen=True, slots=True)
class Run:
    """`complaints` are empty where every promise was kept."""

    seed: int
    complaints: tuple[str, ...]
    story: tuple[Happening, ...]
    script: Script
    orders: tuple[str, ...] = ()


def run(
    seed: int,
    *,
    silenced: frozenset[str] = frozenset(),
    left_out: frozenset[int] = frozenset(),
    sabotage: Sabotage = UNHARMED,
    is_deaf: bool = False,
) -> Run:
    """The same seed gives the same run, whatever else the process has done.

    One that `is_deaf` hears no webhook from the beginning to the end; others may, as chance wants.
    """
    chance = Chance(seed, silenced=silenced)
    chance.severity = chance.random("severity").choice(SEVERITIES)
    chance.is_deaf = is_deaf or chance.draw("deaf") < DEAF_SHARE
    script = written(chance.random("script")).without(left_out)
    told = run_virtually(_live(chance, script, sabotage))
    return Run(seed, tuple(told[0]), tuple(chance.story), script, tuple(told[1]))


async def _live(chance: Chance, script: Script, sabotage: Sabotage) -> tuple[list[str], list[str]]:
    asyncio.get_running_loop().set_task_factory(tracked)
    SOURCE.set(chance.random("sandbox"))
    estate, people = await _built(chance, script, sabotage)
    try:
        return await _lived(estate, people, script)
    finally:
        estate.end()


async def _lived(estate: Estate, people: People, script: Script) -> tuple[list[str], list[str]]:
    for number in range(1, ORCHESTRATORS + 1):
        estate.supervise(f"orchestrator {number}", run_orchestrator)
    for number in range(1, RECONCILERS + 1):
        estate.supervise(f"reconciler {number}", run_reconciler)
    estate.supervise("ingress", run_ingress)
    weather = asyncio.create_task(outages(estate))
    acts = [asyncio.create_task(people.act(act)) for act in script.acts]
    if acts:
        await asyncio.wait(acts)
    found = [
        f"{act} broke: {t.exception()!r}"
        for act, t in zip(script.acts, acts, strict=True)
        if t.exception()
    ]
    await weather
    found += await _rest(estate, people)
    found += await complaints(estate, people)
    return found, await _told(estate, people)


async def _built(chance: Chance, script: Script, sabotage: Sabotage) -> tuple[Estate, People]:
    clock, webhooks = VirtualClock(), FromGateway(chance)
    app = create_app(SANDBOX, real_time=_now, poster=webhooks)
    queues = SimulatedQueues(clock)
    queues.declare_own(REPLIES)
    used = {plan.gateway for plan in script.plans}
    accounts = {s.name: _account(s.name) for s in SUBJECTS if s.name in used}
    estate = Estate(
        chance=chance,
        accounts=accounts,
        remedies={name: _remedies(chance.random(f"{name}|remedies")) for name in accounts},
        sandbox=InProcess(app),
        webhooks=webhooks,
        queues=queues,
        orders=WatchedOrders(free_hands=_free_hands(script)),
        sabotage=sabotage,
    )
    shop = CallingService(MemoryBroker(clock, queues=queues, user="shop"), chance)
    currencies = {s.name: s.currencies[0] for s in SUBJECTS}
    people = People(
        {plan.order: plan for plan in script.plans},
        currencies,
        shop=shop,
        sandbox=estate.sandbox,
        orders=estate.orders,
        chance=chance,
    )
    await shop.open()
    await _register(estate)
    if chance.is_deaf:
        chance.tell("the gateways send no webhook")
    chaos = NO_WEBHOOKS if chance.is_deaf else WEBHOOK_CHAOS
    await people.control("chaos", seed=chance.seed, probabilities=chaos)
    return estate, people


def _free_hands(script: Script) -> frozenset[str]:
    return frozenset(reference(a.order) for a in script.acts if a.verb.startswith("staff"))


def _now() -> datetime:
    return START + timedelta(seconds=asyncio.get_running_loop().time())


def _account(name: str) -> Account:
    subject = next(s for s in SUBJECTS if s.name == name)
    made = account_of(subject, "http://sandbox", currency=None, secrets={"current": subject.secret})
    return made.model_copy(
        update={
            "name": name,
            "webhook_url": f"http://ingress/webhooks/{name}",
            "timeout_seconds": TIMEOUT_SECONDS,
            **POLLS,
        }
    )


def _remedies(random: Random) -> Remedies:
    return Remedies(random.choice(list(Remedy)), random.choice(list(Remedy)))


async def _register(estate: Estate) -> None:
    """Before anything goes wrong."""
    estate.chance.is_calm = True
    operator = Process("operator", estate.chance)
    for name, gateway in gateways(estate, operator, VirtualClock()).items():
        url = estate.accounts[name].webhook_url
        if isinstance(gateway, RegistersWebhooks) and url:
            await register_webhook(gateway, url, context=CONTEXT)
    estate.chance.is_calm = False


async def _rest(estate: Estate, people: People) -> list[str]:
    """Faults end, who heard `unavailable` asks again, and polling goes on until all is told."""
    chance = estate.chance
    chance.tell("nothing goes wrong any more")
    chance.is_calm = True
    await people.control("chaos", seed=0, probabilities=NO_WEBHOOKS if chance.is_deaf else {})
    await people.control("deliveries/release")
    if not await _quiet(estate, people):
        return [f"it does not come to rest by itself: {await _unrest(estate, people)}"]
    for command_id, command in list(people.shop.sent.items()):
        if not people.shop.final(command_id) and people.shop.answers[command_id]:
            await people.shop.ask(command, command_id=command_id, times=RESENDS_AT_REST)
    estate.calm_since = VirtualClock().now()
    if not await _quiet(estate, people, until=_all_told):
        return [f"polling has no end: {await _unrest(estate, people) + _all_told(estate)}"]
    return []


def _all_told(estate: Estate) -> list[str]:
    """What the gateways have not said the last word on, and accounts that wait to be listed.

    Refunds wait for their finance.
    """
    asked_about = [
        f"{order.order_reference} is still asked about: {', '.join(order.check.why)}"
        for order in estate.orders.all()
        if order.check is not None and order.check.why != ("refund",)
    ]
    used = {order.account for order in estate.orders.all()}
    listed = {name: estate.scout_notes.noted(f"list {name}") for name in used}
    waiting = [name for name, at in listed.items() if at is None or at < estate.calm_since]
    return asked_about + [f"{name} is not listed yet" for name in sorted(waiting)]


def _anyhow(_: Estate) -> list[str]:
    return []


async def _quiet(
    estate: Estate, people: People, *, until: Callable[[Estate], list[str]] = _anyhow
) -> bool:
    deadline = asyncio.get_running_loop().time() + LONGEST_REST_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(LOOK_SECONDS)
        if not until(estate) and not await _unrest(estate, people):
            return True
    return False


async def _unrest(estate: Estate, people: People) -> list[str]:
    """What is still under way; empty is quiet."""
    waiting = {name: len(estate.queues.ready(name)) for name in QUEUES if name not in KEPT}
    why = [f"{count} messages in {name}" for name, count in waiting.items() if count]
    held = {broker.process.name: broker.unsettled_count for broker in estate.brokers}
    why += [f"{name} holds {count} messages" for name, count in held.items() if count]
    late = VirtualClock().now() + timedelta(hours=1)
    async for order_id, messages in estate.orders.undelivered(committed_before=late, limit=9):
        why.append(f"{len(messages)} unpublished messages of {order_id}")
    if await people.webhooks_under_way():
        why.append("webhooks are under way")
    return why


async def _told(estate: Estate, people: People) -> list[str]:
    """Each order's own history, for who reads the story."""
    lines = []
    for number in people.plans:
        order = await estate.orders.find_by_reference(reference(number))
        if order is None:
            lines.append(f"{reference(number)}: no order")
            continue
        lines.append(f"{order.order_reference}: {order.status} {order.review} at {order.account}")
        for entry in await estate.orders.history(order.order_id):
            seconds = (entry.at - START).total_seconds()
            lines.append(f"  {seconds:9.3f} s  {entry.kind:20} {entry.text}")
    return lines
