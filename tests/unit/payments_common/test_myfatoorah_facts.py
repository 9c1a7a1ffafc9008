"""Law 1: whichever of an invoice's documents are seen, in any order, the facts are the same."""

import functools
import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_orchestrator.domain.facts import join
from payments_common.schemas.observations import PaymentFacts
from support.myfatoorah_story import STORIES, Document, observed

every_story = pytest.mark.parametrize("story", STORIES)


def facts_of(documents: list[Document]) -> list[PaymentFacts]:
    return [observed(document, refunds).facts for document, refunds in documents]


def joined(told: list[PaymentFacts]) -> PaymentFacts:
    return functools.reduce(join, told, PaymentFacts())


@every_story
@given(data=st.data())
def test_any_documents_of_an_invoice_in_any_order_say_what_the_last_one_says(
    story: Callable[[], list[Document]], data: st.DataObject
) -> None:
    told = facts_of(story())
    seen = data.draw(st.lists(st.sampled_from(told)))
    at = data.draw(st.integers(0, len(seen)))
    assert joined([*seen[:at], told[-1], *seen[at:]]) == told[-1]


@every_story
def test_what_is_seen_only_grows(story: Callable[[], list[Document]]) -> None:
    told = facts_of(story())
    for earlier, later in itertools.pairwise(told):
        assert join(earlier, later) == later


@every_story
def test_no_document_of_an_invoice_names_a_second_amount(
    story: Callable[[], list[Document]],
) -> None:
    assert len({facts.amounts for facts in facts_of(story())}) == 1


def test_a_payment_after_the_expiry_is_known_as_both() -> None:
    expired = observed(STORIES[0]()[0][0] | {"ExpiryDate": "January 13, 2026"}).facts
    paid = facts_of(STORIES[0]())[4]
    assert join(expired, paid) == join(paid, expired)
    assert join(expired, paid).expired
    assert join(expired, paid).captures
