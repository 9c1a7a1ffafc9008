"""What a page may know: a table over every status, and not a word more."""

import pytest

from payment_orchestrator.domain.order import OperationKind, Order, OrderStatus
from payment_orchestrator.domain.public_status import (
    Page,
    PublicStatus,
    is_final,
    page_of,
    public_status,
)
from support.builders import authorized, facts, observed, order, requested

TABLE = {
    OrderStatus.CREATED: (Page.CHECKING, False),
    OrderStatus.PENDING: (Page.CHECKING, False),
    OrderStatus.AUTHORIZED: (Page.CONFIRMED, False),
    OrderStatus.PARTIALLY_CAPTURED: (Page.CONFIRMED, False),
    OrderStatus.CAPTURED: (Page.CONFIRMED, True),
    OrderStatus.PARTIALLY_REFUNDED: (Page.CONFIRMED, True),
    OrderStatus.REFUNDED: (Page.REFUNDED, True),
    OrderStatus.FAILED: (Page.NOT_PAID, True),
    OrderStatus.EXPIRED: (Page.NOT_PAID, True),
    OrderStatus.VOIDED: (Page.NOT_PAID, True),
}


def order_in(status: OrderStatus) -> Order:
    return order().model_copy(update={"status": status})


def test_the_table_has_every_status() -> None:
    assert set(TABLE) == set(OrderStatus)


@pytest.mark.parametrize("status", OrderStatus)
def test_a_status_has_its_page_and_its_end(status: OrderStatus) -> None:
    assert (page_of(status), is_final(order_in(status))) == TABLE[status]
    assert public_status(order_in(status)).page is page_of(status)


def test_a_payment_of_another_amount_confirms_nothing() -> None:
    mismatched = observed(order(), facts(total=100, authorized=100, captures={"c-1": 100}))
    assert mismatched.review == ("amount_mismatch",)
    assert public_status(mismatched).page is Page.CHECKING


def test_an_order_with_a_refund_under_way_is_not_final() -> None:
    paid = observed(authorized(), facts(authorized=15000, captures={"c-1": 15000}, closed=True))
    assert is_final(paid)
    assert not is_final(requested(paid, OperationKind.REFUND))


def test_amounts_are_those_of_the_balance() -> None:
    paid = observed(order(), facts(authorized=15000, captures={"c": 15000}, refunds={"r": 4000}))
    told = public_status(paid)
    amounts = (told.total_amount, told.captured, told.refunded)
    assert [money.amount_minor for money in amounts] == [15000, 15000, 4000]
    assert (told.page, told.status) == (Page.CONFIRMED, OrderStatus.PARTIALLY_REFUNDED)


def test_it_has_these_members_and_no_other() -> None:
    assert set(PublicStatus.model_fields) == {
        *("order_reference", "page", "status", "is_final", "updated_at", "refresh"),
        *("total_amount", "captured", "refunded"),
    }


def test_nothing_of_the_customer_the_gateway_or_a_payment_is_in_it() -> None:
    told = public_status(authorized()).model_dump_json()
    for secret in ("otp.success", "+9665", "Test Customer", "tabby", "TOLD", "3f0d9b0e", "order-1"):
        assert secret not in told
