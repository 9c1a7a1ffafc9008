"""A MyFatoorah invoice's life: the sandbox's rules live it, its documents tell of it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from gateway_sandbox.myfatoorah import machine
from gateway_sandbox.myfatoorah.attempts import AttemptMaker
from gateway_sandbox.myfatoorah.errors import MyFatoorahError
from gateway_sandbox.myfatoorah.invoice import Invoice, Refund, RefundStatus, TransactionStatus
from gateway_sandbox.myfatoorah.invoice import Order as InvoiceOrder
from gateway_sandbox.myfatoorah.invoice_document import InvoiceWriter, zone_of
from gateway_sandbox.myfatoorah.machine import Act, Change
from gateway_sandbox.myfatoorah.methods import CARDS
from gateway_sandbox.myfatoorah.settings import MyFatoorahSettings
from gateway_sandbox.myfatoorah.test_data import DECLINED
from gateway_sandbox.myfatoorah.wire_amounts import as_number
from gateway_sandbox.strict_body import dump
from payment_orchestrator.domain.order import Operation, OperationKind, Order
from payments_common.clock import SystemClock
from payments_common.gateways.myfatoorah.config import read_config
from payments_common.gateways.myfatoorah.gateway import open_gateway
from payments_common.gateways.myfatoorah.translate import filed_refund, observation_of
from payments_common.gateways.myfatoorah.wire import FiledRefund, InvoiceAnswer, RefundRows
from payments_common.gateways.port import MoneyMove
from payments_common.gateways.witness import Witness
from payments_common.schemas.commands import CaptureMode
from payments_common.schemas.observations import Observation, ObservationSource
from payments_common.strict_json import loads
from support import builders, myfatoorah_payloads
from support.api_calls import KeptApiCalls
from support.histories import Step, Subject

TOTAL = 15000
IDS = ("6400001", "6400002")
STRICT = MyFatoorahSettings(over_refunds="accept")
LENIENT = replace(STRICT, late_payments="accept", duplicate_payments="accept")
CONFIG = read_config(myfatoorah_payloads.myfatoorah_account())
START = datetime(2026, 3, 2, 9, 15, 4, tzinfo=UTC)
EXPIRY = timedelta(days=3)


class MyFatoorahLife:
    """Its answers tell no refunds but the one that was filed; captures carry no reference."""

    def __init__(self, number: int) -> None:
        self._made = 0
        self._now = START
        self._settings = (STRICT, LENIENT)[number]
        self._invoice = Invoice(
            invoice_id=int(IDS[number]),
            invoice_key="key",
            api_key="SK_KWT_1",
            country="KWT",
            currency="KWD",
            reference="2026000001",
            created_at=START,
            expires_at=START + EXPIRY,
            invoiced_minor=TOTAL,
            order=InvoiceOrder("KWD", TOTAL, "Anonymous", "+965", customer_reference="SHOP-1001"),
        )

    @property
    def payment_id(self) -> str:
        return self._invoice.payment_id

    def shown(self) -> Observation:
        return seen(self._tree(), self._refunds(), now=self._now)

    def live(self, step: Step) -> bool:
        """An invoice is charged at once or authorized only, never both."""
        if step.name == "pay" and self._invoice.last(TransactionStatus.AUTHORIZE):
            return False
        return self._try(step, reference="")

    def carry_out(self, operation: Operation) -> Observation | None:
        step = Step(operation.kind, operation.amount.amount_minor)
        if not self._try(step, reference=operation.reference):
            return None
        if operation.kind is OperationKind.REFUND:
            return self._filed(operation)
        return seen(self._tree(), [], now=self._now, source=ObservationSource.ANSWER)

    def moved_minor(self) -> tuple[int, int]:
        return self._invoice.captured_minor, self._invoice.refunded_minor(with_pending=False)

    def _try(self, step: Step, *, reference: str) -> bool:
        self._made += 1
        self._now += EXPIRY if step.name == "expire" else timedelta(minutes=1)
        try:
            self._invoice = self._changed(step, reference).invoice
        except MyFatoorahError:
            return False
        return True

    def _changed(self, step: Step, reference: str) -> Change:
        invoice, settings, act = self._invoice, self._settings, Act("dashboard", self._now)
        maker = AttemptMaker(invoice, self._now, zone_of("KWT", settings), settings)
        opened = maker.opened(self._made, CARDS)
        approved, refused = maker.approved(opened, None), maker.refused(opened, DECLINED, None)
        steps: dict[str, Callable[[], Change]] = {
            "open": lambda: machine.open_attempt(invoice, opened),
            "pay": lambda: machine.pay(invoice, approved, act, settings=settings),
            "authorize": lambda: machine.authorize(invoice, approved, act, settings=settings),
            "fail": lambda: machine.fail(invoice, refused, act, settings=settings),
            "capture": lambda: machine.capture(
                invoice,
                maker.captured(self._made, machine.require_held(invoice), step.amount_minor),
                act,
            ),
            "void": lambda: machine.release(
                invoice,
                maker.released(self._made, machine.require_held(invoice)),
                act,
                amount_minor=None,
            ),
            "cancel": lambda: machine.cancel(invoice, act),
            "expire": lambda: machine.expire(invoice, act),
            "refund": lambda: machine.file_refund(
                invoice, self._refund(step.amount_minor, reference), settings=settings
            ),
            "execute": lambda: machine.settle_refund(
                invoice, 1 + step.which, RefundStatus.REFUNDED, self._now
            ),
            "reject": lambda: machine.settle_refund(
                invoice, 1 + step.which, RefundStatus.CANCELED, self._now
            ),
        }
        return steps[step.name]()

    def _refund(self, amount_minor: int, reference: str) -> Refund:
        return Refund(
            refund_id=1 + len(self._invoice.refunds),
            reference="2026000012",
            own_invoice_id=0,
            created_at=self._now,
            amount_minor=amount_minor,
            origin="api" if reference else "dashboard",
            external_identifier=reference or None,
        )

    def _tree(self) -> Any:
        return loads(dump({"Data": InvoiceWriter(self._settings).tree(self._invoice)}))

    def _refunds(self) -> list[Any]:
        rows = [
            {
                "RefundId": refund.refund_id,
                "RefundStatus": refund.status.value,
                "Amount": as_number(refund.amount_minor, "KWD"),
                "ExternalIdentifier": refund.external_identifier,
            }
            for refund in self._invoice.refunds
        ]
        found: list[Any] = loads(dump({"rows": rows}))["rows"]
        return found

    def _filed(self, operation: Operation) -> Observation:
        filed = FiledRefund.model_validate(
            {"RefundId": self._invoice.refunds[-1].refund_id, "Key": self.payment_id}
        )
        move = MoneyMove(operation.payment_id, operation.amount, operation.reference)
        witness = Witness("myfatoorah-kwt", ObservationSource.ANSWER, self._now)
        return filed_refund(filed, move, witness=witness)


def seen(
    answer: dict[str, Any],
    refunds: Sequence[dict[str, Any]],
    *,
    now: datetime = START,
    source: ObservationSource = ObservationSource.READ_BACK,
) -> Observation:
    return observation_of(
        InvoiceAnswer.model_validate(answer).invoice,
        RefundRows.model_validate(refunds).root,
        config=CONFIG,
        witness=Witness("myfatoorah-kwt", source, now),
    )


values = st.sampled_from(["5.000", "10.000", "15.000", "20.000"])
rows = st.builds(
    lambda status, value, payment_id, error, code: myfatoorah_payloads.row(
        status, value, PaymentId=payment_id, Error=error, ErrorCode=code
    ),
    st.sampled_from(["Succss", "Authorize", "Canceled", "Failed", "InProgress", "Odd"]),
    values,
    st.sampled_from(["c1", "c2", "c3"]),
    st.sampled_from([None, "Transaction Released", "Declined"]),
    st.sampled_from(["", "MF002"]),
)
refunds = st.builds(
    lambda id_, status, amount, reference: myfatoorah_payloads.refunded(
        status, amount, RefundId=id_, ExternalIdentifier=reference
    ),
    st.sampled_from([1, 2]),
    st.sampled_from(["Pending", "Refunded", "Canceled", "Odd"]),
    st.sampled_from([5, 10, 15]),
    st.sampled_from(["", "command-0", "dashboard-1"]),
)
odd = st.builds(
    lambda payment_id, status, value, shown, rows, refunds, now: seen(
        myfatoorah_payloads.envelope(
            myfatoorah_payloads.invoice(
                *rows,
                InvoiceId=payment_id,
                InvoiceStatus=status,
                InvoiceValue=value,
                InvoiceDisplayValue=shown,
                CustomerReference="SHOP-1001",
                ExpiryDate="March 5, 2026",
            )
        ),
        refunds,
        now=now,
    ),
    st.sampled_from(IDS),
    st.sampled_from(["Pending", "Paid", "Canceled", "DuplicatePayment", "Odd"]),
    st.sampled_from([15, 15, 15, 5]),
    st.sampled_from(["15.000 KD", "15.000 KD", "5.000 KD", "150.000 SR", ""]),
    st.lists(rows, max_size=3),
    st.lists(refunds, max_size=2),
    st.sampled_from([START, START + 2 * EXPIRY]),
)
"""Of any status and amounts: totals shrink, rows vanish, refunds go back to pending."""


def order(capture_mode: CaptureMode) -> Order:
    total = {"amount_minor": TOTAL, "currency": "KWD"}
    return builders.order(
        account="myfatoorah-kwt",
        total_amount=total,
        items=[{"title": "Lamp", "unit_price": total}],
        capture_mode=capture_mode,
    )


HELD, PAID = Step("authorize"), Step("pay")
MYFATOORAH = Subject(
    capabilities=open_gateway(
        myfatoorah_payloads.myfatoorah_account(), clock=SystemClock(), api_calls=KeptApiCalls()
    ).capabilities,
    order=order,
    life=MyFatoorahLife,
    openings=((), (HELD,), (PAID,), (HELD, Step("capture", TOTAL)), (HELD, Step("capture", 9000))),
    steps=(
        "open",
        "pay",
        "authorize",
        "fail",
        "capture",
        "void",
        "cancel",
        "expire",
        "refund",
        "execute",
        "reject",
    ),
    amounts=(10, 5000, 5000, 10000, 15000),
    odd=odd,
)
