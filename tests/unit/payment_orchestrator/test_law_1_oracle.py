"""The claims of law 1 can fail: a join that lost a guard is caught, whichever it lost."""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.errors import NoSuchExample

from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.facts import join
from payment_orchestrator.domain.observe import observe
from payments_common.schemas.observations import Observation, PaymentFacts, RefundFact, RefundStatus
from support.histories import Plan, Subject, contradictions, lives
from support.law_1 import check_order, check_truth
from support.myfatoorah_life import MYFATOORAH
from support.storytelling import Observe
from support.tabby_life import TABBY
from support.tamara_life import TAMARA

Join = Callable[[PaymentFacts, PaymentFacts], PaymentFacts]
PATIENCE = settings(
    deadline=None,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


def taking(*fields: str) -> Join:
    """The join, but that these fields are as they were told last."""

    def broken(known: PaymentFacts, told: PaymentFacts) -> PaymentFacts:
        last = {field: getattr(told, field) for field in fields}
        return join(known, told).model_copy(update=last)

    return broken


def the_last_writer(known: PaymentFacts, told: PaymentFacts) -> PaymentFacts:
    return told


def the_first_writer(known: PaymentFacts, told: PaymentFacts) -> PaymentFacts:
    return told if known == PaymentFacts() else known


def adding_totals(known: PaymentFacts, told: PaymentFacts) -> PaymentFacts:
    added = known.captured_total_minor + told.captured_total_minor
    return join(known, told).model_copy(update={"captured_total_minor": added})


def with_refunds(choose: Callable[[RefundFact, RefundFact], RefundFact]) -> Join:
    """The join, but that of two tellings of one refund one is chosen so."""

    def broken(known: PaymentFacts, told: PaymentFacts) -> PaymentFacts:
        refunds = {r.refund_id: r for r in known.refunds}
        for refund in told.refunds:
            there = refunds.get(refund.refund_id, refund)
            refunds[refund.refund_id] = choose(there, refund)
        ordered = tuple(refunds[id_] for id_ in sorted(refunds))
        return join(known, told).model_copy(update={"refunds": ordered})

    return broken


def pending_above_all(one: RefundFact, other: RefundFact) -> RefundFact:
    """The rank turned round: still a join, but not the truth."""
    return one if one.status is RefundStatus.PENDING else other


def the_latest(one: RefundFact, other: RefundFact) -> RefundFact:
    return other


def observing(broken: Join) -> Observe:
    """`observe`, but that the facts are joined so."""

    def observe_so(change: Change, observation: Observation) -> Change:
        known = change.order.payment(observation.payment_id)
        seen = observe(change, observation)
        payment = seen.order.payment(observation.payment_id)
        assert payment is not None
        facts = broken(known.facts if known else PaymentFacts(), observation.facts)
        return seen.with_payment(payment.model_copy(update={"facts": facts}))

    return observe_so


def counterexample(subject: Subject, broken: Join, *, tries: int = 400) -> Plan | None:
    """A plan of that gateway by which the broken join is caught, None where none is found."""
    told, patience = observing(broken), settings(PATIENCE, max_examples=tries)

    def catches(plan: Plan) -> bool:
        check = check_order if plan.odd else check_truth
        try:
            check(subject, plan, observe=told)
        except AssertionError:
            return True
        return False

    plans = contradictions(subject) | lives(subject)
    try:
        return find(plans, catches, settings=patience, random=Random(1))
    except NoSuchExample:
        return None


EVERYWHERE = (TABBY, TAMARA, MYFATOORAH)


@pytest.mark.parametrize("subject", EVERYWHERE, ids=["tabby", "tamara", "myfatoorah"])
@pytest.mark.parametrize(
    "broken",
    [
        the_last_writer,
        the_first_writer,
        taking("authorized_minor"),
        taking("captures"),
        taking("refunds"),
        taking("closed"),
        taking("failed"),
        taking("expired"),
        taking("voided_minor"),
        taking("amounts"),
    ],
    ids=[
        "last writer",
        "first writer",
        "authorized",
        "captures",
        "refunds",
        "closed",
        "failed",
        "expired",
        "voided",
        "amounts",
    ],
)
def test_a_join_that_lost_a_guard_is_caught_at_every_gateway(
    subject: Subject, broken: Join
) -> None:
    assert counterexample(subject, broken) is not None


@pytest.mark.parametrize(
    ("subject", "broken"),
    [
        (TAMARA, taking("approved")),
        (TAMARA, taking("voids")),
        (TAMARA, taking("captured_total_minor")),
        (TAMARA, taking("refunded_total_minor")),
        (TAMARA, adding_totals),
        (MYFATOORAH, taking("captured_total_minor")),
        (MYFATOORAH, taking("failure_reasons")),
        (MYFATOORAH, with_refunds(the_latest)),
        (MYFATOORAH, with_refunds(pending_above_all)),
    ],
)
def test_what_only_some_gateways_tell_is_caught_there(subject: Subject, broken: Join) -> None:
    assert counterexample(subject, broken) is not None


@pytest.mark.parametrize("subject", EVERYWHERE, ids=["tabby", "tamara", "myfatoorah"])
def test_the_join_itself_is_not(subject: Subject) -> None:
    assert counterexample(subject, join, tries=60) is None
