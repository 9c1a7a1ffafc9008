"""A Tamara order's life: the sandbox's rules live it, its documents and answers tell of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from gateway_sandbox.ledger import Origin
from gateway_sandbox.strict_body import dump
from gateway_sandbox.tamara import machine
from gateway_sandbox.tamara.errors import TamaraError
from gateway_sandbox.tamara.machine import Act, Change
from gateway_sandbox.tamara.order import Cancel, Capture, Checkout, Refund, TamaraStatus
from gateway_sandbox.tamara.order import Order as TamaraOrderOfTheSandbox
from gateway_sandbox.tamara.order_document import OrderWriter
from gateway_sandbox.tamara.settings import TamaraSettings
from payment_orchestrator.domain.order import Operation, OperationKind, Order
from payments_common.clock import SystemClock
from payments_common.gateways.port import MoneyMove
from payments_common.gateways.tamara import effects
from payments_common.gateways.tamara.gateway import open_gateway
from payments_common.gateways.tamara.translate import observation_of
from payments_common.gateways.tamara.wire import TamaraOrder
from payments_common.gateways.witness import Witness
from payments_common.schemas.commands import CaptureMode
from payments_common.schemas.observations import Observation, ObservationSource, PaymentFacts
from payments_common.strict_json import loads
from support import builders, tamara_payloads
from support.api_calls import KeptApiCalls
from support.histories import Step, Subject

TOTAL = 15000
IDS = ("3f0d9b0e-6c1a-4c53-9a3e-0b7f6a1d2c44", "9b0e3f0d-6c1a-4c53-9a3e-0b7f6a1d2c45")
STRICT = TamaraSettings(over_refunds="accept")
LENIENT = replace(
    STRICT,
    cancel_after_capture="allow",
    capture_after_refund="allow",
    echo_merchant_refund_id=True,
)
NOW = datetime(2026, 3, 2, 9, 15, 4, tzinfo=UTC)
CHECKOUT = Checkout(
    total_minor=TOTAL,
    currency="SAR",
    country_code="SA",
    reference_id="SHOP-1001",
    order_number="SHOP-1001",
    phone_number="966500000001",
    consumer={},
    shipping_address={},
)


class TamaraLife:
    """Its answers tell of one move only, with our reference; its documents tell no reference."""

    def __init__(self, number: int) -> None:
        self._made = 0
        self._settings = (STRICT, LENIENT)[number]
        self._order = TamaraOrderOfTheSandbox(
            order_id=IDS[number],
            checkout_id="checkout-id",
            merchant_id="merchant",
            created_at=NOW,
            session_expires_at=NOW,
            reference_id="SHOP-1001",
            checkout=CHECKOUT,
        )

    @property
    def payment_id(self) -> str:
        return self._order.order_id

    def shown(self) -> Observation:
        document = OrderWriter(self._settings).order(self._order)
        return seen(loads(dump(document)))

    def live(self, step: Step) -> bool:
        return self._try(step, reference="", origin="dashboard")

    def carry_out(self, operation: Operation) -> Observation | None:
        step = Step(operation.kind, operation.amount.amount_minor)
        if not self._try(step, reference=operation.reference, origin="api"):
            return None
        return answered(self._answer(operation.kind), operation)

    def moved_minor(self) -> tuple[int, int]:
        return self._order.captured_minor, self._order.refunded_minor

    def _try(self, step: Step, *, reference: str, origin: Origin) -> bool:
        try:
            self._order = self._changed(step, reference, Act(origin, NOW)).order
        except TamaraError:
            return False
        return True

    def _changed(self, step: Step, reference: str, act: Act) -> Change:
        order, settings = self._order, self._settings
        self._made += 1
        whole = Capture(f"c{self._made}", NOW, TOTAL)
        capture = Capture(f"c{self._made}", NOW, step.amount_minor)
        refund = Refund(f"r{self._made}", NOW, step.amount_minor, merchant_refund_id=reference)
        cancel = Cancel(f"v{self._made}", NOW, step.amount_minor)
        steps: dict[str, Callable[[], Change]] = {
            "approve": lambda: machine.approve(order, act),
            "authorise": lambda: machine.authorise(order, act),
            "authorise_and_capture": lambda: machine.authorise_and_capture(
                order, whole, act, settings=settings
            ),
            "capture": lambda: machine.capture(order, capture, act, settings=settings),
            "refund": lambda: machine.refund(order, refund, act, settings=settings),
            "void": lambda: machine.cancel(order, cancel, act, settings=settings),
            "decline": lambda: machine.decline(order, act),
            "expire": lambda: machine.expire(order, act),
        }
        return steps[step.name]()

    def _answer(self, kind: OperationKind) -> dict[str, Any]:
        order = self._order
        told = {"order_id": order.order_id, "status": order.status.value}
        match kind:
            case OperationKind.CAPTURE:
                return told | {"capture_id": order.captures[-1].capture_id}
            case OperationKind.REFUND:
                return told | {"refund_id": order.refunds[-1].refund_id}
            case _:
                return told | {"cancel_id": order.cancels[-1].cancel_id}


def seen(document: Any) -> Observation:
    witness = Witness("tamara-ksa", ObservationSource.READ_BACK, NOW)
    return observation_of(TamaraOrder.model_validate(document), witness)


def answered(document: dict[str, Any], operation: Operation) -> Observation:
    kinds: dict[OperationKind, effects.MoveKind[Any]] = {
        OperationKind.CAPTURE: effects.CAPTURE,
        OperationKind.REFUND: effects.REFUND,
        OperationKind.VOID: effects.VOID,
    }
    kind = kinds[operation.kind]
    told = kind.answer.model_validate(document)
    move = MoneyMove(operation.payment_id, operation.amount, operation.reference, "a reason")
    return Witness("tamara-ksa", ObservationSource.ANSWER, NOW).saw(
        told.order_id,
        kind.effect(told, move).facts or PaymentFacts(),
        order_reference=None,
        gateway_status=told.status,
    )


amounts = st.sampled_from(["0", "50", "50.00", "100", "150", "200"])
monies = amounts.map(tamara_payloads.major)
names = st.sampled_from(["m1", "m2", "m3"])
MAKERS = (tamara_payloads.capture, tamara_payloads.refund, tamara_payloads.cancel)
captures, refunds, cancels = (
    st.lists(st.builds(make, amounts, names), max_size=3) for make in MAKERS
)
odd = st.builds(
    lambda payment_id, status, **more: seen(
        tamara_payloads.order(status, order_id=payment_id, order_reference_id="SHOP-1001", **more)
    ),
    st.sampled_from(IDS),
    st.sampled_from([*TamaraStatus, "on_hold"]),
    total_amount=st.sampled_from(["150", "150", "150", "99"]).map(tamara_payloads.major),
    captured_amount=st.none() | monies,
    refunded_amount=st.none() | monies,
    canceled_amount=st.none() | monies,
    captures=captures,
    refunds=refunds,
    cancels=cancels,
)
"""Of any status and amounts: totals shrink, moves vanish, ids change their amounts."""


def order(capture_mode: CaptureMode) -> Order:
    return builders.order(capture_mode=capture_mode)


HELD = (Step("approve"), Step("authorise"))
TAMARA = Subject(
    capabilities=open_gateway(
        tamara_payloads.tamara_account(), clock=SystemClock(), api_calls=KeptApiCalls()
    ).capabilities,
    order=order,
    life=TamaraLife,
    openings=((), HELD, HELD, (*HELD, Step("capture", TOTAL)), (*HELD, Step("capture", 9000))),
    steps=(
        "approve",
        "authorise",
        "authorise_and_capture",
        "capture",
        "void",
        "refund",
        "decline",
        "expire",
    ),
    amounts=(1, 5000, 5000, 10000, 15000),
    odd=odd,
)
