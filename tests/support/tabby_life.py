"""A Tabby payment's life: the sandbox's rules live it, its documents tell of it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from gateway_sandbox.ledger import Origin
from gateway_sandbox.tabby import machine
from gateway_sandbox.tabby.errors import TabbyError
from gateway_sandbox.tabby.machine import Act, Change
from gateway_sandbox.tabby.payment import Capture, Payment, Refund
from gateway_sandbox.tabby.payment_document import PaymentWriter
from gateway_sandbox.tabby.settings import TabbySettings
from payment_orchestrator.domain.order import Operation, Order
from payments_common.clock import SystemClock
from payments_common.gateways.tabby.gateway import open_gateway
from payments_common.gateways.tabby.translate import observation_of
from payments_common.gateways.tabby.wire import TabbyPayment, TabbyStatus
from payments_common.gateways.witness import Witness
from payments_common.schemas.commands import CaptureMode
from payments_common.schemas.observations import Observation, ObservationSource
from support import builders, tabby_payloads
from support.api_calls import KeptApiCalls
from support.histories import Step, Subject

TOTAL = 15000
IDS = ("3f0d9b0e-6c1a-4c53-9a3e-0b7f6a1d2c44", "9b0e3f0d-6c1a-4c53-9a3e-0b7f6a1d2c45")
WRITER = PaymentWriter(TabbySettings())
SETTINGS = TabbySettings(over_refunds="accept")
NOW = datetime(2026, 3, 2, 9, 15, 4, tzinfo=UTC)


class TabbyLife:
    """Captures and refunds without a reference of ours are made in the dashboard."""

    def __init__(self, number: int) -> None:
        self._made = 0
        self._payment = Payment(
            payment_id=IDS[number],
            session_id="session-1",
            merchant_id="merchant",
            merchant_code="SA",
            is_test=True,
            created_at=NOW,
            expires_at=NOW,
            amount_minor=TOTAL,
            currency="SAR",
            reference_id="SHOP-1001",
            request={"buyer": {}},
        )

    @property
    def payment_id(self) -> str:
        return self._payment.payment_id

    def shown(self) -> Observation:
        return seen(WRITER.payment(self._payment), ObservationSource.READ_BACK)

    def live(self, step: Step) -> bool:
        reference = ("", "dashboard-1", "dashboard-2")[step.which]
        return self._try(step, reference=reference, origin="dashboard")

    def carry_out(self, operation: Operation) -> Observation | None:
        step = Step(operation.kind, operation.amount.amount_minor)
        if not self._try(step, reference=operation.reference, origin="api"):
            return None
        return seen(WRITER.payment(self._payment), ObservationSource.ANSWER)

    def moved_minor(self) -> tuple[int, int]:
        return self._payment.captured_minor, self._payment.refunded_minor

    def _try(self, step: Step, *, reference: str, origin: Origin) -> bool:
        try:
            self._payment = self._changed(step, reference, Act(origin, NOW)).payment
        except TabbyError:
            return False
        return True

    def _changed(self, step: Step, reference: str, act: Act) -> Change:
        payment = self._payment
        self._made += 1
        capture = Capture(f"c{self._made}", NOW, step.amount_minor, reference)
        refund = Refund(f"r{self._made}", NOW, step.amount_minor, reference)
        steps: dict[str, Callable[[], Change]] = {
            "authorize": lambda: machine.authorize(payment, act, settings=SETTINGS),
            "capture": lambda: machine.capture(payment, capture, act, settings=SETTINGS),
            "refund": lambda: machine.refund(payment, refund, act, settings=SETTINGS),
            "void": lambda: machine.close(payment, act, settings=SETTINGS),
            "reject": lambda: machine.reject(payment, act),
            "expire": lambda: machine.expire(payment, act),
        }
        return steps[step.name]()


def seen(document: dict[str, Any], source: ObservationSource) -> Observation:
    return observation_of(TabbyPayment.model_validate(document), Witness("tabby-ksa", source, NOW))


amounts = st.sampled_from(["0", "50", "50.00", "100", "150", "200"])
moves = st.builds(
    lambda name, amount, reference: {"id": name, "amount": amount, "reference_id": reference},
    st.sampled_from(["c1", "c2", "c3"]),
    amounts,
    st.sampled_from(["", "command-0", "dashboard-1"]),
)
odd = st.builds(
    lambda payment_id, status, currency, **more: seen(
        tabby_payloads.payment(status, id=payment_id, currency=currency, **more),
        ObservationSource.READ_BACK,
    ),
    st.sampled_from(IDS),
    st.sampled_from([*TabbyStatus, "ON_HOLD"]),
    st.sampled_from(["SAR", "SAR", "SAR", "AED"]),
    amount=st.sampled_from(["150", "150", "150", "99"]),
    captures=st.none() | st.lists(moves, max_size=3),
    refunds=st.none() | st.lists(moves, max_size=3),
)
"""Of any status and amounts: totals shrink, moves vanish, ids change their amounts."""


def order(capture_mode: CaptureMode) -> Order:
    return builders.order(capture_mode=capture_mode)


PAID = Step("authorize")
TABBY = Subject(
    capabilities=open_gateway(
        tabby_payloads.tabby_account(), clock=SystemClock(), api_calls=KeptApiCalls()
    ).capabilities,
    order=order,
    life=TabbyLife,
    openings=((), (PAID,), (PAID,), (PAID, Step("capture", TOTAL)), (PAID, Step("capture", 9000))),
    steps=("authorize", "capture", "capture", "refund", "void", "reject", "expire"),
    amounts=(1, 5000, 5000, 10000, 15000),
    odd=odd,
)
