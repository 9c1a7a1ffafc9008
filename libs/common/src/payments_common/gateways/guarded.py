"""A gateway behind its guard: the same port, which refuses instead of calling in vain.

What a gateway can do beside the port (authorize, find or list payments, …) it still can.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypeVar, cast

from payments_common.breakers.entry import CallKind
from payments_common.breakers.guard import Guard
from payments_common.gateways.port import (
    AuthorizesByCall,
    CallContext,
    Capabilities,
    Declined,
    FindsPayments,
    Gateway,
    ListsPayments,
    LoggedDelivery,
    LogsDeliveries,
    MoneyMove,
    SessionCreated,
    WebhookScheme,
)
from payments_common.gateways.registration import (
    DashboardEntry,
    OtherWebhooks,
    RegisteredByHand,
    RegistersWebhooks,
    WebhookStep,
)
from payments_common.schemas.commands import CreateSession
from payments_common.schemas.observations import Observation

Result = TypeVar("Result")


def guarded(gateway: Gateway, guard: Guard) -> Gateway:
    """Its calls raise BreakerOpen or Throttled where they would not be sent."""
    parts = tuple(part for protocol, part in _PARTS if isinstance(gateway, protocol))
    made: type[GuardedGateway] = type("GuardedGateway", (*parts, GuardedGateway), {})
    return made(gateway, guard)


class GuardedGateway:
    def __init__(self, gateway: Gateway, guard: Guard) -> None:
        # Any: which optional protocols it keeps is decided when it is made.
        self._gateway = cast(Any, gateway)
        self._guard = guard

    @property
    def capabilities(self) -> Capabilities:
        return cast(Gateway, self._gateway).capabilities

    @property
    def webhooks(self) -> WebhookScheme:
        return cast(Gateway, self._gateway).webhooks

    async def create_session(
        self, session: CreateSession, *, context: CallContext
    ) -> SessionCreated | Declined:
        return await self._call(
            CallKind.SESSION, context, lambda c: self._gateway.create_session(session, context=c)
        )

    async def get_payment(self, payment_id: str, *, context: CallContext) -> Observation:
        return await self._read(context, lambda c: self._gateway.get_payment(payment_id, context=c))

    async def capture(self, move: MoneyMove, *, context: CallContext) -> Observation | Declined:
        return await self._move(context, lambda c: self._gateway.capture(move, context=c))

    async def refund(self, move: MoneyMove, *, context: CallContext) -> Observation | Declined:
        return await self._move(context, lambda c: self._gateway.refund(move, context=c))

    async def void(self, move: MoneyMove, *, context: CallContext) -> Observation | Declined:
        return await self._move(context, lambda c: self._gateway.void(move, context=c))

    async def check_access(self, *, context: CallContext) -> None:
        await self._read(context, lambda c: self._gateway.check_access(context=c))

    async def close(self) -> None:
        await self._gateway.close()

    async def _call(
        self, kind: CallKind, context: CallContext, send: Callable[[CallContext], Awaitable[Result]]
    ) -> Result:
        paced = replace(context, pace=self._guard.calls)
        operation_id = context.operation_id or ""
        return await self._guard.call(kind, lambda: send(paced), operation_id=operation_id)

    async def _read(
        self, context: CallContext, send: Callable[[CallContext], Awaitable[Result]]
    ) -> Result:
        return await self._call(CallKind.READ, context, send)

    async def _move(
        self,
        context: CallContext,
        send: Callable[[CallContext], Awaitable[Observation | Declined]],
    ) -> Observation | Declined:
        return await self._call(CallKind.MONEY, context, send)


class _Authorizes(GuardedGateway):
    async def authorize(self, move: MoneyMove, *, context: CallContext) -> Observation | Declined:
        return await self._move(context, lambda c: self._gateway.authorize(move, context=c))


class _Finds(GuardedGateway):
    async def find_payment(
        self, order_reference: str, *, context: CallContext
    ) -> Observation | None:
        return await self._read(
            context, lambda c: self._gateway.find_payment(order_reference, context=c)
        )


class _Lists(GuardedGateway):
    async def list_payments(
        self, *, created_from: date, created_before: date, context: CallContext
    ) -> list[Observation]:
        return await self._read(
            context,
            lambda c: self._gateway.list_payments(
                created_from=created_from, created_before=created_before, context=c
            ),
        )


class _Logs(GuardedGateway):
    async def delivery_log(
        self, *, since: datetime, until: datetime, context: CallContext
    ) -> list[LoggedDelivery]:
        return await self._read(
            context, lambda c: self._gateway.delivery_log(since=since, until=until, context=c)
        )


class _Registers(GuardedGateway):
    async def plan_webhooks(
        self, url: str, *, others: OtherWebhooks, context: CallContext
    ) -> list[WebhookStep]:
        return await self._read(
            context, lambda c: self._gateway.plan_webhooks(url, others=others, context=c)
        )

    async def carry_out(self, step: WebhookStep, *, context: CallContext) -> WebhookStep:
        return await self._read(context, lambda c: self._gateway.carry_out(step, context=c))


class _ByHand(GuardedGateway):
    def dashboard_entries(self, url: str) -> list[DashboardEntry]:
        return cast(RegisteredByHand, self._gateway).dashboard_entries(url)


_PARTS: tuple[tuple[type, type[GuardedGateway]], ...] = (
    (AuthorizesByCall, _Authorizes),
    (FindsPayments, _Finds),
    (ListsPayments, _Lists),
    (LogsDeliveries, _Logs),
    (RegistersWebhooks, _Registers),
    (RegisteredByHand, _ByHand),
)
