"""Attempts to have an order paid: who may begin one, and what came of it."""

from payment_orchestrator.domain.balance import holds_money
from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.observe import observe
from payment_orchestrator.domain.order import Order, OrderStatus, ReplyAddress
from payment_orchestrator.domain.status import derive
from payments_common.errors import OperationRefused
from payments_common.gateways.port import Capabilities, Declined, SessionCreated
from payments_common.money import Money
from payments_common.schemas.commands import CaptureMode, CreateSession
from payments_common.schemas.observations import PaymentFacts
from payments_common.schemas.replies import Answer, Outcome

KEPT_ANSWERS = 50
_MAY_BE_PAID = frozenset(
    {OrderStatus.CREATED, OrderStatus.PENDING, OrderStatus.FAILED, OrderStatus.EXPIRED}
)


def check_supported(session: CreateSession, capabilities: Capabilities) -> None:
    """Raises OperationRefused for what this gateway cannot do, before an order is made."""
    currency = session.total_amount.currency
    if currency not in capabilities.currencies:
        able = ", ".join(sorted(capabilities.currencies))
        raise OperationRefused(
            f"account {session.account} takes {able}, not {currency}", code="currency_mismatch"
        )
    if session.capture_mode is CaptureMode.MANUAL and not capabilities.manual_capture:
        raise OperationRefused(
            f"account {session.account} captures by itself; use capture_mode automatic",
            code="not_supported_by_gateway",
        )
    if session.payment_method is not None and not capabilities.chooses_method:
        raise OperationRefused(
            f"account {session.account} offers no choice of payment_method; leave it out",
            code="payment_method_not_supported",
        )


def check_attempt(order: Order, session: CreateSession) -> None:
    """Raises OperationRefused when the order is another one, or is paid already."""
    is_known = session.account in {order.session.account, order.account}
    if not is_known or _terms(order.session) != _terms(session):
        raise OperationRefused(
            f"order {order.order_reference} exists with {order.total_amount} at {order.account}, "
            f"capture {order.capture_mode}; use another order_reference for another order",
            code="order_mismatch",
        )
    if order.status not in _MAY_BE_PAID or any(holds_money(p) for p in order.payments):
        raise OperationRefused(
            f"order {order.order_reference} is {order.status} and holds money; it cannot be paid "
            "again",
            code="order_already_paid",
        )


def _terms(session: CreateSession) -> tuple[Money, CaptureMode]:
    """What a further attempt may not change; nor the account, but an outage may have."""
    return (session.total_amount, session.capture_mode)


def may_be_elsewhere(order: Order) -> bool:
    """Whether it is sure that nothing of it is at its account, so that another may have it."""
    return not order.session_asked and not order.payments


def asked_at(change: Change, account: str, *, why: str = "") -> Change:
    """From now on a session may be at `account`; `why` tells of the one that was to have it."""
    order = change.order
    if order.account != account:
        text = f"{why}: the session is asked for at {account} instead of {order.account}"
        change = change.told("account", text)
    moved = change.order.model_copy(update={"account": account, "session_asked": True})
    return change.with_order(moved)


def not_asked(change: Change) -> Change:
    """The request surely was not sent, so nothing is at the account."""
    return change.with_order(change.order.model_copy(update={"session_asked": False}))


def attempted(order: Order, session: CreateSession) -> Order:
    """Keeps what was asked last, and the account that was named first."""
    kept = session.model_copy(update={"account": order.session.account})
    return order.model_copy(update={"session": kept})


def session_made(
    change: Change,
    made: SessionCreated | Declined,
    *,
    command_id: str,
    reply_to: tuple[ReplyAddress, ...],
    status_token: str | None = None,
) -> Change:
    """Joins what the gateway answered and gives the command its answer."""
    change = _created(change, made) if isinstance(made, SessionCreated) else _declined(change, made)
    order = derive(change.order)
    answer = Answer(
        command_id=command_id,
        outcome=Outcome.SUCCEEDED if isinstance(made, SessionCreated) else Outcome.DECLINED,
        order_id=order.order_id,
        order_reference=order.order_reference,
        account=order.account,
        status=order.status,
        payment_id=made.observation.payment_id if made.observation else None,
        redirect_url=made.redirect_url if isinstance(made, SessionCreated) else None,
        status_token=status_token,
        code=made.code if isinstance(made, Declined) else None,
        message=made.message if isinstance(made, Declined) else None,
    )
    return remember(change, answer).answered(answer, reply_to)


def remember(change: Change, answer: Answer) -> Change:
    """Keeps a command's answer with the order, in the same write as its effect."""
    answers = (*change.order.answers, answer)[-KEPT_ANSWERS:]
    return change.with_order(change.order.model_copy(update={"answers": answers}))


def _created(change: Change, made: SessionCreated) -> Change:
    change = observe(change, made.observation)
    payment = change.order.payment(made.observation.payment_id)
    if payment is None:
        raise AssertionError("observe adds the payment that it was told of")
    with_session = payment.model_copy(
        update={
            "redirect_url": made.redirect_url,
            "session_id": made.session_id,
            "session_expires_at": made.expires_at,
        }
    )
    return change.with_payment(with_session).told(
        "session",
        "Checkout session made; the caller was told where to send the customer",
        payment_id=payment.payment_id,
    )


def _declined(change: Change, made: Declined) -> Change:
    change = change.told(
        "session", f"The gateway declined the session before any payment: {made.code}"
    )
    if made.observation is None:
        return change
    failed = PaymentFacts(failed=True, failure_reasons=(made.code,))
    change = observe(change, made.observation)
    return observe(change, made.observation.model_copy(update={"facts": failed}))
