"""The tree of errors is the one that its docstring draws, and each class has a code of its own."""

import re

from payments_common import errors
from payments_common.errors import GatewayRefusal, NotSent, PaymentsError, Refusal, WebhookRefused


def subclasses_of(root: type[PaymentsError]) -> set[type[PaymentsError]]:
    below = set(root.__subclasses__())
    return below.union(*(subclasses_of(each) for each in below))


def ours() -> set[type[PaymentsError]]:
    return {each for each in subclasses_of(PaymentsError) if each.__module__ == errors.__name__}


def test_the_docstring_draws_every_error() -> None:
    drawn = set(re.findall(r"^[│├└─ ]*([A-Z]\w+)", errors.__doc__ or "", re.MULTILINE))
    assert {each.__name__ for each in ours()} <= drawn


def test_the_docstring_draws_each_error_below_its_parent() -> None:
    by_name = {each.__name__: each for each in ours()}
    parents: dict[int, type[PaymentsError]] = {0: PaymentsError}
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"([│ ]*[├└]── )(\w+)", line)
        if found:
            depth = len(found[1]) // 4
            assert parents[depth - 1] in by_name[found[2]].__bases__
            parents[depth] = by_name[found[2]]


def test_every_error_has_its_own_code() -> None:
    codes = [each.code for each in ours()]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z_]+", code) for code in codes)


def test_a_refusal_may_name_a_finer_code() -> None:
    assert Refusal("no", code="over_refund").code == "over_refund"
    assert Refusal("no").code == "refused"
    assert WebhookRefused("no", code="signature_missing").code == "signature_missing"


def test_outages_and_gateway_refusals_carry_what_the_caller_acts_on() -> None:
    assert NotSent("later", retry_after_seconds=2.0).retry_after_seconds == 2.0
    refusal = GatewayRefusal("no", status=401, code="not_authorized")
    assert (refusal.status, refusal.code, str(refusal)) == (401, "not_authorized", "no")
