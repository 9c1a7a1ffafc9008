"""What this order's gateway cannot do, said before it is asked."""

from payment_orchestrator.domain.balance import captured_minor
from payment_orchestrator.domain.order import OperationKind
from payments_common.errors import OperationRefused
from payments_common.gateways.port import Capabilities
from payments_common.schemas.observations import PaymentFacts


def check_able(
    facts: PaymentFacts, kind: OperationKind, *, is_whole: bool, capabilities: Capabilities
) -> None:
    """Raises OperationRefused, code `not_supported_by_gateway`, that says what it can do."""
    match kind:
        case OperationKind.CAPTURE:
            problem = _capture_problem(facts, capabilities, is_whole=is_whole)
        case OperationKind.REFUND:
            able = is_whole or capabilities.partial_refund
            problem = None if able else "refunds only the whole amount"
        case OperationKind.VOID:
            problem = _void_problem(facts, capabilities, is_whole=is_whole)
        case OperationKind.AUTHORIZE:
            problem = None
    if problem is not None:
        raise OperationRefused(f"this gateway {problem}", code="not_supported_by_gateway")


def _capture_problem(
    facts: PaymentFacts, capabilities: Capabilities, *, is_whole: bool
) -> str | None:
    if captured_minor(facts) and not capabilities.several_captures:
        return "captures a payment once, and it is captured"
    if not is_whole and not capabilities.partial_capture:
        return "captures only the whole amount"
    return None


def _void_problem(facts: PaymentFacts, capabilities: Capabilities, *, is_whole: bool) -> str | None:
    if not capabilities.void:
        return "cannot void a payment"
    if captured_minor(facts) and not capabilities.void_after_capture:
        return "voids only what nothing was captured of; capture the rest, or refund"
    if not is_whole and not capabilities.partial_void:
        return "voids only all that is held"
    return None
