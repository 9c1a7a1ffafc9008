"""MyFatoorah behind the gateway port. It never resends: after a no or a doubt it reads."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from payments_common.clock import Clock
from payments_common.config import Account
from payments_common.errors import GatewayOutage, GatewayRefusal, OperationRefused, OutcomeUnknown
from payments_common.gateways.myfatoorah import answers
from payments_common.gateways.myfatoorah.checkout import (
    invoice_request,
    method_id,
    session_created,
)
from payments_common.gateways.myfatoorah.client import MyFatoorahClient
from payments_common.gateways.myfatoorah.config import MyFatoorahConfig, read_config
from payments_common.gateways.myfatoorah.inquiry import MyFatoorahInquiry, checked_payment_id
from payments_common.gateways.myfatoorah.listing import MyFatoorahListing
from payments_common.gateways.myfatoorah.redaction import redact
from payments_common.gateways.myfatoorah.registration import dashboard_entries
from payments_common.gateways.myfatoorah.translate import filed_refund, observation_of
from payments_common.gateways.myfatoorah.webhooks import MyFatoorahWebhooks
from payments_common.gateways.myfatoorah.wire import (
    CreatedInvoiceAnswer,
    FiledRefundAnswer,
    InvoiceAnswer,
    PaymentMethods,
    PaymentMethodsAnswer,
)
from payments_common.gateways.port import (
    ApiCalls,
    CallContext,
    Capabilities,
    Declined,
    LoggedDelivery,
    MoneyMove,
    SessionCreated,
    WebhookCoverage,
)
from payments_common.gateways.reading import read, reading
from payments_common.gateways.registration import DashboardEntry
from payments_common.gateways.transport import (
    ASK_FIRST,
    Answer,
    GatewayTransport,
    HttpTransport,
)
from payments_common.gateways.witness import Witness
from payments_common.schemas.commands import CreateSession
from payments_common.schemas.observations import Observation, ObservationSource, RefundStatus

SETTLE_SECONDS = 10.0


def open_gateway(
    account: Account,
    *,
    clock: Clock,
    api_calls: ApiCalls,
    http_transport: HttpTransport | None = None,
) -> "MyFatoorahGateway":
    """Over HTTP, unless another transport is given.

    Raises Misconfigured that says what is wrong with the account.
    """
    config = read_config(account)
    transport = GatewayTransport(
        account,
        clock=clock,
        api_calls=api_calls,
        redact=redact,
        http_transport=http_transport,
    )
    return MyFatoorahGateway(MyFatoorahClient(transport, config=config), config=config, clock=clock)


class MyFatoorahGateway:
    def __init__(self, client: MyFatoorahClient, *, config: MyFatoorahConfig, clock: Clock) -> None:
        self._client = client
        self._config = config
        self._clock = clock
        self._webhooks = MyFatoorahWebhooks()
        self._inquiry = MyFatoorahInquiry(client, config=config, clock=clock)
        self._listing = MyFatoorahListing(client, inquiry=self._inquiry, config=config)

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            currencies=frozenset({self._config.currency}),
            authorizes_by_call=False,
            manual_capture=True,
            partial_capture=True,
            several_captures=False,
            partial_refund=True,
            void=True,
            partial_void=False,
            void_after_capture=False,
            chooses_method=True,
            list_payments=True,
            registers_webhooks=False,
            webhook_covers=WebhookCoverage.SIGNED_FIELDS,
            refund_needs_closed=False,
            reference_is_idempotent=self._config.has_idempotency,
            echoes_capture_reference=False,
            echoes_refund_reference=True,
            settle_seconds=SETTLE_SECONDS,
        )

    @property
    def webhooks(self) -> MyFatoorahWebhooks:
        return self._webhooks

    async def create_session(
        self, session: CreateSession, *, context: CallContext
    ) -> SessionCreated | Declined:
        """MyFatoorah declines no customer before the payment; what it refuses is our request."""
        currency = session.total_amount.currency
        if currency != self._config.currency:
            raise OperationRefused(
                f"{self._config.account} takes {self._config.currency}, not {currency}",
                code="currency_not_supported",
            )
        request = invoice_request(session, config=self._config, order_id=context.order_id)
        if session.payment_method is None:
            answer = await self._client.send_payment(
                {**request, "NotificationOption": "LNK"}, context=context
            )
        else:
            chosen = await self._method_id(session, session.payment_method, context=context)
            answer = await self._client.execute_payment(
                {**request, "PaymentMethodId": chosen}, context=context
            )
        accepted = answers.accepted(answer, "create_session")
        created = read(CreatedInvoiceAnswer, accepted, "create_session").created
        with reading("create_session"):
            return session_created(created, session, self._witness(answer))

    async def get_payment(self, payment_id: str, *, context: CallContext) -> Observation:
        """By InvoiceId, or by the PaymentId that a redirect names; the answer has the InvoiceId."""
        key = checked_payment_id(payment_id)
        with reading("get_payment"):
            return await self._inquiry.payment(
                key, source=ObservationSource.READ_BACK, context=context
            )

    async def find_payment(
        self, order_reference: str, *, context: CallContext
    ) -> Observation | None:
        with reading("find_payment"):
            return await self._inquiry.newest_payment(
                order_reference, source=ObservationSource.READ_BACK, context=context
            )

    async def list_payments(
        self, *, created_from: date, created_before: date, context: CallContext
    ) -> list[Observation]:
        """Payments that a webhook was sent for, or tried to; there is no other list."""
        return await self._listing.payments(
            created_from=created_from, created_before=created_before, context=context
        )

    async def delivery_log(
        self, *, since: datetime, until: datetime, context: CallContext
    ) -> list[LoggedDelivery]:
        return await self._listing.delivery_log(since=since, until=until, context=context)

    async def capture(self, move: MoneyMove, *, context: CallContext) -> Observation | Declined:
        """A capture has no reference; one of that amount, on a payment that was held, is it."""
        checked_payment_id(move.payment_id)
        answer = await self._client.capture(move, context=context)
        declined = answers.decline_in(answer)
        if declined is None:
            return self._updated(answer, move, operation="capture")
        return await self._after_no(declined, move, done=_is_captured, context=context)

    async def void(self, move: MoneyMove, *, context: CallContext) -> Observation | Declined:
        checked_payment_id(move.payment_id)
        answer = await self._client.release(move, context=context)
        declined = answers.decline_in(answer)
        if declined is None:
            return self._updated(answer, move, operation="void")
        return await self._after_no(declined, move, done=_is_released, context=context)

    async def refund(self, move: MoneyMove, *, context: CallContext) -> Observation | Declined:
        """Filed, not refunded: a webhook or a read tells what became of it (section 4.2)."""
        checked_payment_id(move.payment_id)
        answer = await self._client.make_refund(move, context=context)
        declined = answers.decline_in(answer)
        if declined is not None:
            return await self._after_no(declined, move, done=_is_refunded, context=context)
        accepted = answers.accepted(answer, "refund", moves_money=True)
        filed = read(FiledRefundAnswer, accepted, "refund").refund
        with reading("refund"):
            return filed_refund(filed, move, witness=self._witness(answer))

    async def check_access(self, *, context: CallContext) -> None:
        answer = await self._client.initiate_payment(Decimal(0), "", context=context)
        answers.accepted(answer, "check_access")

    def dashboard_entries(self, url: str) -> list[DashboardEntry]:
        return dashboard_entries(url, config=self._config)

    async def close(self) -> None:
        await self._client.close()

    async def _method_id(
        self, session: CreateSession, payment_method: str, *, context: CallContext
    ) -> int:
        """Digits are the id itself; a code is looked up, because ids differ between accounts."""
        if payment_method.isascii() and payment_method.isdigit():
            return int(payment_method)
        total = session.total_amount
        answer = await self._client.initiate_payment(
            Decimal(total.to_major()), total.currency, context=context
        )
        accepted = answers.accepted(answer, "create_session")
        offered = read(PaymentMethodsAnswer, accepted, "create_session").offered or PaymentMethods()
        return method_id(payment_method, offered.methods)

    def _updated(self, answer: Answer, move: MoneyMove, *, operation: str) -> Observation:
        accepted = answers.accepted(answer, operation, moves_money=True)
        invoice = read(InvoiceAnswer, accepted, operation).invoice
        if invoice.id != move.payment_id:
            raise OutcomeUnknown(
                f"{operation} was answered with another payment than asked for; {ASK_FIRST}"
            )
        with reading(operation):
            return observation_of(invoice, config=self._config, witness=self._witness(answer))

    async def _after_no(
        self,
        declined: Declined,
        move: MoneyMove,
        *,
        done: Callable[[Observation, MoneyMove], bool],
        context: CallContext,
    ) -> Observation | Declined:
        """A no may follow an earlier request that was carried out, so the payment is read first."""
        try:
            seen = await self.get_payment(move.payment_id, context=context)
        except (GatewayOutage, GatewayRefusal) as error:
            if isinstance(error, GatewayRefusal) and error.code == answers.NOT_FOUND:
                return declined
            raise OutcomeUnknown(
                f"the answer was {declined.code}, and the payment can't be read: {error}",
                retry_after_seconds=getattr(error, "retry_after_seconds", None),
            ) from error
        if done(seen, move):
            return seen
        return Declined(code=declined.code, message=declined.message, observation=seen)

    def _witness(self, answer: Answer) -> Witness:
        return Witness(
            self._config.account, ObservationSource.ANSWER, self._clock.now(), answer.evidence_id
        )


def _is_captured(seen: Observation, move: MoneyMove) -> bool:
    """A payment is captured once, so a capture of that amount is the one that was asked for."""
    captures = seen.facts.captures
    return len(captures) == 1 and captures[0].amount_minor == move.amount.amount_minor


def _is_released(seen: Observation, move: MoneyMove) -> bool:
    return seen.facts.voided_minor >= move.amount.amount_minor > 0


def _is_refunded(seen: Observation, move: MoneyMove) -> bool:
    return any(
        each.reference == move.reference and each.status is not RefundStatus.FAILED
        for each in seen.facts.refunds
    )
