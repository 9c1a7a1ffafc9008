"""Compares what a gateway says of a payment with what our orders say: pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from payments_common.schemas.observations import Observation, PaymentFacts
from reconciler.domain.discrepancy import LONGEST_WORDS, Found, Kind
from reconciler.domain.known import KnownOrder
from reconciler.domain.news import News, news_in


@dataclass(frozen=True, slots=True)
class Compared:
    """`order` is the one that its news belong to; `problem` is what cannot be joined.

    Neither: both sides say the same, or another account's own comparison tells.
    """

    seen: Observation
    order: KnownOrder | None = None
    news: tuple[News, ...] = ()
    problem: Kind | None = None
    other: KnownOrder | None = None

    def found(self) -> list[Found]:
        """One for each kind that is notable."""
        kinds = dict.fromkeys(each.kind for each in self.news if each.is_notable)
        joined = [
            self._found(kind, ", ".join(n.words for n in self.news if n.kind is kind), self.order)
            for kind in kinds
        ]
        if self.problem is None:
            return joined
        return [*joined, self._found(self.problem, self._problem(), self.order or self.other)]

    def _found(self, kind: Kind, words: str, order: KnownOrder | None) -> Found:
        return Found(
            account=self.seen.account,
            payment_id=self.seen.payment_id,
            kind=kind,
            says=f"{self.seen.gateway_status}: {words}"[:LONGEST_WORDS],
            order_id=order.order_id if order else None,
            order_reference=order.order_reference if order else self.seen.order_reference,
        )

    def _problem(self) -> str:
        if self.problem is Kind.OTHER_REFERENCE:
            return f"it names the order {self.seen.order_reference!r}"
        words = described(self.seen.facts)
        return f"{words}, of {self.other.account}" if self.other else words


def compare(
    seen: Observation, orders: Iterable[KnownOrder], *, sharing: frozenset[str] = frozenset()
) -> Compared:
    """`orders` are all that have this payment, or its reference, in any account.

    `sharing` are accounts with the same key: the gateway lists their payments to each of them.
    """
    candidates = list(orders)
    owner = _first(o for o in candidates if o.account == seen.account and _has(o, seen))
    if owner is not None:
        is_named = seen.order_reference in {None, "", owner.order_reference}
        problem = None if is_named else Kind.OTHER_REFERENCE
        return Compared(seen, owner, _news(owner, seen), problem)
    # Ids of two gateways may be equal by chance; a reference is one order's for ever.
    named = _first(o for o in candidates if o.order_reference == seen.order_reference)
    if named is None and not seen.order_reference:
        named = _first(o for o in candidates if _has(o, seen))
    if named is None:
        return Compared(seen, problem=Kind.NOT_OURS)
    if named.account == seen.account:
        return Compared(seen, named, _news(named, seen))
    if named.account in sharing:
        return Compared(seen)
    return Compared(seen, problem=Kind.OTHER_ACCOUNT, other=named)


def described(facts: PaymentFacts) -> str:
    """All that the gateway says."""
    return ", ".join(each.words for each in news_in(PaymentFacts(), facts)) or "no amounts"


def _news(order: KnownOrder, seen: Observation) -> tuple[News, ...]:
    known = order.payment(seen.payment_id)
    if known is not None:
        return news_in(known.facts, seen.facts)
    told = described(seen.facts)
    return (News(Kind.PAYMENT, f"payment {seen.payment_id}, which the order has not: {told}"),)


def _has(order: KnownOrder, seen: Observation) -> bool:
    return order.payment(seen.payment_id) is not None


def _first(orders: Iterable[KnownOrder]) -> KnownOrder | None:
    return next(iter(orders), None)
