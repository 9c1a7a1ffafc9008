"""Law 1 of Tamara's orders: what was seen of one in any order, and however often, is the same."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import reduce
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from payment_orchestrator.domain.facts import join
from payments_common.gateways.tamara.translate import observation_of
from payments_common.gateways.tamara.wire import TamaraOrder
from payments_common.gateways.witness import Witness
from payments_common.schemas.observations import ObservationSource, PaymentFacts
from support.tamara_payloads import cancel, capture, major, order, refund

WITNESS = Witness("tamara-ksa", ObservationSource.POLL, datetime(2026, 3, 2, tzinfo=UTC))
TOTAL = 15000
amounts = st.lists(st.integers(1, TOTAL), max_size=3)


def facts_of(document: dict[str, Any]) -> PaymentFacts:
    return observation_of(TamaraOrder.model_validate(document), WITNESS).facts


def joined(facts: Sequence[PaymentFacts]) -> PaymentFacts:
    return reduce(join, facts, PaymentFacts())


def text(minor: int) -> str:
    return str(Decimal(minor).scaleb(-2))


def within(wanted: list[int], room: int) -> list[int]:
    """As many of these as there is room for."""
    taken: list[int] = []
    for each in wanted:
        if sum(taken) + each <= room:
            taken.append(each)
    return taken


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """An order's documents from its beginning to some end (section 3.2)."""
    documents = [order("new"), order("approved"), order("authorised")]
    voided = within(draw(amounts), TOTAL)
    captured = within(draw(amounts), TOTAL - sum(voided))
    refunded = within(draw(amounts), sum(captured))
    moves: dict[str, list[dict[str, Any]]] = {"cancels": [], "captures": [], "refunds": []}
    for kind, make, made in (
        ("cancels", cancel, voided),
        ("captures", capture, captured),
        ("refunds", refund, refunded),
    ):
        for number, minor in enumerate(made):
            moves[kind].append(make(text(minor), f"{kind}-{number}"))
            documents.append(_document({name: list(each) for name, each in moves.items()}))
    return documents


def _document(moves: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    canceled, captured, refunded = (
        sum((each["total_amount"]["amount"] for each in moves[kind]), Decimal(0))
        for kind in ("cancels", "captures", "refunds")
    )
    if refunded:
        status = "fully_refunded" if refunded == captured else "partially_refunded"
    elif captured:
        is_whole = captured + canceled == major()["amount"]
        status = "fully_captured" if is_whole else "partially_captured"
    else:
        status = "canceled" if canceled == major()["amount"] else "updated"
    return order(
        status,
        captured_amount=major(captured),
        refunded_amount=major(refunded),
        canceled_amount=major(canceled),
        **moves,
    )


@given(histories(), st.data())
def test_any_order_and_repetition_of_what_was_seen_comes_to_the_same(
    documents: list[dict[str, Any]], data: st.DataObject
) -> None:
    facts = [facts_of(each) for each in documents]
    turned = data.draw(st.permutations(facts + data.draw(st.lists(st.sampled_from(facts)))))
    assert joined(turned) == joined(facts)


@given(histories())
def test_the_newest_of_an_order_says_all_that_was_seen_before(
    documents: list[dict[str, Any]],
) -> None:
    facts = [facts_of(each) for each in documents]
    for length in range(1, len(facts) + 1):
        assert joined(facts[:length]) == facts[length - 1]


@given(histories(), st.sampled_from(["declined", "expired"]), st.data())
def test_an_end_that_came_in_between_is_kept_in_any_order(
    documents: list[dict[str, Any]], end: str, data: st.DataObject
) -> None:
    facts = [facts_of(each) for each in [*documents, order(end)]]
    seen = joined(data.draw(st.permutations(facts)))
    assert (seen.failed, seen.expired) == (end == "declined", end == "expired")
    assert seen.authorized_minor == TOTAL
