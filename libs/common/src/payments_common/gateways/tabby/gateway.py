"""Tabby behind the gateway port. It never resends: after a no or a doubt it reads the payment."""

from collections.abc import Callable
from datetime import date

from payments_common.clock import Clock
from payments_common.config import Account
from payments_common.errors import GatewayOutage, OperationRefused, OutcomeUnknown
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
from payments_common.gateways.tabby import answers
from payments_common.gateways.tabby.checkout import checkout_request, session_outcome
from payments_common.gateways.tabby.client import LARGEST_PAGE, REDACT, TabbyClient
from payments_common.gateways.tabby.config import TabbyConfig, read_config
from payments_common.gateways.tabby.listing import readable
from payments_common.gateways.tabby.registration import TabbyRegistration
from payments_common.gateways.tabby.translate import observation_of
from payments_common.gateways.tabby.webhooks import TabbyWebhooks
from payments_common.gateways.tabby.wire import TabbyPayment, TabbyPaymentList, TabbySession
from payments_common.gateways.transport import (
    ASK_FIRST,
    Answer,
    GatewayTransport,
    HttpTransport,
)
from payments_common.gateways.witness import Witness
from payments_common.schemas.commands import CreateSession
from payments_common.schemas.observations import Observation, ObservationSource

MOST_PAGES = 500
SETTLE_SECONDS = 5.0


def open_gateway(
    account: Account,
    *,
    clock: Clock,
    api_calls: ApiCalls,
    http_transport: HttpTransport | None = None,
) -> "TabbyGateway":
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
    return TabbyGateway(TabbyClient(transport, config=config), config=config, clock=clock)


class TabbyGateway:
    def __init__(self, client: TabbyClient, *, config: TabbyConfig, clock: Clock) -> None:
        self._client = client
        self._config = config
        self._clock = clock
        self._webhooks = TabbyWebhooks(config.webhook_header)
        self._registration = TabbyRegistration(client, config=config)

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            currencies=self._config.currencies,
            authorizes_by_call=False,
            manual_capture=True,
            partial_capture=True,
            several_captures=True,
            partial_refund=True,
            void=True,
            partial_void=False,
            void_after_capture=True,
            chooses_method=False,
            list_payments=True,
            registers_webhooks=True,
            webhook_covers=WebhookCoverage.SENDER,
            refund_needs_closed=True,
            reference_is_idempotent=True,
            echoes_capture_reference=True,
            echoes_refund_reference=True,
            settle_seconds=SETTLE_SECONDS,
            lists_all_payments=True,
        )

    @property
    def webhooks(self) -> TabbyWebhooks:
        return self._webhooks

    async def create_session(
        self, session: CreateSession, *, context: CallContext
    ) -> SessionCreated | Declined:
        currency = session.total_amount.currency
        if currency not in self._config.currencies:
            raise OperationRefused(
                f"{self._config.account} takes {', '.join(sorted(self._config.currencies))}, "
                f"not {currency}",
                code="currency_not_supported",
            )
        request = checkout_request(
            session, config=self._config, order_id=context.order_id, now=self._clock.now()
        )
        answer = await self._client.create_checkout(request, context=context)
        accepted = answers.accepted(answer, "create_session")
        created = read(TabbySession, accepted, "create_session")
        with reading("create_session"):
            return session_outcome(created, self._witness(answer, ObservationSource.ANSWER))

    async def get_payment(self, payment_id: str, *, context: CallContext) -> Observation:
        answer = await self._client.get_payment(payment_id, context=context)
        return self._observation(
            answer, payment_id, operation="get_payment", source=ObservationSource.READ_BACK
        )

    async def list_payments(
        self, *, created_from: date, created_before: date, context: CallContext
    ) -> list[Observation]:
        """Authorized and closed payments made from one day's start to another's, UTC."""
        found: dict[str, Observation] = {}
        for page in range(MOST_PAGES):
            answer = await self._client.list_payments(
                created_from=created_from,
                created_before=created_before,
                offset=page * LARGEST_PAGE,
                context=context,
            )
            accepted = answers.accepted(answer, "list_payments")
            listed = read(TabbyPaymentList, accepted, "list_payments").payments
            witness = self._witness(answer, ObservationSource.POLL)
            found |= {each.payment_id: each for each in readable(listed, witness)}
            if len(listed) < LARGEST_PAGE:
                return list(found.values())
        raise OutcomeUnknown(
            f"{self._config.account} has more than {MOST_PAGES * LARGEST_PAGE} payments from "
            f"{created_from} to {created_before}; list fewer days at a time"
        )

    async def capture(self, move: MoneyMove, *, context: CallContext) -> Observation | Declined:
        answer = await self._client.capture(move, context=context)
        return await self._outcome(
            answer,
            move.payment_id,
            operation="capture",
            done=lambda seen: any(each.reference == move.reference for each in seen.facts.captures),
            context=context,
        )

    async def refund(self, move: MoneyMove, *, context: CallContext) -> Observation | Declined:
        answer = await self._client.refund(move, context=context)
        return await self._outcome(
            answer,
            move.payment_id,
            operation="refund",
            done=lambda seen: any(each.reference == move.reference for each in seen.facts.refunds),
            context=context,
        )

    async def void(self, move: MoneyMove, *, context: CallContext) -> Observation | Declined:
        """Closes the payment; Tabby knows no reference of a void, its status tells that it is."""
        answer = await self._client.close_payment(move.payment_id, context=context)
        return await self._outcome(
            answer,
            move.payment_id,
            operation="void",
            done=lambda seen: seen.facts.closed,
            context=context,
        )

    async def check_access(self, *, context: CallContext) -> None:
        answer = await self._client.list_webhooks(context=context)
        answers.accepted(answer, "check_access")

    async def plan_webhooks(
        self, url: str, *, others: OtherWebhooks, context: CallContext
    ) -> list[WebhookStep]:
        return await self._registration.plan(url, others=others, context=context)

    async def carry_out(self, step: WebhookStep, *, context: CallContext) -> WebhookStep:
        return await self._registration.carry_out(step, context=context)

    async def close(self) -> None:
        await self._client.close()

    async def _outcome(
        self,
        answer: Answer,
        payment_id: str,
        *,
        operation: str,
        done: Callable[[Observation], bool],
        context: CallContext,
    ) -> Observation | Declined:
        """A no may follow an earlier request that was carried out, so the payment is read first.

        Section 4: how Tabby answers the same reference again is not documented.
        """
        decline = answers.decline_in(answer)
        if decline is None:
            return self._observation(
                answer, payment_id, operation=operation, source=ObservationSource.ANSWER
            )
        try:
            seen = await self.get_payment(payment_id, context=context)
        except GatewayOutage as error:
            raise OutcomeUnknown(
                f"{operation} was answered {decline.code}, and the payment can't be read: {error}",
                retry_after_seconds=error.retry_after_seconds,
            ) from error
        if done(seen):
            return seen
        return Declined(code=decline.code, message=decline.message, observation=seen)

    def _observation(
        self, answer: Answer, payment_id: str, *, operation: str, source: ObservationSource
    ) -> Observation:
        payment = read(TabbyPayment, answers.accepted(answer, operation), operation)
        if payment.id != payment_id.lower():
            raise OutcomeUnknown(
                f"{operation} was answered with another payment than asked for; {ASK_FIRST}"
            )
        with reading(operation):
            return observation_of(payment, self._witness(answer, source))

    def _witness(self, answer: Answer, source: ObservationSource) -> Witness:
        return Witness(self._config.account, source, self._clock.now(), answer.evidence_id)
