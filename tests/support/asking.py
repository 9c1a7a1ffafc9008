"""Captures, refunds and voids as they are asked for, and what is said to them."""

from dataclasses import replace
from typing import Any

import pytest

from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.order import OperationKind, Order
from payment_orchestrator.domain.requests import OperationRequest, request
from payments_common.errors import OperationRefused
from payments_common.gateways.port import Capabilities
from payments_common.money import Money
from payments_common.schemas.observations import PaymentFacts
from support.builders import (
    CAPABILITIES,
    change_of,
    facts,
    observed,
    order,
)

CAPTURE, REFUND, VOID = OperationKind.CAPTURE, OperationKind.REFUND, OperationKind.VOID
OTHER = "00000000-0000-4000-8000-00000000000f"
HELD = facts(authorized=15000)
TAKEN = facts(authorized=15000, captures={"c": 15000}, closed=True)
PART = facts(authorized=15000, captures={"c": 9000})


def asks(kind: OperationKind, **changes: Any) -> OperationRequest:
    plain = OperationRequest(
        operation_id="command-1", kind=kind, digest="digest", requested_by="warehouse"
    )
    return replace(plain, **changes)


def change_by(
    current: Order, asked: OperationRequest, capabilities: Capabilities = CAPABILITIES
) -> Change:
    return request(change_of(current), asked, capabilities)


def refusal(
    current: Order, asked: OperationRequest, capabilities: Capabilities = CAPABILITIES
) -> tuple[str, str]:
    with pytest.raises(OperationRefused) as refused:
        change_by(current, asked, capabilities)
    return refused.value.code, str(refused.value)


def sar(minor: int) -> Money:
    return Money(minor, "SAR")


def twice(first: PaymentFacts, second: PaymentFacts) -> Order:
    return observed(observed(order(), first), second, payment_id=OTHER)
