"""Facts of every kind, for properties that hold of all of them."""

from hypothesis import strategies as st

from payments_common.money import Money
from payments_common.schemas.observations import (
    CaptureFact,
    PaymentFacts,
    RefundFact,
    RefundStatus,
    VoidFact,
)
from support.builders import NOW, later

minor = st.integers(min_value=0, max_value=20_000)
names = st.sampled_from(["a", "b", "c"])
times = st.sampled_from([None, NOW, later(1)])
capture_facts = st.builds(
    CaptureFact, capture_id=names, amount_minor=minor, reference=names, occurred_at=times
)
refund_facts = st.builds(
    RefundFact,
    refund_id=names,
    amount_minor=minor,
    status=st.sampled_from(RefundStatus),
    reference=names,
    reason=names,
    occurred_at=times,
)
void_facts = st.builds(
    VoidFact, void_id=names, amount_minor=minor, reference=names, occurred_at=times
)
amounts = st.builds(Money, st.sampled_from([15000, 99]), st.sampled_from(["SAR", "AED"]))
told_facts = st.builds(
    PaymentFacts,
    amounts=st.lists(amounts, max_size=2).map(tuple),
    approved=st.booleans(),
    authorized_minor=minor,
    captures=st.lists(capture_facts, max_size=3, unique_by=lambda c: c.capture_id).map(tuple),
    captured_total_minor=minor,
    refunds=st.lists(refund_facts, max_size=3, unique_by=lambda r: r.refund_id).map(tuple),
    refunded_total_minor=minor,
    voids=st.lists(void_facts, max_size=3, unique_by=lambda v: v.void_id).map(tuple),
    voided_minor=minor,
    closed=st.booleans(),
    failed=st.booleans(),
    expired=st.booleans(),
    failure_reasons=st.lists(names, max_size=2).map(tuple),
)
