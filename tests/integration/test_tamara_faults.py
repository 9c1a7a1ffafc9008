"""The Tamara gateway on a bad day of Tamara's, played by the sandbox over real HTTP."""

from collections.abc import AsyncIterator

import pytest

from payments_common.errors import NotSent, OutcomeUnknown
from payments_common.money import Money
from support.tamara_shop import Shop, declined, open_shop, seen


@pytest.fixture
async def shop(sandbox_url: str) -> AsyncIterator[Shop]:
    async with open_shop(sandbox_url) as opened:
        yield opened


@pytest.mark.parametrize("kind", ["error", "reset", "html"])
async def test_an_effect_without_an_answer_is_unknown_and_then_found(shop: Shop, kind: str) -> None:
    payment_id = await shop.authorized()
    await shop.sandbox.fault("capture", kind, phase="after")
    with pytest.raises(OutcomeUnknown):
        await shop.capture(payment_id, 15000)
    (captured,) = (await shop.get(payment_id)).facts.captures
    assert (captured.reference, captured.amount_minor) == ("", 15000)
    assert shop.calls.calls[-2].error


async def test_an_authorization_without_an_answer_is_found_by_asking_again(shop: Shop) -> None:
    payment_id = await shop.approved()
    await shop.sandbox.fault("authorise", "error", phase="after")
    with pytest.raises(OutcomeUnknown):
        await shop.authorize(payment_id)
    assert seen(await shop.authorize(payment_id)).facts.authorized_minor == 15000


@pytest.mark.parametrize("kind", ["error", "reset", "hang", "html"])
async def test_no_effect_and_no_answer_is_unknown_too(shop: Shop, kind: str) -> None:
    payment_id = await shop.captured()
    await shop.sandbox.fault("refund", kind, phase="before")
    with pytest.raises(OutcomeUnknown):
        await shop.refund(payment_id, 5000)
    assert (await shop.get(payment_id)).facts.refunds == ()


async def test_a_page_instead_of_json_is_unknown_even_as_a_4xx(shop: Shop) -> None:
    payment_id = await shop.authorized()
    await shop.sandbox.fault("cancel", "html", status=403)
    with pytest.raises(OutcomeUnknown, match="not by Tamara"):
        await shop.void(payment_id)


async def test_a_no_that_cannot_be_checked_is_unknown(shop: Shop) -> None:
    payment_id = await shop.approved()
    await shop.sandbox.fault("get_order", "error")
    with pytest.raises(OutcomeUnknown, match="the order can't be read"):
        await shop.capture(payment_id, 15000)
    declined(await shop.capture(payment_id, 15000))


async def test_a_rate_limit_is_not_sent(shop: Shop) -> None:
    payment_id = await shop.authorized()
    await shop.sandbox.fault("capture", "rate_limit")
    with pytest.raises(NotSent):
        await shop.capture(payment_id, 15000)
    assert (await shop.sandbox.account(payment_id))["captured_minor"] == 0


async def test_a_wrong_amount_or_currency_is_observed_as_it_is_told(shop: Shop) -> None:
    payment_id = await shop.authorized()
    await shop.sandbox.fault("get_order", "wrong_amount", amount="0.01")
    assert (await shop.get(payment_id)).facts.amounts == (Money(1, "SAR"),)
    await shop.sandbox.fault("get_order", "wrong_currency", currency="AED")
    assert (await shop.get(payment_id)).facts.amounts == (Money(15000, "AED"),)


@pytest.mark.parametrize("fault", ["wrong_amount", "wrong_currency"])
async def test_an_answer_with_wrong_money_is_not_believed_but_read(shop: Shop, fault: str) -> None:
    payment_id = await shop.authorized()
    await shop.sandbox.fault("capture", fault)
    (captured,) = seen(await shop.capture(payment_id, 15000)).facts.captures
    assert (captured.amount_minor, captured.reference) == (15000, "capture-1")
    assert [each.operation for each in shop.calls.calls[-2:]] == ["capture", "get_order"]
