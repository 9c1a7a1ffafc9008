"""Law 1: every permutation and repetition of the same observations gives the same order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_orchestrator.domain.facts import join
from payment_orchestrator.domain.order import Order
from payments_common.schemas.observations import PaymentFacts, RefundFact, RefundStatus
from support.builders import facts, observed, order
from support.told_facts import told_facts


@given(told_facts, told_facts)
def test_the_join_does_not_care_who_came_first(one: PaymentFacts, other: PaymentFacts) -> None:
    assert join(one, other) == join(other, one)


@given(told_facts, told_facts, told_facts)
def test_the_join_does_not_care_how_it_is_grouped(
    one: PaymentFacts, two: PaymentFacts, three: PaymentFacts
) -> None:
    assert join(join(one, two), three) == join(one, join(two, three))


@given(told_facts, told_facts)
def test_the_join_does_not_care_about_repetition(one: PaymentFacts, other: PaymentFacts) -> None:
    joined = join(one, other)
    assert join(joined, other) == joined
    assert join(joined, joined) == joined


@given(told_facts, told_facts)
def test_facts_only_grow(known: PaymentFacts, told: PaymentFacts) -> None:
    joined = join(known, told)
    assert {c.capture_id for c in known.captures} <= {c.capture_id for c in joined.captures}
    assert joined.authorized_minor >= known.authorized_minor
    assert joined.failed >= known.failed


LIFE = (
    facts(),
    facts(authorized=15000),
    facts(authorized=15000, captures={"c1": 10000}),
    facts(authorized=15000, captures={"c1": 10000, "c2": 5000}, closed=True),
    facts(authorized=15000, captures={"c1": 10000, "c2": 5000}, refunds={"r1": 2500}, closed=True),
)


@given(
    st.lists(st.sampled_from(LIFE), max_size=12).flatmap(
        lambda extra: st.permutations([*LIFE, *extra])
    )
)
def test_any_order_and_repetition_of_observations_gives_the_same_order(
    told: list[PaymentFacts],
) -> None:
    assert _essence(observed(order(), *told)) == _essence(observed(order(), *LIFE))


@given(st.permutations(LIFE))
def test_each_fact_gives_its_events_once_in_any_order(told: list[PaymentFacts]) -> None:
    twice = observed(order(), *told, *told)
    assert twice.sequence == observed(order(), *LIFE).sequence


@pytest.mark.parametrize("status", list(RefundStatus))
def test_a_processed_refund_is_final_whatever_comes_after(status: RefundStatus) -> None:
    def with_status(each: RefundStatus) -> PaymentFacts:
        return PaymentFacts(refunds=(RefundFact(refund_id="r", amount_minor=1, status=each),))

    joined = join(with_status(RefundStatus.PROCESSED), with_status(status))
    assert joined.refunds[0].status is RefundStatus.PROCESSED


def _essence(order: Order) -> dict[str, object]:
    """All of an order but the traces of how and when it was told."""
    return order.model_dump(
        include={"payments", "status", "balance", "review", "operations", "total_amount"}
    )
