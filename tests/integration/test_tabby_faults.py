"""The Tabby gateway on a bad day of Tabby's, played by the sandbox over real HTTP."""

import pytest

from payments_common.errors import NotSent, OutcomeUnknown
from payments_common.money import Money
from support.tabby_shop import Shop


@pytest.mark.parametrize("kind", ["error", "reset", "html"])
async def test_an_effect_without_an_answer_is_unknown_and_then_found_by_its_reference(
    shop: Shop, kind: str
) -> None:
    payment_id = await shop.authorized()
    await shop.sandbox.fault("capture", kind, phase="after")
    with pytest.raises(OutcomeUnknown):
        await shop.capture(payment_id, 15000)
    (captured,) = (await shop.get(payment_id)).facts.captures
    assert (captured.reference, captured.amount_minor) == ("capture-1", 15000)
    assert shop.calls.calls[-2].error


@pytest.mark.parametrize("kind", ["error", "reset", "hang", "html"])
async def test_no_effect_and_no_answer_is_unknown_too(shop: Shop, kind: str) -> None:
    payment_id = await shop.captured()
    await shop.sandbox.fault("refund", kind, phase="before")
    with pytest.raises(OutcomeUnknown):
        await shop.refund(payment_id, 5000)
    assert (await shop.get(payment_id)).facts.refunds == ()


async def test_a_page_instead_of_json_is_unknown_even_as_a_4xx(shop: Shop) -> None:
    payment_id = await shop.authorized()
    await shop.sandbox.fault("close", "html", status=403)
    with pytest.raises(OutcomeUnknown, match="not by Tabby"):
        await shop.void(payment_id)


async def test_a_rate_limit_is_not_sent(shop: Shop) -> None:
    payment_id = await shop.authorized()
    await shop.sandbox.fault("capture", "rate_limit")
    with pytest.raises(NotSent) as caught:
        await shop.capture(payment_id, 15000)
    assert caught.value.retry_after_seconds
    assert (await shop.sandbox.account(payment_id))["captured_minor"] == 0


async def test_a_wrong_amount_or_currency_is_observed_as_it_is_told(shop: Shop) -> None:
    payment_id = await shop.authorized()
    await shop.sandbox.fault("get_payment", "wrong_amount", amount="0.01")
    assert (await shop.get(payment_id)).facts.amounts == (Money(1, "SAR"),)
    await shop.sandbox.fault("get_payment", "wrong_currency", currency="AED")
    assert (await shop.get(payment_id)).facts.amounts == (Money(15000, "AED"),)
