"""An invoice of MyFatoorah's as its documents show it, one after the other, and what they mean."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from payments_common.gateways.myfatoorah.config import read_config
from payments_common.gateways.myfatoorah.translate import observation_of
from payments_common.gateways.myfatoorah.wire import Invoice, RefundRows
from payments_common.gateways.witness import Witness
from payments_common.schemas.observations import Observation, ObservationSource
from support.myfatoorah_payloads import (
    captured,
    declined,
    held,
    invoice,
    myfatoorah_account,
    paid,
    refunded,
    released,
    row,
)

NOW = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
Document = tuple[dict[str, Any], Sequence[dict[str, Any]]]


def observed(
    document: dict[str, Any],
    refunds: Sequence[dict[str, Any]] = (),
    *,
    now: datetime = NOW,
    **options: str,
) -> Observation:
    account = myfatoorah_account(options={"country": "KWT", **options})
    witness = Witness(account.name, ObservationSource.READ_BACK, now, "call-1")
    return observation_of(
        Invoice.model_validate(document),
        RefundRows.model_validate(list(refunds)).root,
        config=read_config(account),
        witness=witness,
    )


def sale() -> list[Document]:
    """Two failed cards, a third that is taken, a refund that is filed and carried out."""
    rows = [row("InProgress", ""), declined("MF002"), declined("MF004", PaymentId="2")]
    taken = [*rows[1:], row()]
    return [
        (invoice(), ()),
        (invoice(rows[0]), ()),
        (invoice(rows[1]), ()),
        (invoice(*rows[1:]), ()),
        (paid(*taken), ()),
        (paid(*taken), [refunded("Pending")]),
        (paid(*taken), [refunded("Pending"), refunded("Pending", 3, RefundId=2)]),
        (paid(*taken), [refunded("Refunded"), refunded("Canceled", 3, RefundId=2)]),
    ]


def captured_in_part(value: str = "12.345") -> list[Document]:
    after = {"InvoiceValue": Decimal(value), "InvoiceDisplayValue": f"{value} KD"}
    return [
        (invoice(), ()),
        (invoice(held()), ()),
        (paid(held(), captured(value), **after), ()),
        (paid(held(), captured(value), **after), [refunded("Refunded", value)]),
    ]


def let_go() -> list[Document]:
    return [
        (invoice(), ()),
        (invoice(declined()), ()),
        (invoice(declined(), held()), ()),
        (invoice(declined(), held(), released()), ()),
    ]


def paid_twice() -> list[Document]:
    second = row(PaymentId="100202106359084366", TransactionDate="2026-01-10T00:20:00")
    return [(invoice(), ()), (paid(row()), ()), (paid(row(), second), ())]


STORIES = (sale, captured_in_part, let_go, paid_twice)
