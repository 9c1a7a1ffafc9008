"""What this order's gateway cannot do, said before it is asked."""

from payment_orchestrator.domain.balance import captured_minor
from payment_orchestrator.domain.order import OperationKind
from payments_common.errors import OperationRefused
from payments_common.gateways.port import Capabilities
from payments_common.schemas.observations import PaymentFacts


def check_able(
    facts: PaymentFacts,
    kind: OperationKind,
    *,
    is_whole: bool,
    is_capturing: bool,
    capabilities: Capabilities,
) -> None:
    """`is_capturing`: a capture is under way, which counts as if it were there.

    Raises OperationRefused, code `not_supported_by_gateway`, that says what it can do.
    """
    has_captures = is_capturing or captured_minor(facts) > 0
    match kind:
        case OperationKind.CAPTURE:
            problem = _capture_problem(capabilities, is_whole=is_whole, has_captures=has_captures)
        case OperationKind.REFUND:
            able = is_whole or capabilities.partial_refund
            problem = None if able else "refunds only the whole amount"
        case OperationKind.VOID:
            problem = _void_problem(capabilities, is_whole=is_whole, has_captures=has_captures)
        case OperationKind.AUTHORIZE:
            problem = None
    if problem is not None:
        raise OperationRefused(f"this gateway {problem}", code="not_supported_by_gateway")


def _capture_problem(
    capabilities: Capabilities, *, is_whole: bool, has_captures: bool
) -> str | None:
    if has_captures and not capabilities.several_captures:
        return "captures a payment once, and it is captured or being captured"
    if not is_whole and not capabilities.partial_capture:
        return "captures only the whole amount"
    return None


def _void_problem(capabilities: Capabilities, *, is_whole: bool, has_captures: bool) -> str | None:
    if not capabilities.void:
        return "cannot void a payment"
    if has_captures and not capabilities.void_after_capture:
        return "voids only what nothing was captured of; capture the rest, or refund"
    if not is_whole and not capabilities.partial_void:
        return "voids only all that is held"
    return None
