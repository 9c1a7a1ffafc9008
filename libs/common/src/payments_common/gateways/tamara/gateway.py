"""Tamara behind the gateway port. It never resends: after a no or a doubt it reads the order."""

from payments_common.clock import Clock
from payments_common.config import Account
from payments_common.errors import (
    GatewayOutage,
    GatewayRefusal,
    OperationRefused,
    OutcomeUnknown,
)
from payments_common.gateways.port import (
    ApiCalls,
    CallContext,
    Capabilities,
    Declined,
    MoneyMove,
    SessionCreated,
    WebhookCoverage,
)
from payments_common.gateways.reading import read, reading
from payments_common.gateways.registration import OtherWebhooks, WebhookStep
from payments_common.gateways.tamara import answers, effects
from payments_common.gateways.tamara.checkout import checkout_request, session_outcome
from payments_common.gateways.tamara.client import REDACT, TamaraClient
from payments_common.gateways.tamara.config import TamaraConfig, read_config, webhook_issuer_of
from payments_common.gateways.tamara.registration import TamaraRegistration
from payments_common.gateways.tamara.translate import observation_of
from payments_common.gateways.tamara.webhooks import TamaraWebhooks
from payments_common.gateways.tamara.wire import TamaraOrder, TamaraSession
from payments_common.gateways.transport import (
    ASK_FIRST,
    Answer,
    GatewayTransport,
    HttpTransport,
)
from payments_common.gateways.witness import Witness
from payments_common.schemas.commands import CreateSession
from payments_common.schemas.observations import Observation, ObservationSource, PaymentFacts

SETTLE_SECONDS = 5.0


def open_gateway(
    account: Account,
    *,
    clock: Clock,
    api_calls: ApiCalls,
    http_transport: HttpTransport | None = None,
) -> "TamaraGateway":
    """Over HTTP, unless another transport is given.

    Raises Misconfigured that says what is wrong with the account.
    """
    config = read_config(account)
    transport = GatewayTransport(
        account,
        clock=clock,
        api_calls=api_calls,
        redact=REDACT,
        http_transport=http_transport,
    )
    return TamaraGateway(
        TamaraClient(transport, config=config),
        config=config,
        webhooks=TamaraWebhooks(webhook_issuer_of(account)),
        clock=clock,
    )


class TamaraGateway:
    def __init__(
        self, client: TamaraClient, *, config: TamaraConfig, webhooks: TamaraWebhooks, clock: Clock
    ) -> None:
        self._client = client
        self._config = config
        self._clock = clock
        self._webhooks = webhooks
        self._registration = TamaraRegistration(client, config=config)

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            currencies=self._config.currencies,
            authorizes_by_call=True,
            manual_capture=True,
            partial_capture=True,
            several_captures=True,
            partial_refund=True,
            void=True,
            partial_void=True,
            void_after_capture=False,
            chooses_method=False,
            list_payments=False,
            registers_webhooks=True,
            webhook_covers=WebhookCoverage.SENDER,
            refund_needs_closed=False,
            reference_is_idempotent=False,
            echoes_capture_reference=False,
            echoes_refund_reference=False,
            settle_seconds=SETTLE_SECONDS,
        )

    @property
    def webhooks(self) -> TamaraWebhooks:
        return self._webhooks

    async def create_session(
        self, session: CreateSession, *, context: CallContext
    ) -> SessionCreated | Declined:
        self._check(session)
        request = checkout_request(session, config=self._config)
        answer = await self._client.create_checkout(request, context=context)
        decline = answers.session_decline_in(answer)
        if decline is not None:
            return decline
        accepted = answers.accepted(answer, "create_session")
        created = read(TamaraSession, accepted, "create_session")
        with reading("create_session"):
            return session_outcome(created, self._witness(answer, ObservationSource.ANSWER))

    async def get_payment(self, payment_id: str, *, context: CallContext) -> Observation:
        answer = await self._client.get_order(payment_id, context=context)
        order = read(TamaraOrder, answers.accepted(answer, "get_payment"), "get_payment")
        _check_same(order.order_id, payment_id, "get_payment")
        return self._seen(order, answer, "get_payment")

    async def find_payment(
        self, order_reference: str, *, context: CallContext
    ) -> Observation | None:
        """Which one of several orders with the same reference is not documented (section 2.2)."""
        answer = await self._client.find_order(order_reference, context=context)
        if answers.is_not_found(answer):
            return None
        order = read(TamaraOrder, answers.accepted(answer, "find_payment"), "find_payment")
        if order.order_reference_id != order_reference:
            raise OutcomeUnknown(
                "find_payment was answered with an order of another reference than asked for"
            )
        return self._seen(order, answer, "find_payment")

    async def authorize(self, move: MoneyMove, *, context: CallContext) -> Observation | Declined:
        """Without it an approved order is never paid out, and expires (section 3.4)."""
        answer = await self._client.authorise(move, context=context)
        return await self._outcome(answer, move, kind=effects.AUTHORIZE, context=context)

    async def capture(self, move: MoneyMove, *, context: CallContext) -> Observation | Declined:
        answer = await self._client.capture(move, now=self._clock.now(), context=context)
        return await self._outcome(answer, move, kind=effects.CAPTURE, context=context)

    async def refund(self, move: MoneyMove, *, context: CallContext) -> Observation | Declined:
        answer = await self._client.refund(move, context=context)
        return await self._outcome(answer, move, kind=effects.REFUND, context=context)

    async def void(self, move: MoneyMove, *, context: CallContext) -> Observation | Declined:
        """Of a part, too, as long as nothing has been captured (section 4.2)."""
        answer = await self._client.cancel(move, context=context)
        return await self._outcome(answer, move, kind=effects.VOID, context=context)

    async def check_access(self, *, context: CallContext) -> None:
        answer = await self._client.get_merchant(context=context)
        answers.accepted(answer, "check_access")

    async def plan_webhooks(
        self, url: str, *, others: OtherWebhooks, context: CallContext
    ) -> list[WebhookStep]:
        return await self._registration.plan(url, others=others, context=context)

    async def carry_out(self, step: WebhookStep, *, context: CallContext) -> WebhookStep:
        return await self._registration.carry_out(step, context=context)

    async def close(self) -> None:
        await self._client.close()

    def _check(self, session: CreateSession) -> None:
        currency = session.total_amount.currency
        if currency not in self._config.currencies:
            raise OperationRefused(
                f"{self._config.account} takes {', '.join(sorted(self._config.currencies))}, "
                f"not {currency}",
                code="currency_not_supported",
            )
        if session.payment_method is not None:
            raise OperationRefused(
                f"{self._config.account} lets the customer choose on Tamara's page; "
                "leave payment_method out",
                code="payment_method_not_supported",
            )

    async def _outcome(
        self,
        answer: Answer,
        move: MoneyMove,
        *,
        kind: effects.MoveKind[effects.AnyAnswer],
        context: CallContext,
    ) -> Observation | Declined:
        """A no may follow an earlier request that was carried out, so the order is read first.

        Section 7: a conflict is the answer to what is done already, and to what cannot be done.
        """
        decline = answers.decline_in(answer)
        if decline is not None:
            seen = await self._read_after(decline.code, move, kind.operation, context=context)
            if kind.is_done(seen.facts, move):
                return seen
            return Declined(code=decline.code, message=decline.message, observation=seen)
        told = read(kind.answer, answers.accepted(answer, kind.operation), kind.operation)
        _check_same(told.order_id, move.payment_id, kind.operation)
        effect = kind.effect(told, move)
        answered = self._witness(answer, ObservationSource.ANSWER).saw(
            told.order_id,
            effect.facts or PaymentFacts(),
            order_reference=None,
            gateway_status=told.status,
        )
        if effect.is_as_expected:
            return answered
        try:
            seen = await self._read_after("otherwise", move, kind.operation, context=context)
        except OutcomeUnknown:
            if effect.facts is None:
                raise
            return answered
        return effects.with_effect(seen, effect, move.reference)

    async def _read_after(
        self, said: str, move: MoneyMove, operation: str, *, context: CallContext
    ) -> Observation:
        try:
            return await self.get_payment(move.payment_id, context=context)
        except (GatewayOutage, GatewayRefusal) as error:
            wait_seconds = error.retry_after_seconds if isinstance(error, GatewayOutage) else None
            raise OutcomeUnknown(
                f"{operation} was answered {said}, and the order can't be read: {error}",
                retry_after_seconds=wait_seconds,
            ) from error

    def _seen(self, order: TamaraOrder, answer: Answer, operation: str) -> Observation:
        with reading(operation):
            return observation_of(order, self._witness(answer, ObservationSource.READ_BACK))

    def _witness(self, answer: Answer, source: ObservationSource) -> Witness:
        return Witness(self._config.account, source, self._clock.now(), answer.evidence_id)


def _check_same(order_id: str, payment_id: str, operation: str) -> None:
    """Raises OutcomeUnknown where the answer is about another order."""
    if order_id != payment_id.lower():
        raise OutcomeUnknown(
            f"{operation} was answered with another order than asked for; {ASK_FIRST}"
        )
