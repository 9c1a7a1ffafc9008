"""What is news, what cannot be joined, and what is another account's to tell."""

import pytest
from hypothesis import given

from payment_orchestrator.domain.facts import join
from payments_common.money import Money
from payments_common.schemas.observations import (
    CaptureFact,
    PaymentFacts,
    RefundFact,
    RefundStatus,
)
from reconciler.domain.comparison import Compared, compare
from reconciler.domain.discrepancy import Found, Kind
from reconciler.domain.known import KnownOrder
from reconciler.domain.news import news_in
from support.builders import facts, later
from support.listed import BACK, HELD, TAKEN, known, seen
from support.told_facts import told_facts

NOTHING = PaymentFacts()


def words(compared: Compared) -> list[str]:
    return [each.words for each in compared.news]


@given(told_facts, told_facts)
def test_it_is_news_exactly_where_the_join_would_change_the_order(
    one: PaymentFacts, told: PaymentFacts
) -> None:
    knows = join(one, NOTHING)
    assert bool(news_in(knows, told)) == (join(knows, told) != knows)


@given(told_facts, told_facts)
def test_what_is_known_is_never_news_whatever_more_is_known(
    one: PaymentFacts, other: PaymentFacts
) -> None:
    assert news_in(join(one, other), one) == ()


@given(told_facts, told_facts)
def test_a_listed_payment_is_never_news_again_after_it_was_joined(
    one: PaymentFacts, told: PaymentFacts
) -> None:
    order = known(join(join(one, NOTHING), told))
    assert compare(seen(told), [order]) == Compared(seen(told), order)


@pytest.mark.parametrize(
    ("knows", "told", "kind", "says"),
    [
        (NOTHING, facts(), Kind.PAYMENT, "payment of 150.00 SAR"),
        (facts(), facts(total=99), Kind.AMOUNT, "payment of 0.99 SAR"),
        (facts(), HELD, Kind.PAYMENT, "authorized 150.00 SAR"),
        (facts(), facts(approved=True), Kind.PAYMENT, "approved, waits to be authorized"),
        (facts(), facts(expired=True), Kind.PAYMENT, "expired"),
        (HELD, facts(authorized=15000, captures={"c1": 5000}), Kind.CAPTURE, "capture c1 of 50.00"),
        (TAKEN, BACK, Kind.REFUND, "refund r1 of 40.00 SAR, processed"),
        (HELD, facts(authorized=15000, voids={"v": 1}), Kind.VOID, "void v of 0.01 SAR"),
        (HELD, PaymentFacts(refunded_total_minor=1), Kind.REFUND, "refunded 0.01 SAR in all"),
        (NOTHING, PaymentFacts(captured_total_minor=7), Kind.CAPTURE, "captured 7 minor units"),
    ],
)
def test_news_are_told_in_words_with_amounts(
    knows: PaymentFacts, told: PaymentFacts, kind: Kind, says: str
) -> None:
    (news,) = news_in(knows, told)
    assert news.kind is kind
    assert news.words.startswith(says)


def test_a_refund_that_went_on_is_told_with_both_its_states() -> None:
    def refund(status: RefundStatus) -> PaymentFacts:
        return PaymentFacts(
            amounts=(Money(100, "SAR"),),
            refunds=(RefundFact(refund_id="r", amount_minor=100, status=status),),
        )

    (news,) = news_in(refund(RefundStatus.PENDING), refund(RefundStatus.PROCESSED))
    assert news.words == "refund r of 1.00 SAR, processed and no longer pending"


def test_an_earlier_time_is_news_and_a_later_one_is_not() -> None:
    early, late = (
        PaymentFacts(captures=(CaptureFact(capture_id="c", amount_minor=1, occurred_at=later(s)),))
        for s in (0, 1)
    )
    assert (len(news_in(late, early)), news_in(early, late)) == (1, ())


def found(compared: Compared) -> dict[Kind, Found]:
    return {each.kind: each for each in compared.found()}


def test_a_payment_that_names_an_order_which_has_it_not_is_the_orders() -> None:
    compared = compare(seen(HELD), [known(None)])
    (told,) = found(compared).values()
    assert (told.kind, told.order_id) == (Kind.PAYMENT, "order-SHOP-1001")
    assert "which the order has not: payment of 150.00 SAR, authorized 150.00 SAR" in told.says


def test_a_payment_of_no_order_is_not_ours() -> None:
    (told,) = found(compare(seen(reference="ELSE-1"), [])).values()
    assert (told.kind, told.order_id, told.order_reference) == (Kind.NOT_OURS, None, "ELSE-1")
    assert told.says.startswith("CLOSED: payment of 150.00 SAR, authorized 150.00 SAR")


def test_a_payment_that_names_another_order_than_its_own_keeps_its_news() -> None:
    compared = compare(seen(TAKEN, reference="SHOP-2"), [known(HELD)])
    assert set(found(compared)) == {Kind.OTHER_REFERENCE, Kind.CAPTURE, Kind.PAYMENT}
    assert compared.order == known(HELD)


def test_a_payment_without_a_reference_is_its_orders_all_the_same() -> None:
    assert compare(seen(HELD, reference=None), [known(HELD)]).problem is None


@pytest.mark.parametrize("order", [known(HELD, account="tabby-kwt"), known(None, account="b")])
def test_a_payment_of_another_account_is_joined_nowhere(order: KnownOrder) -> None:
    compared = compare(seen(HELD), [order])
    assert (compared.order, compared.problem) == (None, Kind.OTHER_ACCOUNT)
    assert order.account in found(compared)[Kind.OTHER_ACCOUNT].says


def test_what_an_account_with_the_same_key_lists_is_told_there() -> None:
    compared = compare(
        seen(HELD), [known(HELD, account="tabby-kwt")], sharing=frozenset({"tabby-kwt"})
    )
    assert compared.found() == []


def test_equal_ids_of_two_gateways_by_chance_mix_no_orders() -> None:
    other = known(HELD, account="myfatoorah-kwt", reference="SHOP-7")
    assert compare(seen(HELD, reference="ELSE-1"), [other]).problem is Kind.NOT_OURS


def test_an_order_with_that_payment_comes_before_one_with_that_name() -> None:
    owner, named = known(HELD), known(None, reference="SHOP-2")
    compared = compare(seen(HELD, reference="SHOP-2"), [named, owner])
    assert (compared.order, compared.problem) == (owner, Kind.OTHER_REFERENCE)


def test_the_first_amount_of_an_open_payment_is_told_on_and_is_no_discrepancy() -> None:
    compared = compare(seen(facts()), [known(NOTHING)])
    assert words(compared) == ["payment of 150.00 SAR"]
    assert compared.found() == []


def test_another_amount_than_before_is_a_discrepancy() -> None:
    (found,) = compare(seen(facts(total=99)), [known(facts())]).found()
    assert found.kind is Kind.AMOUNT
