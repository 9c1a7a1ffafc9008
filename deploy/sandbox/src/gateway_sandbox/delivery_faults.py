"""What a fault makes of one delivery; pure."""

from dataclasses import dataclass, replace
from typing import Literal

from gateway_sandbox.deliveries import Authentication, Notice, Sign
from gateway_sandbox.faults import Fault
from gateway_sandbox.strict_body import dump


@dataclass(frozen=True, slots=True)
class Plan:
    """How one notice is sent: which bytes, how often, when, or not at all."""

    body: bytes
    sign: Sign
    fault: str | None = None
    copies: int = 1
    delay_seconds: float = 0.0
    state: Literal["pending", "held", "dropped"] = "pending"


def plan_delivery(notice: Notice, fault: Fault | None) -> Plan:
    """The plan for a notice; an altered document is signed as altered, a corrupt one is not."""
    body = dump(notice.document)
    plan = Plan(body, notice.sign)
    if fault is None:
        return plan
    plan = replace(plan, fault=fault.kind, delay_seconds=fault.delay_seconds)
    match fault.kind:
        case "drop":
            plan = replace(plan, state="dropped")
        case "duplicate":
            plan = replace(plan, copies=fault.times)
        case "reorder":
            plan = replace(plan, state="held")
        case "corrupt_body":
            # Signed as it was before it was cut.
            plan = replace(plan, body=body[: len(body) // 2], sign=lambda _cut: notice.sign(body))
        case "forge_header":
            plan = replace(plan, sign=lambda sent: notice.sign(sent).forged())
        case "unsigned":
            plan = replace(plan, sign=lambda _sent: Authentication())
        case "wrong_amount" | "wrong_currency":
            altered = dump(notice.tamper(notice.document, fault))
            plan = replace(plan, body=altered)
    return plan
