"""Opens the house of one gateway, registered and ready, and closes it again."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import aiohttp
from aiohttp import web

from conformance.gate import Gate, KeepingBroker, ShiftedClock
from conformance.house import House
from conformance.results import Outcome
from conformance.subject import Subject
from payment_orchestrator.domain.policy import Remedies
from payments_common.config import Account
from payments_common.gateways.port import Gateway
from payments_common.gateways.registration import RegistersWebhooks, register_webhook
from payments_common.gateways.registry import open_gateway
from payments_common.messaging.memory import MemoryBroker
from payments_common.messaging.memory_queues import MemoryQueues
from support.api_calls import KeptApiCalls
from support.ingress import running_ingress
from support.registering import CONTEXT
from support.running_sandbox import running_sandbox, serving
from support.world import REPLIES, SteppingClock, in_memory


@asynccontextmanager
async def open_house(
    subject: Subject,
    *,
    outcome: Outcome,
    currency: str | None = None,
    secrets: Mapping[str, str] | None = None,
    rules: Mapping[str, str] | None = None,
    closed: bool = False,
) -> AsyncIterator[House]:
    """`secrets` are the ingress' webhook secrets, by name; `closed`: it has none at all.

    `rules` are what the accounts file says of late and double payments.
    """
    clock = SteppingClock(start=datetime.now(UTC).replace(microsecond=0))
    queues = MemoryQueues(clock)
    queues.declare_own(REPLIES)
    calls, ingress_clock = KeptApiCalls(), ShiftedClock()
    published = KeepingBroker(MemoryBroker(clock, queues=queues, user="ingress"))
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(running_sandbox())
        base_url = str(sandbox.http.base_url).rstrip("/")
        known = secrets or {"current": subject.secret}
        account = account_of(subject, base_url, currency=currency, secrets=known, rules=rules)
        ingress = await stack.enter_async_context(
            running_ingress(
                published, accounts=[_doors(account, closed=closed)], clock=ingress_clock
            )
        )
        http = await stack.enter_async_context(aiohttp.ClientSession())
        gate = Gate(ingress, http)
        app = web.Application()
        app.router.add_post("/webhooks/{account}", gate.handle)
        gate.url = await stack.enter_async_context(serving(app))
        account = account.model_copy(update={"webhook_url": f"{gate.url}/webhooks/{account.name}"})
        gateway = open_gateway(account, clock=clock, api_calls=calls)
        stack.push_async_callback(gateway.close)
        world = in_memory(
            {account.name: gateway},
            queues=queues,
            clock=clock,
            sandbox=sandbox,
            api_calls=calls,
            running=stack,
        )
        remedies = {account.name: Remedies(account.paid_late, account.paid_twice)}
        world.tools = replace(world.tools, remedies=remedies)
        await world.consume()
        await _register(gateway, account)
        yield House(
            subject=subject,
            account=account,
            gateway=gateway,
            world=world,
            gate=gate,
            published=published,
            clock=clock,
            ingress_clock=ingress_clock,
            outcome=outcome,
        )
        queues.close()


def _doors(account: Account, *, closed: bool) -> Account:
    return account.model_copy(update={"webhook_secrets": {}}) if closed else account


def account_of(
    subject: Subject,
    base_url: str,
    *,
    currency: str | None,
    secrets: Mapping[str, str],
    rules: Mapping[str, str] | None = None,
) -> Account:
    return Account.model_validate(
        {
            "name": f"{subject.name}-one",
            "base_url": base_url,
            "webhook_secrets": secrets,
            "timeout_seconds": 1.0,
            "max_concurrent_calls": 20,
            "calls_per_second": 1000.0,
            **subject.account(currency or subject.currencies[0]),
            **(rules or {}),
        }
    )


async def _register(gateway: Gateway, account: Account) -> None:
    """Where it is done by hand, the URL goes with each invoice."""
    if isinstance(gateway, RegistersWebhooks) and account.webhook_url:
        await register_webhook(gateway, account.webhook_url, context=CONTEXT)
