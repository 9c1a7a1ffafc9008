"""Who may begin an attempt to pay an order, and what came of it."""

from dataclasses import replace

import pytest

from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.finish import finish
from payment_orchestrator.domain.order import Order, ReplyAddress
from payment_orchestrator.domain.sessions import (
    KEPT_ANSWERS,
    check_attempt,
    check_supported,
    remember,
    session_made,
)
from payments_common.errors import OperationRefused
from payments_common.gateways.port import Capabilities, Declined, SessionCreated
from payments_common.money import Money
from payments_common.schemas.observations import PaymentFacts
from payments_common.schemas.replies import Answer, Outcome
from support.builders import (
    CAPABILITIES,
    NOW,
    PAYMENT,
    UNECHOING,
    change_of,
    facts,
    later,
    observation,
    observed,
    order,
    session,
)

ABLE = replace(CAPABILITIES, chooses_method=True)
ADDRESS = ReplyAddress(queue="payments.reply.shop", correlation_id="c1")
MADE = SessionCreated(
    redirect_url="https://pay.example.com/1",
    session_id="session-1",
    observation=observation(facts()),
    expires_at=later(600),
)
OTHER_AMOUNT = Money(15001, "SAR")


def made(outcome: SessionCreated | Declined) -> Change:
    return session_made(change_of(order()), outcome, command_id="command-1", reply_to=(ADDRESS,))


def refusal_of_terms(capabilities: Capabilities, **changes: object) -> OperationRefused | None:
    try:
        check_supported(session(**changes), capabilities)
    except OperationRefused as error:
        return error
    return None


@pytest.mark.parametrize(
    ("capabilities", "changes", "code", "says"),
    [
        (
            replace(ABLE, currencies=frozenset({"KWD", "AED"})),
            {},
            "currency_mismatch",
            "account tabby-ksa takes AED, KWD, not SAR",
        ),
        (
            replace(ABLE, manual_capture=False),
            {"capture_mode": "manual"},
            "not_supported_by_gateway",
            "account tabby-ksa captures by itself; use capture_mode automatic",
        ),
        (
            replace(ABLE, chooses_method=False),
            {"payment_method": "kn"},
            "payment_method_not_supported",
            "account tabby-ksa offers no choice of payment_method; leave it out",
        ),
    ],
)
def test_what_the_gateway_cannot_do_is_refused_before_there_is_an_order(
    capabilities: Capabilities, changes: dict[str, object], code: str, says: str
) -> None:
    error = refusal_of_terms(capabilities, **changes)
    assert error is not None
    assert (error.code, str(error)) == (code, says)


@pytest.mark.parametrize(
    ("capabilities", "changes"),
    [
        (ABLE, {"payment_method": "kn"}),
        (replace(ABLE, manual_capture=False), {"capture_mode": "automatic"}),
        (replace(ABLE, chooses_method=False), {}),
    ],
)
def test_what_the_gateway_can_do_is_not_refused(
    capabilities: Capabilities, changes: dict[str, object]
) -> None:
    assert refusal_of_terms(capabilities, **changes) is None


@pytest.mark.parametrize(
    "changes",
    [
        {
            "total_amount": OTHER_AMOUNT,
            "items": [{"title": "Lamp", "unit_price": {"amount_minor": 15001, "currency": "SAR"}}],
        },
        {"account": "tabby-uae"},
        {"capture_mode": "automatic"},
    ],
)
def test_another_attempt_must_be_for_the_same_order(changes: dict[str, object]) -> None:
    with pytest.raises(OperationRefused) as refused:
        check_attempt(order(), session(**changes))
    assert refused.value.code == "order_mismatch"
    assert str(refused.value) == (
        "order SHOP-1001 exists with 150.00 SAR at tabby-ksa, capture manual; "
        "use another order_reference for another order"
    )


@pytest.mark.parametrize(
    "told", [[], [facts()], [facts(failed=True)], [facts(expired=True)], [PaymentFacts()]]
)
def test_an_order_that_holds_no_money_may_be_tried_again(told: list[PaymentFacts]) -> None:
    check_attempt(observed(order(), *told), session(description="another text"))


@pytest.mark.parametrize(
    ("told", "status"),
    [
        (facts(authorized=15000), "authorized"),
        (facts(authorized=15000, captures={"c": 15000}, closed=True), "captured"),
        (facts(authorized=15000, closed=True), "voided"),
        (facts(total=99, authorized=99), "pending"),
    ],
)
def test_an_order_that_holds_or_held_money_is_not_paid_again(
    told: PaymentFacts, status: str
) -> None:
    with pytest.raises(OperationRefused) as refused:
        check_attempt(observed(order(), told), session())
    assert refused.value.code == "order_already_paid"
    assert str(refused.value) == (
        f"order SHOP-1001 is {status} and holds money; it cannot be paid again"
    )


def test_an_approved_payment_holds_the_order_as_money_does() -> None:
    approved = observed(order(), facts(approved=True), capabilities=UNECHOING)
    with pytest.raises(OperationRefused):
        check_attempt(approved, session())


def test_a_session_is_kept_with_its_payment_and_answered_with_where_to_go() -> None:
    change = made(MADE)
    payment = change.order.payment(PAYMENT)
    assert payment is not None
    assert (payment.redirect_url, payment.session_id) == (MADE.redirect_url, "session-1")
    assert (payment.session_expires_at, payment.facts) == (later(600), facts())
    assert change.order.answers == (
        Answer(
            command_id="command-1",
            outcome=Outcome.SUCCEEDED,
            order_id="order-1",
            order_reference="SHOP-1001",
            account="tabby-ksa",
            status="pending",
            payment_id=PAYMENT,
            redirect_url=MADE.redirect_url,
        ),
    )
    (reply,) = change.messages
    assert (reply.routing_key, reply.correlation_id) == ("payments.reply.shop", "c1")


def test_history_says_that_the_session_was_made() -> None:
    entry = made(MADE).history[-1]
    assert (entry.kind, entry.payment_id) == ("session", PAYMENT)
    assert entry.text == "Checkout session made; the caller was told where to send the customer"


def test_a_decline_before_any_payment_leaves_the_order_as_it_was() -> None:
    change = made(Declined("not_available", "no"))
    assert change.order.payments == ()
    assert change.order.answers == (
        Answer(
            command_id="command-1",
            outcome=Outcome.DECLINED,
            order_id="order-1",
            order_reference="SHOP-1001",
            account="tabby-ksa",
            status="created",
            code="not_available",
            message="no",
        ),
    )
    assert [(e.kind, e.text) for e in change.history] == [
        ("session", "The gateway declined the session before any payment: not_available")
    ]


def test_a_decline_that_names_a_payment_is_that_payments_failure() -> None:
    change = made(Declined("order_too_high", "no", observation=observation(facts())))
    payment = change.order.payment(PAYMENT)
    assert payment is not None
    assert payment.facts == facts().model_copy(
        update={"failed": True, "failure_reasons": ("order_too_high",)}
    )
    answer = change.order.answers[0]
    assert (answer.outcome, answer.payment_id) == (Outcome.DECLINED, PAYMENT)
    assert (answer.status, answer.redirect_url) == ("failed", None)
    assert finish(change, CAPABILITIES).order.status == "failed"


def test_the_last_answers_are_kept_with_the_order() -> None:
    change = change_of(order())
    for number in range(KEPT_ANSWERS + 2):
        answer = Answer(command_id=f"command-{number}", outcome=Outcome.SUCCEEDED)
        change = remember(change, answer)
    kept: Order = change.order
    assert len(kept.answers) == KEPT_ANSWERS
    assert kept.answer_to("command-1") is None
    last = kept.answer_to(f"command-{KEPT_ANSWERS + 1}")
    assert last is kept.answers[-1]
    assert kept.created_at == NOW
