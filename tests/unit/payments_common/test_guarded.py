"""A guarded gateway: the same port, with the right breaker before each call."""

from typing import Any

import pytest

from payments_common.breakers.entry import CallKind
from payments_common.breakers.guard import Guard
from payments_common.errors import BreakerOpen, OutcomeUnknown
from payments_common.gateways.guarded import guarded
from payments_common.gateways.port import (
    AuthorizesByCall,
    CallContext,
    FindsPayments,
    Gateway,
    ListsPayments,
    LogsDeliveries,
    MoneyMove,
)
from payments_common.gateways.registration import RegisteredByHand, RegistersWebhooks
from payments_common.gateways.registry import open_gateway
from payments_common.money import Money
from support.api_calls import KeptApiCalls
from support.breaking import guard_of, outcome, refusing
from support.builders import session
from support.clocks import FastClock
from support.myfatoorah_payloads import myfatoorah_account
from support.plain_gateway import PlainGateway
from support.tabby_payloads import tabby_account
from support.tamara_payloads import tamara_account

OPTIONAL = (
    AuthorizesByCall,
    FindsPayments,
    ListsPayments,
    LogsDeliveries,
    RegistersWebhooks,
    RegisteredByHand,
)
MOVE = MoneyMove("payment-1", Money(100, "SAR"), "reference")


@pytest.mark.parametrize("account", [tabby_account, tamara_account, myfatoorah_account])
async def test_it_keeps_what_its_gateway_can_do_beside_the_port(account: Any) -> None:
    clock = FastClock()
    gateway = open_gateway(account(), clock=clock, api_calls=KeptApiCalls())
    behind = guarded(gateway, guard_of(clock))
    for protocol in OPTIONAL:
        assert isinstance(behind, protocol) == isinstance(gateway, protocol), protocol
    assert behind.capabilities == gateway.capabilities
    assert behind.webhooks is gateway.webhooks
    await behind.close()


async def called(gateway: Gateway, name: str) -> None:
    context = CallContext(operation_id="operation-1")
    match name:
        case "create_session":
            await gateway.create_session(session(), context=context)
        case "get_payment":
            await gateway.get_payment("payment-1", context=context)
        case "check_access":
            await gateway.check_access(context=context)
        case _:
            await getattr(gateway, name)(MOVE, context=context)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("create_session", CallKind.SESSION),
        ("get_payment", CallKind.READ),
        ("check_access", CallKind.READ),
        ("capture", CallKind.MONEY),
        ("refund", CallKind.MONEY),
        ("void", CallKind.MONEY),
    ],
)
async def test_each_call_meets_the_breaker_of_its_kind(name: str, kind: CallKind) -> None:
    clock = FastClock()
    guard, plain = guard_of(clock), PlainGateway(clock)
    behind = guarded(plain, guard)
    await opened(guard, kind)
    with pytest.raises(BreakerOpen):
        await called(behind, name)
    assert plain.calls == []
    assert guard.refused[kind] == 1


async def test_its_requests_go_at_the_accounts_pace() -> None:
    clock = FastClock()
    guard, paces = guard_of(clock), []

    class Noting(PlainGateway):
        async def check_access(self, *, context: CallContext) -> None:
            paces.append(context.pace)

    await guarded(Noting(clock), guard).check_access(context=CallContext())
    assert paces == [guard.calls]


async def opened(guard: Guard, kind: CallKind) -> None:
    for _ in range(3):
        await outcome(guard, refusing(OutcomeUnknown("?")), kind)
