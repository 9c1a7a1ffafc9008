"""When the log has entries of an order is kept with each change that adds some."""

from payment_orchestrator.domain.audit_lines import Moment, moments, newly_moved, whole_minute
from payment_orchestrator.domain.change import Moved
from payment_orchestrator.domain.order import OperationKind
from payments_common.schemas.observations import PaymentFacts
from support.builders import facts, later
from support.order_life import OrderLife

CAPTURE, REFUND, VOID = OperationKind.CAPTURE, OperationKind.REFUND, OperationKind.VOID


def test_asking_sending_and_refusing_are_moments_of_who_asked() -> None:
    life = OrderLife().sees(facts(authorized=15000), at=0)
    life.asks(CAPTURE, 5000, at=61).sends(at=122)
    life.is_refused(REFUND, 1, at=183, operation_id="no-1")
    found = [moments(change) for change in life.changes]
    assert found[:2] == [(), ()]
    assert found[2:] == [(Moment(later(60 * n), "warehouse"),) for n in (1, 2, 3)]


def test_what_the_gateway_tells_for_the_first_time_is_a_moment_of_nobody() -> None:
    told = facts(authorized=15000, captures={"c9": 5000})
    life = OrderLife().sees(told, at=60).sees(told, at=120)
    assert moments(life.changes[-2]) == (Moment(later(60), None),)
    assert moments(life.changes[-1]) == ()


def test_only_what_is_new_or_beyond_what_is_named_has_newly_moved() -> None:
    known = facts(authorized=15000, captures={"c1": 5000})
    seen = facts(authorized=15000, captures={"c1": 5000, "c2": 300}, refunds={"r1": 100})
    assert list(newly_moved(known, seen)) == [
        Moved(kind=CAPTURE, effect_id="c2"),
        Moved(kind=REFUND, effect_id="r1"),
    ]


def test_a_total_that_names_no_single_ones_has_newly_moved_when_it_grows() -> None:
    known = PaymentFacts(authorized_minor=15000, refunded_total_minor=100)
    seen = known.model_copy(update={"refunded_total_minor": 200, "voided_minor": 50})
    expected = [Moved(kind=REFUND, effect_id=None), Moved(kind=VOID, effect_id=None)]
    assert list(newly_moved(known, seen)) == expected
    assert list(newly_moved(seen, seen)) == []


def test_what_an_answer_tells_is_a_moment_of_nobody_although_somebody_asked() -> None:
    told = facts(authorized=15000, captures={"c1": 5000}, references={"c1": "command-1"})
    life = OrderLife().sees(facts(authorized=15000), at=0).asks(CAPTURE, 5000, at=1).sends(at=2)
    assert moments(life.is_answered(told, at=60).changes[-1]) == (Moment(later(60), None),)


def test_a_moment_is_a_whole_minute() -> None:
    assert whole_minute(later(119.999)) == later(60)
