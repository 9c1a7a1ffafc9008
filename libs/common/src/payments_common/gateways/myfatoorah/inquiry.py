"""Reading an invoice, with its refunds, which MyFatoorah tells by another endpoint."""

from payments_common.clock import Clock
from payments_common.errors import GatewayRefusal, InvalidMessage
from payments_common.gateways.myfatoorah import answers
from payments_common.gateways.myfatoorah.client import KeyType, MyFatoorahClient
from payments_common.gateways.myfatoorah.config import MyFatoorahConfig
from payments_common.gateways.myfatoorah.translate import has_refunds, observation_of
from payments_common.gateways.myfatoorah.wire import (
    Invoice,
    InvoiceAnswer,
    Refund,
    RefundRows,
    RefundsAnswer,
    digits_or_none,
)
from payments_common.gateways.port import CallContext
from payments_common.gateways.transport import Answer
from payments_common.gateways.witness import Witness
from payments_common.schemas.envelope import parse
from payments_common.schemas.observations import Observation, ObservationSource

LONGEST_INVOICE_ID = 18


class MyFatoorahInquiry:
    def __init__(self, client: MyFatoorahClient, *, config: MyFatoorahConfig, clock: Clock) -> None:
        self._client = client
        self._config = config
        self._clock = clock

    async def payment(
        self, key: str, *, source: ObservationSource, context: CallContext
    ) -> Observation:
        """The invoice of that id, or the one that has an attempt to pay of that PaymentId.

        Raises GatewayRefusal, status 404, where there is neither; InvalidMessage and InvalidMoney
        for an invoice that can't be read.
        """
        for key_type in _key_types(key):
            answer = await self._client.get_payment_status(key, key_type, context=context)
            if not _is_not_found(answer) and not _is_no_invoice_id(answer, key_type):
                invoice = read_invoice(answer)
                _check_asked(invoice, key, key_type)
                return await self._seen(invoice, answer, source=source, context=context)
        raise GatewayRefusal(
            f"MyFatoorah knows neither an invoice nor a payment {key}",
            status=404,
            code=answers.NOT_FOUND,
        )

    async def newest_payment(
        self, order_reference: str, *, source: ObservationSource, context: CallContext
    ) -> Observation | None:
        """The newest invoice with that CustomerReference; raises as `payment` does."""
        key_type = KeyType.CUSTOMER_REFERENCE
        answer = await self._client.get_payment_status(order_reference, key_type, context=context)
        if _is_not_found(answer):
            return None
        invoice = read_invoice(answer)
        _check_asked(invoice, order_reference, key_type)
        return await self._seen(invoice, answer, source=source, context=context)

    async def _seen(
        self, invoice: Invoice, answer: Answer, *, source: ObservationSource, context: CallContext
    ) -> Observation:
        refunds: tuple[Refund, ...] = ()
        if has_refunds(invoice):
            refunds = await self._refunds(invoice.id, context=context)
        witness = Witness(self._config.account, source, self._clock.now(), answer.evidence_id)
        return observation_of(invoice, refunds, config=self._config, witness=witness)

    async def _refunds(self, invoice_id: str, *, context: CallContext) -> tuple[Refund, ...]:
        """How MyFatoorah says that there is none is not documented: it may be a refusal."""
        answer = await self._client.get_refund_status(invoice_id, context=context)
        if _is_not_found(answer):
            return ()
        accepted = answers.accepted(answer, "get_refunds")
        if isinstance(accepted.body, list):
            return parse(RefundRows, accepted.body, "answer to get_refunds").root
        refunds = parse(RefundsAnswer, accepted.body, "answer to get_refunds").refunds
        return refunds.rows if refunds else ()


def read_invoice(answer: Answer) -> Invoice:
    """Raises GatewayRefusal for a refusal, InvalidMessage for what is no invoice."""
    accepted = answers.accepted(answer, "get_payment")
    return parse(InvoiceAnswer, accepted.body, "answer to get_payment").invoice


def checked_payment_id(payment_id: str) -> str:
    """Raises InvalidMessage, code `invalid_payment_id`, for what is not decimal digits."""
    found = digits_or_none(payment_id)
    if found is None:
        raise InvalidMessage(
            "a MyFatoorah payment id is an InvoiceId such as 6409988; "
            f"this one is not, it has {len(payment_id)} characters",
            code="invalid_payment_id",
        )
    return found


def _key_types(key: str) -> tuple[KeyType, ...]:
    """The redirect and support staff know the PaymentId, which alone is so long or has a zero."""
    if len(key) > LONGEST_INVOICE_ID or key.startswith("0"):
        return (KeyType.PAYMENT_ID,)
    return (KeyType.INVOICE_ID, KeyType.PAYMENT_ID)


def _is_not_found(answer: Answer) -> bool:
    no = answers.refusal_in(answer)
    return no is not None and no.code == answers.NOT_FOUND


def _is_no_invoice_id(answer: Answer, key_type: KeyType) -> bool:
    no = answers.refusal_in(answer)
    return key_type is KeyType.INVOICE_ID and no is not None and no.code == answers.INVALID_KEY


def _check_asked(invoice: Invoice, key: str, key_type: KeyType) -> None:
    match key_type:
        case KeyType.INVOICE_ID:
            is_asked = invoice.id == key
        case KeyType.PAYMENT_ID:
            is_asked = any(row.payment_id == key for row in invoice.transactions)
        case KeyType.CUSTOMER_REFERENCE:
            is_asked = invoice.customer_reference == key
    if not is_asked:
        raise InvalidMessage(f"it is another invoice than the one of that {key_type}")
