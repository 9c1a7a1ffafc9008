"""Which operations are due by themselves: a pure function of the order."""

from payment_orchestrator.domain.balance import authorizable_minor, capturable_minor
from payment_orchestrator.domain.order import OperationKind, Order, Payment
from payment_orchestrator.domain.requests import OperationRequest
from payment_orchestrator.domain.status import POLICY
from payments_common.gateways.port import Capabilities
from payments_common.schemas.commands import CaptureMode


def due_operations(order: Order, capabilities: Capabilities) -> tuple[OperationRequest, ...]:
    """Where it takes a call, what was approved is authorized; in automatic mode all is captured.

    Each once, and never while a review is open. What was captured in part at the gateway is left
    to who did it.
    """
    if order.review:
        return ()
    return tuple(
        due
        for payment in order.payments
        for due in (_authorize(order, payment, capabilities), _capture(order, payment))
        if due is not None and order.operation(due.operation_id) is None
    )


def _authorize(
    order: Order, payment: Payment, capabilities: Capabilities
) -> OperationRequest | None:
    if not capabilities.authorizes_by_call or not authorizable_minor(order, payment):
        return None
    reason = "the customer has approved, the gateway waits for us"
    return _by_policy(OperationKind.AUTHORIZE, payment, reason)


def _capture(order: Order, payment: Payment) -> OperationRequest | None:
    whole = capturable_minor(order, payment) == payment.facts.authorized_minor > 0
    if order.capture_mode is not CaptureMode.AUTOMATIC or not whole:
        return None
    return _by_policy(OperationKind.CAPTURE, payment, "capture_mode is automatic")


def _by_policy(kind: OperationKind, payment: Payment, reason: str) -> OperationRequest:
    return OperationRequest(
        operation_id=f"auto-{kind}-{payment.payment_id}",
        kind=kind,
        digest=POLICY,
        requested_by=POLICY,
        payment_id=payment.payment_id,
        reason=reason,
    )
