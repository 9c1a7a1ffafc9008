"""Law 1 at MyFatoorah: any permutation and repetition of what it says gives the same order."""

from hypothesis import given

from support.histories import Plan, calls, calls_and_contradictions, contradictions, lives
from support.law_1 import check_events, check_operations, check_order, check_truth
from support.myfatoorah_life import MYFATOORAH


@given(contradictions(MYFATOORAH))
def test_whatever_it_says_the_sequence_does_not_matter(plan: Plan) -> None:
    check_order(MYFATOORAH, plan)


@given(lives(MYFATOORAH))
def test_every_sequence_ends_with_what_its_own_book_says(plan: Plan) -> None:
    check_truth(MYFATOORAH, plan)


@given(calls_and_contradictions(MYFATOORAH))
def test_nor_does_the_sequence_matter_while_a_call_of_ours_is_open(plan: Plan) -> None:
    check_order(MYFATOORAH, plan)


@given(calls(MYFATOORAH))
def test_every_sequence_closes_our_operations_alike(plan: Plan) -> None:
    check_operations(MYFATOORAH, plan)


@given(lives(MYFATOORAH) | calls(MYFATOORAH))
def test_every_sequence_announces_the_same_once(plan: Plan) -> None:
    check_events(MYFATOORAH, plan)
