"""Which operations are due by themselves: a pure function of the order."""

from payment_orchestrator.domain.balance import capturable_minor
from payment_orchestrator.domain.order import OperationKind, Order
from payment_orchestrator.domain.requests import OperationRequest
from payment_orchestrator.domain.status import POLICY
from payments_common.schemas.commands import CaptureMode


def due_operations(order: Order) -> tuple[OperationRequest, ...]:
    """Automatic capture takes all that was authorized, once, and never while a review is open.

    What was captured in part at the gateway is left to who did it.
    """
    if order.capture_mode is not CaptureMode.AUTOMATIC or order.review:
        return ()
    return tuple(
        OperationRequest(
            operation_id=f"auto-capture-{payment.payment_id}",
            kind=OperationKind.CAPTURE,
            digest=POLICY,
            requested_by=POLICY,
            payment_id=payment.payment_id,
            reason="capture_mode is automatic",
        )
        for payment in order.payments
        if capturable_minor(order, payment) == payment.facts.authorized_minor > 0
        and order.operation(f"auto-capture-{payment.payment_id}") is None
    )
