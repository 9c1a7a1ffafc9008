"""Opens a process' gateways behind their breakers, and keeps those like other processes' own."""

from collections.abc import Mapping
from contextlib import AsyncExitStack

from prometheus_client import CollectorRegistry

from payments_common.breakers.board import BreakerBoard
from payments_common.breakers.metrics import tell_breakers
from payments_common.clock import Clock
from payments_common.config import Account
from payments_common.gateways.guarding import Guarding, guard_gateways
from payments_common.gateways.port import ApiCalls, Gateway
from payments_common.gateways.registry import open_gateway
from payments_common.process.background import in_background
from payments_common.references import NewId


async def open_guarding(
    accounts: Mapping[str, Account],
    *,
    board: BreakerBoard,
    api_calls: ApiCalls,
    registry: CollectorRegistry,
    clock: Clock,
    new_id: NewId,
    stack: AsyncExitStack,
) -> Guarding:
    """Returns when other processes leave this one its share; `stack` closes all that it opens."""
    gateways: dict[str, Gateway] = {}
    for name, account in accounts.items():
        gateways[name] = open_gateway(account, clock=clock, api_calls=api_calls)
        stack.push_async_callback(gateways[name].close)
    guarding = guard_gateways(accounts, gateways, board=board, clock=clock, new_id=new_id)
    tell_breakers(registry, guarding.guards.values(), now=guarding.time.now)
    await guarding.watch.join()
    await stack.enter_async_context(in_background(guarding.watch.run()))
    return guarding
