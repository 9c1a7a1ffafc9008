"""Errors: each shape that the gateway is known to answer with is taken for what it is."""

import pytest

from conformance.house import House
from conformance.opening import open_house
from conformance.results import Outcome
from conformance.subject import ErrorCase, Subject
from payments_common.errors import GatewayRefusal, InvalidMessage
from payments_common.gateways.port import CallContext

CONTEXT = CallContext(purpose="conformance")


async def _arrange(house: House, case: ErrorCase) -> None:
    if case.fault:
        await house.fault("read", **case.fault)
    if case.settings:
        await house.settings(**case.settings)
    if case.merchant:
        await house.merchant(**case.merchant)
    if case.credentials:
        house.use(case.credentials)


async def test_every_error_shape_is_taken_for_what_it_is(
    subject: Subject, outcome: Outcome
) -> None:
    for case in subject.errors:
        async with open_house(subject, outcome=outcome) as house:
            payment_id = str((await house.open()).payment_id)
            await _arrange(house, case)
            asked = subject.unknown_payment_id if case.unknown else payment_id
            with pytest.raises(case.raises) as caught:
                await house.gateway.get_payment(asked, context=CONTEXT)
            assert isinstance(caught.value, case.raises), case.shape
            assert house.subject.secret not in str(caught.value)


async def test_an_unknown_payment_is_a_refusal_that_says_404(house: House) -> None:
    with pytest.raises(GatewayRefusal) as caught:
        await house.gateway.get_payment(house.subject.unknown_payment_id, context=CONTEXT)
    assert caught.value.status == 404


@pytest.mark.parametrize("payment_id", ["", "../x", "a b", "1/../2", "x" * 300])
async def test_what_cannot_be_a_payment_id_never_reaches_the_gateway(
    house: House, payment_id: str
) -> None:
    before = await house.requests("read")
    with pytest.raises(InvalidMessage):
        await house.gateway.get_payment(payment_id, context=CONTEXT)
    assert await house.requests("read") == before


async def test_access_can_be_checked_without_an_effect(house: House) -> None:
    await house.gateway.check_access(context=CONTEXT)
    found = await house.sandbox.http.get("/sandbox/ledger")
    assert found.json()["payments"] == []


async def test_no_key_and_no_customer_is_kept_of_any_call(house: House) -> None:
    await house.taken()
    kept = repr([(c.request, c.answer, c.path, c.error) for c in house.world.api_calls.calls])
    for secret in (*house.account.credentials.values(), *house.account.webhook_secrets.values()):
        assert secret.get_secret_value() not in kept
    for personal in ("Test Customer", "otp.success", "966500000001", "500000001"):
        assert personal not in kept
